"""R-01 and R-02 in short: what was acknowledged survives SIGKILL and cut lines, once and in order.

Writers note what they sent and what was acknowledged; the server is killed at random moments and started again on the
same data; afterwards a reader who comes back and one who begins anew are held against the notes. The long form:
CHAOS_ROUNDS=200.
"""

import asyncio
import os
import random
from collections.abc import Iterator

import pytest

from tests.chaos_proxy import ChaosProxy
from tests.returning_pages import Page, assert_nothing_lost, stop, until
from tests.served import Served, ServedAlone, serve
from tests.wire import waiting_pair

ROUNDS = int(os.environ.get("CHAOS_ROUNDS", "6"))
CUTS = 20


@pytest.fixture(scope="module")
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("survival"), kind=ServedAlone) as running:
        yield running


@pytest.mark.timeout(900)
async def test_acknowledged_lines_survive_a_killed_server(mortal: Served) -> None:
    tess, ana, session_id = await asyncio.to_thread(waiting_pair, mortal, "Survivor")
    path = f"/ws/sessions/{session_id}/"
    pages = [Page(tess, f"{path}?as=user"), Page(ana, f"{path}?as=guest")]
    tasks = [asyncio.create_task(page.run()) for page in pages]

    for number in range(ROUNDS):
        for page in pages:
            async with asyncio.timeout(180):
                await page.online.wait()
            for line in range(5):
                page.says(f"{page.id[:6]} {number} {line}")
        await asyncio.sleep(random.uniform(0.05, 0.6))
        await asyncio.to_thread(mortal.kill)
        await asyncio.to_thread(mortal.start)
    for page in pages:
        await page.all_acked()
    await stop(*pages)
    await asyncio.gather(*tasks)

    await assert_nothing_lost(ana, f"{path}?as=guest", pages)
    assert all(len(page.acked) == ROUNDS * 5 for page in pages)


@pytest.mark.timeout(600)
async def test_a_page_has_every_event_after_many_cuts(mortal: Served) -> None:
    tess, ana, session_id = await asyncio.to_thread(waiting_pair, mortal, "Cut off")
    path = f"/ws/sessions/{session_id}/"
    async with ChaosProxy(mortal.port, delay_s=0.02) as proxy:
        writer = Page(tess, f"{path}?as=user")
        reader = Page(ana, f"{path}?as=guest", port=proxy.port)
        tasks = [asyncio.create_task(page.run()) for page in (writer, reader)]
        await writer.online.wait()

        backs = 0
        for number in range(CUTS):
            writer.says(f"line {number}")
            if number % 4 in {1, 2}:  # these cut a page that is back, the others one that may be on its way
                await until(lambda before=backs: reader.backs > before)  # type: ignore[misc]
            else:
                await asyncio.sleep(0.15)
            backs = reader.backs
            proxy.cut(half_open=number % 4 == 3)
        await writer.all_acked()
        await until(lambda: len(reader.lines) == CUTS)
        await stop(writer, reader)
        await asyncio.gather(*tasks)

    assert reader.lines == [f"line {number}" for number in range(CUTS)]
    assert reader.backs > CUTS // 2
    await assert_nothing_lost(tess, f"{path}?as=user", [writer])
