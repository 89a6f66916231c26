"""One browser's socket in one support session: chat, presence and WebRTC signalling."""

import asyncio
from datetime import datetime
from typing import Any
from urllib.parse import parse_qs
from uuid import UUID

from portals import audit, clock, logins
from portals.errors import DomainError
from sessions import chat, guest_cookie, heartbeats, presence, protocol, rooms, timeline
from sessions.chat import Line
from sessions.database_threads import in_database_thread
from sessions.models import Participant, SupportSession, TimelineEntry
from sessions.permissions import can_attend, sees_all, sees_contact
from sessions.recorder import recorder
from sessions.rooms import Room
from sessions.sockets import FIRST_MESSAGE_S, Refused, SocketConsumer


class SupportSessionConsumer(SocketConsumer):
    first_message_s = FIRST_MESSAGE_S
    participant: Participant  # without what it points to: whoever needs that reads it afresh
    session_id: UUID
    room: Room | None = None
    participant_id = ""
    page_id = ""
    lease_until: datetime
    renewal: "asyncio.Future[datetime] | None" = None  # a sign of life that is not written yet
    sees_all = False
    sees_contact = False
    login: logins.Login | None = None
    sent_seq = 0
    told = 0
    live = False

    async def enter(self) -> None:
        participant = await in_database_thread(participant_for, self.scope)
        if participant is None:
            raise Refused
        if participant.support_session.is_ended:
            raise Refused(protocol.CLOSE_ENDED)
        if participant.left_at is not None or (participant.user is None and participant.joined_at is None):
            raise Refused(protocol.CLOSE_NOT_INSIDE)
        self.participant = participant
        self.participant_id = str(participant.public_id)
        self.sees_all = sees_all(participant)
        self.sees_contact = participant.user is not None and sees_contact(participant.user, participant.support_session)
        self.login = logins.login_of(self.scope) if participant.user is not None else None
        self.session_id = participant.support_session.public_id
        for relation in (Participant.support_session, Participant.user):
            relation.field.delete_cached_value(participant)

    async def leave(self) -> None:
        if self.room is None or not await rooms.leave(self.room, self):
            return
        if self.renewal is not None:
            await asyncio.wait([self.renewal])
        await in_database_thread(
            presence.close_page,
            participant=self.participant,
            page_id=self.page_id,
            lease_until=self.lease_until,
            now=clock.now(),
        )

    def parse(self, text: str) -> protocol.FromBrowser:
        return protocol.parse_from_browser(text)

    async def handle(self, message: protocol.FromBrowser) -> None:
        if self.room is None and not isinstance(message, protocol.SessionJoin):
            raise protocol.ProtocolError("join_first", "The first message is session.join.")
        try:
            await HANDLERS[type(message)](self, message)
        except SupportSession.DoesNotExist:  # deleted meanwhile; the room finds that out only at its next look
            raise Refused(protocol.CLOSE_ENDED) from None

    async def join(self, message: protocol.SessionJoin) -> None:
        """Welcome, then everything missed, then ready; from there on the room sends."""
        if self.room is not None:
            raise protocol.ProtocolError("joined", "This socket has joined already.")
        self.page_id = message.page
        self.lease_until = await in_database_thread(
            presence.open_page, participant=self.participant, page_id=self.page_id, now=clock.now()
        )
        room = self.room = await rooms.enter(self.session_id, self)
        state = await room.refresh()
        leads = rooms.is_lead(state, self.participant_id)
        resync = message.last_seq > state.last_seq
        self.push(
            protocol.encode(
                protocol.SessionWelcome(
                    you=self.participant_id,
                    session=state.head,
                    attendees=state.attendees,
                    waiting=state.waiting if leads else [],
                    last_seq=state.last_seq,
                    resync=resync,
                    since=self.participant.from_seq,
                )
            )
        )
        self.told = hash(rooms.changed_text(state, for_lead=leads))
        await self._replay(room, after=max(self.participant.from_seq, 0 if resync else message.last_seq))
        self.push(protocol.encode(protocol.SessionReady(seq=self.sent_seq)))
        await room.refresh()  # plans, and whatever changed meanwhile

    async def _replay(self, room: Room, *, after: int) -> None:
        """Send what was missed, as fast as it is read; what is committed meanwhile is read in the next round."""
        self.sent_seq = seen = after
        while True:
            entries = await in_database_thread(rooms.read_entries, room.public_id, seen, True)
            for entry in entries:
                await self.room_to_push()
                seen = entry.seq
                if rooms.may_see(entry, self.sees_all):
                    self.push(protocol.encode(self._message_of(entry)))
                    self.sent_seq = entry.seq
            if room.cursor <= seen or not entries:  # none: a transcript may have been deleted meanwhile
                self.live = True
                return

    def _message_of(self, entry: TimelineEntry) -> protocol.Durable:
        return timeline.message_of(entry, sees_all=self.sees_all, sees_contact=self.sees_contact)

    async def chat(self, message: protocol.ChatPost) -> None:
        try:
            entry = await chat.say(Line(self.participant, message.id, message.text, message.audience))
        except DomainError as error:
            self.push(protocol.encode(protocol.Error(code=error.code, message=str(error), id=message.id)))
            return
        self.push(protocol.encode(protocol.Ack(id=message.id, seq=entry.seq)))

    async def signal(self, message: protocol.SignalSend) -> None:
        """One to whom the plan does not join this page may just have left: that is nobody's fault, and not told."""
        if self.room is not None and self.room.may_signal(self.participant_id, message.to):
            self.room.signal(self, message)

    async def media_state(self, message: protocol.MediaState) -> None:
        await in_database_thread(
            presence.set_media_state,
            participant=self.participant,
            camera=message.camera,
            microphone=message.microphone,
        )

    async def ask_recording(self, message: protocol.RecordingAsk) -> None:
        await in_database_thread(recorder().ask, participant=self.participant, now=clock.now())

    async def answer_recording(self, message: protocol.RecordingAnswer) -> None:
        await in_database_thread(
            recorder().answer,
            participant=self.participant,
            recording_id=message.id,
            agree=message.agree,
            now=clock.now(),
        )

    async def stop_recording(self, message: protocol.RecordingStop) -> None:
        await in_database_thread(
            recorder().stop, participant=self.participant, recording_id=message.id, now=clock.now()
        )

    async def ping(self, message: protocol.PresencePing) -> None:
        """Answered once it is written; what the page says next does not wait for that."""
        self.renewal = heartbeats.beat(self.participant.pk, self.page_id)
        self.renewal.add_done_callback(self._renewed)

    def _renewed(self, renewal: "asyncio.Future[datetime]") -> None:
        if self.renewal is renewal:
            self.renewal = None
        if not renewal.cancelled() and renewal.exception() is None:
            self.lease_until = renewal.result()
            self.push(PONG)


