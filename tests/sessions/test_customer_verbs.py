"""What the customer does: accept or decline the terms, leave, end and report."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from portals.errors import NotAllowed
from portals.models import AuditEvent, Terms, User
from sessions.actions import accept_terms, decline_terms
from sessions.endings import leave_session
from sessions.errors import SessionNotOpen
from sessions.models import Participant, SupportSession
from sessions.states import EndReason, Status
from tests import factories
from tests.sessions.pages import guest
from tests.sessions.refusals import kept, nothing_changes, refused_and_audited
from tests.sessions.rows import columns, session_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def dora(bob: User) -> Participant:
    """On the way: she pressed Continue and has not seen the terms."""
    return factories.customer_on_the_way(bob)[0]


# ---- Accept --------------------------------------------------------------------------------------


def test_accepting_makes_her_wait_and_keeps_what_she_accepted(dora: Participant) -> None:
    now = timezone.now()

    waiting = accept_terms(participant=dora, version=1, now=now)

    found = columns(waiting)
    assert (found["status"], found["waiting_at"], found["terms_accepted_at"]) == ("waiting", now, now)
    assert found["terms_id"] == Terms.objects.get(company=waiting.company, version=1).pk
    assert waiting.participants.get(pk=dora.pk).joined_at == now
    kinds = [line.kind for line in waiting.timeline.filter(author=dora).order_by("seq")]
    assert kinds == ["status.changed", "terms.accepted", "attendee.joined"]
    audited = AuditEvent.objects.get(verb="terms.accepted")
    assert (audited.actor_name, audited.company, audited.changes) == ("Dora", waiting.company, {"version": 1})


def test_accepting_twice_changes_nothing(dora: Participant) -> None:
    waiting = accept_terms(participant=dora, version=1, now=timezone.now())

    with nothing_changes(waiting):
        accept_terms(participant=dora, version=1, now=timezone.now())


def test_an_older_version_still_on_her_screen_is_what_she_accepts(dora: Participant) -> None:
    Terms.objects.create(company=dora.support_session.company, version=2, text="Newer.")

    waiting = accept_terms(participant=dora, version=1, now=timezone.now())

    assert waiting.terms is not None
    assert waiting.terms.version == 1


def test_a_version_that_was_never_published_is_not_accepted(dora: Participant, charlie: User) -> None:
    Terms.objects.create(company=charlie.company, version=7, text="Of another company.")

    with nothing_changes(dora.support_session), pytest.raises(Terms.DoesNotExist):
        accept_terms(participant=dora, version=7, now=timezone.now())


def test_an_ended_session_is_not_accepted(dora: Participant) -> None:
    decline_terms(participant=dora, now=timezone.now())

    with nothing_changes(dora.support_session), pytest.raises(SessionNotOpen):
        accept_terms(participant=dora, version=1, now=timezone.now())


# ---- Decline -------------------------------------------------------------------------------------


def test_declining_ends_it_with_the_reason(dora: Participant) -> None:
    declined = decline_terms(participant=dora, now=timezone.now())

    assert (declined.status, declined.end_reason) == ("closed", "terms_declined")
    assert declined.status_label == "Terms declined"
    assert not declined.timeline.filter(kind__startswith="attendee.").exists()
    assert AuditEvent.objects.get(verb="terms.declined").actor_name == "Dora"


def test_declining_twice_changes_nothing(dora: Participant) -> None:
    decline_terms(participant=dora, now=timezone.now())

    with nothing_changes(dora.support_session):
        decline_terms(participant=dora, now=timezone.now())


# ---- Leave, and end and report -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("status", "reason"),
    [
        (Status.CONNECTING, "by_waiting_customer"),
        (Status.WAITING, "by_waiting_customer"),
        (Status.ACTIVE, "by_customer"),
        (Status.ON_HOLD, "by_customer"),
    ],
)
def test_leaving_ends_it_and_says_whether_she_was_still_waiting(bob: User, status: Status, reason: str) -> None:
    support_session = session_in(status, lead=bob)
    dora = Participant.objects.create(support_session=support_session, role="customer", name="Dora")

    left = leave_session(participant=dora, now=timezone.now())

    assert (left.status, left.end_reason) == ("closed", reason)


def test_leaving_twice_changes_nothing(bob: User) -> None:
    active = factories.active_session(bob)
    dora = factories.customer_of(active)
    leave_session(participant=dora, now=timezone.now())

    with nothing_changes(active):
        leave_session(participant=dora, now=timezone.now())


def test_a_report_ends_it_and_is_kept_in_the_audit(bob: User) -> None:
    active = factories.active_session(bob)

    leave_session(participant=factories.customer_of(active), now=timezone.now(), report=True)

    assert columns(active)["end_reason"] == "by_customer"
    line = AuditEvent.objects.get(verb="session.reported")
    assert (line.actor_name, line.object_id, line.company_id) == ("Dora", str(active.public_id), bob.company_id)


def test_a_report_after_the_end_is_kept_as_well(bob: User) -> None:
    active = factories.active_session(bob)
    dora = factories.customer_of(active)
    leave_session(participant=dora, now=timezone.now())

    ended = kept(active)[1:]
    now = timezone.now()

    leave_session(participant=dora, now=now, report=True)
    leave_session(participant=dora, now=timezone.now())

    assert kept(active)[1:] == ended
    active.refresh_from_db()
    assert (active.reported_at, active.end_reason) == (now, EndReason.BY_CUSTOMER)
    assert AuditEvent.objects.filter(verb="session.reported").count() == 1


def test_a_technician_does_not_end_it_as_a_customer_would(bob: User) -> None:
    active = factories.active_session(bob)

    with refused_and_audited(active, actor=active.participants.get(user=bob), verb="session.leave"):
        leave_session(participant=active.participants.get(user=bob), now=timezone.now())


@pytest.mark.parametrize("verb", [accept_terms, decline_terms, leave_session])
def test_no_verb_of_the_customer_is_open_to_a_technician(bob: User, verb: Callable[..., SupportSession]) -> None:
    connecting = factories.customer_on_the_way(bob)[0].support_session
    more = {"version": 1} if verb is accept_terms else {}

    with nothing_changes(connecting), pytest.raises(NotAllowed):
        verb(participant=connecting.participants.get(user=bob), now=timezone.now(), **more)


# ---- Over HTTP: the browser's cookie says who asks -----------------------------------------------


def browser_of(participant: Participant) -> Client:
    client = Client()
    for name, token in guest(participant).items():
        client.cookies[name] = token
    return client


def test_the_page_is_told_the_new_status(dora: Participant) -> None:
    client, address = browser_of(dora), f"/s/{dora.support_session.public_id}"

    accepted = client.post(f"{address}/accept/", {"terms_version": "1"})
    left = client.post(f"{address}/leave/")

    assert (accepted.status_code, accepted.json()) == (200, {"status": "waiting"})
    assert (left.status_code, left.json()) == (200, {"status": "closed"})


def test_a_refusal_is_told_in_words(dora: Participant) -> None:
    client, address = browser_of(dora), f"/s/{dora.support_session.public_id}"
    client.post(f"{address}/decline/")

    refused = client.post(f"{address}/accept/", {"terms_version": "1"})

    assert refused.status_code == 409
    assert refused.json() == {"code": "session_not_open", "message": "This session has ended."}


@pytest.mark.parametrize("version", ["", "0", "2", "-1", "1.0", "one", "١", "9" * 10, "9" * 40])
def test_a_version_that_is_none_is_not_found(dora: Participant, version: str) -> None:
    client = browser_of(dora)

    with nothing_changes(dora.support_session):
        answer = client.post(f"/s/{dora.support_session.public_id}/accept/", {"terms_version": version})

    assert answer.status_code == 404


@pytest.mark.parametrize("verb", ["accept", "decline", "leave", "report"])
def test_a_token_of_another_session_opens_nothing(bob: User, dora: Participant, verb: str) -> None:
    other = factories.customer_on_the_way(bob, name="Eve")[0]
    token = next(iter(guest(other).values()))
    client = Client()
    client.cookies[next(iter(guest(dora)))] = token

    with nothing_changes(dora.support_session):
        answer = client.post(f"/s/{dora.support_session.public_id}/{verb}/", {"terms_version": "1"})

    assert answer.status_code == 404


@pytest.mark.parametrize("verb", ["accept", "decline", "leave", "report"])
def test_a_write_without_the_page_s_token_is_refused(dora: Participant, verb: str) -> None:
    client = browser_of(dora)
    client.handler.enforce_csrf_checks = True

    with nothing_changes(dora.support_session):
        answer = client.post(f"/s/{dora.support_session.public_id}/{verb}/", {"terms_version": "1"})

    assert answer.status_code == 403


# ---- A company without terms ---------------------------------------------------------------------


def test_where_no_terms_are_published_accepting_is_accepting_none(dora: Participant) -> None:
    Terms.objects.filter(company=dora.support_session.company).delete()

    waiting = accept_terms(participant=dora, version=0, now=timezone.now())

    assert (waiting.status, waiting.terms) == (Status.WAITING, None)


def test_published_terms_cannot_be_passed_over(dora: Participant) -> None:
    with pytest.raises(Terms.DoesNotExist):
        accept_terms(participant=dora, version=0, now=timezone.now())
