"""The console's list *Pending codes*: what its technician sees of every code that is still on its way."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from invitations import actions
from invitations.models import Delivery
from invitations.pending import pending_codes
from portals.models import User
from tests import factories
from tests.invitations.conftest import Clock

pytestmark = pytest.mark.django_db


def names(bob: User) -> list[str]:
    return [code.name for code in pending_codes(bob, timezone.now())]


def test_it_shows_code_link_and_end(bob: User) -> None:
    created = factories.invited(bob)

    (shown,) = pending_codes(bob, timezone.now())

    assert shown.code == created.secrets.code_display
    assert shown.link == created.secrets.link
    assert shown.expires_at.startswith(f"{created.invitation.expires_at:%Y-%m-%dT%H:%M:%S}")
    assert (shown.name, shown.method, shown.progress, shown.delivery) == ("Dora", "PIN Code", "", None)


def test_the_newest_comes_first(bob: User, clock: Clock) -> None:
    for name in ("Dora", "Eve", "Finn"):
        factories.invited(bob, name=name)
        clock.forward(seconds=1)

    assert names(bob) == ["Finn", "Eve", "Dora"]


def test_others_codes_are_not_shown(bob: User, charlie: User, alice: User) -> None:
    factories.invited(charlie)
    colleague = factories.technician("Carla", of=bob.company)
    factories.invited(colleague)

    assert names(bob) == []
    assert names(alice) == []


def test_a_used_code_shows_that_somebody_is_on_the_way_and_no_code(bob: User) -> None:
    factories.customer_on_the_way(bob)

    (shown,) = pending_codes(bob, timezone.now())

    assert (shown.progress, shown.code, shown.link) == ("Link opened", "", "")


def test_it_leaves_the_list_when_the_customer_is_waiting(bob: User) -> None:
    factories.waiting_session(bob)

    assert names(bob) == []


def test_it_leaves_the_list_when_it_has_expired(bob: User, clock: Clock) -> None:
    factories.invited(bob)

    clock.forward(minutes=15)

    assert names(bob) == []


def test_it_leaves_the_list_when_it_is_cancelled(bob: User) -> None:
    created = factories.invited(bob)

    actions.cancel(technician=bob, invitation_id=created.invitation.public_id, now=timezone.now())

    assert names(bob) == []


def test_it_leaves_the_list_when_nobody_asked(bob: User, dora: Client) -> None:
    created = factories.invited(bob)

    dora.post("/join/refuse/", {"token": created.secrets.token})

    assert names(bob) == []


@pytest.mark.parametrize(
    ("state", "reason", "can_retry"),
    [
        ("queued", "", False),
        ("sent", "", False),
        ("delivered", "", False),
        ("failed", "No.", True),
        ("bounced", "", True),
    ],
)
def test_it_shows_how_the_mail_is_doing(bob: User, state: str, reason: str, can_retry: bool) -> None:
    factories.invited(bob, method="email", to="dora@example.com")
    Delivery.objects.update(state=state, reason=reason)

    (shown,) = pending_codes(bob, timezone.now())

    assert shown.delivery is not None
    assert (shown.delivery.to, shown.delivery.state) == ("dora@example.com", state)
    assert (shown.delivery.reason, shown.delivery.can_retry) == (reason, can_retry)


def test_a_longer_list_takes_no_more_queries(bob: User, django_assert_num_queries: Any) -> None:
    for number in range(3):
        factories.invited(bob, name=f"Dora {number}", method="email", to="dora@example.com")

    with django_assert_num_queries(2):
        assert len(pending_codes(bob, timezone.now())) == 3
