"""What `manage.py media` does: relays the sessions that are pinned to it, and says that it lives."""

import asyncio
import contextlib
import logging
import secrets
import signal
from typing import Any

from lens.relay import pins
from lens.relay.host import Host
from portals import clock
from sessions import bus
from sessions.database_threads import in_database_thread

logger = logging.getLogger("sightline.relay")

BEAT_S = 0.8
HANDED_OVER_S = 4.0  # told to end, it goes on for so long: pages change over without a gap


class MediaProcess:
    def __init__(self, host: Host) -> None:
        self._host = host
        self.name = secrets.token_hex(8)
        self._wanted = asyncio.Event()
        self._leaving = False

    async def run(self) -> None:
        """Returns some seconds after SIGTERM or SIGINT, when others have the sessions."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self.end)
        await bus.subscribe(pins.MEDIA_GROUP, self._hear)
        while not self._leaving:
            await self._beat()
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(self._wanted.wait(), BEAT_S)
            self._wanted.clear()
        await in_database_thread(pins.leave, self.name, now=clock.now())
        await self._hand_over()
        self._host.close_all()

    async def _beat(self) -> None:
        try:
            held = await in_database_thread(pins.beat, self.name, now=clock.now())
        except Exception:
            logger.exception("The database could not be told that this process lives.")
            return
        for session_id, page in held.pages.items():
            if self._host.open(session_id, page):
                bus.publish(bus.room_group(session_id), {"kind": "changed"})  # the hint of the move may be lost

    async def _hand_over(self) -> None:
        """Followers end by themselves once their session has another relay."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(HANDED_OVER_S if self._host.sessions else 0):
                while self._host.sessions:  # noqa: ASYNC110 (what is waited for has no event)
                    await asyncio.sleep(0.1)

    def _hear(self, _hint: bus.Hint, _local: Any) -> None:
        self._wanted.set()

    def end(self) -> None:
        """Hand over, and return from `run`."""
        self._leaving = True
        self._wanted.set()
