"""R-06: one active Lens session per technician, however many are started at once."""

import pytest
from django.db import IntegrityError
from django.utils import timezone

from portals.models import User
from sessions import actions, endings
from sessions.errors import LensSlotTaken
from sessions.models import SupportSession
from sessions.states import Status
from tests import factories
from tests.invitations.at_once import at_once

PARALLEL = 20
ROUNDS = 4


def start(bob: User, support_session: SupportSession) -> SupportSession:
    return actions.start_session(technician=bob, session_id=support_session.public_id, now=timezone.now())


@pytest.mark.django_db(transaction=True)
def test_of_twenty_starts_at_once_exactly_one_is_active(bob: User) -> None:
    waiting = [factories.waiting_session(bob, name=f"Dora {number}") for number in range(PARALLEL)]

    for _round in range(ROUNDS):
        outcomes = at_once([lambda one=one: start(bob, one) for one in waiting])

        (active,) = SupportSession.objects.filter(status=Status.ACTIVE)
        refusals = [outcome for outcome in outcomes if isinstance(outcome, LensSlotTaken)]
        assert len(refusals) == len(waiting) - 1
        assert {refusal.fields["name"] for refusal in refusals} == {active.customer_name}
        endings.end_session(technician=bob, session_id=active.public_id, now=timezone.now())
        waiting = [one for one in waiting if one.pk != active.pk] + [factories.waiting_session(bob, name="Eve")]


@pytest.mark.django_db(transaction=True)
def test_starts_of_two_technicians_do_not_hinder_each_other(bob: User, charlie: User) -> None:
    bobs, charlies = factories.waiting_session(bob), factories.waiting_session(charlie)

    outcomes = at_once([lambda: start(bob, bobs), lambda: start(charlie, charlies)])

    assert [outcome.status for outcome in outcomes] == [Status.ACTIVE, Status.ACTIVE]


@pytest.mark.django_db
def test_a_second_start_says_with_whom_the_first_is(bob: User) -> None:
    factories.active_session(bob, name="Dora")
    second = factories.waiting_session(bob, name="Eve")

    with pytest.raises(LensSlotTaken, match=r"^One Lens session at a time\. End or hold .* with Dora first\.$"):
        start(bob, second)

    second.refresh_from_db()
    assert second.status == Status.WAITING


@pytest.mark.django_db
def test_after_an_end_the_next_can_start(bob: User) -> None:
    first = factories.active_session(bob, name="Dora")
    second = factories.waiting_session(bob, name="Eve")

    endings.end_session(technician=bob, session_id=first.public_id, now=timezone.now())

    assert start(bob, second).status == Status.ACTIVE


@pytest.mark.django_db
def test_the_database_itself_refuses_a_second_one(bob: User) -> None:
    factories.active_session(bob, name="Dora")
    second = factories.waiting_session(bob, name="Eve")

    with pytest.raises(IntegrityError):
        SupportSession.objects.filter(pk=second.pk).update(status=Status.ACTIVE, started_at=timezone.now())
