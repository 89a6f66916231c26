"""A console's lists are of one moment: what moves between two of them while they are read is in exactly one."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from invitations.colleagues import accept_request, invite_colleague
from portals.models import User
from portals.one_moment import one_moment
from sessions import actions, console_consumer, leads, presence, protocol
from tests import factories
from tests.invitations.at_once import at_once, in_background
from tests.sessions.rows import attendee

pytestmark = pytest.mark.django_db(transaction=True)

NOW = timezone.now
Happens = Callable[[], object]
Story = Callable[[User], Happens]


def lead_goes(giver: User, taker: User) -> Happens:
    session = factories.active_session(giver)
    agent = attendee(session, taker)
    leads.offer_lead(technician=giver, session_id=session.public_id, attendee_id=agent.public_id, now=NOW())
    return lambda: leads.take_lead(technician=taker, session_id=session.public_id, now=NOW())


def lead_goes_to(bob: User) -> Happens:
    return lead_goes(factories.technician("Tom", of=bob.company), bob)


def lead_goes_from(bob: User) -> Happens:
    return lead_goes(bob, factories.technician("Tom", of=bob.company))


def call_is_accepted(bob: User) -> Happens:
    tom = factories.technician("Tom", of=bob.company)
    session = factories.active_session(tom)
    presence.renew_console(technician=bob, now=NOW())
    request = invite_colleague(
        technician=tom,
        session_id=session.public_id,
        kind="technician",
        target_id=str(bob.public_id),
        comment="",
        now=NOW(),
    )
    return lambda: accept_request(technician=bob, request_id=request.public_id, now=NOW())


def customer_waits(bob: User) -> Happens:
    dora, _cookie = factories.customer_on_the_way(bob)
    return lambda: actions.accept_terms(participant=dora, version=1, now=NOW())


STORIES: list[Story] = [lead_goes_to, lead_goes_from, call_is_accepted, customer_waits]


@pytest.mark.parametrize("after", range(1, 9))
@pytest.mark.parametrize("story", STORIES)
def test_a_session_that_moves_meanwhile_is_in_the_list_once(bob: User, story: Story, after: int) -> None:
    happens = story(bob)
    reads = 0

    def between(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        nonlocal reads
        answer = execute(sql, params, many, context)
        reads += sql.startswith("SELECT")
        if reads == after and sql.startswith("SELECT"):
            [outcome] = at_once([happens])
            assert not isinstance(outcome, Exception), outcome
        return answer

    with connection.execute_wrapper(between):
        snapshot = console_consumer._snapshot(bob.pk, None)

    assert reads >= after
    assert snapshot is not None
    assert [row.name for row in snapshot.sessions] + [code.name for code in snapshot.pending] == ["Dora"]


def test_who_reads_one_moment_waits_for_no_writer(bob: User) -> None:
    """A console must open while somebody's transaction is under way, on SQLite too, where only one may write."""
    with transaction.atomic():
        User.objects.filter(pk=bob.pk).update(name="Robert")
        [snapshot] = at_once([lambda: console_consumer._snapshot(bob.pk, None)])

    assert isinstance(snapshot, protocol.ConsoleSnapshot)


def test_the_first_that_a_thread_reads_may_be_one_moment(bob: User) -> None:
    with in_background() as begin:
        snapshot = begin(lambda: console_consumer._snapshot(bob.pk, None)).result()

    assert snapshot is not None


def test_writers_write_as_before_after_one_moment(bob: User) -> None:
    with one_moment():
        User.objects.count()

    with transaction.atomic():
        User.objects.filter(pk=bob.pk).update(name="Robert")

    assert User.objects.get(pk=bob.pk).name == "Robert"
