"""What has come for one reader: an `asyncio.Queue` without its 3 KiB for each socket that nothing comes from."""

import asyncio
from collections import deque
from typing import Any


class Inbox:
    """Unbounded, in order; one reader at a time, and all of it on one event loop."""

    __slots__ = ("_arrival", "_items")

    def __init__(self) -> None:
        self._items: deque[Any] | None = None  # none while it is empty
        self._arrival: asyncio.Future[None] | None = None

    def put_nowait(self, item: Any) -> None:
        if self._items is None:
            self._items = deque()
        self._items.append(item)
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)

    def qsize(self) -> int:
        return len(self._items or ())

    async def get(self) -> Any:
        """Wait for the oldest item; one that is cancelled has taken none."""
        while self._items is None:
            self._arrival = asyncio.get_running_loop().create_future()
            try:
                await self._arrival
            finally:
                self._arrival = None
        item = self._items.popleft()
        if not self._items:
            self._items = None
        return item
