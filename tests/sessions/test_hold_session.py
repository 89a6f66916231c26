"""Hold: the session pauses, its Lens slot is free, and Start takes it up again."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portals.models import TechnicianGroup, User
from sessions.actions import start_session
from sessions.errors import IllegalMove, LensSlotTaken, SessionNotOpen
from sessions.holds import hold_session
from sessions.models import SupportSession
from sessions.states import ENDED, Status
from tests import factories
from tests.sessions.refusals import nothing_changes, refused_and_audited
from tests.sessions.rows import attendee, session_in


def hold(user: User, support_session: SupportSession) -> SupportSession:
    return hold_session(technician=user, session_id=support_session.public_id, now=timezone.now())


def test_it_is_told_and_kept(bob: User) -> None:
    held = hold(bob, factories.active_session(bob))

    assert held.status == Status.ON_HOLD
    line = held.timeline.latest("seq")
    assert (line.kind, line.data) == ("status.changed", {"status": "on_hold", "before": "active", "reason": ""})
    assert (line.audience, line.author_name) == ("everyone", bob.name)


def test_held_twice_it_is_held_once(bob: User) -> None:
    held = hold(bob, factories.active_session(bob))

    with nothing_changes(held):
        hold(bob, held)


def test_the_lens_slot_is_free_meanwhile_and_asked_for_again(bob: User) -> None:
    first = hold(bob, factories.active_session(bob, name="Ann"))
    second = factories.active_session(bob, name="Ben")

    with nothing_changes(first), pytest.raises(LensSlotTaken):
        start_session(technician=bob, session_id=first.public_id, now=timezone.now())
    hold(bob, second)
    start_session(technician=bob, session_id=first.public_id, now=timezone.now())

    first.refresh_from_db()
    assert first.status == Status.ACTIVE


def test_time_is_counted_apart(bob: User) -> None:
    now = timezone.now()
    active = session_in(Status.ACTIVE, lead=bob, status_since=now)
    after = [now + timedelta(minutes=minutes) for minutes in (3, 10, 11)]

    hold_session(technician=bob, session_id=active.public_id, now=after[0])
    start_session(technician=bob, session_id=active.public_id, now=after[1])
    active.refresh_from_db()

    assert (active.active_for, active.held_for) == (timedelta(minutes=3), timedelta(minutes=7))
    assert active.total_for(after[2]) == timedelta(minutes=11)


@pytest.mark.parametrize("status", sorted(set(Status) - ENDED - {Status.ACTIVE, Status.ON_HOLD}))
def test_only_an_active_session_can_be_held(bob: User, status: Status) -> None:
    other = session_in(status, lead=bob)

    with nothing_changes(other), pytest.raises(IllegalMove):
        hold(bob, other)


@pytest.mark.parametrize("status", sorted(ENDED))
def test_an_ended_session_says_so(bob: User, status: Status) -> None:
    ended = session_in(status, lead=bob)

    with nothing_changes(ended), pytest.raises(SessionNotOpen):
        hold(bob, ended)


def test_the_group_s_switch_decides(bob: User) -> None:
    active = factories.active_session(bob)
    TechnicianGroup.objects.filter(pk=bob.technician_group_id).update(hold=False)
    fresh = User.objects.get(pk=bob.pk)

    with refused_and_audited(active, actor=fresh, verb="session.hold", reason="Hold is off for your group"):
        hold(fresh, active)


def test_another_technician_inside_may_not_hold(bob: User) -> None:
    active = factories.active_session(bob)
    tom = factories.technician("Tom", of=bob.company)
    attendee(active, tom)

    with refused_and_audited(active, actor=tom, verb="session.hold", reason="Only the technician who leads"):
        hold(tom, active)


def test_for_a_stranger_it_does_not_exist(bob: User, charlie: User) -> None:
    active = factories.active_session(bob)

    with nothing_changes(active), pytest.raises(SupportSession.DoesNotExist):
        hold(charlie, active)
