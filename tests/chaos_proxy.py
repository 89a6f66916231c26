"""A TCP proxy on the loopback: late, cutting lines (by a reset, or half-open, so that nothing is heard), or gone."""

import asyncio
import socket
import struct
from types import TracebackType


class ChaosProxy:
    """`async with ChaosProxy(port)`: connect to `.port` instead."""

    def __init__(self, target: int, *, delay_s: float = 0) -> None:
        self.target = target
        self.delay_s = delay_s  # of whatever passes, in both directions
        self.port = 0
        self._gone = False
        self._lines: list[_Line] = []
        self._server: asyncio.Server | None = None
        self._passing: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> "ChaosProxy":
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._server is not None:
            self._server.close()
        self.cut()
        await asyncio.gather(*self._passing)

    def cut(self, *, half_open: bool = False) -> None:
        """Cut every line there is: reset both ends, or just pass nothing on any more."""
        for line in self._lines:
            line.silent = True
            if not half_open:
                line.reset()
        if not half_open:
            self._lines.clear()

    def go(self) -> None:
        """As what it leads to does when it is stopped: cut every line, and take no new one."""
        self._gone = True
        self.cut()

    def come_back(self) -> None:
        self._gone = False

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self._gone:
            writer.transport.abort()
            return
        try:
            inner_reader, inner_writer = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        line = _Line(writer, inner_writer, self.delay_s)
        self._lines.append(line)
        for task in (line.pass_on(reader, inner_writer), line.pass_on(inner_reader, writer)):
            self._passing.add(asyncio.create_task(task))


class _Line:
    def __init__(self, outer: asyncio.StreamWriter, inner: asyncio.StreamWriter, delay_s: float) -> None:
        self.outer, self.inner, self.delay_s = outer, inner, delay_s
        self.silent = False

    async def pass_on(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(65536):
                await asyncio.sleep(self.delay_s)
                if not self.silent:
                    writer.write(data)
                    await writer.drain()
        except OSError:
            pass
        finally:
            if not self.silent:
                writer.close()

    def reset(self) -> None:
        for writer in (self.outer, self.inner):
            found = writer.get_extra_info("socket")
            if found is not None and found.fileno() >= 0:
                found.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            writer.transport.abort()
