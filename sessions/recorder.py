"""Recording as support sessions know it: the app that owns media does it, and sets itself here once at start."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

from portals.models import User
from sessions import protocol
from sessions.models import Participant, SupportSession


class Recorder(Protocol):
    @property
    def related(self) -> Sequence[str]:
        """What to prefetch with sessions, so that `for_programs` needs no query for each."""

    def ask(self, *, participant: Participant, now: datetime) -> None:
        """A technician asks for a recording. Raises DomainError."""

    def answer(self, *, participant: Participant, recording_id: str, agree: bool, now: datetime) -> None:
        """One who is inside answers. Raises DomainError."""

    def stop(self, *, participant: Participant, recording_id: str, now: datetime) -> None:
        """The customer or a technician ends it. Raises DomainError."""

    def state_of(self, support_session: SupportSession, *, now: datetime) -> protocol.RecordingState | None:
        """The recording that is asked for or under way."""

    def why_not(self, technician: User, support_session: SupportSession) -> str:
        """Why this technician may not ask; empty where they may."""

    def of_record(self, support_session: SupportSession, *, reader: User) -> list[dict[str, Any]]:
        """What was recorded of a session, for its record."""

    def for_programs(self, support_session: SupportSession) -> list[dict[str, Any]]:
        """The same for exports and the API, with durations in whole seconds and sizes in bytes."""

    def session_moved(self, support_session: SupportSession, *, now: datetime) -> None:
        """The session has another status. Within the transaction, under the session's lock."""

    def session_ends(self, support_session: SupportSession, *, now: datetime) -> None:
        """Everybody is about to be put out. Within the transaction, under the session's lock."""

    def attendee_left(self, support_session: SupportSession, participant: Participant, *, now: datetime) -> None:
        """Somebody is not inside any more. Within the transaction, under the session's lock."""


_recorder: Recorder | None = None


def set_recorder(recorder: Recorder) -> None:
    global _recorder
    _recorder = recorder


def recorder() -> Recorder:
    if _recorder is None:
        raise LookupError("No app records.")
    return _recorder
