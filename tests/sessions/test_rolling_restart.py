"""R-15: two servers behind a proxy are restarted one after the other; nobody loses a line or waits for a dead server.

The long form: ROLLS=10.
"""

import asyncio
import json
import os
import signal
import subprocess
import time
from collections.abc import Iterator

import pytest

from sessions.protocol import CLOSE_RESTART
from tests.ready_proxy import ReadyProxy
from tests.returning_pages import Page, assert_nothing_lost, fresh_reader, stop, until
from tests.served import Served, ServedAlone, serve
from tests.wire import receive, waiting_pair

ROLLS = int(os.environ.get("ROLLS", "2"))
ROOMS = 3
EXIT_S = 15
SLACK_S = 15  # for a machine that has much else to do
DRAIN_S = "5"  # between the first 503 and the first closed socket; the proxy looks ten times a second


@pytest.fixture(scope="module")
def two_servers(tmp_path_factory: pytest.TempPathFactory) -> Iterator[list[Served]]:
    """On one database, with one set of secrets, for one origin."""
    with serve(tmp_path_factory.mktemp("rolling"), kind=ServedAlone, SIGHTLINE_DRAIN_S=DRAIN_S) as first:
        second = first.beside()
        second.start_alone()
        try:
            yield [first, second]
        finally:
            second.kill()
            first.kill()


def end(server: Served) -> tuple[int, float]:
    """SIGTERM to the server alone; return its exit status and how long it took, in seconds."""
    process: subprocess.Popen[bytes] = server.processes.pop(0)
    began = time.monotonic()
    process.send_signal(signal.SIGTERM)
    return process.wait(60), time.monotonic() - began


async def test_a_line_sent_to_both_is_stored_once_and_answered_alike(two_servers: list[Served]) -> None:
    """R-04: the page came back on the other server before it heard of its line."""
    tess, ana, session_id = await asyncio.to_thread(waiting_pair, two_servers[0], "Twice")
    path = f"/ws/sessions/{session_id}/"
    post = json.dumps({"type": "chat.post", "id": "the-same-line", "text": "once"})

    async def ack_of(server: Served, times: int) -> set[int]:
        async with tess.socket(f"{path}?as=user", port=server.port) as socket:
            await socket.send(json.dumps({"type": "session.join", "page": "one-page", "last_seq": 0}))
            for _each in range(times):
                await socket.send(post)
            acks: list[int] = []
            while len(acks) < times:
                message = await receive(socket)
                acks += [message["seq"]] if message["type"] == "ack" else []
            return set(acks)

    answers = await asyncio.gather(*(ack_of(server, 5) for server in two_servers))

    assert answers[0] == answers[1]
    assert len(answers[0]) == 1
    assert await fresh_reader(ana, f"{path}?as=guest") == ["once"]


@pytest.mark.timeout(300 + 300 * ROLLS)
async def test_a_rolling_restart_loses_nothing(two_servers: list[Served]) -> None:
    rooms = [await asyncio.to_thread(waiting_pair, two_servers[0], f"Roller {number}") for number in range(ROOMS)]
    async with ReadyProxy([server.port for server in two_servers]) as proxy:
        await until(lambda: len(proxy.ready) == 2)
        pages = [
            Page(wire, f"/ws/sessions/{session_id}/?as={who}", port=proxy.port)
            for tess, ana, session_id in rooms
            for wire, who in ((tess, "user"), (ana, "guest"))
        ]
        tasks = [asyncio.create_task(page.run()) for page in pages]
        talking = asyncio.create_task(talk(pages))

        for roll in range(ROLLS):
            server = two_servers[roll % 2]
            await until(lambda: all(page.online.is_set() for page in pages))
            gone_before = [len(page.closes) for page in pages]
            assert proxy.lines[server.port] > 0

            status, seconds = await asyncio.to_thread(end, server)

            assert (status, seconds < EXIT_S + SLACK_S) == (0, True), f"{seconds:.1f} s\n{server.log}"
            await until(lambda: all(page.online.is_set() for page in pages))
            closed = [close for page, before in zip(pages, gone_before, strict=True) for close in page.closes[before:]]
            assert closed, "nobody was on this server"
            codes = {code for _at, code in closed}
            assert codes == {CLOSE_RESTART}, "\n".join(one.log for one in two_servers)
            assert proxy.turned_away[server.port] < min(at for at, _code in closed), "sockets closed before readyz"
            if roll < ROLLS - 1:
                await asyncio.to_thread(server.start_alone)
                server.processes.insert(0, server.processes.pop())
                await until(lambda: len(proxy.ready) == 2)

        talking.cancel()
        for page in pages:
            await page.all_acked()
        await stop(*pages)
        await asyncio.gather(*tasks)

    for number, (_tess, ana, session_id) in enumerate(rooms):
        pair = pages[number * 2 : number * 2 + 2]
        assert min(len(page.acked) for page in pair) > 10
        await assert_nothing_lost(ana, f"/ws/sessions/{session_id}/?as=guest", pair)


async def talk(pages: list[Page]) -> None:
    for number in range(10_000):
        for page in pages:
            page.says(f"{page.id[:6]} {number}")
        await asyncio.sleep(0.3)


def test_a_server_told_twice_goes_at_once(two_servers: list[Served]) -> None:
    process = two_servers[ROLLS % 2].processes[0]

    process.send_signal(signal.SIGTERM)
    process.send_signal(signal.SIGINT)

    assert process.wait(60) == 0, two_servers[0].log[-4000:]