PONG = protocol.encode(protocol.PresencePong())
HANDLERS: dict[type, Any] = {
    protocol.SessionJoin: SupportSessionConsumer.join,
    protocol.ChatPost: SupportSessionConsumer.chat,
    protocol.SignalSend: SupportSessionConsumer.signal,
    protocol.MediaState: SupportSessionConsumer.media_state,
    protocol.RecordingAsk: SupportSessionConsumer.ask_recording,
    protocol.RecordingAnswer: SupportSessionConsumer.answer_recording,
    protocol.RecordingStop: SupportSessionConsumer.stop_recording,
    protocol.PresencePing: SupportSessionConsumer.ping,
}


def participant_for(scope: dict[str, Any]) -> Participant | None:
    """Who opened this socket: the guest whose cookie the browser holds, or the signed-in technician.

    A browser may hold both (a technician who tries out the own link); the page then says which one it is by `?as=`.
    """
    session_id: UUID = scope["url_route"]["kwargs"]["public_id"]
    wanted = parse_qs(scope.get("query_string", b"").decode("latin1")).get("as", [""])[0]
    guest = guest_cookie.guest_of(scope.get("cookies", {}), session_id) if wanted != "user" else None
    if guest is not None or wanted == "guest":
        return guest
    user = scope["user"]
    if not user.is_authenticated or not user.is_technician:
        return None
    attendees = Participant.objects.select_related("support_session__company", "user__company")
    found = attendees.filter(user_id=user.pk, support_session__public_id=session_id).first()
    if found is None or found.user is None or not can_attend(found.user, found.support_session):
        found = None
        audit.record_not_found(actor=user, verb="session.join", what=str(session_id))
    return found
