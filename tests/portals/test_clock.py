"""R-21: an hour's jump of a wall clock ends nothing early and revives nothing."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.db import DatabaseError, connection, transaction

from invitations import actions
from invitations.errors import LinkExpired
from portals import clock
from portals.models import User
from tests import factories

HOUR_S = 3600.0
START = datetime(2026, 11, 24, tzinfo=UTC)


class Times:
    """A machine's steady clock and a database's wall clock, in a test's hands."""

    def __init__(self) -> None:
        self.steady, self.database = 500.0, START.timestamp()
        self.looks = 0
        self.broken = False
        self.clock = clock.Clock(steady=lambda: self.steady, look=self.look)

    def look(self) -> float:
        self.looks += 1
        if self.broken:
            raise DatabaseError
        return self.database

    def pass_s(self, seconds: float) -> None:
        self.steady += seconds
        self.database += seconds

    def now(self) -> datetime:
        """After a look that may have been due."""
        self.clock.now()
        self.clock._looker.submit(lambda: None).result()
        return self.clock.now()


@pytest.fixture
def times() -> Times:
    return Times()


def test_it_tells_the_database_s_time(times: Times) -> None:
    assert times.now() == START

    times.pass_s(12.5)

    assert times.now() == START + timedelta(seconds=12.5)


def test_it_looks_once_a_minute_at_most(times: Times) -> None:
    for _second in range(119):
        times.now()
        times.pass_s(1)

    assert times.looks == 2


def test_small_drift_is_followed_at_the_next_look(times: Times) -> None:
    times.now()
    times.database += 0.8
    times.pass_s(clock.LOOK_EVERY_S)

    assert times.now().timestamp() == pytest.approx(times.database)


@pytest.mark.parametrize("jump", [HOUR_S, -HOUR_S])
def test_a_jump_of_an_hour_is_ridden_out(times: Times, jump: float) -> None:
    times.now()
    times.database += jump
    for _minute in range(30):
        times.pass_s(60)
        times.now()

    assert abs(times.now() - (START + timedelta(minutes=30))) <= timedelta(seconds=31)


def test_a_jump_that_stays_is_followed_a_second_a_minute(times: Times) -> None:
    times.now()
    times.database += 30
    for _minute in range(31):
        times.pass_s(60)
        times.now()

    assert times.now().timestamp() == pytest.approx(times.database)


def test_it_never_goes_back(times: Times) -> None:
    before = times.now()
    for _minute in range(50):
        times.database -= 5
        times.pass_s(1)
        times.steady += 59
        assert (before := max(before, times.now())) == times.now()


def test_without_an_answer_the_steady_clock_goes_on(times: Times) -> None:
    times.now()
    times.broken = True
    times.pass_s(600)

    assert times.now() == START + timedelta(seconds=600)


def test_an_answer_that_was_long_in_coming_is_not_used(times: Times) -> None:
    times.now()

    def slow() -> float:
        times.steady += 5
        return times.database + 5 + 0.9

    times.clock._look = slow
    times.clock.look()

    assert times.clock.now() == START + timedelta(seconds=5)


@pytest.mark.django_db(transaction=True)
def test_it_disturbs_no_transaction() -> None:
    real = clock.Clock()

    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("SELECT * FROM no_such_table")
    with transaction.atomic():
        assert abs(real.now() - datetime.now(UTC)) < timedelta(minutes=1)
        assert User.objects.count() == 0


@pytest.mark.django_db
@pytest.mark.parametrize("jump", [timedelta(hours=1), timedelta(hours=-1)])
def test_a_host_s_jump_neither_ends_nor_revives_a_code(
    bob: User, jump: timedelta, real_now: Callable[[], datetime]
) -> None:
    began = real_now()
    living = factories.invited(bob, name="Living", now=began)
    dead = factories.invited(bob, name="Dead", now=began - timedelta(minutes=30))

    with time_machine.travel(datetime.now(UTC) + jump):
        now = real_now()
        assert timedelta(0) <= now - began < timedelta(minutes=5)
        actions.redeem(token=living.secrets.token, language="en", now=now)
        with pytest.raises(LinkExpired):
            actions.redeem(token=dead.secrets.token, language="en", now=now)
