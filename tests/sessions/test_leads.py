"""Who leads: offered and accepted, taken when the lead's line is lost, inherited when the lead is gone for too long."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from portals.errors import DomainError, NotAllowed
from portals.models import Company, User
from sessions import sweeps
from sessions.endings import leave_as_technician
from sessions.errors import CannotLead, LeadComesBack, LeadTaken, LensSlotTaken, NotInside, NotStarted
from sessions.leads import candidates, decline_lead, offer_lead, take_lead
from sessions.models import OFFLINE_AFTER, Participant, SupportSession
from sessions.states import Status
from tests import factories
from tests.sessions.refusals import nothing_changes
from tests.sessions.rows import attendee, session_in

NOW = timezone.now


@pytest.fixture
def active(bob: User) -> SupportSession:
    return factories.active_session(bob)


@pytest.fixture
def tom(bob: User) -> User:
    return factories.technician("Tom", of=bob.company)


def offer(active: SupportSession, bob: User, to: Participant) -> SupportSession:
    return offer_lead(technician=bob, session_id=active.public_id, attendee_id=to.public_id, now=NOW())


def take(active: SupportSession, user: User, **when: Any) -> SupportSession:
    return take_lead(technician=user, session_id=active.public_id, now=when.get("now", NOW()))


def lost(active: SupportSession, user: User, ago: timedelta) -> None:
    active.participants.filter(user=user).update(lease_until=NOW() - ago)


def here(active: SupportSession, user: User, **fields: Any) -> Participant:
    """Inside, with a line that is up."""
    return attendee(active, user, lease_until=NOW() + timedelta(hours=1), **fields)


def told(active: SupportSession) -> list[tuple[str, str, str]]:
    lines = active.timeline.filter(kind__startswith="lead.").order_by("seq")
    return [(line.kind, line.audience, line.data.get("reason", "")) for line in lines]


def test_an_agent_accepts_the_lead_and_the_giver_stays_as_an_agent(
    active: SupportSession, bob: User, tom: User
) -> None:
    agent = here(active, tom)

    offered = offer(active, bob, agent)
    assert (offered.lead, offered.lead_offered_to) == (bob, agent)
    take(active, tom)

    active.refresh_from_db()
    assert (active.status, active.lead, active.lead_offered_to) == (Status.ACTIVE, tom, None)
    assert active.participants.get(user=bob).is_inside
    assert told(active) == [("lead.offered", "technicians", ""), ("lead.changed", "everyone", "handed_over")]


def test_who_takes_it_again_changes_nothing(active: SupportSession, bob: User, tom: User) -> None:
    offer(active, bob, here(active, tom))
    take(active, tom)

    with nothing_changes(active):
        take(active, tom)


def test_it_is_declined_or_taken_back(active: SupportSession, bob: User, tom: User) -> None:
    agent = here(active, tom)
    for who in (tom, bob):
        offer(active, bob, agent)
        decline_lead(technician=who, session_id=active.public_id, now=NOW())
        with pytest.raises(LeadTaken):
            take(active, tom)

    active.refresh_from_db()
    assert active.lead == bob
    assert [kind for kind, _audience, _reason in told(active)] == ["lead.offered", "lead.declined", "lead.offered"]


def test_without_an_offer_nobody_takes_it_from_a_lead_who_is_there(
    active: SupportSession, bob: User, tom: User
) -> None:
    lost(active, bob, timedelta(seconds=-30))
    here(active, tom)

    with nothing_changes(active), pytest.raises(LeadTaken) as refusal:
        take(active, tom)
    assert str(refusal.value) == "Bob leads this session."


def test_a_lead_who_loads_the_page_anew_keeps_the_lead(active: SupportSession, bob: User, tom: User) -> None:
    lost(active, bob, timedelta(seconds=5))
    here(active, tom)

    with nothing_changes(active), pytest.raises(LeadComesBack):
        take(active, tom)


def test_only_the_lead_offers_it(active: SupportSession, tom: User) -> None:
    agent = here(active, tom)

    with pytest.raises(NotAllowed):
        offer(active, tom, agent)


def test_who_was_never_inside_is_offered_nothing(active: SupportSession, bob: User, tom: User) -> None:
    with pytest.raises(Participant.DoesNotExist):
        offer(active, bob, here(active, tom, left_at=NOW()))
    with pytest.raises(Participant.DoesNotExist):
        offer(active, bob, factories.customer_of(active))
    with pytest.raises(NotInside):
        take(active, tom)


def test_a_session_that_waits_has_nothing_to_hand_over(bob: User, tom: User) -> None:
    waiting = factories.waiting_session(bob)

    with pytest.raises(NotStarted):
        offer(waiting, bob, here(waiting, tom))


def test_who_has_a_lens_session_cannot_lead_another(active: SupportSession, bob: User, tom: User) -> None:
    agent = here(active, tom)
    offer(active, bob, agent)
    session_in(Status.ACTIVE, lead=tom, customer_name="Eve")

    with nothing_changes(active), pytest.raises(LensSlotTaken):
        take(active, tom)
    with pytest.raises(CannotLead, match="Eve"):
        offer(active, bob, agent)


def test_of_two_lens_sessions_begun_in_one_moment_one_is_led(
    active: SupportSession, bob: User, tom: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look at the free slot came too early: the database's own rule decides, and nothing is half done."""
    offer(active, bob, here(active, tom))
    session_in(Status.ACTIVE, lead=tom, customer_name="Eve")
    monkeypatch.setattr("sessions.steps.require_free_slot", lambda *_arguments: None)

    with nothing_changes(active), pytest.raises(LensSlotTaken):
        take(active, tom)


