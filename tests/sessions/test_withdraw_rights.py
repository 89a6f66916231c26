"""A manager turns something off, or disables an account, in the middle of a session (S-07, S-32)."""

import pytest
from django.utils import timezone

from portals.models import AuditEvent, Company, Portal, TechnicianGroup, User
from sessions import sweeps
from sessions.models import SupportSession
from sessions.states import EndReason, Status
from tests import factories
from tests.sessions.refusals import nothing_changes
from tests.sessions.rows import attendee, session_in

ENDS = {
    Status.CONNECTING: Status.CLOSED,
    Status.WAITING: Status.CLOSED,
    Status.ACTIVE: Status.ABORTED,
    Status.ON_HOLD: Status.CLOSED,
}


def disable(user: User) -> None:
    User.objects.filter(pk=user.pk).update(is_active=False)


def turn_off(level: str, support_session: SupportSession) -> None:
    assert support_session.lead is not None
    match level:
        case "company":
            Company.objects.filter(pk=support_session.company_id).update(lens_enabled=False)
        case "portal":
            Portal.objects.filter(pk=support_session.portal_id).update(lens_enabled=False)
        case "group":
            TechnicianGroup.objects.filter(pk=support_session.lead.technician_group_id).update(start_lens=False)


def test_nothing_ends_while_all_is_well(bob: User) -> None:
    sessions = [session_in(status, lead=bob) for status in ENDS]

    assert sweeps.withdraw_rights(now=timezone.now()) == 0

    assert not SupportSession.objects.filter(pk__in=[one.pk for one in sessions]).ended().exists()


@pytest.mark.parametrize(("status", "end"), ENDS.items())
def test_with_a_disabled_lead_a_session_ends(bob: User, status: Status, end: Status) -> None:
    support_session = session_in(status, lead=bob)
    disable(bob)

    assert sweeps.withdraw_rights(now=timezone.now()) == 1

    support_session.refresh_from_db()
    assert (support_session.status, support_session.end_reason) == (end, EndReason.TECHNICIAN_DISABLED)
    assert AuditEvent.objects.get(verb="session.lead_withdrawn").object_id == str(support_session.public_id)


@pytest.mark.parametrize("change", [{"has_seat": False}, {"technician_group": None}])
def test_who_lost_the_seat_leads_no_more(bob: User, change: dict[str, object]) -> None:
    support_session = factories.active_session(bob)
    User.objects.filter(pk=bob.pk).update(**change)

    sweeps.withdraw_rights(now=timezone.now())

    support_session.refresh_from_db()
    assert support_session.status == Status.ABORTED


@pytest.mark.parametrize("status", [Status.ACTIVE, Status.ON_HOLD])
def test_with_an_agent_inside_it_goes_to_the_agent(bob: User, status: Status) -> None:
    support_session = session_in(status, lead=bob)
    tom = factories.technician("Tom", of=bob.company)
    attendee(support_session, tom)
    disable(bob)

    sweeps.withdraw_rights(now=timezone.now())

    support_session.refresh_from_db()
    assert (support_session.status, support_session.lead) == (status, tom)
    assert not support_session.participants.get(user=bob).is_inside


def test_a_transfer_on_its_way_reaches_its_receiver(bob: User) -> None:
    support_session = session_in(Status.TRANSFERRING, lead=bob, kind="screen")
    disable(bob)

    with nothing_changes(support_session):
        assert sweeps.withdraw_rights(now=timezone.now()) == 0


@pytest.mark.parametrize("level", ["company", "portal", "group"])
def test_lens_turned_off_ends_what_is_shown(bob: User, level: str) -> None:
    active = factories.active_session(bob)
    waiting = factories.waiting_session(bob)
    turn_off(level, active)

    with nothing_changes(waiting):
        assert sweeps.withdraw_rights(now=timezone.now()) == 1

    active.refresh_from_db()
    assert (active.status, active.end_reason) == (Status.ABORTED, EndReason.RIGHT_WITHDRAWN)


def test_a_session_of_another_kind_goes_on(bob: User) -> None:
    active = session_in(Status.ACTIVE, lead=bob, kind="screen")
    turn_off("company", active)

    with nothing_changes(active):
        assert sweeps.withdraw_rights(now=timezone.now()) == 0


def test_another_group_and_another_company_go_on(bob: User, charlie: User) -> None:
    active = factories.active_session(bob)
    others = [session_in(Status.ACTIVE, lead=who) for who in (factories.technician("Tom", of=bob.company), charlie)]
    turn_off("group", active)

    with nothing_changes(others[0]), nothing_changes(others[1]):
        assert sweeps.withdraw_rights(now=timezone.now()) == 1
