"""End: the lead closes the session for everybody."""

import pytest
from django.utils import timezone

from portals.models import User
from sessions.endings import end_session
from sessions.models import SupportSession
from sessions.states import Status
from tests import factories
from tests.sessions.refusals import nothing_changes, refused_and_audited
from tests.sessions.rows import attendee, columns, session_in


def end(user: User, support_session: SupportSession) -> SupportSession:
    return end_session(technician=user, session_id=support_session.public_id, now=timezone.now())


def test_everybody_leaves_and_the_reason_is_kept(bob: User) -> None:
    active = factories.active_session(bob)
    now = timezone.now()

    end_session(technician=bob, session_id=active.public_id, now=now)

    found = columns(active)
    assert (found["status"], found["end_reason"], found["ended_at"]) == ("closed", "by_technician", now)
    assert {person.left_at for person in active.participants.all()} == {now}
    *_earlier, first, second, last = active.timeline.order_by("seq")
    assert [first.kind, second.kind] == ["attendee.left", "attendee.left"]
    assert {first.data["attendee"]["name"], second.data["attendee"]["name"]} == {"Dora", bob.name}
    assert last.data == {"status": "closed", "before": "active", "reason": "by_technician"}


@pytest.mark.parametrize("status", [Status.CONNECTING, Status.WAITING, Status.ACTIVE, Status.ON_HOLD])
def test_it_can_be_ended_from_every_live_status(bob: User, status: Status) -> None:
    assert end(bob, session_in(status, lead=bob)).status == Status.CLOSED


def test_who_was_never_inside_does_not_leave(bob: User) -> None:
    waiting = factories.waiting_session(bob)

    end(bob, waiting)

    left = waiting.timeline.filter(kind="attendee.left")
    assert [line.data["attendee"]["name"] for line in left] == ["Dora"]


def test_a_repeated_end_changes_nothing(bob: User) -> None:
    active = factories.active_session(bob)
    end(bob, active)

    with nothing_changes(active):
        end(bob, active)


def test_for_a_stranger_the_session_does_not_exist(bob: User, charlie: User) -> None:
    active = factories.active_session(bob)

    for stranger in (charlie, factories.technician("Tom", of=bob.company)):
        with nothing_changes(active), pytest.raises(SupportSession.DoesNotExist):
            end(stranger, active)


def test_a_manager_without_a_seat_may_not_end_it(bob: User, alice: User) -> None:
    active = factories.active_session(bob)

    with refused_and_audited(active, actor=alice, verb="session.end", reason="You need a seat"):
        end(alice, active)


def test_a_technician_inside_who_is_not_the_lead_may_not_end_it(bob: User) -> None:
    active = factories.active_session(bob)
    tom = factories.technician("Tom", of=bob.company)
    attendee(active, tom)

    with refused_and_audited(active, actor=tom, verb="session.end", reason="Only the technician who leads"):
        end(tom, active)
