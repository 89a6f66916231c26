"""Start: the lead picks up a waiting customer."""

from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection
from django.utils import timezone

from portals import actions as portal_actions
from portals.models import Company, Portal, TechnicianGroup, User
from sessions import endings
from sessions.actions import start_session
from sessions.errors import AlreadyStarted, IllegalMove, LensSlotTaken, SessionNotOpen, TooManyActive
from sessions.models import SupportSession
from sessions.states import ENDED, EndReason, Status
from sessions.steps import MAX_ACTIVE
from tests import factories
from tests.sessions.refusals import nothing_changes, refused_and_audited
from tests.sessions.rows import attendee, columns, session_in

STARTERS = 20
ROUNDS = 5


def start(user: User, support_session: SupportSession) -> SupportSession:
    return start_session(technician=user, session_id=support_session.public_id, now=timezone.now())


def test_the_session_becomes_active_and_the_technician_is_inside(bob: User) -> None:
    waiting = factories.waiting_session(bob)
    now = timezone.now()

    started = start_session(technician=bob, session_id=waiting.public_id, now=now)

    assert columns(started)["status"] == "active"
    assert columns(started)["started_at"] == now
    assert started.participants.get(user=bob).joined_at == now
    moved, joined = started.timeline.order_by("-seq")[:2][::-1]
    assert (moved.kind, moved.data) == ("status.changed", {"status": "active", "before": "waiting", "reason": ""})
    assert (joined.kind, joined.data["attendee"]["name"]) == ("attendee.joined", bob.name)


def test_a_session_put_on_hold_is_started_again_without_joining_twice(bob: User) -> None:
    support_session = session_in(Status.ON_HOLD, lead=bob)

    start(bob, support_session)

    assert [line.kind for line in support_session.timeline.all()] == ["status.changed"]


def test_a_customer_who_has_not_accepted_the_terms_cannot_be_started(bob: User) -> None:
    connecting = factories.invited(bob).support_session

    with nothing_changes(connecting), pytest.raises(IllegalMove):
        start(bob, connecting)


def test_it_is_started_once(bob: User) -> None:
    active = factories.active_session(bob)

    with nothing_changes(active), pytest.raises(AlreadyStarted) as refusal:
        start(bob, active)

    assert str(refusal.value) == f"{bob.name} has already started this session."


@pytest.mark.parametrize("status", sorted(ENDED))
def test_an_ended_session_is_not_started(bob: User, status: Status) -> None:
    ended = session_in(status, lead=bob)

    with nothing_changes(ended), pytest.raises(SessionNotOpen):
        start(bob, ended)


def test_a_second_lens_session_is_refused_and_told_which_one_is_open(bob: User) -> None:
    factories.active_session(bob, name="Ann")
    second = factories.waiting_session(bob, name="Ben")

    with nothing_changes(second), pytest.raises(LensSlotTaken) as refusal:
        start(bob, second)

    assert str(refusal.value) == "One Lens session at a time. End or hold the session with Ann first."


def test_a_session_on_hold_does_not_take_the_place(bob: User) -> None:
    session_in(Status.ON_HOLD, lead=bob)

    assert start(bob, factories.waiting_session(bob)).is_active


def test_the_tenth_active_session_is_the_last(bob: User) -> None:
    for _each in range(MAX_ACTIVE - 1):
        session_in(Status.ACTIVE, lead=bob, kind="screen")
    tenth, eleventh = (session_in(Status.WAITING, lead=bob, kind="screen") for _each in range(2))

    start(bob, tenth)
    with nothing_changes(eleventh), pytest.raises(TooManyActive) as refusal:
        start(bob, eleventh)

    assert refusal.value.fields == {"limit": MAX_ACTIVE}


# ---- Who may -------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["another company", "another technician"])
def test_for_a_stranger_the_session_does_not_exist(bob: User, charlie: User, who: str) -> None:
    waiting = factories.waiting_session(bob)
    tom = factories.technician("Tom", of=bob.company)

    with nothing_changes(waiting), pytest.raises(SupportSession.DoesNotExist):
        start(charlie if who == "another company" else tom, waiting)


def test_a_manager_without_a_seat_sees_it_but_may_not_start_it(bob: User, alice: User) -> None:
    waiting = factories.waiting_session(bob)

    with refused_and_audited(waiting, actor=alice, verb="session.start", reason="You need a seat"):
        start(alice, waiting)


