"""R-14: who does not read costs a bounded amount of memory, disturbs nobody, and misses nothing in the end."""

import asyncio
import contextlib
import json
import socket
from collections.abc import Callable
from typing import Any

import pytest
import websockets
from django.utils import timezone

from sessions import chat, protocol, rooms, sockets
from sessions.models import SupportSession
from tests.returning_pages import Page, fresh_reader, stop, until
from tests.served import Served
from tests.sessions.pages import Pages, in_thread
from tests.wire import receive, waiting_pair

LONG = "€" * 3900  # 12 KB on the wire
MOST_LINES = 600


class Sink:
    """A consumer whose reader takes nothing, and what it was told in the end."""

    def __init__(self) -> None:
        self.sent: list[dict[str, Any]] = []
        self.consumer = sockets.SocketConsumer()
        self.consumer._send = self._send
        self.consumer._outbox, self.consumer._outbox_bytes = None, 0
        self.consumer._shut, self.consumer._writer = False, None
        self.consumer._write_now = None

    async def _send(self, event: dict[str, Any]) -> None:
        self.sent.append(event)


@pytest.mark.parametrize(
    ("bound", "value", "text", "fit"),
    [
        ("OUTBOX_MESSAGES", 3, "a", 3),
        ("OUTBOX_BYTES", 30, "a" * 10, 3),
        ("OUTBOX_BYTES", 30, "é" * 5, 3),
        ("OUTBOX_BYTES", 29, "a" * 10, 2),
    ],
)
async def test_what_waits_for_a_reader_is_bounded(
    monkeypatch: pytest.MonkeyPatch, bound: str, value: int, text: str, fit: int
) -> None:
    monkeypatch.setattr(sockets, bound, value)
    sink = Sink()

    for _each in range(fit):
        sink.consumer.push(text)
    assert sink.consumer._outbox is not None
    assert len(sink.consumer._outbox) == fit
    for _each in range(3):
        sink.consumer.push(text)
    await asyncio.sleep(0)

    assert not sink.consumer._outbox
    assert sink.sent == [{"type": "websocket.close", "code": protocol.CLOSE_TOO_SLOW}]


@pytest.mark.timeout(600)
async def test_a_page_that_does_not_read_is_told_to_come_back_and_misses_nothing(served: Served) -> None:
    tess, ana, session_id = await asyncio.to_thread(waiting_pair, served, "Slow")
    path = f"/ws/sessions/{session_id}/"
    narrow = socket.socket()
    narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    narrow.setblocking(False)
    await asyncio.get_running_loop().sock_connect(narrow, ("127.0.0.1", served.port))
    slow = ana.socket(f"{path}?as=guest", sock=narrow, max_queue=1, ping_interval=None)
    writer = Page(tess, f"{path}?as=user")
    talking = asyncio.create_task(writer.run())

    async with slow as line:
        await line.send(json.dumps({"type": "session.join", "page": "slow-page", "last_seq": 0}))
        seen = 0
        while (message := await receive(line))["type"] != "session.ready":
            seen = max(seen, message.get("seq", 0))
        said = await talk_until(writer, lambda: "did not keep up" in served.log)
        code = await read_to_the_end(line)

    assert code == protocol.CLOSE_TOO_SLOW
    assert writer.lines[: len(said)] == said[: len(writer.lines)], "the other page was held up"
    back = Page(ana, f"{path}?as=guest", last_seq=seen)
    reading = asyncio.create_task(back.run())
    await until(lambda: len(back.lines) == len(said))
    await stop(writer, back)
    for task in (talking, reading):
        task.cancel()
    assert back.lines == said == await fresh_reader(tess, f"{path}?as=user")


async def talk_until(writer: Page, true: Callable[[], bool]) -> list[str]:
    """One long line after the other, each acknowledged and back before the next; return all."""
    said = []
    await writer.online.wait()
    for number in range(MOST_LINES):
        said.append(f"{number} {LONG}")
        writer.says(said[-1])
        await until(lambda: not writer.unsent and len(writer.lines) == len(said))
        if true():
            return said
    raise AssertionError(f"{MOST_LINES} lines of 12 KB did not make the reader too slow")


async def read_to_the_end(line: Any) -> int:
    with contextlib.suppress(websockets.ConnectionClosed):
        while True:
            await line.recv()
    return int(line.close_code)


@pytest.mark.django_db(transaction=True)
async def test_a_history_longer_than_what_may_wait_is_told_in_pieces(
    pages: Pages, active: SupportSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "OUTBOX_MESSAGES", 10)
    monkeypatch.setattr(rooms, "ENTRIES_AT_ONCE", 7)
    lead = await in_thread(lambda: active.participants.get(user=active.lead))
    for number in range(40):
        await in_thread(
            chat.post_chat,
            participant=lead,
            client_msg_id=f"line-{number:04}",
            text=f"{number}",
            audience="everyone",
            now=timezone.now(),
        )

    page = await pages.customer(active)

    assert page.log.texts == [str(number) for number in range(40)]
