"""What a room reads of its session, while others change it."""

from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from portals.models import User
from sessions import endings, room_state
from tests import factories


@pytest.mark.parametrize("after", [1, 2])
def test_who_is_put_out_by_an_end_is_told_of_the_end(bob: User, after: int) -> None:
    """Read without a transaction, the end comes between two of the queries."""
    waiting = factories.waiting_session(bob)
    read = 0

    def end_in_between(execute: Any, sql: Any, params: Any, many: Any, context: Any) -> Any:
        nonlocal read
        answer = execute(sql, params, many, context)
        read += 1
        if read == after:
            endings.end_session(technician=bob, session_id=waiting.public_id, now=timezone.now())
        return answer

    with connection.execute_wrapper(end_in_between):
        state = room_state.load(waiting.public_id, now=timezone.now())

    assert state.ended or len(state.insiders) == 2