def test_an_invited_technician_may_not_start_what_another_leads(bob: User) -> None:
    waiting = factories.waiting_session(bob)
    tom = factories.technician("Tom", of=bob.company)
    attendee(waiting, tom)

    with refused_and_audited(waiting, actor=tom, verb="session.start", reason="Only the technician this session"):
        start(tom, waiting)


@pytest.mark.parametrize("level", ["company", "portal", "group"])
def test_the_right_to_lens_is_asked_again_at_the_start(bob: User, level: str) -> None:
    waiting = factories.waiting_session(bob)
    match level:
        case "company":
            Company.objects.filter(pk=bob.company_id).update(lens_enabled=False)
        case "portal":
            Portal.objects.filter(pk=waiting.portal_id).update(lens_enabled=False)
        case "group":
            TechnicianGroup.objects.filter(pk=bob.technician_group_id).update(start_lens=False)

    with refused_and_audited(waiting, actor=bob, verb="session.start", reason="Your manager can turn"):
        start(User.objects.get(pk=bob.pk), waiting)


def test_a_technician_whose_seat_was_taken_meanwhile_sees_nothing(bob: User) -> None:
    waiting = factories.waiting_session(bob)
    User.objects.filter(pk=bob.pk).update(has_seat=False)

    with nothing_changes(waiting), pytest.raises(SupportSession.DoesNotExist):
        start(User.objects.get(pk=bob.pk), waiting)


# ---- Races (R-06) --------------------------------------------------------------------------------


@pytest.mark.django_db(transaction=True)
def test_of_many_starts_at_once_exactly_one_gets_the_place(bob: User) -> None:
    sessions = [session_in(Status.WAITING, lead=bob) for _each in range(STARTERS)]

    for _round in range(ROUNDS):
        outcomes = _all_at_once(bob, sessions)

        assert sorted(outcomes) == [*["LensSlotTaken"] * (STARTERS - 1), "started"]
        active = SupportSession.objects.get(lead=bob, status=Status.ACTIVE)
        SupportSession.objects.filter(pk=active.pk).update(status=Status.WAITING, started_at=None)


@pytest.mark.django_db(transaction=True)
def test_of_many_presses_of_one_start_exactly_one_counts(bob: User) -> None:
    waiting = factories.waiting_session(bob)

    outcomes = _all_at_once(bob, [waiting] * STARTERS)

    assert sorted(outcomes) == [*["AlreadyStarted"] * (STARTERS - 1), "started"]
    assert waiting.timeline.filter(kind="status.changed", data__status="active").count() == 1


def _all_at_once(bob: User, sessions: list[SupportSession]) -> list[str]:
    def press(support_session: SupportSession) -> str:
        try:
            start(bob, support_session)
        except LensSlotTaken:
            return "LensSlotTaken"
        except AlreadyStarted:
            return "AlreadyStarted"
        finally:
            connection.close()
        return "started"

    with ThreadPoolExecutor(len(sessions)) as threads:
        return list(threads.map(press, sessions))


@pytest.mark.django_db(transaction=True)
def test_a_start_and_an_end_at_once_leave_one_clear_state(bob: User) -> None:
    for _round in range(ROUNDS):
        waiting = factories.waiting_session(bob)

        def press(verb: str, waiting: SupportSession = waiting) -> str:
            now = timezone.now()
            try:
                if verb == "start":
                    start(bob, waiting)
                else:
                    endings.leave_session(participant=factories.customer_of(waiting), now=now)
            except SessionNotOpen:
                return "too late"
            finally:
                connection.close()
            return verb

        with ThreadPoolExecutor(2) as threads:
            outcomes = set(threads.map(press, ["start", "leave"]))

        found = columns(waiting)
        assert "leave" in outcomes
        assert found["status"] == Status.CLOSED
        assert found["end_reason"] == (EndReason.BY_CUSTOMER if "start" in outcomes else EndReason.BY_WAITING_CUSTOMER)


@pytest.mark.django_db(transaction=True)
def test_a_start_does_not_get_stuck_with_a_manager_who_changes_the_technician(bob: User, alice: User) -> None:
    for number in range(ROUNDS):
        waiting = factories.waiting_session(bob)

        def press(work: str, waiting: SupportSession = waiting, name: str = f"Bob {number}") -> None:
            try:
                if work == "start":
                    start(bob, waiting)
                else:
                    portal_actions.change_person(actor=alice, person=bob, values={"name": name})
            finally:
                connection.close()

        with ThreadPoolExecutor(2) as threads:
            list(threads.map(press, ["start", "change"]))

        endings.end_session(technician=bob, session_id=waiting.public_id, now=timezone.now())
