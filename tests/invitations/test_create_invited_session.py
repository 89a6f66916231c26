"""A technician creates a session with its one code and link."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.core import mail
from django.db import transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from invitations import codes
from invitations.models import Delivery, Invitation
from portals.models import AuditEvent, User
from sessions.models import SupportSession
from sessions.states import Status
from tests import factories
from tests.invitations.conftest import Broker, Create

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("method", ["pin", "email", "link"])
def test_each_method_makes_one_session_with_one_code_and_link(create: Create, method: str) -> None:
    response = create(method=method, to="dora@example.com")

    assert response.status_code == 201
    invitation = Invitation.objects.get()
    assert invitation.method == method
    assert invitation.support_session.status == Status.CONNECTING
    body = response.json()
    assert body["id"] == str(invitation.support_session.public_id)
    assert len(body["invitation"]["code"]) == 6
    assert body["invitation"]["code_display"].replace(" ", "") == body["invitation"]["code"]


def test_the_link_carries_its_token_in_the_fragment(create: Create, settings: Any) -> None:
    link = create(method="link").json()["invitation"]["link"]

    before, _hash, token = link.partition("#")
    assert before == f"{settings.ORIGINS[0]}/join/"
    assert codes.token_digest(token) == Invitation.objects.get().link_digest


def test_the_technician_leads_the_session_and_is_not_inside_yet(create: Create, bob: User) -> None:
    create()

    support_session = SupportSession.objects.get()
    assert support_session.lead == bob
    assert support_session.company == bob.company
    assert support_session.participants.get().user == bob
    assert not support_session.participants.inside().exists()


def test_only_the_mail_by_the_server_is_queued(
    create: Create, broker: Broker, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        body = create(method="email", to="dora@example.com").json()
        create(method="pin", to="dora@example.com")
        create(method="link", to="dora@example.com")
        create(method="email", via="client", to="dora@example.com")

    delivery = Delivery.objects.get()
    assert body["delivery"]["state"] == "queued"
    assert body["delivery"]["to"] == delivery.to == "dora@example.com"
    assert [task["kwargs"] for task in broker.tasks] == [{"delivery_id": delivery.pk}]


def test_nothing_is_queued_when_the_transaction_is_rolled_back(
    bob: User, broker: Broker, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True), transaction.atomic():
        factories.invited(bob, method="email", to="dora@example.com")
        transaction.set_rollback(True)

    assert broker.tasks == []
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("minutes", [5, 15, 60])
def test_the_code_lives_as_long_as_the_company_says(create: Create, bob: User, minutes: int) -> None:
    assert bob.company is not None
    bob.company.code_lifetime_min = minutes
    bob.company.save()

    create()

    invitation = Invitation.objects.get()
    assert invitation.expires_at - invitation.created_at == timedelta(minutes=minutes)


def test_it_is_audited(create: Create, bob: User) -> None:
    create(method="link")

    event = AuditEvent.objects.get(verb="session.created")
    assert (event.actor_name, event.company, event.refused) == ("Bob", bob.company, False)
    assert event.changes == {"method": "link"}


MISSING_RIGHTS = {
    "Lens for the company": (lambda bob: _set(bob.company, lens_enabled=False), "pin", "Lens is off for your company"),
    "Lens for the portal": (lambda bob: _set(_portal(bob), lens_enabled=False), "pin", "Lens is off for this portal"),
    "Lens for the group": (lambda bob: _set(bob.technician_group, start_lens=False), "pin", "Lens sessions are off"),
    "private sessions": (lambda bob: _set(bob.technician_group, start_private=False), "pin", "Private sessions are"),
    "PIN": (lambda bob: _set(bob.technician_group, by_pin=False), "pin", "PIN codes are off for your group"),
    "Email": (lambda bob: _set(bob.technician_group, by_email=False), "email", "Email is off for your group"),
    "Link": (lambda bob: _set(bob.technician_group, by_link=False), "link", "Links are off for your group"),
}


def _set(row: Any, **fields: Any) -> None:
    for name, value in fields.items():
        setattr(row, name, value)
    row.save()


def _portal(bob: User) -> Any:
    assert bob.technician_group is not None
    return bob.technician_group.portals.get()


@pytest.mark.parametrize("missing", MISSING_RIGHTS)
def test_without_the_right_nothing_is_made_and_the_refusal_is_audited(
    create: Create,
    bob: User,
    broker: Broker,
    missing: str,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    take_away, method, reason = MISSING_RIGHTS[missing]
    take_away(bob)

    with django_capture_on_commit_callbacks(execute=True):
        response = create(method=method, to="dora@example.com")

    assert response.status_code == 403
    assert response.json()["code"] == "not_allowed"
    assert response.json()["message"].startswith(reason)
    event = AuditEvent.objects.get(verb="session.create", refused=True)
    assert (event.actor_name, event.company) == ("Bob", bob.company)
    assert event.changes["reason"].startswith(reason)
    assert not SupportSession.objects.exists()
    assert not Invitation.objects.exists()
    assert not Delivery.objects.exists()
    assert broker.tasks == [] and mail.outbox == []


def test_a_right_missing_for_one_method_leaves_the_others(create: Create, bob: User) -> None:
    _set(bob.technician_group, by_email=False)

    assert create(method="pin").status_code == 201
    assert create(method="link").status_code == 201


def test_mail_by_the_own_client_needs_the_right_to_email_too(create: Create, bob: User) -> None:
    _set(bob.technician_group, by_email=False)

    response = create(method="email", via="client", to="ana@")

    assert response.status_code == 403
    assert AuditEvent.objects.filter(verb="session.create", refused=True).count() == 1


def test_somebody_without_a_seat_is_refused(bob: User, client_of: Callable[[User], Client]) -> None:
    assert bob.company is not None
    nora = factories.user(bob.company, "Nora")

    response = client_of(nora).post(
        "/api/v1/sessions/", {"kind": "lens", "method": "pin"}, content_type="application/json"
    )

    assert response.status_code == 403
    assert not SupportSession.objects.exists()


def test_a_stranger_is_refused(db: None) -> None:
    response = Client().post("/api/v1/sessions/", {"kind": "lens", "method": "pin"}, content_type="application/json")

    assert response.status_code == 403
    assert not SupportSession.objects.exists()


def test_the_named_portal_is_used(create: Create, bob: User) -> None:
    assert bob.company is not None and bob.technician_group is not None
    second = factories.portal(bob.company, bob.technician_group)

    create(portal=str(second.public_id))

    assert SupportSession.objects.get().portal == second


def test_another_companys_portal_does_not_exist(create: Create, charlie: User) -> None:
    response = create(portal=str(_portal(charlie).public_id))

    assert response.status_code == 404
    assert not SupportSession.objects.exists()


def test_a_portal_that_the_group_does_not_serve_does_not_exist(create: Create, bob: User) -> None:
    assert bob.company is not None
    unserved = factories.portal(bob.company)

    response = create(portal=str(unserved.public_id))

    assert response.status_code == 404
    assert not SupportSession.objects.exists()


def test_a_portal_that_nobody_has_answers_like_a_foreign_one(create: Create, charlie: User) -> None:
    foreign = create(portal=str(_portal(charlie).public_id))

    unknown = create(portal=str(uuid.uuid4()))

    assert (unknown.status_code, unknown.content) == (foreign.status_code, foreign.content)


def test_without_any_portal_it_says_whom_to_ask(create: Create, bob: User) -> None:
    _portal(bob).delete()

    response = create()

    assert response.status_code == 400
    assert response.json()["errors"] == {"portal": "No portal is open to your group. Ask your manager."}


@pytest.mark.parametrize(
    "fields",
    [{"kind": "smell"}, {"method": "pigeon"}, {"via": "telex"}, {"portal": "x"}, {"name": None}],
)
def test_an_unknown_choice_is_refused_by_field(create: Create, fields: dict[str, Any]) -> None:
    response = create(**fields)

    assert response.status_code == 400
    assert set(response.json()["errors"]) == set(fields)
    assert not SupportSession.objects.exists()


def test_when_no_code_is_free_it_says_so_and_makes_nothing(
    create: Create, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = factories.invited(bob).secrets.code
    monkeypatch.setattr(codes, "draw_codes", lambda *, digits, count: [taken] * count)

    response = create()

    assert response.status_code == 409
    assert response.json() == {
        "code": "no_code_free",
        "message": "No code is free at the moment. Try again in a few minutes.",
    }
    assert SupportSession.objects.count() == 1


def _mails(bob: User, count: int, *, ago: timedelta) -> None:
    created = factories.invited(bob)
    then = timezone.now() - ago
    for _each in range(count):
        Delivery.objects.create(
            invitation=created.invitation, to="x@example.com", state=Delivery.State.SENT, created_at=then, sent_at=then
        )


def test_the_twentieth_mail_of_an_hour_is_sent(create: Create, bob: User) -> None:
    _mails(bob, 19, ago=timedelta(minutes=59))

    assert create(method="email", to="dora@example.com").status_code == 201


def test_the_twenty_first_mail_of_an_hour_is_refused(create: Create, bob: User) -> None:
    _mails(bob, 20, ago=timedelta(minutes=59))

    response = create(method="email", to="dora@example.com")

    assert response.status_code == 409
    assert response.json()["code"] == "too_many_mails"
    assert response.json()["message"].startswith("You have sent 20 mails and texts in the last hour.")
    assert SupportSession.objects.count() == 1


def test_mails_older_than_an_hour_do_not_count(create: Create, bob: User) -> None:
    _mails(bob, 20, ago=timedelta(minutes=61))

    assert create(method="email", to="dora@example.com").status_code == 201


def test_another_technicians_mails_do_not_count(create: Create, charlie: User) -> None:
    _mails(charlie, 20, ago=timedelta(minutes=1))

    assert create(method="email", to="dora@example.com").status_code == 201


def test_after_twenty_mails_a_pin_is_still_given(create: Create, bob: User) -> None:
    _mails(bob, 20, ago=timedelta(minutes=1))

    assert create(method="pin").status_code == 201
