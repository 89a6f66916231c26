"""The UDP socket of a link: what has come is read at once, and what leaves for one page is sent in one go."""

import asyncio
import socket
import struct
from collections.abc import Sequence
from typing import Any, Protocol

DATAGRAM_BYTES = 2048
READ_AT_ONCE = 64  # datagrams of one port, before others have their turn
# udp(7): one call takes what becomes several datagrams of one size, of which the last may be shorter. With five of them
# it costs a third of five calls. Linux has it since 4.18; where there is none, each datagram is sent by itself.
SOL_UDP, UDP_SEGMENT = 17, 103
_segment_bytes = struct.Struct("=H").pack

Datagram = bytes | memoryview


class Hearer(Protocol):
    """What a socket hands over to: aioice's protocol."""

    def connection_made(self, transport: Any) -> None: ...

    def connection_lost(self, exc: Exception | None) -> None: ...

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None: ...

    def all_read(self) -> None:
        """What had come is handed over: a picture comes in several packets, which can go on together."""


class MediaSocket(asyncio.DatagramTransport):
    """In place of asyncio's own, which reads one datagram each time the loop comes round: on a busy machine packets
    would queue up in the kernel. What cannot be sent at once is dropped, as a full line would.
    """

    def __init__(self, line: socket.socket, port: Hearer) -> None:
        super().__init__({"socket": line, "sockname": line.getsockname()})
        self._line, self._port = line, port
        self._sends_together = True
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(line.fileno(), self._drain)
        port.connection_made(self)

    def _drain(self) -> None:
        try:
            for _each in range(READ_AT_ONCE):
                try:
                    data, address = self._line.recvfrom(DATAGRAM_BYTES)
                except OSError:  # nothing more, or word of a page that is gone
                    return
                self._port.datagram_received(data, address)
        finally:
            self._port.all_read()

    def sendto(self, data: Any, addr: Any = None) -> None:
        try:  # noqa: SIM105 (contextlib.suppress takes a third of the time, and this is called for each packet)
            self._line.sendto(data, addr)
        except OSError:
            pass

    def send_together(self, datagrams: Sequence[Datagram], to: tuple[str, int]) -> None:
        """Send all of them there, in their order and with as few calls as may be; 32 of 1,500 bytes at most."""
        for run in runs(datagrams) if self._sends_together else [[datagram] for datagram in datagrams]:
            if len(run) == 1:
                self.sendto(run[0], to)
            else:
                self._send_run(run, to)

    def _send_run(self, run: list[Datagram], to: tuple[str, int]) -> None:
        try:
            self._line.sendmsg(run, [(SOL_UDP, UDP_SEGMENT, _segment_bytes(len(run[0])))], 0, to)
        except BlockingIOError:
            pass
        except OSError:  # this system cannot, or a part of the way cannot (a tunnel, say)
            self._sends_together = False
            for datagram in run:
                self.sendto(datagram, to)

    def is_closing(self) -> bool:
        return self._line.fileno() < 0

    def close(self) -> None:
        if not self.is_closing():
            self._loop.remove_reader(self._line.fileno())
            self._line.close()
            self._loop.call_soon(self._port.connection_lost, None)

    abort = close


def runs(datagrams: Sequence[Datagram]) -> list[list[Datagram]]:
    """The datagrams in their order, in pieces that UDP_SEGMENT takes: all of one size, the last one shorter or not."""
    found: list[list[Datagram]] = []
    size = 0  # of those in a run that may grow
    for datagram in datagrams:
        if len(datagram) > size:
            found.append([])
            size = len(datagram)
        found[-1].append(datagram)
        if len(datagram) < size:
            size = 0
    return found
