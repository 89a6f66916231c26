"""A TCP proxy that leads new connections to a server that says it is ready, as a load balancer does."""

import asyncio
import contextlib
import time
from types import TracebackType

LOOK_EVERY_S = 0.1


class ReadyProxy:
    """`async with ReadyProxy([port, ...])`: connect to `.port`. Asks each server's /readyz all the time."""

    def __init__(self, targets: list[int]) -> None:
        self.targets = targets
        self.port = 0
        self.ready: set[int] = set()
        self.turned_away: dict[int, float] = {}  # when each server last stopped being ready
        self.lines: dict[int, int] = dict.fromkeys(targets, 0)  # open connections to each
        self._server: asyncio.Server | None = None
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "ReadyProxy":
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        self._tasks = {asyncio.create_task(self._watch(target)) for target in self.targets}
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _watch(self, target: int) -> None:
        while True:
            if await _is_ready(target):
                self.ready.add(target)
            elif target in self.ready:
                self.ready.discard(target)
                self.turned_away[target] = time.monotonic()
            await asyncio.sleep(LOOK_EVERY_S)

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        target = min(self.ready, key=lambda port: self.lines[port], default=None)
        if target is None:
            return writer.transport.abort()
        self.lines[target] += 1
        try:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", target)
            await asyncio.gather(_pass_on(reader, inner_writer), _pass_on(inner_reader, writer))
        except OSError:
            writer.transport.abort()
        finally:
            self.lines[target] -= 1


async def _pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    try:
        while data := await reader.read(65536):
            writer.write(data)
            await writer.drain()
    except OSError:
        pass
    finally:
        writer.close()


async def _is_ready(port: int) -> bool:
    with contextlib.suppress(OSError, TimeoutError):
        async with asyncio.timeout(5):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            try:
                writer.write(b"GET /readyz HTTP/1.0\r\nHost: localhost\r\n\r\n")
                return b" 200 " in await reader.readline()
            finally:
                writer.close()
    return False
