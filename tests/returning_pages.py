"""Pages that come back, without a browser: what connection.js does, and notes to hold the database against."""

import asyncio
import contextlib
import json
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import websockets

from tests.wire import Wire, receive

LOST = (websockets.ConnectionClosed, websockets.InvalidHandshake, OSError, TimeoutError)


@dataclass
class Page:
    """A page that comes back: folds the timeline, sends its unacknowledged lines again with the same ids."""

    wire: Wire
    path: str
    port: int | None = None
    id: str = field(default_factory=lambda: uuid.uuid4().hex)
    last_seq: int = 0
    lines: list[str] = field(default_factory=list)
    acked: list[str] = field(default_factory=list)
    unsent: dict[str, str] = field(default_factory=dict)
    backs: int = 0
    closes: list[tuple[float, int]] = field(default_factory=list)  # when, and with which code
    stopped: bool = False
    online: asyncio.Event = field(default_factory=asyncio.Event)

    async def run(self) -> None:
        while not self.stopped:
            with contextlib.suppress(*LOST):
                async with self.wire.socket(self.path, port=self.port) as socket:
                    try:
                        await self._live(socket)
                    except websockets.ConnectionClosed as closed:
                        self.closes.append((time.monotonic(), closed.rcvd.code if closed.rcvd else 1006))
            self.online.clear()
            await asyncio.sleep(0.1)

    async def _live(self, socket: Any) -> None:
        await socket.send(json.dumps({"type": "session.join", "page": self.id, "last_seq": self.last_seq}))
        writer = asyncio.create_task(self._write(socket))
        try:
            while not self.stopped:
                async with asyncio.timeout(5):
                    message = await receive(socket)
                if not self._fold(message):
                    return  # a gap: come back and be told again
        finally:
            writer.cancel()

    def _fold(self, message: dict[str, Any]) -> bool:
        match message["type"]:
            case "session.ready":
                self.backs += 1
                self.online.set()
            case "ack":
                if message["id"] in self.unsent:
                    self.acked.append(self.unsent.pop(message["id"]))
            case _ if "seq" in message and message["seq"] > self.last_seq:
                if message["prev"] != self.last_seq:
                    return False
                self.last_seq = message["seq"]
                if message["type"] == "chat.posted":
                    self.lines.append(message["text"])
        return True

    async def _write(self, socket: Any) -> None:
        await self.online.wait()
        sent: set[str] = set()
        with contextlib.suppress(*LOST):
            while True:
                for key, text in list(self.unsent.items()):
                    if key not in sent:
                        sent.add(key)
                        await socket.send(json.dumps({"type": "chat.post", "id": key, "text": text}))
                await socket.send(json.dumps({"type": "presence.ping"}))
                await asyncio.sleep(0.2)

    def says(self, text: str) -> None:
        self.unsent[str(uuid.uuid4())] = text

    async def all_acked(self) -> None:
        await until(lambda: not self.unsent)


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(180):
        while not true():  # noqa: ASYNC110 (what is waited for happens on the wire)
            await asyncio.sleep(0.05)


async def fresh_reader(wire: Wire, path: str) -> list[str]:
    """The whole chat as a page reads it that begins anew."""
    lines = []
    async with wire.socket(path) as socket:
        await socket.send(json.dumps({"type": "session.join", "page": uuid.uuid4().hex, "last_seq": 0}))
        while (message := await receive(socket))["type"] != "session.ready":
            if message["type"] == "chat.posted":
                lines.append(message["text"])
    return lines


async def stop(*pages: Page) -> None:
    for page in pages:
        page.stopped = True
    await asyncio.sleep(0)


async def assert_nothing_lost(wire: Wire, path: str, pages: list[Page]) -> None:
    stored = await fresh_reader(wire, path)
    assert len(stored) == len(set(stored)), "a line is doubled"
    for page in pages:
        assert [line for line in stored if line in set(page.acked)] == page.acked, "an acknowledged line is lost"
        assert page.lines == stored[: len(page.lines)], "a page that came back folded something else"