def test_a_guest_leads_only_where_the_company_says_so(active: SupportSession, bob: User, charlie: User) -> None:
    guest = here(active, charlie)

    with pytest.raises(CannotLead, match="lets no guest lead"):
        offer(active, bob, guest)
    Company.objects.filter(pk=active.company_id).update(guests_may_lead=True)
    offer(active, bob, guest)
    take(active, charlie)

    active.refresh_from_db()
    assert active.lead == charlie


def test_lens_off_for_the_host_binds_its_guests(active: SupportSession, charlie: User) -> None:
    here(active, charlie)
    Company.objects.filter(pk=active.company_id).update(guests_may_lead=True, lens_enabled=False)

    (found,) = candidates(SupportSession.objects.select_related("company", "portal").get(pk=active.pk))

    assert (found.company, found.why_not) == (str(charlie.company), "Lens is off for the company of this session.")


def test_the_lead_leaves_and_names_who_goes_on(active: SupportSession, bob: User, tom: User) -> None:
    here(active, tom)
    ted = here(active, factories.technician("Ted", of=bob.company))

    leave_as_technician(technician=bob, session_id=active.public_id, heir_id=ted.public_id, now=NOW())

    active.refresh_from_db()
    assert active.lead == ted.user
    assert told(active) == [("lead.changed", "everyone", "left")]
    assert not active.participants.get(user=bob).is_inside


def test_whoever_cannot_lead_is_not_named(active: SupportSession, bob: User, charlie: User) -> None:
    guest = here(active, charlie)

    with nothing_changes(active), pytest.raises(CannotLead):
        leave_as_technician(technician=bob, session_id=active.public_id, heir_id=guest.public_id, now=NOW())


# ---- A lead who vanishes -------------------------------------------------------------------------


def test_after_five_minutes_the_agent_of_the_company_who_is_there_longest_leads(
    active: SupportSession, bob: User, tom: User, charlie: User
) -> None:
    ted = factories.technician("Ted", of=bob.company)
    here(active, charlie, joined_at=NOW() - timedelta(hours=3))
    attendee(active, ted, joined_at=NOW() - timedelta(hours=2), lease_until=NOW())  # gone, too
    here(active, tom, joined_at=NOW() - timedelta(hours=1))
    lost(active, bob, OFFLINE_AFTER - timedelta(seconds=20))
    assert sweeps.replace_lost_leads(now=NOW()) == 0

    lost(active, bob, OFFLINE_AFTER)
    assert sweeps.replace_lost_leads(now=NOW()) == 1
    assert sweeps.replace_lost_leads(now=NOW()) == 0

    active.refresh_from_db()
    assert (active.status, active.lead) == (Status.ACTIVE, tom)
    assert active.participants.get(user=bob).is_inside
    assert told(active) == [("lead.changed", "everyone", "offline")]


def test_alone_or_with_a_guest_the_lead_keeps_it(active: SupportSession, bob: User, charlie: User) -> None:
    here(active, charlie)
    lost(active, bob, OFFLINE_AFTER * 2)

    with nothing_changes(active):
        assert sweeps.replace_lost_leads(now=NOW()) == 0


@pytest.mark.django_db(transaction=True)
def test_of_two_agents_who_take_a_lost_lead_at_once_one_wins(bob: User, tom: User) -> None:
    active = factories.active_session(bob)
    ted = factories.technician("Ted", of=bob.company)
    for agent in (tom, ted):
        here(active, agent)
    lost(active, bob, timedelta(minutes=1))

    def run(user: User) -> str:
        try:
            take(active, user)
            return "leads"
        except DomainError as error:
            return str(error)
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        outcomes = dict(zip(("Tom", "Ted"), threads.map(run, (tom, ted)), strict=True))

    active.refresh_from_db()
    assert sorted(outcomes.values()) == sorted(["leads", f"{active.lead} leads this session."])
    assert outcomes[str(active.lead)] == "leads"
    assert len(told(active)) == 1


@pytest.mark.django_db(transaction=True)
def test_the_lead_vanishes_while_an_agent_accepts(bob: User, tom: User) -> None:
    """A transfer whose giver crashes: the offer holds, and the sweep changes nothing of it."""
    active = factories.active_session(bob)
    ted = here(active, factories.technician("Ted", of=bob.company), joined_at=NOW() - timedelta(hours=2))
    offer(active, bob, here(active, tom))
    lost(active, bob, OFFLINE_AFTER * 2)

    def run(work: Any) -> Any:
        try:
            return work()
        except DomainError as error:
            return error
        finally:
            connection.close()

    with ThreadPoolExecutor(2) as threads:
        list(threads.map(run, [lambda: take(active, tom), lambda: sweeps.replace_lost_leads(now=NOW())]))

    active.refresh_from_db()
    assert active.lead in {tom, ted.user}
    assert len([line for line in told(active) if line[0] == "lead.changed"]) in {1, 2}
    assert (active.status, active.lead_offered_to) == (Status.ACTIVE, None)
