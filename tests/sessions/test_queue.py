"""Queues of portals: who sees a waiting customer, who gets one, and what the customer is told."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from django.db import connection
from django.utils import timezone

from portals.models import Portal, User
from sessions import actions, console_state, queues
from sessions.errors import AlreadyStarted
from sessions.models import SupportSession
from sessions.states import Status
from tests import factories
from tests.sessions.refusals import nothing_changes


@pytest.fixture
def queue(bob: User) -> Portal:
    assert bob.company is not None
    assert bob.technician_group is not None
    return factories.portal(bob.company, bob.technician_group, mode=Portal.Mode.QUEUE)


@pytest.fixture
def ted(bob: User) -> User:
    """Of Bob's group, so that both serve the queue."""
    return factories.user(bob.company, "Ted", has_seat=True, technician_group=bob.technician_group)


def in_queue(queue: Portal, name: str = "Dora", *, now: datetime | None = None) -> SupportSession:
    now = now or timezone.now()
    made = actions.create_support_session(
        portal=queue, kind=SupportSession.Kind.LENS, customer_name=name, technician=None, now=now, via_portal=True
    )
    customer = actions.admit_customer(support_session=made, token_digest=name, language="en", now=now)
    return actions.accept_terms(participant=customer, version=1, now=now)


def start(user: User, support_session: SupportSession) -> SupportSession:
    return actions.start_session(technician=user, session_id=support_session.public_id, now=timezone.now())


def names_for(user: User) -> list[tuple[str, str]]:
    rows = console_state.snapshot(User.objects.get(pk=user.pk), now=timezone.now()).sessions
    return [(row.name, row.relation) for row in rows]


def test_whoever_serves_the_portal_sees_it_and_nobody_else(bob: User, ted: User, charlie: User, queue: Portal) -> None:
    in_queue(queue)
    tom = factories.technician("Tom", of=bob.company)

    assert names_for(bob) == names_for(ted) == [("Dora", "queue")]
    assert names_for(tom) == names_for(charlie) == []


def test_the_first_who_starts_leads_and_the_other_is_told_who(bob: User, ted: User, queue: Portal) -> None:
    waiting = in_queue(queue)

    started = start(ted, waiting)

    assert started.lead == ted
    assert names_for(bob) == []
    with nothing_changes(waiting), pytest.raises(AlreadyStarted, match="Ted has already started this session"):
        start(bob, waiting)


def test_before_the_start_nothing_of_it_can_be_read(bob: User, queue: Portal) -> None:
    waiting = in_queue(queue)

    assert not SupportSession.objects.visible_to(bob).filter(pk=waiting.pk).exists()


def test_for_who_does_not_serve_the_portal_it_does_not_exist(bob: User, charlie: User, queue: Portal) -> None:
    waiting = in_queue(queue)
    tom = factories.technician("Tom", of=bob.company)

    for stranger in (tom, charlie):
        with nothing_changes(waiting), pytest.raises(SupportSession.DoesNotExist):
            start(stranger, waiting)


def test_the_customer_knows_the_place_and_how_long_it_may_take(bob: User, queue: Portal) -> None:
    now = timezone.now()
    for minutes in (2, 4, 30):
        waited = timedelta(minutes=minutes)
        done = in_queue(queue, f"Past {minutes}", now=now - timedelta(hours=1))
        moments = {"waiting_at": now - waited, "started_at": now, "ended_at": now}
        SupportSession.objects.filter(pk=done.pk).update(status=Status.CLOSED, lead=bob, **moments)
    first = in_queue(queue, "Ann", now=now - timedelta(minutes=1))
    second = in_queue(queue, "Ben", now=now)

    assert queues.place_of(first) == queues.Place(number=1, wait_min=4)
    assert queues.place_of(second) == queues.Place(number=2, wait_min=4)
    start(bob, first)  # who waited one minute: the median of 1, 2, 4 and 30 is 3
    assert queues.place_of(second) == queues.Place(number=1, wait_min=3)
    assert queues.place_of(SupportSession.objects.get(pk=first.pk)) is None


def test_where_nothing_is_known_nothing_is_promised(queue: Portal) -> None:
    assert queues.place_of(in_queue(queue)) == queues.Place(number=1, wait_min=None)


def test_who_waits_for_one_technician_waits_in_no_queue(bob: User) -> None:
    assert queues.place_of(factories.waiting_session(bob)) is None


@pytest.mark.django_db(transaction=True)
def test_of_many_technicians_at_once_one_gets_the_customer(bob: User, queue: Portal) -> None:
    team = [
        factories.user(bob.company, f"Ted {number}", has_seat=True, technician_group=bob.technician_group)
        for number in range(8)
    ]
    for number in range(3):
        waiting = in_queue(queue, f"Dora {number}")

        def press(who: User, waiting: SupportSession = waiting) -> str:
            try:
                return str(start(who, waiting).lead)
            except AlreadyStarted as refusal:
                return str(refusal.fields["name"])
            finally:
                connection.close()

        with ThreadPoolExecutor(len(team)) as threads:
            told = set(threads.map(press, team))

        waiting.refresh_from_db()
        assert told == {str(waiting.lead)}
        assert waiting.participants.inside().filter(role="technician").count() == 1
        SupportSession.objects.filter(pk=waiting.pk).update(status=Status.CLOSED, ended_at=timezone.now())
