"""A support session is relayed by one media process; one that is dead loses its sessions to those that live."""

from datetime import UTC, datetime, timedelta

import pytest

from lens.relay import pins
from lens.relay.models import MediaProcess, RelayPin
from portals.models import User
from sessions.models import SupportSession
from tests import factories

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)
LATER = NOW + pins.LEASE + timedelta(seconds=1)


@pytest.fixture
def active(bob: User) -> SupportSession:
    return factories.active_session(bob)


def test_without_a_living_process_there_is_no_relay(active: SupportSession) -> None:
    pins.beat("dead", now=NOW)

    assert pins.find(active.public_id, now=LATER) == ""
    assert not RelayPin.objects.exists()


def test_a_session_stays_where_it_is_pinned(active: SupportSession) -> None:
    pins.beat("one", now=NOW)
    page = pins.find(active.public_id, now=NOW)
    pins.beat("another", now=NOW)

    assert pins.find(active.public_id, now=NOW) == page
    assert pins.beat("one", now=NOW).pages == {active.public_id: page}
    assert pins.beat("another", now=NOW).pages == {}


def test_the_least_busy_process_gets_the_next_session(active: SupportSession, charlie: User) -> None:
    for name in ("one", "another"):
        pins.beat(name, now=NOW)
    other = factories.active_session(charlie)

    for session in (active, other):
        assert pins.find(session.public_id, now=NOW)

    assert [len(pins.beat(name, now=NOW).pages) for name in ("one", "another")] == [1, 1]


def test_a_living_process_takes_the_sessions_of_a_dead_one_and_pages_notice(active: SupportSession) -> None:
    pins.beat("dead", now=NOW)
    page = pins.find(active.public_id, now=NOW)

    held = pins.beat("living", now=LATER)

    assert held.pages.keys() == {active.public_id}
    assert held.pages[active.public_id] != page  # another name, another connection
    assert pins.find(active.public_id, now=LATER) == held.pages[active.public_id]
    assert pins.beat("living", now=LATER) == held  # once only
    assert [process.name for process in MediaProcess.objects.all()] == ["living"]


def test_a_process_that_was_only_slow_has_lost_its_sessions(active: SupportSession) -> None:
    pins.beat("slow", now=NOW)
    pins.find(active.public_id, now=NOW)
    pins.beat("quick", now=LATER)

    assert pins.beat("slow", now=LATER).pages == {}


def test_a_process_that_leaves_is_followed_at_once(active: SupportSession) -> None:
    pins.beat("leaving", now=NOW)
    pins.find(active.public_id, now=NOW)

    pins.leave("leaving", now=NOW)

    assert pins.beat("next", now=NOW).pages.keys() == {active.public_id}


def test_where_nobody_takes_over_the_pin_is_given_up(active: SupportSession) -> None:
    pins.beat("dead", now=NOW)
    page = pins.find(active.public_id, now=NOW)

    assert pins.find(active.public_id, now=LATER) == page
    assert pins.find(active.public_id, now=LATER + pins.GIVEN_UP) == ""


def test_a_released_session_is_relayed_nowhere(active: SupportSession) -> None:
    pins.beat("one", now=NOW)
    page = pins.find(active.public_id, now=NOW)

    pins.release(active.public_id, "an older page")
    assert pins.beat("one", now=NOW).pages
    pins.release(active.public_id, page)

    assert pins.beat("one", now=NOW).pages == {}
