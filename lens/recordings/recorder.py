"""Recording as sessions ask for it (sessions/recorder.py): this app's verbs under the names of that interface."""

from datetime import datetime
from typing import Any

from lens.recordings import actions, shelf
from portals.models import User
from sessions import protocol
from sessions.models import Participant, SupportSession


class SessionRecorder:
    related = shelf.RELATED

    def ask(self, *, participant: Participant, now: datetime) -> None:
        actions.ask_recording(participant=participant, now=now)

    def answer(self, *, participant: Participant, recording_id: str, agree: bool, now: datetime) -> None:
        actions.answer_recording(participant=participant, recording_id=recording_id, agree=agree, now=now)

    def stop(self, *, participant: Participant, recording_id: str, now: datetime) -> None:
        actions.stop_recording(participant=participant, recording_id=recording_id, now=now)

    def state_of(self, support_session: SupportSession, *, now: datetime) -> protocol.RecordingState | None:
        return actions.state_of(support_session, now=now)

    def why_not(self, technician: User, support_session: SupportSession) -> str:
        return actions.why_not(technician, support_session)

    def of_record(self, support_session: SupportSession, *, reader: User) -> list[dict[str, Any]]:
        return shelf.of_record(support_session, reader=reader)

    def for_programs(self, support_session: SupportSession) -> list[dict[str, Any]]:
        return shelf.for_programs(support_session)

    def session_moved(self, support_session: SupportSession, *, now: datetime) -> None:
        actions.session_moved(support_session, now=now)

    def session_ends(self, support_session: SupportSession, *, now: datetime) -> None:
        actions.session_ends(support_session, now=now)

    def attendee_left(self, support_session: SupportSession, participant: Participant, *, now: datetime) -> None:
        actions.attendee_left(support_session, participant, now=now)
