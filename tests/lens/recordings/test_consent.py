"""Asking for a recording: all inside must agree, silence is a no, and whoever asked hears why."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings

from lens.recordings import actions, sweeps
from lens.recordings.errors import CustomerAway, NoRelay, NotAsked, NothingRecorded, RecordingOpen
from lens.recordings.models import ANSWER_WITHIN, Recording
from lens.relay.models import MediaProcess
from portals.errors import NotAllowed
from portals.models import AuditEvent, User
from sessions import actions as session_actions
from sessions import endings, holds, room_state, steps
from sessions.errors import NotInside, SessionNotOpen
from sessions.models import SupportSession
from tests import factories
from tests.lens.recordings import people

State = Recording.State
LATE = ANSWER_WITHIN
JUST_IN_TIME = ANSWER_WITHIN - timedelta(milliseconds=1)


def told(support_session: SupportSession, now: datetime) -> tuple[str, list[str]] | None:
    """State of the recording as every page is told it, and how many answers are missing."""
    found = room_state.load(support_session.public_id, now=now).head.recording
    return None if found is None else (found.state, found.unanswered)


def test_nothing_is_recorded_before_the_customer_agrees(active: SupportSession, bob: User, now: datetime) -> None:
    recording = people.asked(active, bob, now=now)

    dora = people.dora_of(active)
    assert recording.state == State.ASKING
    assert told(active, now) == ("asking", [str(dora.public_id)])
    assert not room_state.load(active.public_id, now=now).recording

    recording = people.agree(dora, recording, now=now)

    assert recording.state == State.RUNNING
    assert told(active, now) == ("running", [])
    assert room_state.load(active.public_id, now=now).recording
    assert people.lines(active) == ["asked", "agreed", "started"]
    verbs = list(AuditEvent.objects.filter(verb__startswith="recording.").order_by("pk").values_list("verb", flat=True))
    assert verbs == ["recording.asked", "recording.answered", "recording.started"]


def test_everybody_inside_is_asked_and_one_no_is_enough(active: SupportSession, bob: User, now: datetime) -> None:
    tom = people.joined(active, factories.technician("Tom", of=bob.company), now=now)
    recording = people.asked(active, bob, now=now)
    people.agree(people.dora_of(active), recording, now=now)
    assert told(active, now) == ("asking", [str(tom.public_id)])

    people.agree(tom, recording, now=now, agrees=False)

    recording.refresh_from_db()
    assert recording.state == State.REFUSED
    assert told(active, now) is None
    said = active.timeline.get(kind="recording.refused")
    assert said.data == {"reason": "no", "role": "technician"}


@pytest.mark.parametrize(("after", "counts"), [(JUST_IN_TIME, True), (LATE, False)])
def test_an_answer_counts_for_half_a_minute(
    active: SupportSession, bob: User, now: datetime, after: timedelta, counts: bool
) -> None:
    recording = people.asked(active, bob, now=now)

    if counts:
        assert people.agree(people.dora_of(active), recording, now=now + after).state == State.RUNNING
        return
    assert told(active, now + after) is None  # before any sweep
    with pytest.raises(NotAsked):
        people.agree(people.dora_of(active), recording, now=now + after)


def test_silence_is_a_no_and_the_customers_is_told_first(active: SupportSession, bob: User, now: datetime) -> None:
    people.joined(active, factories.technician("Tom", of=bob.company), now=now)
    recording = people.asked(active, bob, now=now)

    assert sweeps.give_up_unanswered(now=now + JUST_IN_TIME) == 0
    assert sweeps.give_up_unanswered(now=now + LATE) == 1
    assert sweeps.give_up_unanswered(now=now + LATE) == 0

    recording.refresh_from_db()
    assert recording.state == State.REFUSED
    assert active.timeline.get(kind="recording.refused").data == {"reason": "silence", "role": "customer"}
    assert people.asked(active, bob, now=now + LATE).state == State.ASKING


def test_a_new_question_takes_the_place_of_one_nobody_answered(
    active: SupportSession, bob: User, now: datetime
) -> None:
    people.asked(active, bob, now=now)

    people.asked(active, bob, now=now + LATE)

    assert people.lines(active) == ["asked", "refused", "asked"]


def test_one_recording_at_a_time(active: SupportSession, bob: User, now: datetime) -> None:
    people.asked(active, bob, now=now)

    with pytest.raises(RecordingOpen):
        people.asked(active, bob, now=now)


def test_who_has_left_is_not_waited_for(active: SupportSession, bob: User, now: datetime) -> None:
    tom = factories.technician("Tom", of=bob.company)
    people.joined(active, tom, now=now)
    recording = people.asked(active, bob, now=now)
    people.agree(people.dora_of(active), recording, now=now)

    endings.leave_as_technician(technician=tom, session_id=active.public_id, now=now)

    recording.refresh_from_db()
    assert recording.state == State.RUNNING


def test_who_comes_while_everybody_is_asked_is_asked_too(active: SupportSession, bob: User, now: datetime) -> None:
    recording = people.asked(active, bob, now=now)
    tom = people.joined(active, factories.technician("Tom", of=bob.company), now=now)

    people.agree(people.dora_of(active), recording, now=now)
    recording.refresh_from_db()
    assert recording.state == State.ASKING

    assert people.agree(tom, recording, now=now).state == State.RUNNING


def test_an_answer_is_given_once(active: SupportSession, bob: User, now: datetime) -> None:
    people.joined(active, factories.technician("Tom", of=bob.company), now=now)
    recording = people.asked(active, bob, now=now)
    people.agree(people.dora_of(active), recording, now=now)

    people.agree(people.dora_of(active), recording, now=now, agrees=False)

    recording.refresh_from_db()
    assert recording.state == State.ASKING
    assert list(recording.answers.values_list("agrees", flat=True)) == [True]


@pytest.mark.parametrize("who", ["the customer", "the technician"])
def test_customer_and_technician_stop_it(active: SupportSession, bob: User, now: datetime, who: str) -> None:
    recording = people.running(active, bob, now=now)
    person = people.dora_of(active) if who == "the customer" else people.attendee(active, bob)
    later = now + timedelta(seconds=90)

    actions.stop_recording(participant=person, recording_id=str(recording.public_id), now=later)

    recording.refresh_from_db()
    assert (recording.state, recording.ended_at) == (State.FINISHING, later)
    assert recording.recorded_for == timedelta(seconds=90)
    assert told(active, later) is None
    assert people.lines(active)[-1] == "stopped"


def test_the_question_can_be_taken_back(active: SupportSession, bob: User, now: datetime) -> None:
    recording = people.asked(active, bob, now=now)

    actions.stop_recording(participant=people.attendee(active, bob), recording_id=str(recording.public_id), now=now)

    recording.refresh_from_db()
    assert recording.state == State.REFUSED
    assert active.timeline.get(kind="recording.refused").data["reason"] == "withdrawn"


@pytest.mark.parametrize("recording_id", ["nothing", "5c5d2f39-7f3a-4b6d-9a3d-0f0c2b1e4d5a"])
def test_what_is_not_there_cannot_be_answered_or_stopped(
    active: SupportSession, bob: User, now: datetime, recording_id: str
) -> None:
    dora = people.dora_of(active)

    with pytest.raises(NotAsked):
        actions.answer_recording(participant=dora, recording_id=recording_id, agree=True, now=now)
    with pytest.raises(NothingRecorded):
        actions.stop_recording(participant=dora, recording_id=recording_id, now=now)


def test_a_recording_of_another_session_is_not_found(active: SupportSession, bob: User, now: datetime) -> None:
    other = factories.waiting_session(bob, name="Eve")
    recording = people.running(active, bob, now=now)

    with pytest.raises(NothingRecorded):
        actions.stop_recording(participant=factories.customer_of(other), recording_id=str(recording.public_id), now=now)


def test_the_customer_does_not_ask(active: SupportSession, now: datetime) -> None:
    with pytest.raises(NotAllowed):
        actions.ask_recording(participant=people.dora_of(active), now=now)


def test_who_is_outside_has_no_say(active: SupportSession, bob: User, now: datetime) -> None:
    tom = factories.technician("Tom", of=bob.company)
    outside = people.joined(active, tom, now=now)
    recording = people.asked(active, bob, now=now)
    endings.leave_as_technician(technician=tom, session_id=active.public_id, now=now)

    with pytest.raises(NotInside):
        people.agree(outside, recording, now=now)
    with pytest.raises(NotInside):
        actions.stop_recording(participant=outside, recording_id=str(recording.public_id), now=now)


def test_only_a_running_session_with_its_customer_is_recorded(bob: User, now: datetime) -> None:
    people.allow(bob)
    active = factories.active_session(bob)
    dora = people.dora_of(active)
    dora.left_at = now
    dora.save(update_fields=["left_at"])
    with pytest.raises(CustomerAway):
        people.asked(active, bob, now=now)

    holds.hold_session(technician=bob, session_id=active.public_id, now=now)
    with pytest.raises(SessionNotOpen):
        people.asked(active, bob, now=now)


def test_without_a_relay_nothing_is_asked(
    active: SupportSession, bob: User, now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "EMBEDDED", False)
    MediaProcess.objects.update(lease_until=now - timedelta(seconds=1))

    with pytest.raises(NoRelay):
        people.asked(active, bob, now=now)

    assert people.lines(active) == []


def test_a_hold_pauses_it_and_start_goes_on(active: SupportSession, bob: User, now: datetime) -> None:
    recording = people.running(active, bob, now=now)
    minute = timedelta(minutes=1)

    holds.hold_session(technician=bob, session_id=active.public_id, now=now + minute)
    recording.refresh_from_db()
    assert recording.state == State.PAUSED
    assert told(active, now + minute) == ("paused", [])

    session_actions.start_session(technician=bob, session_id=active.public_id, now=now + 5 * minute)
    recording.refresh_from_db()
    assert recording.state == State.RUNNING

    endings.end_session(technician=bob, session_id=active.public_id, now=now + 7 * minute)
    recording.refresh_from_db()
    assert recording.state == State.FINISHING
    assert recording.recorded_for == 3 * minute
    assert people.lines(active)[-4:] == ["started", "paused", "resumed", "stopped"]
    assert active.timeline.get(kind="recording.stopped").data == {"reason": "ended"}


def test_a_question_does_not_outlive_a_hold(active: SupportSession, bob: User, now: datetime) -> None:
    recording = people.asked(active, bob, now=now)

    holds.hold_session(technician=bob, session_id=active.public_id, now=now)

    recording.refresh_from_db()
    assert recording.state == State.REFUSED


def test_it_ends_with_the_technician_who_asked_for_it(active: SupportSession, bob: User, now: datetime) -> None:
    people.joined(active, factories.technician("Tom", of=bob.company), now=now)
    recording = people.asked(active, bob, now=now)
    for person in actions.unanswered(recording):
        people.agree(person, recording, now=now)

    endings.leave_as_technician(technician=bob, session_id=active.public_id, now=now)

    recording.refresh_from_db()
    assert recording.state == State.FINISHING
    assert active.timeline.get(kind="recording.stopped").data == {"reason": "left"}


def test_the_line_between_asking_and_agreeing_is_kept_when_a_session_ends(
    active: SupportSession, bob: User, now: datetime
) -> None:
    recording = people.asked(active, bob, now=now)

    endings.leave_session(participant=people.dora_of(active), now=now)

    recording.refresh_from_db()
    assert recording.state == State.REFUSED
    assert steps.lock(active.pk).is_ended
