"""Database work that many ask for at once, done together: what comes while one batch is written makes the next one."""

import asyncio
from collections.abc import Callable, Sequence
from typing import Generic, TypeVar

from sessions.database_threads import in_database_thread

T = TypeVar("T")
R = TypeVar("R")

AT_ONCE = 100  # of one batch, unless told otherwise


class Batches(Generic[T, R]):
    """One batch at a time, in the order of coming; a lone caller does not wait for others."""

    def __init__(
        self,
        work: Callable[[Sequence[T]], Sequence[R]],
        *,
        pause_s: float = 0,
        at_once: int = AT_ONCE,
        merges: bool = False,
    ) -> None:
        """work: runs in a database thread, and returns one result for each item; what it raises, all of them get.
        pause_s: rest after a batch, so that more come together for the next one.
        merges: an item that waits already is not added once more; its result is for all who asked."""
        self._work, self._pause_s, self._at_once, self._merges = work, pause_s, at_once, merges
        self._waiting: list[tuple[T, asyncio.Future[R]]] = []
        self._known: dict[T, asyncio.Future[R]] = {}  # those that wait, where they merge
        self._loop: asyncio.AbstractEventLoop | None = None
        self._runner: asyncio.Task[None] | None = None

    def add(self, item: T) -> "asyncio.Future[R]":
        """Return what will be the item's result."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:  # a test's, say: what waited on the old one waits for ever
            self._loop, self._runner, self._waiting, self._known = loop, None, [], {}
        if self._merges and item in self._known:
            return self._known[item]
        result: asyncio.Future[R] = loop.create_future()
        self._waiting.append((item, result))
        if self._merges:
            self._known[item] = result
        if self._runner is None or self._runner.done():
            self._runner = loop.create_task(self._run(), name="batches")
        return result

    async def _run(self) -> None:
        while self._waiting:
            batch, self._waiting = self._waiting[: self._at_once], self._waiting[self._at_once :]
            for item, _result in batch:
                self._known.pop(item, None)
            await self._do(batch)
            if self._pause_s:
                await asyncio.sleep(self._pause_s)

    async def _do(self, batch: list[tuple[T, "asyncio.Future[R]"]]) -> None:
        try:
            results = await in_database_thread(self._work, [item for item, _result in batch])
        except Exception as error:
            for _item, result in batch:
                if not result.done():
                    result.set_exception(error)
            return
        for (_item, result), found in zip(batch, results, strict=True):
            if not result.done():
                result.set_result(found)
