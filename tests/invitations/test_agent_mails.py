"""What the dialog tells of the mails that the server sends to agents, and sending a failed one again."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from invitations.actions import cancel
from invitations.agent_invitations import invite_agents, mail_agent
from invitations.delivery_states import SHOWN
from invitations.models import Delivery
from portals.models import TechnicianGroup, User
from sessions.models import SupportSession
from tests import factories

NOW = timezone.now
ClientOf = Callable[[User], Client]


@pytest.fixture
def active(bob: User) -> SupportSession:
    return factories.active_session(bob)


def mailed(active: SupportSession, by: User, to: str) -> Delivery:
    return mail_agent(technician=by, session_id=active.public_id, to=to, now=NOW())


def told(client_of: ClientOf, technician: User, active: SupportSession) -> Any:
    answer = client_of(technician).get(f"/api/v1/sessions/{active.public_id}/agents/")
    assert answer.status_code == 200
    return answer.json()["mails"]


def again(client: Client, delivery: Delivery) -> Any:
    return client.post(f"/api/v1/deliveries/{delivery.public_id}/retry/", {}, content_type="application/json")


def failed(delivery: Delivery, reason: str) -> None:
    Delivery.objects.filter(pk=delivery.pk).update(
        state=Delivery.State.FAILED, reason=reason, attempts=4, next_attempt_at=None
    )


def test_the_dialog_tells_what_became_of_each_mail(client_of: ClientOf, bob: User, active: SupportSession) -> None:
    assert told(client_of, bob, active) == []
    sam, eva = (mailed(active, bob, to) for to in ("sam@globex.example", "eva@globex.example"))
    failed(sam, "No such user")

    assert told(client_of, bob, active) == [
        {
            "id": str(eva.public_id),
            "to": "eva@globex.example",
            "state": "queued",
            "label": "Queued",
            "reason": "",
            "can_retry": False,
        },
        {
            "id": str(sam.public_id),
            "to": "sam@globex.example",
            "state": "failed",
            "label": "Failed",
            "reason": "No such user",
            "can_retry": True,
        },
    ]


def test_of_many_mails_the_latest_are_told(client_of: ClientOf, bob: User, active: SupportSession) -> None:
    for number in range(SHOWN + 2):
        mailed(active, bob, f"agent{number}@globex.example")

    assert [one["to"] for one in told(client_of, bob, active)] == [
        f"agent{number}@globex.example" for number in range(SHOWN + 1, 1, -1)
    ]


def test_a_failed_mail_is_sent_again(client_of: ClientOf, bob: User, active: SupportSession) -> None:
    delivery = mailed(active, bob, "sam@globex.example")
    assert again(client_of(bob), delivery).json()["code"] == "nothing_to_retry"
    failed(delivery, "No such user")

    answer = again(client_of(bob), delivery)

    assert (answer.status_code, answer.json()["state"]) == (200, "queued")
    assert told(client_of, bob, active)[0]["can_retry"] is False


def test_who_may_not_invite_sends_nothing_again(
    client_of: ClientOf, bob: User, charlie: User, active: SupportSession
) -> None:
    delivery = mailed(active, bob, "sam@globex.example")
    failed(delivery, "No such user")
    assert again(client_of(charlie), delivery).status_code == 404
    TechnicianGroup.objects.filter(pk=bob.technician_group_id).update(invite_agents=False)

    assert again(client_of(bob), delivery).status_code == 403
    delivery.refresh_from_db()
    assert delivery.state == Delivery.State.FAILED


def test_the_mails_of_a_cancelled_code_are_not_those_of_the_next(
    client_of: ClientOf, bob: User, active: SupportSession
) -> None:
    delivery = mailed(active, bob, "sam@globex.example")
    cancel(technician=bob, invitation_id=delivery.invitation.public_id, now=NOW())
    invite_agents(technician=bob, session_id=active.public_id, now=NOW())

    assert told(client_of, bob, active) == []
