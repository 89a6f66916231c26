"""Rooms: the living sockets of each support session in this process, all fed from the timeline.

A room follows the log with a cursor. A hint (events.py) wakes it; it sends each member what that member has not had, in
order. Whatever was committed is therefore sent, whichever process wrote it and whichever hint was lost.
"""

import asyncio
import logging
import time
from collections.abc import Callable
from typing import Any, Protocol
from uuid import UUID

from portals import clock, logins
from portals.logins import Login
from sessions import bus, protocol, room_state, timeline
from sessions.database_threads import in_database_thread
from sessions.events import is_talk
from sessions.in_turn import wake_in_turn
from sessions.models import SupportSession, TimelineEntry
from sessions.room_state import RoomState

logger = logging.getLogger("sightline.rooms")

LOOK_EVERY_S = 4  # all rooms are looked after this often: leases lapse, hints get lost, rights end (S-07)
ENTRIES_AT_ONCE = 500
STARTS_S = 0.2  # a Start has told what media needs: the picture goes before the reading of the rest
CREDENTIALS_RENEWED_S = 3600  # TURN credentials live twice as long; a plan with new ones is sent this often

MediaPlanner = Callable[[RoomState], dict[str, protocol.MediaPlan]]
_planner: MediaPlanner | None = None


def set_media_planner(planner: MediaPlanner) -> None:
    """Called once at start by the app that owns media; it maps a room's state to each attendee's plan."""
    global _planner
    _planner = planner


class Member(Protocol):
    """What a room needs of a socket."""

    participant_id: str
    page_id: str
    sees_all: bool
    sees_contact: bool
    sent_seq: int  # the last durable message this reader has
    told: int  # the hash of the head and attendees this reader has, as `changed_text` writes them
    login: Login | None  # behind this socket; None for guests
    live: bool  # False while the missed messages are still being sent

    def push(self, text: str) -> None: ...
    def shut(self, code: int) -> None: ...


