"""S-42, S-43: many sockets of one source, and frames that no browser of ours sends, cost the others nothing."""

import os
import random
import socket
import struct
from collections.abc import Iterator

import pytest
from django.conf import settings
from pytest_django import Settings

from portals.models import User
from sessions import protocol, sockets
from sessions.models import SupportSession
from tests.served import Served, rss_kib
from tests.sessions.pages import Page, Pages, guest, in_thread, session_path
from tests.wire import Wire, waiting_pair

FRAMES = int(os.environ.get("HOSTILE_FRAMES", "10000"))
FRAMES_A_LINE = 60
GROWTH_KIB = 20 * 1024


def test_the_limits_are_those_that_are_promised() -> None:
    assert (settings.SOCKETS_PER_SOURCE, settings.SOCKETS_PER_USER) == (50, 10)


@pytest.mark.django_db(transaction=True)
async def test_a_source_without_an_account_has_so_many_sockets(
    pages: Pages, active: SupportSession, settings: Settings
) -> None:
    settings.SOCKETS_PER_SOURCE = 3
    cookies = await in_thread(lambda: guest(active.participants.get(role="customer")))
    path = session_path(active, who="guest")
    opened = [await pages.make(path, cookies=cookies).connect() for _each in range(3)]

    refused = await pages.make(path, cookies=cookies).connect()

    assert await refused.until_closed() == protocol.CLOSE_POLICY
    await opened[0].drop()
    await (await pages.make(path, cookies=cookies).connect()).join()


@pytest.mark.django_db(transaction=True)
async def test_an_account_has_so_many_sockets_of_a_kind_and_takes_nobody_else_s(
    pages: Pages, bob: User, active: SupportSession, settings: Settings
) -> None:
    settings.SOCKETS_PER_USER, settings.SOCKETS_PER_SOURCE = 2, 1
    for _each in range(2):
        await pages.console(bob)

    refused = await pages.console(bob)

    assert await refused.until_closed() == protocol.CLOSE_POLICY
    lead, dora = await pages.technician(active, bob), await pages.customer(active)
    for page in (lead, dora):
        assert (await page.post("hello"))["type"] == "ack"


@pytest.mark.django_db(transaction=True)
async def test_nothing_is_counted_any_more_when_all_have_gone(pages: Pages, bob: User, active: SupportSession) -> None:
    opened: list[Page] = [await pages.customer(active), await pages.console(bob)]
    for page in opened:
        await page.drop()

    assert not sockets._counted
    assert not sockets._open


# ---- A real server, and raw frames (S-42) --------------------------------------------------------


def frame(payload: bytes, *, opcode: int = 1, fin: bool = True) -> bytes:
    size = len(payload)
    first = (0x80 if fin else 0) | opcode
    if size < 126:
        return bytes((first, 0x80 | size)) + b"\0\0\0\0" + payload
    if size < 65536:
        return struct.pack("!BBH", first, 0x80 | 126, size) + b"\0\0\0\0" + payload
    return struct.pack("!BBQ", first, 0x80 | 127, size) + b"\0\0\0\0" + payload


# What ends the line at once stands alone; of the others, many are sent before anybody reads an answer.
FATAL = [
    frame(b"\xff\xfe\xfd"),
    frame(b"x" * (81 * 1024)),
    frame(b"x" * 126, opcode=9),
    frame(b"", opcode=3),
    frame(b"{", fin=False) + frame(b"{"),
    b"\x81\x02{}",
    struct.pack("!BBQ", 0x81, 0xFF, 2**63),
]
BAD = [
    frame(b"[" * 30_000),
    frame(b'{"type":"chat.post","id":' + b'{"a":' * 5_000),
    frame(b'{"type":"session.join","page":"p","last_seq":' + b"9" * 4000 + b"}"),
    frame(b'{"type":"session.join","page":"p","last_seq":9007199254740993}'),
    frame(b'{"type":"session.end"}'),
    frame(b"x" * (66 * 1024)),
    frame(b"\0" * 1000, opcode=2),
    frame(b'{"type":', fin=False) + frame(b'"presence.ping"}', opcode=0),
    frame(b"p" * 125, opcode=9),
    frame(b"", opcode=10),
    frame(b'{"type":"signal.send","to":"x","page":"y","description":{"type":"offer","sdp":"' + b"s" * 40_000 + b'"}}'),
]


def batches(count: int) -> Iterator[bytes]:
    dice = random.Random(42)
    while count > 0:
        several = [dice.choice(BAD) for _each in range(FRAMES_A_LINE)]
        yield b"".join([*several, dice.choice(FATAL)])
        count -= FRAMES_A_LINE + 1


def attack(wire: Wire, path: str, sent: bytes) -> None:
    """One line: shake hands, send, and read until the server has had enough."""
    cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in wire.jar)
    with socket.create_connection(("127.0.0.1", wire.served.port), 30) as line:
        line.sendall(
            f"GET {path} HTTP/1.1\r\nHost: localhost:{wire.served.port}\r\nUpgrade: websocket\r\n"
            f"Connection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
            f"Origin: {wire.served.url}\r\nCookie: {cookies}\r\n\r\n".encode()
        )
        answer = b""
        while not answer.endswith(b"\r\n\r\n"):
            answer += line.recv(1)
        try:
            line.sendall(sent)
            line.shutdown(socket.SHUT_WR)
            while line.recv(65536):
                pass
        except OSError:
            pass  # cut while sending: that is what is asked for


@pytest.mark.timeout(600)
def test_hostile_frames_cost_no_memory_and_break_nothing(served: Served) -> None:
    _tess, ana, session_id = waiting_pair(served, "Hostile")
    path, pid = f"/ws/sessions/{session_id}/?as=guest", served.processes[0].pid
    for sent in batches(FRAMES_A_LINE * 20):  # what the first ones need, they need once
        attack(ana, path, sent)
    before = rss_kib(pid)

    for sent in batches(FRAMES):
        attack(ana, path, sent)

    assert rss_kib(pid) - before < GROWTH_KIB
    assert "Traceback" not in served.log
    assert "ready" in ana.get("/readyz")
