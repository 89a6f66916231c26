"""R-12 and R-13: PostgreSQL or Redis goes away under two servers, and comes back; what was acknowledged is there, once.

Both are reached through proxies that cut every line and take no new one. Not collected where there are no services.
"""

import asyncio
import os
import urllib.error
from collections.abc import AsyncIterator
from urllib.parse import urlsplit, urlunsplit

import pytest

from sessions.protocol import CLOSE_TRY_AGAIN
from tests.chaos_proxy import ChaosProxy
from tests.returning_pages import Page, assert_nothing_lost, stop, until
from tests.served import Served, serve
from tests.wire import Wire, waiting_pair

BACK_S = 10
SLACK_S = 15  # for a machine that has much else to do


class World:
    """Tess on one server and Ana on the other, in one session."""

    def __init__(self, served: Served, database: ChaosProxy, redis: ChaosProxy) -> None:
        self.served, self.database, self.redis = served, database, redis
        self.pages: list[Page] = []

    async def open(self, second: Served) -> None:
        self.tess, self.ana, session_id = await asyncio.to_thread(waiting_pair, self.served, "Outage")
        self.path = f"/ws/sessions/{session_id}/"
        self.pages = [Page(self.tess, f"{self.path}?as=user"), Page(self.ana, f"{self.path}?as=guest", second.port)]
        self.tasks = [asyncio.create_task(page.run()) for page in self.pages]
        for page in self.pages:
            await page.online.wait()

    def say(self, text: str) -> None:
        for number, page in enumerate(self.pages):
            page.says(f"{text} {number}")

    async def all_said_and_read(self, lines: int) -> None:
        """Within the time that the requirements give."""
        async with asyncio.timeout(BACK_S + SLACK_S):
            await until(lambda: all(not page.unsent and len(page.lines) == lines for page in self.pages))

    async def close(self) -> None:
        await stop(*self.pages)
        await asyncio.gather(*self.tasks)
        await assert_nothing_lost(self.ana, f"{self.path}?as=guest", self.pages)


def through(url: str, proxy: ChaosProxy) -> str:
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{login}{'@' if login else ''}127.0.0.1:{proxy.port}"))


@pytest.fixture
async def world(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[World]:
    urls = {name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL")}
    database, redis = (
        ChaosProxy(urlsplit(urls[name]).port or port) for name, port in (("DATABASE_URL", 5432), ("REDIS_URL", 6379))
    )
    async with database, redis:
        monkeypatch.setenv("DATABASE_URL", through(urls["DATABASE_URL"], database))
        monkeypatch.setenv("REDIS_URL", through(urls["REDIS_URL"], redis))
        running = serve(tmp_path_factory.mktemp("outages"))
        first = await asyncio.to_thread(running.__enter__)
        second = first.beside()
        try:
            await asyncio.to_thread(second.start_alone)
            world = World(first, database, redis)
            await world.open(second)
            yield world
        finally:
            second.kill()
            await asyncio.to_thread(running.__exit__, None, None, None)


def refusal_of(wire: Wire, path: str) -> tuple[int, str | None]:
    """Status and Retry-After of a page that is refused."""
    try:
        wire.get(path)
    except urllib.error.HTTPError as refusal:
        return refusal.code, refusal.headers["Retry-After"]
    return 200, None


@pytest.mark.timeout(400)
async def test_what_is_said_while_redis_or_postgresql_is_away(world: World) -> None:
    mailed = {"kind": "lens", "name": "Meanwhile", "method": "email", "to": "ana@correo.example"}
    world.say("before")
    await world.all_said_and_read(2)

    # Without Redis hints between processes are late; nothing else is.
    world.redis.go()
    world.say("without Redis")
    await world.all_said_and_read(4)
    assert "Tess" in await asyncio.to_thread(world.tess.get, "/console/")
    await asyncio.to_thread(world.tess.api, "sessions/", mailed)
    assert not list(world.served.mail_dir.glob("*.eml"))
    world.redis.come_back()
    world.say("Redis is back")
    await world.all_said_and_read(6)
    await until(lambda: len(list(world.served.mail_dir.glob("*.eml"))) == 1)

    # Without PostgreSQL nothing is acknowledged, and everybody is told to ask again.
    world.database.go()
    world.say("without PostgreSQL")
    console, api, ready = await asyncio.gather(
        asyncio.to_thread(refusal_of, world.tess, "/console/"),
        asyncio.to_thread(world.tess.post, "/api/v1/sessions/", mailed, as_json=True),
        asyncio.to_thread(refusal_of, world.tess, "/readyz"),
    )
    assert (console, ready) == ((503, "5"), (503, "5"))
    assert (api[0], '"code": "try_again"' in api[1]) == (503, True)
    assert "We never ask for passwords" in await asyncio.to_thread(world.ana.get, "/")
    await until(lambda: all(CLOSE_TRY_AGAIN in {code for _at, code in page.closes} for page in world.pages))
    assert [len(page.acked) for page in world.pages] == [3, 3]
    world.database.come_back()
    await world.all_said_and_read(8)
    assert await asyncio.to_thread(refusal_of, world.tess, "/console/") == (200, None)

    # After a quick restart every connection is dead; who asks next does not notice.
    world.database.cut()
    assert await asyncio.to_thread(refusal_of, world.tess, "/console/") == (200, None)

    await world.close()
