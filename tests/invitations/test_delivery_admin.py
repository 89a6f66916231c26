"""The manager's list of mails: to whom, how far, and why not."""

from collections.abc import Callable

import pytest
from django.test import Client

from invitations.models import Delivery
from portals.models import AuditEvent, User
from tests import factories

pytestmark = pytest.mark.django_db
LIST = "/admin/invitations/delivery/"


@pytest.fixture
def delivery(bob: User) -> Delivery:
    found = factories.invited(bob, method="email", to="dora@example.org").delivery
    assert found is not None
    found.state, found.reason, found.next_attempt_at = "failed", "550 <b>no such user</b>", None
    found.save()
    return found


def test_a_manager_sees_why_a_mail_failed(delivery: Delivery, alice: User, client_of: Callable[[User], Client]) -> None:
    for url in (LIST, f"{LIST}{delivery.pk}/change/"):
        page = client_of(alice).get(url).content.decode()

        assert "dora@example.org" in page
        assert "Failed" in page
        assert "550 &lt;b&gt;no such user&lt;/b&gt;" in page
        assert f"/admin/support_sessions/supportsession/{delivery.invitation.support_session_id}/change/" in page


def test_looking_at_addresses_is_audited(delivery: Delivery, alice: User, client_of: Callable[[User], Client]) -> None:
    client_of(alice).get(LIST)

    event = AuditEvent.objects.get(verb="deliveries.viewed")
    assert (event.company, event.actor_name) == (alice.company, alice.name)
