"""S-79: a body longer than anything that Sightline asks for is refused before it is taken in."""

import socket
from collections.abc import Iterator
from urllib.request import urlopen

import pytest

from config.body_limit import MOST_BYTES
from tests.served import Served, rss_kib

MB = 1_000_000
FORM = "POST / HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Type: application/x-www-form-urlencoded\r\n"


@pytest.fixture
def line(served: Served) -> Iterator[socket.socket]:
    with socket.create_connection(("localhost", served.port), timeout=20) as open_line:
        yield open_line


def begin(line: socket.socket, served: Served, *headers: str) -> None:
    line.sendall(FORM.format(port=served.port).encode() + "".join(f"{one}\r\n" for one in headers).encode() + b"\r\n")


def answer(line: socket.socket) -> bytes:
    return line.recv(4096)


def test_a_length_that_is_too_long_is_refused_before_the_body_comes(line: socket.socket, served: Served) -> None:
    begin(line, served, f"Content-Length: {MOST_BYTES + 1}")

    told = answer(line)

    assert told.startswith(b"HTTP/1.1 413 ")
    assert told.endswith(b"This request is too large.\n")
    assert line.recv(1) == b""


def test_a_body_without_a_length_is_refused_once_it_is_too_long(line: socket.socket, served: Served) -> None:
    begin(line, served, "Transfer-Encoding: chunked")
    sent = 0
    told = b""
    while not told and sent < 64:
        line.settimeout(20)
        line.sendall(b"%x\r\n" % MB + b"a" * MB + b"\r\n")
        sent += 1
        line.settimeout(0.05)
        try:
            told = answer(line)
        except TimeoutError:
            continue

    assert told.startswith(b"HTTP/1.1 413 ")
    assert sent < 32


def test_what_comes_all_the_same_is_not_kept(line: socket.socket, served: Served) -> None:
    before = rss_kib(served.processes[0].pid)
    begin(line, served, f"Content-Length: {200 * MB}")

    with pytest.raises(OSError):  # reset or broken, as it happens
        for _ in range(100_000):
            line.sendall(b"a" * MB)

    assert rss_kib(served.processes[0].pid) - before < 20 * 1024


def test_a_body_below_the_limit_is_django_s_to_judge(line: socket.socket, served: Served) -> None:
    begin(line, served, f"Content-Length: {3 * MB}", "Connection: close")
    line.sendall(b"a" * 3 * MB)

    assert b"403 Forbidden" in answer(line).split(b"\r\n")[0]  # without a token, before anything is read


def test_the_server_goes_on(served: Served, line: socket.socket) -> None:
    begin(line, served, f"Content-Length: {MOST_BYTES * 10}")
    assert b" 413 " in answer(line)

    with urlopen(f"{served.url}/healthz", timeout=20) as other:  # noqa: S310
        assert other.status == 200
