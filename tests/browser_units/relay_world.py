"""A real relay for pages of a test: it runs in a thread of its own, and the test says who is in which plan."""

import asyncio
import contextlib
import json
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from threading import Thread
from typing import Any
from uuid import uuid4

import msgspec
from websockets.asyncio.server import ServerConnection, serve

from lens.relay.aiortc_hooks import Network
from lens.relay.leg import all_closed
from lens.relay.room import Order, RelayRoom
from sessions import protocol
from sessions.protocol import RELAY, SignalReceived
from tests.waiting import wait_for

SENDS = {"customer": ["camera", "microphone"]}
PATIENCE_S = 60


class RelayWorld:
    """Pages of `modules/relayed.js` connect to `url`; each says which attendee it is."""

    def __init__(self) -> None:
        self.url = ""
        self.relay_page = "relay-1"
        self.room: Any = None
        self.turn: list[dict[str, Any]] = []  # when there are any, pages use nothing else
        self._lines: dict[str, ServerConnection] = {}
        self._sending: set[asyncio.Future[None]] = set()
        self._loop: Any = None
        self._ended: Any = None

    # -- for the test's thread --------------------------------------------------------------------

    def call(self, work: Callable[[], Any]) -> Any:
        """Run `work` where the relay lives, and return what it returns."""
        done: Future[Any] = Future()

        def run() -> None:
            try:
                done.set_result(work())
            except BaseException as error:
                done.set_exception(error)

        self._loop.call_soon_threadsafe(run)
        return done.result(PATIENCE_S)

    def plan(self, *attendees: str, relayed: bool, screens: tuple[str, ...] = ()) -> None:
        """Connect exactly these with each other, once each has said who it is."""
        wait_for(lambda: self._lines.keys() >= set(attendees), "the pages to say who they are", every_s=0.01)
        self.call(lambda: self._plan(attendees, relayed, screens))

    def move(self, *attendees: str) -> None:
        """The relay's process was killed; another takes its place."""

        def move() -> None:
            for leg in self.room.legs.values():
                leg.link._connection = None  # not even a good-bye
            self.room.close()
            self.relay_page += "'"
            self._open()
            self._plan(attendees, True, ())

        self.call(move)

    def cut(self, attendee: str) -> None:
        """Nothing passes between this page and the relay any more, over the connection that there is."""

        def cut() -> None:
            for port in self.room.legs[attendee].link._connection._protocols:
                port.transport._drain = port.transport.sendto = lambda *_datagram: None
                port.datagram_received = lambda *_datagram: None

        self.call(cut)

    # -- on the relay's loop ----------------------------------------------------------------------

    def _open(self) -> None:
        self.room = RelayRoom(uuid4(), page=self.relay_page, post=self._post, network=Network())

    def _plan(self, attendees: tuple[str, ...], relayed: bool, screens: tuple[str, ...]) -> None:
        orders = {}
        for name in self._lines:
            inside = name in attendees
            others = [other for other in attendees if other != name] if inside else []
            send = [*SENDS.get(name, ["microphone"]), *(["screen"] if name in screens else [])] if inside else []
            if inside:
                orders[name] = Order(page=f"page-of-{name}", send=frozenset(send))  # type: ignore[arg-type]
            peers = [{"attendee": o, "page": f"page-of-{o}", "polite": name > o} for o in others]
            self._tell(
                name,
                {
                    "type": "media.plan",
                    "peers": [] if relayed else peers,
                    "relay": {"page": self.relay_page, "attendees": others} if relayed and inside else None,
                    "send": send,
                    "ice_servers": self.turn,
                    "relay_only": bool(self.turn),
                },
            )
        self.room.follow(orders, stays=relayed)

    def _post(self, attendee: str, page: str, message: SignalReceived) -> None:
        self._tell(attendee, msgspec.to_builtins(message))

    def _tell(self, attendee: str, message: Any) -> None:
        line = self._lines.get(attendee)
        if line is not None:
            self._sending.add(task := asyncio.ensure_future(line.send(json.dumps(message))))
            task.add_done_callback(self._sending.discard)

    async def _hold(self, line: ServerConnection) -> None:
        attendee = str(await line.recv())
        self._lines[attendee] = line
        with contextlib.suppress(Exception):
            async for text in line:
                signal = json.loads(text)
                if signal["to"] == RELAY:
                    if signal["page"] == self.relay_page:
                        self.room.signal(attendee, f"page-of-{attendee}", protocol.parse_from_browser(str(text)))
                    continue
                payload = {key: signal.get(key) for key in ("description", "candidate")}
                sender = {"type": "signal.received", "sender": attendee, "page": f"page-of-{attendee}"}
                self._tell(signal["to"], sender | payload)

    async def _run(self, ready: Future[None]) -> None:
        self._loop, self._ended = asyncio.get_running_loop(), asyncio.Event()
        self._open()
        async with serve(self._hold, "127.0.0.1", 0) as server:
            self.url = f"ws://127.0.0.1:{next(iter(server.sockets)).getsockname()[1]}/"
            ready.set_result(None)
            await self._ended.wait()
        self.room.close()
        await all_closed()


@contextlib.contextmanager
def relay_world() -> Iterator[RelayWorld]:
    world, ready = RelayWorld(), Future[None]()
    thread = Thread(target=lambda: asyncio.run(world._run(ready)), daemon=True)
    thread.start()
    ready.result(PATIENCE_S)
    yield world
    world.call(world._ended.set)
    thread.join(PATIENCE_S)
