"""Leave: the session goes on without this technician; the one who is inside longest becomes lead."""

from datetime import timedelta

import pytest
from django.utils import timezone

from portals.models import TechnicianGroup, User
from sessions.endings import leave_as_technician
from sessions.errors import NobodyElseInside, NotInside
from sessions.models import SupportSession
from sessions.states import Status
from tests import factories
from tests.sessions.refusals import nothing_changes
from tests.sessions.rows import attendee, session_in


def leave(user: User, support_session: SupportSession) -> SupportSession:
    return leave_as_technician(technician=user, session_id=support_session.public_id, now=timezone.now())


@pytest.fixture
def tom(bob: User) -> User:
    return factories.technician("Tom", of=bob.company)


def test_the_other_technician_becomes_lead(bob: User, tom: User) -> None:
    active = factories.active_session(bob)
    attendee(active, tom)

    leave(bob, active)

    active.refresh_from_db()
    assert (active.status, active.lead) == (Status.ACTIVE, tom)
    assert active.timeline.latest("seq").kind == "attendee.left"
    assert not active.participants.get(user=bob).is_inside


def test_of_several_the_one_who_came_first(bob: User, tom: User) -> None:
    active = factories.active_session(bob)
    now = timezone.now()
    attendee(active, tom, joined_at=now)
    ted = factories.technician("Ted", of=bob.company)
    attendee(active, ted, joined_at=now - timedelta(minutes=1))

    leave(bob, active)

    active.refresh_from_db()
    assert active.lead == ted


def test_an_agent_who_leaves_changes_nothing_for_the_lead(bob: User, tom: User) -> None:
    active = factories.active_session(bob)
    attendee(active, tom)

    leave(tom, active)

    active.refresh_from_db()
    assert active.lead == bob


def test_alone_nobody_leaves(bob: User) -> None:
    active = factories.active_session(bob)

    with nothing_changes(active), pytest.raises(NobodyElseInside):
        leave(bob, active)


@pytest.mark.parametrize("why", ["has a Lens session", "may not start Lens", "has lost the seat", "is a guest"])
def test_who_could_not_lead_does_not_count(bob: User, tom: User, charlie: User, why: str) -> None:
    active = factories.active_session(bob)
    match why:
        case "has a Lens session":
            session_in(Status.ACTIVE, lead=tom)
        case "may not start Lens":
            TechnicianGroup.objects.filter(pk=tom.technician_group_id).update(start_lens=False)
        case "has lost the seat":
            User.objects.filter(pk=tom.pk).update(has_seat=False)
    attendee(active, charlie if why == "is a guest" else tom)

    with nothing_changes(active), pytest.raises(NobodyElseInside):
        leave(bob, active)


def test_who_is_not_inside_cannot_leave(bob: User, tom: User) -> None:
    active = factories.active_session(bob)
    attendee(active, tom, left_at=timezone.now())

    with nothing_changes(active), pytest.raises(NotInside):
        leave(tom, active)
