"""Signs of life of the pages of this process: those that come close together are written with one update.

Each page gives one every 15 s. Written one by one, those of 2,000 pages take a sixth of a core.
"""

import asyncio
import logging
import time
from datetime import datetime

from portals import clock
from sessions import presence
from sessions.database_threads import in_database_thread

logger = logging.getLogger("sightline.rooms")

GATHERED_S = 0.25  # from one update to the next; a sign of life that comes after a pause is written at once


class Heartbeats:
    """Those of one event loop."""

    def __init__(self) -> None:
        self.loop = asyncio.get_running_loop()
        self._pages: set[tuple[int, str]] = set()  # not in an update yet
        self._next: asyncio.Task[datetime] | None = None  # the update that they will be in
        self._last: asyncio.Task[datetime] | None = None  # the one before, which may still be under way
        self._began = -GATHERED_S

    def add(self, participant_id: int, page_id: str) -> "asyncio.Task[datetime]":
        self._pages.add((participant_id, page_id))
        if self._next is None:
            self._next = asyncio.create_task(self._renew(), name="signs of life")
        return self._next

    async def _renew(self) -> datetime:
        """One after the other: of two at once the older could be the last to be written."""
        await asyncio.sleep(min(GATHERED_S, self._began + GATHERED_S - time.monotonic()))
        if self._last is not None:
            await asyncio.wait([self._last])
        self._began, self._last, self._next = time.monotonic(), self._next, None
        pages, self._pages = self._pages, set()
        try:
            return await in_database_thread(presence.renew_leases, pages, now=clock.now())
        except Exception:
            logger.exception("Signs of life could not be written.")
            raise


_heartbeats: Heartbeats | None = None


def beat(participant_id: int, page_id: str) -> "asyncio.Task[datetime]":
    """A sign of life of this page. The task ends once it is written; its result is the moment until which it lasts."""
    global _heartbeats
    if _heartbeats is None or _heartbeats.loop is not asyncio.get_running_loop():
        _heartbeats = Heartbeats()
    return _heartbeats.add(participant_id, page_id)
