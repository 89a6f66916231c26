"""The verbs of a recording while its session lives: ask, answer, stop, and what follows from the session's own moves.

Each locks the session's row first. Files are written elsewhere (keeper.py), by whoever holds the session's relay.
"""

import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.core.exceptions import ValidationError

from lens.recordings.errors import CustomerAway, NoRelay, NotAsked, NothingRecorded, RecordingOpen
from lens.recordings.models import Recording, RecordingAnswer
from lens.recordings.permissions import can_record, can_stop_recording
from lens.relay.models import MediaProcess
from portals import audit
from portals.errors import NotAllowed
from portals.models import User
from portals.permissions import require
from portals.use_case import use_case
from sessions import protocol, steps, timeline
from sessions.errors import NotInside, SessionNotOpen
from sessions.models import Participant, SupportSession
from sessions.states import Status
from sessions.timeline import iso

FLOWING = frozenset({Status.ACTIVE, Status.TRANSFERRING})  # a session whose pictures flow
State = Recording.State


@use_case
def ask_recording(*, participant: Participant, now: datetime) -> Recording:
    """Ask everybody else inside whether picture and sound may be kept. Nothing is recorded before all have agreed.

    Raises NotInside, NotAllowed, SessionNotOpen, RecordingOpen, CustomerAway, NoRelay.
    """
    support_session = steps.lock(participant.support_session_id)
    asker = _inside(participant)
    if asker.user is None:
        raise NotAllowed(verb="recording.ask")
    require(can_record(asker.user, support_session), verb="recording.ask")
    if support_session.status != Status.ACTIVE:
        raise SessionNotOpen
    _give_up_if_late(support_session, now=now)
    if open_recording(support_session) is not None:
        raise RecordingOpen
    if not support_session.participants.inside().filter(role=Participant.Role.CUSTOMER).exists():
        raise CustomerAway
    if not settings.EMBEDDED and not MediaProcess.objects.filter(lease_until__gte=now).exists():
        raise NoRelay
    recording = Recording.objects.create(
        support_session=support_session,
        asked_by=asker,
        asked_at=now,
        state_since=now,
        folder=secrets.token_hex(16),
    )
    timeline.record(support_session, protocol.RecordingAsked, now=now, author=asker)
    audit.record(actor=asker.user, verb="recording.asked", target=recording)
    return recording


@use_case
def answer_recording(*, participant: Participant, recording_id: str, agree: bool, now: datetime) -> Recording:
    """Agree, or say no: anybody's no, and anybody's silence for half a minute, means that nothing is recorded.

    Raises NotInside, NotAsked.
    """
    support_session = steps.lock(participant.support_session_id)
    attendee = _inside(participant)
    recording = _find(support_session, recording_id)
    if recording is None or recording.state != State.ASKING or recording.is_too_late_to_answer(now):
        raise NotAsked
    if attendee.pk not in {person.pk for person in unanswered(recording)}:
        return recording
    RecordingAnswer.objects.create(recording=recording, participant=attendee, agrees=agree, at=now)
    audit.record(
        actor=attendee.user or attendee, verb="recording.answered", target=recording, changes={"agrees": agree}
    )
    if agree:
        timeline.record(support_session, protocol.RecordingAgreed, now=now, author=attendee)
        _start_if_agreed(recording, now=now)
    else:
        _refuse(recording, reason="no", role=attendee.role, author=attendee, now=now)
    return recording


@use_case
def stop_recording(*, participant: Participant, recording_id: str, now: datetime) -> Recording:
    """End it, or take the question back. The customer may at any time; so may any technician inside.

    Raises NotInside, NotAllowed, NothingRecorded.
    """
    support_session = steps.lock(participant.support_session_id)
    attendee = _inside(participant)
    require(can_stop_recording(attendee), verb="recording.stop")
    recording = _find(support_session, recording_id)
    if recording is None:
        raise NothingRecorded
    if recording.state == State.ASKING:
        _refuse(recording, reason="withdrawn", role=attendee.role, author=attendee, now=now)
    elif recording.is_under_way:
        finish(recording, reason="stopped", author=attendee, now=now)
    return recording


# ---- What follows from other things; each caller holds the session's lock ------------------------


def session_moved(support_session: SupportSession, *, now: datetime) -> None:
    """Nothing is kept on hold; a question does not outlive the session's being active."""
    recording = open_recording(support_session)
    if recording is None:
        return
    flows = support_session.status in FLOWING
    match recording.state:
        case State.ASKING if support_session.status != Status.ACTIVE:
            _refuse(recording, reason="withdrawn", role="system", author=None, now=now)
        case State.RUNNING if not flows:
            recording.move_to(State.PAUSED, now=now)
            timeline.record(support_session, protocol.RecordingPaused, now=now)
        case State.PAUSED if flows:
            recording.move_to(State.RUNNING, now=now)
            timeline.record(support_session, protocol.RecordingResumed, now=now)


def session_ends(support_session: SupportSession, *, now: datetime) -> None:
    recording = open_recording(support_session)
    if recording is None:
        return
    if recording.state == State.ASKING:
        _refuse(recording, reason="withdrawn", role="system", author=None, now=now)
    else:
        finish(recording, reason="ended", author=None, now=now)


def attendee_left(support_session: SupportSession, participant: Participant, *, now: datetime) -> None:
    """A recording ends with whoever wanted it; of those who are asked, one who has left is not waited for."""
    recording = open_recording(support_session)
    if recording is None:
        return
    if recording.asked_by_id == participant.pk:
        if recording.state == State.ASKING:
            _refuse(recording, reason="withdrawn", role=participant.role, author=participant, now=now)
        else:
            finish(recording, reason="left", author=participant, now=now)
    elif recording.state == State.ASKING:
        if participant.role == Participant.Role.CUSTOMER:
            _refuse(recording, reason="withdrawn", role=participant.role, author=participant, now=now)
        else:
            _start_if_agreed(recording, now=now)


