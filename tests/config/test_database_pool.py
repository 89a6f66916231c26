"""R-16: a crowd takes no more connections of PostgreSQL than the pool has, and nobody gets another's page."""

import asyncio
import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack

import pytest

from tests.served import Served, ServedAlone, serve
from tests.wire import Wire

POOL_MAX = 6
CROWD = 60  # at once
PAGES = 240
SOCKETS_EACH = 8
PEOPLE = {  # by their whole names: three letters are in a random token sooner or later
    "tess@acme.example": "Tess Meyer",
    "tom@acme.example": "Tom Fischer",
    "gina@globex.example": "Gina Rossi",
}


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    with serve(tmp_path_factory.mktemp("pool"), kind=ServedAlone, SIGHTLINE_DB_POOL_MAX=str(POOL_MAX)) as running:
        yield running


async def count_backends(served: Served, seen: list[int], done: asyncio.Event) -> None:
    """Note again and again how many connections the server has; embedded there is nothing to count."""
    if "DATABASE_URL" not in served.env:
        return
    import psycopg

    name = served.env["DATABASE_URL"].rpartition("/")[2]
    async with await psycopg.AsyncConnection.connect(os.environ["DATABASE_URL"], autocommit=True) as watcher:
        while not done.is_set():
            found = await watcher.execute("SELECT count(*) FROM pg_stat_activity WHERE datname = %s", [name])
            row = await found.fetchone()
            assert row is not None
            seen.append(row[0])
            await asyncio.sleep(0.01)


async def test_a_crowd_shares_the_pool(small: Served) -> None:
    people = {name: Wire(small) for name in PEOPLE.values()}
    for email, name in PEOPLE.items():
        await asyncio.to_thread(people[name].sign_in, email)
    seen: list[int] = []
    done = asyncio.Event()
    watch = asyncio.create_task(count_backends(small, seen, done))
    loop = asyncio.get_running_loop()
    with ThreadPoolExecutor(CROWD) as pool:
        async with AsyncExitStack() as stack:
            for wire in people.values():
                for _socket in range(SOCKETS_EACH):
                    await stack.enter_async_context(wire.socket("/ws/console/"))
            whose = [name for _page in range(PAGES // len(people)) for name in people]
            pages = await asyncio.gather(*(loop.run_in_executor(pool, people[name].get, "/console/") for name in whose))
    done.set()
    await watch

    assert max(seen, default=0) <= POOL_MAX
    for name, page in zip(whose, pages, strict=True):
        assert [other for other in people if other in page] == [name]