class Room:
    def __init__(self, public_id: UUID) -> None:
        self.public_id = public_id
        self.group = bus.room_group(public_id)
        self.members: dict[str, Member] = {}
        self.cursor = 0
        self._read_at = 0.0  # not before this moment of the loop's clock, in seconds
        self.state: RoomState | None = None
        self._plans: dict[str, int] = {}  # the hash of the shape of the plan that each attendee has
        self._joined: dict[str, frozenset[str]] = {}  # whom the media plan joins each attendee with
        self._wanted = asyncio.Event()
        self._reading = asyncio.Lock()
        self._keeper: asyncio.Task[None] | None = None

    # -- coming and going -------------------------------------------------------------------------

    async def open(self) -> None:
        await bus.subscribe(self.group, self._hear)
        self._keeper = asyncio.create_task(self._keep(), name=f"room {self.public_id}")

    def give_up(self) -> None:
        """It could not be opened and hears nothing: whoever is in it comes back, and finds another one."""
        if _rooms.get(self.public_id) is self:
            del _rooms[self.public_id]
        self._shut_all(protocol.CLOSE_RESTART)

    async def close(self) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
        await bus.unsubscribe(self.group, self._hear)

    def add(self, member: Member) -> None:
        before = self.members.get(member.participant_id)
        self.members[member.participant_id] = member
        self._plans.pop(member.participant_id, None)
        if before is not None and before is not member:
            before.shut(protocol.CLOSE_ELSEWHERE if before.page_id != member.page_id else 1000)

    def remove(self, member: Member) -> bool:
        """Return whether the member was still the one that speaks for its attendee."""
        if self.members.get(member.participant_id) is not member:
            return False
        del self.members[member.participant_id]
        return True

    @property
    def credentials_round(self) -> int:
        """Goes on when plans get new credentials: once in CREDENTIALS_RENEWED_S, and not for all rooms at once."""
        return int((time.time() + self.public_id.int % CREDENTIALS_RENEWED_S) // CREDENTIALS_RENEWED_S)

    # -- hints ------------------------------------------------------------------------------------

    def _hear(self, hint: bus.Hint, local: Any) -> None:
        if hint["kind"] == "signal":
            self._hand_over(hint)
            return
        if hint["kind"] == "entry":
            if isinstance(local, TimelineEntry) and local.seq == self.cursor + 1:
                self.cursor = local.seq
                self.send_entry(local)
                self._start(local)
            if is_talk(hint) and hint["seq"] <= self.cursor:
                return  # sent already; a reading may have been quicker than the hint
        self._wanted.set()

    def _start(self, entry: TimelineEntry) -> None:
        """Let media flow and be seen at once: the connection stands, and a picture should not wait for the database."""
        state = room_state.started(self.state, entry) if self.state else None
        if state is not None:
            self.state = state
            self._send_plans(state)
            self._send_changed(state)
            self._read_at = asyncio.get_running_loop().time() + STARTS_S

    def wake(self) -> None:
        self._wanted.set()

    async def _keep(self) -> None:
        """Follow the database, woken by hints, and by the watch over all rooms where one was lost."""
        while True:
            await self._wanted.wait()
            await asyncio.sleep(self._read_at - asyncio.get_running_loop().time())
            self._wanted.clear()
            try:
                await self.refresh()
            except SupportSession.DoesNotExist:
                return self._shut_all(protocol.CLOSE_ENDED)
            except Exception:
                logger.exception("A room could not be read.")
                await asyncio.sleep(1)
                self._wanted.set()

    async def refresh(self) -> RoomState:
        """Read the session as it stands, send what members have not had, and put out those who left."""
        async with self._reading:  # of two readings at once, the older one could be the last to be told
            state = await in_database_thread(room_state.load, self.public_id, now=clock.now())
            self.state = state
            if state.last_seq > self.cursor:
                await self._catch_up(state.last_seq)
        self._send_changed(state)
        self._send_plans(state)
        self._put_out(state)
        return state

    async def _catch_up(self, last_seq: int) -> None:
        if not any(member.live for member in self.members.values()):
            self.cursor = max(self.cursor, last_seq)  # those not live yet read what they miss by themselves
            return
        while self.cursor < last_seq:
            entries = await in_database_thread(read_entries, self.public_id, self.cursor, True)
            for entry in entries:
                if entry.seq > self.cursor:
                    self.cursor = entry.seq
                    self.send_entry(entry)
            if not entries:
                return

    # -- sending ----------------------------------------------------------------------------------

    def send_entry(self, entry: TimelineEntry) -> None:
        """To every live member that may see it and has not had it; encoded once for each kind of reader."""
        texts: dict[tuple[bool, bool], str] = {}
        for member in list(self.members.values()):
            if member.live and entry.seq > member.sent_seq and may_see(entry, member.sees_all):
                reader = (member.sees_all, member.sees_contact)
                if reader not in texts:
                    message = timeline.message_of(entry, sees_all=reader[0], sees_contact=reader[1])
                    texts[reader] = protocol.encode(message)
                member.sent_seq = entry.seq
                member.push(texts[reader])

    def _send_changed(self, state: RoomState) -> None:
        texts = {for_lead: changed_text(state, for_lead=for_lead) for for_lead in (False, True)}
        for member in list(self.members.values()):
            text = texts[is_lead(state, member.participant_id)]
            if member.live and member.told != hash(text):
                member.told = hash(text)
                member.push(text)

    def _send_plans(self, state: RoomState) -> None:
        plans = _planner(state) if _planner else {}
        self._joined = {one: _joined_by(plan) for one, plan in plans.items()}
        for participant_id, member in list(self.members.items()):
            plan = plans.get(participant_id)
            if plan is None or not member.live:
                continue
            credentials = self.credentials_round if plan.ice_servers else 0  # they themselves always differ
            shape = hash(repr((plan.peers, plan.relay, plan.send, plan.relay_only, credentials)))
            if self._plans.get(participant_id) != shape:
                self._plans[participant_id] = shape
                member.push(protocol.encode(plan))

    def _put_out(self, state: RoomState) -> None:
        for participant_id, member in list(self.members.items()):
            insider = state.insiders.get(participant_id)
            if not member.live:
                continue
            if state.ended:
                member.shut(protocol.CLOSE_ENDED)
            elif insider is None:
                member.shut(protocol.CLOSE_NOT_INSIDE)
            elif insider.page and insider.page != member.page_id:
                member.shut(protocol.CLOSE_ELSEWHERE)

    def put_out_signed_out(self, ended: frozenset[Login]) -> None:
        """Who has signed out, or has a new password, is out within LOOK_EVERY_S (S-32)."""
        for member in list(self.members.values()):
            if member.login in ended:
                member.shut(protocol.CLOSE_NOT_INSIDE)

    def _shut_all(self, code: int) -> None:
        for member in list(self.members.values()):
            member.shut(code)

    # -- signalling: ephemeral, from one page to one other ----------------------------------------

    def may_signal(self, sender: str, receiver: str) -> bool:
        """Signals pass only between two whom the media plan joins (S-51)."""
        return receiver in self._joined.get(sender, ())

    def signal(self, sender: Member, message: protocol.SignalSend) -> None:
        if message.to == protocol.RELAY:
            bus.publish(self.group, relay_hint(sender, message))
            return
        text = protocol.encode(
            protocol.SignalReceived(
                sender=sender.participant_id,
                page=sender.page_id,
                description=message.description,
                candidate=message.candidate,
            )
        )
        hint = {"kind": "signal", "to": message.to, "page": message.page, "text": text}
        if message.to in self.members:
            self._hand_over(hint)
        else:
            bus.publish(self.group, hint)

    def _hand_over(self, hint: bus.Hint) -> None:
        member = self.members.get(hint["to"])
        if member is not None and member.page_id == hint["page"]:
            member.push(hint["text"])


def relay_hint(sender: Member, message: protocol.SignalSend) -> bus.Hint:
    """A signal for the relay, with its sender as the server knows it."""
    return {
        "kind": "signal",
        "to": protocol.RELAY,
        "page": message.page,
        "sender": sender.participant_id,
        "sender_page": sender.page_id,
        "signal": protocol.encode(message),
    }


def _joined_by(plan: protocol.MediaPlan) -> frozenset[str]:
    """With whom a page of this plan may exchange signals."""
    return frozenset(peer.attendee for peer in plan.peers) | ({protocol.RELAY} if plan.relay else frozenset())


def changed_text(state: RoomState, *, for_lead: bool) -> str:
    waiting = state.waiting if for_lead else []
    return protocol.encode(protocol.SessionChanged(session=state.head, attendees=state.attendees, waiting=waiting))


def is_lead(state: RoomState, participant_id: str) -> bool:
    return state.head.lead == participant_id


def may_see(entry: TimelineEntry, sees_all: bool) -> bool:
    return sees_all or entry.audience == TimelineEntry.Audience.EVERYONE


def read_entries(public_id: UUID, after: int, sees_all: bool) -> list[TimelineEntry]:
    """The next ENTRIES_AT_ONCE after a seq: a long history is never in memory as a whole."""
    support_session = SupportSession.objects.only("pk").get(public_id=public_id)
    return list(timeline.entries_after(support_session, after, sees_all=sees_all)[:ENTRIES_AT_ONCE])


_rooms: dict[UUID, Room] = {}
_loop: asyncio.AbstractEventLoop | None = None
_watcher: asyncio.Task[None] | None = None


async def _watch() -> None:
    """Look after all rooms of this process at once, and wake those that are behind or whose session is not as it was.

    Chat alone is no reason to read a session anew: its lines come with their hints.
    """
    seen: dict[Room, object] = {}
    while True:
        await asyncio.sleep(LOOK_EVERY_S)
        rooms = list(_rooms.values())
        behind = {member.login for room in rooms for member in room.members.values() if member.login is not None}
        try:
            marks = await in_database_thread(room_state.marks, [room.public_id for room in rooms], now=clock.now())
            ended = await in_database_thread(logins.ended, behind)
        except Exception:
            logger.exception("The rooms could not be looked after.")
            continue
        found: dict[Room, object] = {}
        stale = []
        for room in rooms:
            room.put_out_signed_out(ended)
            mark = marks.get(room.public_id)
            found[room] = (mark and mark.shown, room.credentials_round)
            if seen.get(room) != found[room] or (mark is not None and mark.last_seq > room.cursor):
                stale.append(room)
        seen = found
        await wake_in_turn(stale)


async def enter(public_id: UUID, member: Member) -> Room:
    """Put the member into this process's room of the session; the first member opens it."""
    global _loop, _watcher
    loop = asyncio.get_running_loop()
    if _loop is not loop:
        _rooms.clear()
        _loop, _watcher = loop, None
    if _watcher is None:
        _watcher = asyncio.create_task(_watch(), name="watch over the rooms")
    room = _rooms.get(public_id)
    first = room is None
    if room is None:
        room = _rooms[public_id] = Room(public_id)
    room.add(member)
    if first:
        try:
            await room.open()
        except BaseException:
            room.give_up()
            raise
    return room


async def leave(room: Room, member: Member) -> bool:
    """Take a member out; the last one closes the room. Return whether it still spoke for its attendee."""
    global _watcher
    spoke = room.remove(member)
    if not room.members and _rooms.get(room.public_id) is room:
        del _rooms[room.public_id]
        if not _rooms and _watcher is not None:
            _watcher.cancel()
            _watcher = None
        await room.close()
    return spoke
