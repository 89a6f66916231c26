"""A WebSocket client that does little: what a bench measures is the server, not this side."""

import asyncio
import base64
import os
import struct
from collections.abc import Callable

TEXT, CLOSE, PING, PONG = 1, 8, 9, 10


class FastLine(asyncio.Protocol):
    """One connection. `heard` is called with the bytes of each text frame."""

    def __init__(self, request: bytes) -> None:
        self.request = request
        self.heard: Callable[[bytes], None] = lambda _text: None
        self.opened: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.close_code = 0
        self._buffer = bytearray()
        self._shaking = True

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport
        transport.write(self.request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        if self._shaking:
            head, end, rest = bytes(self._buffer).partition(b"\r\n\r\n")
            if not end:
                return
            self._shaking = False
            self._buffer = bytearray(rest)
            if b" 101 " in head.split(b"\r\n", 1)[0]:
                self.opened.set_result(None)
            else:
                self.opened.set_exception(ConnectionError(head.split(b"\r\n", 1)[0].decode()))
        self._read_frames()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.opened.done():
            self.opened.set_exception(error or ConnectionError("closed"))

    def say(self, text: bytes) -> None:
        """Send one text frame, masked with zeros."""
        self._send(TEXT, text)

    def _send(self, opcode: int, payload: bytes) -> None:
        size = len(payload)
        if size < 126:
            head = bytes((0x80 | opcode, 0x80 | size))
        else:
            head = struct.pack("!BBH", 0x80 | opcode, 0x80 | 126, size)
        self.transport.write(head + b"\0\0\0\0" + payload)

    def _read_frames(self) -> None:
        buffer, at = self._buffer, 0
        while len(buffer) - at >= 2:
            opcode, size, start = buffer[at] & 15, buffer[at + 1], at + 2
            if size == 126:
                if len(buffer) < start + 2:
                    break
                size, start = int.from_bytes(buffer[start : start + 2]), start + 2
            elif size == 127:
                if len(buffer) < start + 8:
                    break
                size, start = int.from_bytes(buffer[start : start + 8]), start + 8
            if len(buffer) < start + size:
                break
            payload, at = bytes(buffer[start : start + size]), start + size
            if opcode == TEXT:
                self.heard(payload)
            elif opcode == PING:
                self._send(PONG, payload)
            elif opcode == CLOSE:
                self.close_code = int.from_bytes(payload[:2])
                self._send(CLOSE, payload[:2])
                self.transport.close()
        del buffer[:at]


async def open_line(port: int, path: str, *, origin: str = "", cookie: str = "") -> FastLine:
    """Raises OSError where the server refuses."""
    key = base64.b64encode(os.urandom(16)).decode()
    lines = [
        f"GET {path} HTTP/1.1",
        f"Host: localhost:{port}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {key}",
        "Sec-WebSocket-Version: 13",
        *([f"Origin: {origin}"] if origin else []),
        *([f"Cookie: {cookie}"] if cookie else []),
    ]
    request = ("\r\n".join(lines) + "\r\n\r\n").encode()
    _transport, line = await asyncio.get_running_loop().create_connection(lambda: FastLine(request), "127.0.0.1", port)
    await asyncio.wait_for(line.opened, 30)
    return line
