"""What a room reads of its session, while others change it."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.db.models import F
from django.utils import timezone

from portals.models import User
from sessions import actions, endings, room_state
from sessions.models import SupportSession
from sessions.room_state import RoomState
from sessions.states import Status
from tests import factories


def load_while(happens: Callable[[], object], *, after: int, session: SupportSession) -> RoomState:
    """Read the room; right after the nth query of it something happens that commits."""
    read = 0

    def between(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        nonlocal read
        answer = execute(sql, params, many, context)
        read += 1
        if read == after:
            happens()
        return answer

    with connection.execute_wrapper(between):
        return room_state.load(session.public_id, now=timezone.now())


@pytest.mark.parametrize("after", [1, 2])
def test_who_is_put_out_by_an_end_is_told_of_the_end(bob: User, after: int) -> None:
    """Read without a transaction, the end comes between two of the queries."""
    waiting = factories.waiting_session(bob)

    def end() -> None:
        endings.end_session(technician=bob, session_id=waiting.public_id, now=timezone.now())

    state = load_while(end, after=after, session=waiting)

    assert state.ended or len(state.insiders) == 2


@pytest.mark.parametrize("after", [1, 2])
def test_a_started_room_has_its_lead_inside(bob: User, after: int) -> None:
    """Else the plan would have nobody to connect, and the pages would close the connection made while waiting."""
    waiting = factories.waiting_session(bob)

    def start() -> None:
        actions.start_session(technician=bob, session_id=waiting.public_id, now=timezone.now())

    state = load_while(start, after=after, session=waiting)

    joined = [insider.joined for insider in state.insiders.values() if insider.lead]
    assert joined == [state.status == Status.ACTIVE]


def test_what_a_start_changes_of_a_room_is_what_is_read_later(bob: User) -> None:
    """It is told from the log at once; were it not the same, pages would show one thing and then another."""
    waiting = factories.waiting_session(bob)
    before = room_state.load(waiting.public_id, now=timezone.now())
    actions.start_session(technician=bob, session_id=waiting.public_id, now=timezone.now())

    told = room_state.started(before, waiting.timeline.get(kind="status.changed", data__status="active"))

    read = room_state.load(waiting.public_id, now=timezone.now())
    assert told is not None
    assert told.head == read.head
    assert told.insiders == read.insiders
    assert told.status == read.status


def test_a_session_that_never_keeps_still_is_read_all_the_same(bob: User) -> None:
    waiting = factories.waiting_session(bob)
    rows = SupportSession.objects.filter(pk=waiting.pk)
    read = 0

    def grow(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        nonlocal read
        answer = execute(sql, params, many, context)
        if "read_at" in sql:
            read += 1
            rows.update(last_seq=F("last_seq") + 1)
        return answer

    with connection.execute_wrapper(grow):
        state = room_state.load(waiting.public_id, now=timezone.now())

    assert len(state.insiders) == 2
    assert read == room_state.READS


def test_a_room_that_keeps_still_is_read_once(bob: User, django_assert_num_queries: Any) -> None:
    waiting = factories.waiting_session(bob)

    with django_assert_num_queries(3):
        room_state.load(waiting.public_id, now=timezone.now())
