"""At most eight codes of one technician wait for their customers."""

import pytest
from django.utils import timezone

from invitations import actions
from invitations.errors import TooManyPending
from invitations.models import Invitation
from portals.models import User
from sessions.models import SupportSession
from tests import factories
from tests.invitations.at_once import at_once
from tests.invitations.conftest import Clock, Create

LIMIT = 8


@pytest.mark.django_db
def test_the_eighth_is_made_and_the_ninth_refused_with_the_oldest_to_cancel(
    create: Create, bob: User, clock: Clock
) -> None:
    oldest = factories.invited(bob, name="Olaf")
    for _each in range(LIMIT - 2):
        clock.forward(seconds=1)
        factories.invited(bob)
    eighth = create()

    ninth = create()

    assert (eighth.status_code, ninth.status_code) == (201, 409)
    assert ninth.json()["code"] == "too_many_pending"
    assert ninth.json()["message"] == (
        "8 codes are pending already. Cancel one of them first, for instance the oldest: "
        f"{oldest.secrets.code_display} for Olaf."
    )
    assert SupportSession.objects.count() == LIMIT


@pytest.mark.django_db
@pytest.mark.parametrize("how", ["cancelled", "used", "expired", "refused"])
def test_a_code_that_has_ended_makes_room(create: Create, bob: User, how: str) -> None:
    first = factories.invited(bob)
    for _each in range(LIMIT - 1):
        factories.invited(bob)
    now = timezone.now()

    match how:
        case "cancelled":
            actions.cancel(technician=bob, invitation_id=first.invitation.public_id, now=now)
        case "used":
            actions.redeem(token=first.secrets.token, language="en", now=now)
        case "expired":
            factories.expired(first.invitation)
        case "refused":
            actions.refuse(token=first.secrets.token, now=now)

    assert create().status_code == 201
    assert create().status_code == 409


@pytest.mark.django_db
def test_each_technician_has_eight(bob: User, charlie: User) -> None:
    for _each in range(LIMIT):
        factories.invited(bob)
        factories.invited(charlie)

    assert Invitation.objects.unused(bob, now=timezone.now()).count() == LIMIT
    with pytest.raises(TooManyPending):
        factories.invited(charlie)


@pytest.mark.django_db(transaction=True)
def test_twenty_at_once_make_eight(bob: User) -> None:
    outcomes = at_once([lambda: factories.invited(bob)] * 20)

    refusals = [outcome for outcome in outcomes if isinstance(outcome, TooManyPending)]
    assert len(refusals) == 20 - LIMIT
    assert Invitation.objects.count() == LIMIT
