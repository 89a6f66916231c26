"""The life of a session as a table: every pair of statuses."""

import itertools

import pytest
from django.utils import timezone

from portals.models import User
from sessions.errors import IllegalMove
from sessions.states import ENDED, LISTED, LIVE, NEXT_STATUS, EndReason, Status
from tests.sessions.rows import columns, session_in

# As DESIGN 4 says it.
MOVES = {
    "connecting": "waiting timed_out closed",
    "waiting": "active transferring timed_out closed",
    "active": "on_hold transferring closed timed_out aborted",
    "on_hold": "active closed",
    "transferring": "active closed timed_out",
    "closed": "",
    "timed_out": "",
    "aborted": "",
}
PAIRS = list(itertools.product(Status, Status))


def is_legal(before: Status, after: Status) -> bool:
    return after.value in MOVES[before.value].split()


def test_the_table_names_every_status() -> None:
    assert set(MOVES) == {status.value for status in Status} == {status.value for status in NEXT_STATUS}


@pytest.mark.parametrize(("before", "after"), PAIRS, ids=[f"{one}-{two}" for one, two in PAIRS])
def test_a_move_is_made_or_refused_as_the_table_says(bob: User, before: Status, after: Status) -> None:
    support_session = session_in(before, lead=bob)
    earlier = columns(support_session)
    now = timezone.now()
    changes = {"terms_accepted_at": now} if after == Status.WAITING else {}
    reason = EndReason.BY_TECHNICIAN if after in ENDED else None

    if is_legal(before, after):
        support_session.move_to(after, now=now, reason=reason, **changes)

        later = columns(support_session)
        assert later["status"] == after
        assert later["ended_at"] == (now if after in ENDED else None)
        assert later["end_reason"] == (reason or "")
        assert later["waiting_at"] == (now if after == Status.WAITING else earlier["waiting_at"])
        if after == Status.ACTIVE:
            assert later["started_at"] == (earlier["started_at"] or now)
    else:
        with pytest.raises(IllegalMove):
            support_session.move_to(after, now=now, reason=reason)

        assert columns(support_session) == earlier


def test_a_refused_move_says_what_the_session_is(bob: User) -> None:
    support_session = session_in(Status.CLOSED, lead=bob, end_reason=EndReason.BY_CUSTOMER)

    with pytest.raises(IllegalMove) as refusal:
        support_session.move_to(Status.ACTIVE, now=timezone.now())

    assert str(refusal.value) == "This session is “Closed by customer”; it cannot become “Active”."
    assert refusal.value.code == "illegal_move"


def test_a_session_resumed_from_hold_keeps_the_time_of_its_start(bob: User) -> None:
    support_session = session_in(Status.ON_HOLD, lead=bob)
    started_at = support_session.started_at

    support_session.move_to(Status.ACTIVE, now=timezone.now())

    assert columns(support_session)["started_at"] == started_at


def test_every_status_is_either_live_or_ended_and_codes_are_not_listed() -> None:
    assert set(Status) == LIVE | ENDED
    assert not LIVE & ENDED
    assert {Status.CONNECTING} == LIVE - LISTED


@pytest.mark.parametrize("status", sorted(ENDED))
def test_nothing_leads_out_of_an_end(status: Status) -> None:
    assert NEXT_STATUS[status] == frozenset()
