"""The lists that people open all day find their rows by indexes, on both databases."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from portals.models import User
from sessions import chat, history, queues
from sessions.history import HistoryFilter
from sessions.models import SupportSession
from sessions.states import Status
from tests import factories
from tests.many_sessions import fill

pytestmark = pytest.mark.django_db
TABLE = "support_sessions_supportsession"


@pytest.fixture
def bob(db: None) -> Iterator[User]:
    """One technician of several, amid many sessions."""
    bob = factories.technician("Bob")
    assert bob.company is not None
    others = [
        factories.user(bob.company, f"T{number}", has_seat=True, technician_group=bob.technician_group)
        for number in range(9)
    ]
    fill([bob, *others], past=300, live=60, now=timezone.now())
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute("ANALYZE")  # some hundred rows fit into a few pages, which it would rather read through
            cursor.execute("SET LOCAL enable_seqscan = off")
        yield bob


def assert_by_index(rows: Any) -> None:
    """No look at the table of sessions reads it through; which of several fitting indexes serves is the database's."""
    plan = rows.explain()
    read_through = r"Seq Scan on \w*supportsession" if connection.vendor == "postgresql" else rf"SCAN {TABLE}(?! USING)"
    assert not re.search(read_through, plan), plan
    assert "index" in plan.lower(), plan


def test_the_console_s_own_sessions(bob: User) -> None:
    own = SupportSession.objects.filter(lead=bob).listed().order_by("-created_at")

    assert_by_index(own)


def test_the_sessions_that_are_offered(bob: User) -> None:
    assert_by_index(SupportSession.objects.offered_to(bob))


def test_a_place_in_the_queue(bob: User) -> None:
    last = SupportSession.objects.filter(status=Status.WAITING, lead=None).latest("waiting_at")
    queue = SupportSession.objects.filter(portal_id=last.portal_id, status=Status.WAITING, lead=None)

    assert_by_index(queue.filter(waiting_at__lt=last.waiting_at))
    place = queues.place_of(last)
    assert place is not None
    assert place.number == 30


def test_a_technician_s_history(bob: User) -> None:
    every = HistoryFilter({}, reader=bob).sessions()

    keys = history.newest_first(every).values_list("pk", flat=True)[:51]

    assert_by_index(keys)


def test_a_company_s_history(bob: User) -> None:
    mona = factories.manager(bob.company)  # type: ignore[arg-type]
    every = HistoryFilter({}, reader=mona).sessions()

    keys = history.newest_first(every).values_list("pk", flat=True)[:51]

    assert_by_index(keys)


def test_the_estimate_of_a_queue(bob: User) -> None:
    portal = SupportSession.objects.filter(via_portal=True).latest("pk").portal
    picked_up = SupportSession.objects.filter(portal=portal, started_at__isnull=False).order_by("-created_at")

    assert_by_index(picked_up[:10])


def test_the_lines_of_chat_that_were_stored_before(bob: User) -> None:
    plan = chat.said_under({"line-0001", "line-0002"}).explain()

    assert "client_message_once" in plan, plan
