"""Sending a failed mail again, to the same address or to another."""

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client

from invitations.models import Delivery
from portals.models import AuditEvent, User
from tests.invitations.conftest import Broker, Clock
from tests.invitations.delivery_rows import DORA, ENDS, queued, send
from tests.invitations.scripted_smtp import ScriptedServer

pytestmark = pytest.mark.django_db


@pytest.fixture
def retry(bob: User, client_of: Callable[[User], Client]) -> Callable[..., Any]:
    console = client_of(bob)

    def post(delivery: Delivery, by: Client = console, **fields: Any) -> Any:
        return by.post(f"/api/v1/deliveries/{delivery.public_id}/retry/", fields, content_type="application/json")

    return post


@pytest.fixture
def failed(bob: User, smtp: ScriptedServer) -> Delivery:
    smtp.on_recipient(DORA, "550 5.1.1 No such user here")
    return send(queued(bob))


def test_a_failed_mail_is_sent_again(failed: Delivery, smtp: ScriptedServer, retry: Callable[..., Any]) -> None:
    response = retry(failed)

    assert response.status_code == 200
    assert (response.json()["state"], response.json()["reason"]) == ("queued", "")
    assert send(failed).state == "sent"
    assert smtp.recipients == [DORA]


def test_sending_again_hands_a_task_over(
    failed: Delivery, broker: Broker, retry: Callable[..., Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        retry(failed)

    assert [task["kwargs"] for task in broker.tasks] == [{"delivery_id": failed.pk}]


def test_it_can_go_to_another_address(failed: Delivery, smtp: ScriptedServer, retry: Callable[..., Any]) -> None:
    response = retry(failed, to=" dora.kent@example.com ")

    assert response.json()["to"] == "dora.kent@example.com"
    send(failed)
    assert smtp.recipients == ["dora.kent@example.com"]


@pytest.mark.parametrize(
    ("to", "sentence"),
    [
        ("", "Write the address the mail goes to."),
        ("ana@", "This address is not complete. It looks like ana@example.com."),
        ("ana@example.com\nBcc: b@example.com", "An address cannot contain line breaks."),
    ],
)
def test_a_wrong_new_address_changes_nothing(
    failed: Delivery, retry: Callable[..., Any], to: str, sentence: str
) -> None:
    response = retry(failed, to=to)

    assert response.status_code == 400
    assert response.json()["errors"] == {"to": sentence}
    failed.refresh_from_db()
    assert (failed.state, failed.to) == ("failed", DORA)


def test_a_mail_sent_again_has_all_its_tries(
    failed: Delivery, smtp: ScriptedServer, clock: Clock, retry: Callable[..., Any]
) -> None:
    retry(failed)
    smtp.on_data(DORA, *["451 4.3.0 Try again later"] * 3)

    for _try in range(4):
        send(failed)
        clock.forward(minutes=1)

    assert failed.state == "sent"


def test_a_mail_sent_again_keeps_its_message_id(bob: User, smtp: ScriptedServer, retry: Callable[..., Any]) -> None:
    delivery = send(queued(bob))
    Delivery.objects.update(state="bounced")

    retry(delivery)
    send(delivery)

    assert [mail["Message-ID"] for mail in smtp.received] == [f"<{delivery.public_id}@sightline.example>"] * 2


@pytest.mark.parametrize("state", ["queued", "sent", "delivered"])
def test_only_a_mail_that_failed_is_sent_again(bob: User, retry: Callable[..., Any], state: str) -> None:
    delivery = queued(bob)
    Delivery.objects.update(state=state)

    response = retry(delivery)

    assert response.status_code == 409
    assert response.json() == {
        "code": "nothing_to_retry",
        "message": "This has not failed, so it is not sent again.",
    }


@pytest.mark.parametrize("end", ENDS)
def test_the_mail_of_a_code_that_has_ended_is_not_sent_again(
    bob: User, failed: Delivery, retry: Callable[..., Any], end: Any
) -> None:
    end(bob, failed)

    response = retry(failed)

    assert response.status_code == 409
    assert response.json()["code"] == "invitation_ended"


def test_sending_again_needs_the_right_to_email(bob: User, failed: Delivery, retry: Callable[..., Any]) -> None:
    assert bob.technician_group is not None
    bob.technician_group.by_email = False
    bob.technician_group.save()

    response = retry(failed)

    assert response.status_code == 403
    assert AuditEvent.objects.filter(verb="delivery.retry", refused=True).count() == 1
    failed.refresh_from_db()
    assert failed.state == "failed"


def test_strangers_cannot_send_it_again(
    failed: Delivery, charlie: User, client_of: Callable[[User], Client], retry: Callable[..., Any]
) -> None:
    assert retry(failed, by=client_of(charlie)).status_code == 404
    assert retry(failed, by=Client()).status_code == 403
    assert retry(Delivery(public_id=uuid.uuid4())).status_code == 404


def test_sending_again_is_audited(bob: User, failed: Delivery, retry: Callable[..., Any]) -> None:
    retry(failed)

    assert AuditEvent.objects.get(verb="delivery.retried").company == bob.company
