"""The relay's UDP sockets: what leaves together arrives as it would one by one."""

import asyncio
import socket
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lens.relay.aiortc_hooks.media_socket import MediaSocket, runs

SO_NO_CHECK = 11  # a socket that makes no checksums, for which Linux refuses UDP_SEGMENT
SIZES = [1200, 1200, 1200, 700, 80, 1250, 1250, 1250, 1251, 1251, 60]
DATAGRAMS = [bytes([number]) * size for number, size in enumerate(SIZES)]


class Page:
    """Hears nothing and sends nothing: the socket is what is looked at."""

    def connection_made(self, transport: MediaSocket) -> None: ...

    def connection_lost(self, exc: Exception | None) -> None: ...

    def datagram_received(self, data: bytes, addr: tuple[Any, ...]) -> None: ...

    def all_read(self) -> None: ...


@pytest.fixture
def viewer() -> Iterator[socket.socket]:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as line:
        line.bind(("127.0.0.1", 0))
        line.settimeout(5)
        yield line


def _line() -> socket.socket:
    line = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    line.bind(("127.0.0.1", 0))
    line.setblocking(False)
    return line


def _send(line: socket.socket, viewer: socket.socket) -> list[bytes]:
    async def send() -> None:
        media_socket = MediaSocket(line, Page())
        media_socket.send_together(DATAGRAMS, viewer.getsockname())
        media_socket.close()

    asyncio.run(send())
    return [viewer.recv(2048) for _each in DATAGRAMS]


def test_what_leaves_together_arrives_one_by_one(viewer: socket.socket) -> None:
    assert _send(_line(), viewer) == DATAGRAMS


def test_a_line_that_takes_no_segments_is_sent_one_by_one(viewer: socket.socket) -> None:
    line = _line()
    line.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
    assert _send(line, viewer) == DATAGRAMS


@given(st.lists(st.integers(1, 4).map(bytes), max_size=40))
def test_runs_are_what_the_kernel_takes(datagrams: list[bytes]) -> None:
    found = runs(datagrams)
    assert [datagram for run in found for datagram in run] == datagrams
    for run in found:
        assert {len(datagram) for datagram in run[:-1]} <= {len(run[0])}
        assert len(run[-1]) <= len(run[0])
