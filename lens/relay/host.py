"""The relayed sessions of this process: each follows its support session in the database, as the sockets' rooms do.

What a page says or does changes nothing here but its own connection; who may publish and who is sent what is read from
the database whenever something may have changed, so that a right that ends has ended within a second.
"""

import asyncio
import importlib
import logging
import secrets
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from django.conf import settings

from lens import media_plan
from lens.relay import pins, taps
from portals import clock
from sessions import bus, protocol, room_state
from sessions.database_threads import in_database_thread
from sessions.events import is_talk
from sessions.in_turn import wake_in_turn
from sessions.models import SupportSession
from sessions.room_state import RoomState

if TYPE_CHECKING:
    from lens.relay.room import Orders, RelayRoom

logger = logging.getLogger("sightline.relay")

LOOK_EVERY_S = 2.0  # at all sessions at once: hints get lost
RETIRED_S = 10.0  # a session that is direct again: the pages leave when they have the picture, and then it is over
THIS_PROCESS = secrets.token_hex(8)  # the relay's name in signals, where there is only one process

_read_signal = msgspec.json.Decoder(protocol.SignalSend)


class Follower:
    """One relayed session."""

    def __init__(self, host: "Host", session_id: UUID, page: str) -> None:
        self.session_id, self.page = session_id, page
        self.room: RelayRoom | None = None
        self._host = host
        self._seq = 0  # how far the log is known: read, or talk, which changes nothing here
        self._shown: object = None
        self._group = bus.room_group(session_id)
        self._wanted = asyncio.Event()
        self._retires_at: float | None = None
        self._task = asyncio.create_task(self._run(), name=f"follower of {session_id}")

    def look(self, mark: room_state.Mark | None) -> bool:
        """Whether the session is not as it was when it was last looked at, or has a line of its log unread."""
        shown = mark and mark.shown
        stale = shown != self._shown or (mark is not None and mark.last_seq > self._seq)
        self._shown = shown
        return stale

    def wake(self) -> None:
        self._wanted.set()

    def stop(self) -> None:
        self._task.cancel()

    async def _run(self) -> None:
        await bus.subscribe(self._group, self._hear)
        try:
            rooms = await asyncio.to_thread(importlib.import_module, "lens.relay.room")  # and aiortc: a second
            hooks = rooms.hooks
            network = hooks.Network(ports=settings.MEDIA_PORTS, announced=settings.MEDIA_ADDRESSES)
            room = rooms.RelayRoom(self.session_id, page=self.page, post=self._post, network=network)
            self.room = room
            self._wanted.set()
            while await self._look(room):
                pass
            await self._release()
        except SupportSession.DoesNotExist:
            pass
        finally:
            self._host.forget(self)
            if self.room is not None:
                self.room.close()
            await bus.unsubscribe(self._group, self._hear)

    async def _look(self, room: "RelayRoom") -> bool:
        """Wait for a reason, read the session, and do what it says; False when there is nothing more to relay."""
        over = False
        try:
            async with asyncio.timeout_at(self._retires_at):
                await self._wanted.wait()
        except TimeoutError:
            over = True
        self._wanted.clear()
        try:
            state = await in_database_thread(room_state.load, self.session_id, now=clock.now())
        except SupportSession.DoesNotExist:
            raise
        except Exception:
            logger.exception("A relayed session could not be read.")
            await asyncio.sleep(1)
            self._wanted.set()
            return True
        self._seq = max(self._seq, state.last_seq)
        if over and not media_plan.wants_relay(state):
            return False
        return self._apply(state, room)

    def _apply(self, state: RoomState, room: "RelayRoom") -> bool:
        if state.ended or (state.relay and state.relay != self.page):
            return False
        stays = media_plan.wants_relay(state)
        room.follow(orders_for(state), stays=stays)
        if stays:
            self._retires_at = None
        elif self._retires_at is None:
            self._retires_at = asyncio.get_running_loop().time() + RETIRED_S
        for watcher in taps.watchers:
            watcher(state, room)
        return True

    async def _release(self) -> None:
        if not settings.EMBEDDED:
            await in_database_thread(pins.release, self.session_id, self.page)

    def _hear(self, hint: bus.Hint, _local: Any) -> None:
        if is_talk(hint):
            if hint["seq"] == self._seq + 1:
                self._seq += 1
        elif hint["kind"] != "signal":
            self._wanted.set()
        elif hint["to"] == protocol.RELAY and hint["page"] == self.page and self.room is not None:
            self.room.signal(hint["sender"], hint["sender_page"], _read_signal.decode(hint["signal"]))

    def _post(self, attendee: str, page: str, message: protocol.SignalReceived) -> None:
        hint = {"kind": "signal", "to": attendee, "page": page, "text": protocol.encode(message)}
        bus.publish(self._group, hint)


class Host:
    def __init__(self) -> None:
        self._followers: dict[UUID, Follower] = {}
        self._loop: asyncio.AbstractEventLoop | None = None
        self._watcher: asyncio.Task[None] | None = None

    @property
    def sessions(self) -> frozenset[UUID]:
        return frozenset(self._followers)

    def room_of(self, session_id: UUID) -> "RelayRoom | None":
        follower = self._followers.get(session_id)
        return follower.room if follower is not None else None

    def open(self, session_id: UUID, page: str) -> bool:
        """Relay this session from here on, until it needs it no longer or goes elsewhere; whether that is new."""
        loop = asyncio.get_running_loop()
        if self._loop is not loop:  # the next test, say
            self._followers.clear()
            self._loop, self._watcher = loop, None
        if self._watcher is None:
            self._watcher = loop.create_task(self._watch(), name="watch over the relayed sessions")
        before = self._followers.get(session_id)
        if before is not None and before.page == page:
            return False
        if before is not None:
            before.stop()
        self._followers[session_id] = Follower(self, session_id, page)
        return True

    def forget(self, follower: Follower) -> None:
        if self._followers.get(follower.session_id) is follower:
            del self._followers[follower.session_id]

    def close_all(self) -> None:
        for follower in list(self._followers.values()):
            follower.stop()

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(LOOK_EVERY_S)
            try:
                await self.look_after()
            except Exception:
                logger.exception("The relayed sessions could not be looked after.")

    async def look_after(self) -> None:
        """Look at all sessions at once; those of which a hint may have been lost are read, one after the other."""
        followers = list(self._followers.values())
        if not followers:
            return
        ids = [follower.session_id for follower in followers]
        marks = await in_database_thread(room_state.marks, ids, now=clock.now())
        stale = [follower for follower in followers if follower.look(marks.get(follower.session_id))]
        await wake_in_turn(stale)


def orders_for(state: RoomState) -> "Orders":
    """Who is inside the relay, and what each may publish there."""
    from lens.relay.room import Order

    return {
        insider.id: Order(page=insider.page, send=frozenset(media_plan.may_send(insider, state)))
        for insider in media_plan.together(state)
    }


host = Host()


def find_relay(state: RoomState) -> str:
    """The relay that this session is to use; empty if it needs none, or if there is none."""
    if not media_plan.wants_relay(state):
        return ""
    return THIS_PROCESS if settings.EMBEDDED else pins.find(state.session_id, now=clock.now())


def plan_and_relay(state: RoomState) -> dict[str, protocol.MediaPlan]:
    """The plan; embedded, where this process is the relay, it begins to relay what needs it."""
    if settings.EMBEDDED and state.relay:
        host.open(state.session_id, state.relay)
    return media_plan.plan_for(state)