@use_case
def give_up_if_late(*, session_pk: int, now: datetime) -> bool:
    """Nobody's answer within half a minute is a no. Return whether it was."""
    return _give_up_if_late(steps.lock(session_pk), now=now)


@use_case
def withdraw_recording(*, session_pk: int, now: datetime) -> bool:
    """End what may not go on, since a manager has turned something off. Return whether there was any."""
    support_session = steps.lock(session_pk)
    recording = open_recording(support_session)
    if recording is None or may_go_on(recording):
        return False
    if recording.state == State.ASKING:
        _refuse(recording, reason="withdrawn", role="system", author=None, now=now)
    else:
        finish(recording, reason="withdrawn", author=None, now=now)
    return True


@use_case
def end_lost(*, session_pk: int, after: timedelta, now: datetime) -> bool:
    """End a recording that nobody has written for `after`. Return whether it was."""
    recording = open_recording(steps.lock(session_pk))
    if recording is None or recording.state != State.RUNNING or recording.writer_until is None:
        return False
    if recording.writer_until > now - after:
        return False
    finish(recording, reason="lost", author=None, now=now)
    return True


def finish(recording: Recording, *, reason: str, author: Participant | None, now: datetime) -> None:
    """No packet that comes from now on is kept. The files are made ready by a task."""
    recording.move_to(State.FINISHING, now=now)
    timeline.record(recording.support_session, protocol.RecordingStopped, now=now, author=author, reason=reason)
    actor = None if author is None else author.user or author
    audit.record(actor=actor, verb="recording.stopped", target=recording, changes={"reason": reason})


# ---- Reading ------------------------------------------------------------------------------------


def open_recording(support_session: SupportSession) -> Recording | None:
    """The one that is asked for, running or paused."""
    found = support_session.recordings.open().select_related("asked_by__user__technician_group").first()
    if found is not None:
        found.support_session = support_session
    return found


def unanswered(recording: Recording) -> list[Participant]:
    """Who is inside and has not answered yet; whoever asks has agreed by asking. Newcomers are asked as well."""
    answered = recording.answers.values("participant")
    people = recording.support_session.participants.inside().exclude(pk=recording.asked_by_id)
    return list(people.exclude(pk__in=answered).order_by("joined_at", "pk"))


def may_go_on(recording: Recording) -> bool:
    user: User | None = recording.asked_by.user
    return user is not None and bool(can_record(user, recording.support_session))


def state_of(support_session: SupportSession, *, now: datetime) -> protocol.RecordingState | None:
    """As it travels to the pages. A question that nobody has answered in time is none, before any sweep says so."""
    recording = open_recording(support_session)
    if recording is None or (recording.state == State.ASKING and recording.is_too_late_to_answer(now)):
        return None
    asking = recording.state == State.ASKING
    return protocol.RecordingState(
        id=str(recording.public_id),
        state=recording.state,  # type: ignore[arg-type]  # open_recording() finds these three only
        by=str(recording.asked_by.public_id),
        by_name=recording.asked_by.name,
        since=iso(recording.state_since),
        recorded_ms=int(recording.recorded_for.total_seconds() * 1000),
        kept_days=support_session.company.recording_days,
        unanswered=[str(person.public_id) for person in unanswered(recording)] if asking else [],
    )


def why_not(technician: User, support_session: SupportSession) -> str:
    return str(can_record(technician, support_session).reason)


# ---- Parts of the above -------------------------------------------------------------------------


def _inside(participant: Participant) -> Participant:
    """Read afresh, under the lock. Raises NotInside."""
    fresh = Participant.objects.select_related("user__technician_group", "user__company").get(pk=participant.pk)
    if not fresh.is_inside or (fresh.user is not None and not fresh.user.is_technician):
        raise NotInside
    return fresh


def _find(support_session: SupportSession, recording_id: str) -> Recording | None:
    try:
        found = support_session.recordings.select_related("asked_by__user").filter(public_id=recording_id).first()
    except ValidationError:  # not an id at all
        return None
    if found is not None:
        found.support_session = support_session
    return found


def _give_up_if_late(support_session: SupportSession, *, now: datetime) -> bool:
    recording = open_recording(support_session)
    if recording is None or recording.state != State.ASKING or not recording.is_too_late_to_answer(now):
        return False
    silent = unanswered(recording)
    customer = next((person for person in silent if person.role == Participant.Role.CUSTOMER), None)
    whose = customer or (silent[0] if silent else None)
    _refuse(recording, reason="silence", role=whose.role if whose else "system", author=None, now=now)
    return True


def _start_if_agreed(recording: Recording, *, now: datetime) -> None:
    if unanswered(recording):
        return
    support_session = recording.support_session
    recording.move_to(State.RUNNING, now=now)
    timeline.record(support_session, protocol.RecordingStarted, now=now, author=recording.asked_by)
    audit.record(actor=recording.asked_by.user, verb="recording.started", target=recording)


def _refuse(recording: Recording, *, reason: str, role: str, author: Participant | None, now: datetime) -> None:
    recording.move_to(State.REFUSED, now=now)
    timeline.record(
        recording.support_session, protocol.RecordingRefused, now=now, author=author, reason=reason, role=role
    )
    audit.record(
        actor=None if author is None else author.user or author,
        verb="recording.refused",
        target=recording,
        changes={"reason": reason, "role": role},
    )
