"""Guessing codes: five wrong ones are free, then each costs a growing wait, whoever asks and however many at once."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from invitations import code_entry, guesses, tasks, ways_in
from invitations.errors import CodeNotValid, TooManyGuesses
from invitations.models import GuessCounter
from portals.models import AuditEvent, User
from tests import factories
from tests.invitations.at_once import at_once
from tests.invitations.conftest import Clock

HERE = "192.0.2.7"
WRONG = "999999"


@pytest.fixture(autouse=True)
def no_code_is_the_wrong_one(monkeypatch: pytest.MonkeyPatch) -> None:
    numbers: Iterator[int] = iter(range(1000))
    monkeypatch.setattr(
        "invitations.codes.draw_codes",
        lambda *, digits, count: [f"{next(numbers):0{digits}d}" for _each in range(count)],
    )


def guess(*, address: str = HERE, visitor: str = "", now: datetime | None = None, code: str = WRONG) -> str:
    """Return how a guess was answered: "found", "wrong" or the wait in words."""
    try:
        ways_in.look_up_code(code=code, address=address, visitor=visitor, now=now or timezone.now())
    except CodeNotValid:
        return "wrong"
    except TooManyGuesses as error:
        return str(error.fields["wait"])
    return "found"


@pytest.mark.django_db
def test_four_wrong_codes_are_free_and_the_fifth_is_the_last() -> None:
    now = timezone.now()

    answers = [guess(now=now) for _each in range(6)]

    assert answers == ["wrong"] * 4 + ["30 seconds"] * 2
    assert AuditEvent.objects.filter(verb="code.try").count() == 5


@pytest.mark.django_db
def test_while_waiting_not_even_the_right_code_is_looked_at(bob: User) -> None:
    code = factories.invited(bob).secrets.code
    for _each in range(5):
        guess()

    assert guess(code=code) == "30 seconds"


@pytest.mark.django_db
def test_after_the_wait_the_right_code_is_found(bob: User) -> None:
    code = factories.invited(bob).secrets.code
    now = timezone.now()
    for _each in range(5):
        guess(now=now)

    assert guess(code=code, now=now + timedelta(seconds=31)) == "found"


@pytest.mark.django_db
def test_waits_double_from_30_seconds_to_an_hour() -> None:
    now = timezone.now()
    waits = []
    for _each in range(4):
        guess(now=now)

    for _each in range(10):
        waits.append(guess(now=now))
        now = GuessCounter.objects.get(source=f"address:{HERE}").blocked_until or now

    assert waits == [
        "30 seconds",
        "1 minute",
        "2 minutes",
        "4 minutes",
        "8 minutes",
        "16 minutes",
        "32 minutes",
        "60 minutes",
        "60 minutes",
        "60 minutes",
    ]


@pytest.mark.django_db
def test_the_remaining_wait_is_told_in_plain_time() -> None:
    now = timezone.now()
    for _each in range(5):
        guess(now=now)

    assert guess(now=now + timedelta(seconds=18)) == "12 seconds"
    assert guess(now=now + timedelta(seconds=29)) == "1 second"
    assert guess(now=now + timedelta(seconds=29.9)) == "1 second"


@pytest.mark.django_db
def test_a_quarter_of_an_hour_later_counting_begins_anew() -> None:
    now = timezone.now()
    for _each in range(4):
        guess(now=now)

    later = now + timedelta(minutes=15, seconds=1)

    assert [guess(now=later) for _each in range(5)] == ["wrong"] * 4 + ["30 seconds"]


@pytest.mark.django_db
def test_within_a_quarter_of_an_hour_it_does_not() -> None:
    now = timezone.now()
    for _each in range(4):
        guess(now=now)

    assert guess(now=now + timedelta(minutes=14, seconds=59)) == "30 seconds"


@pytest.mark.django_db
def test_waiting_out_a_block_does_not_make_the_next_one_shorter() -> None:
    now = timezone.now()
    for _each in range(5):
        guess(now=now)

    assert guess(now=now + timedelta(seconds=31)) == "1 minute"
    assert guess(now=now + timedelta(minutes=10)) == "2 minutes"


@pytest.mark.django_db
def test_another_address_has_its_own_count() -> None:
    for _each in range(5):
        guess()

    assert guess(address="192.0.2.8") == "wrong"


@pytest.mark.django_db
def test_all_addresses_of_one_ipv6_network_are_one_source() -> None:
    for number in range(5):
        guess(address=f"2001:db8:0:1:{number}::{number}")

    assert guess(address="2001:db8:0:1:ffff:ffff:ffff:ffff") == "30 seconds"
    assert guess(address="2001:db8:0:2::1") == "wrong"


@pytest.mark.django_db
def test_an_ipv4_address_written_as_ipv6_is_the_same_source() -> None:
    for _each in range(5):
        guess(address=HERE)

    assert guess(address=f"::ffff:{HERE}") == "30 seconds"


@pytest.mark.django_db
def test_an_address_that_cannot_be_read_is_limited_too() -> None:
    for number in range(5):
        guess(address=f"unreadable {number}")

    assert guess(address="") == "30 seconds"


@pytest.mark.django_db
def test_a_browser_that_changes_its_address_is_known_by_its_cookie() -> None:
    for number in range(5):
        guess(address=f"192.0.2.{number}", visitor="the-same-browser")

    assert guess(address="198.51.100.1", visitor="the-same-browser") == "30 seconds"
    assert guess(address="198.51.100.1", visitor="another-browser") == "wrong"


def type_wrong_code(browser: Client, **headers: Any) -> str:
    response: Any = browser.post("/", {"code": WRONG}, **headers)
    assert response.status_code == 400
    return str(response.context["form"].errors["code"][0])


@pytest.mark.django_db
def test_the_page_tells_how_long_to_wait(dora: Client) -> None:
    for _each in range(5):
        said = type_wrong_code(dora)

    assert said == "Too many wrong codes. Try again in 30 seconds."


@pytest.mark.django_db
def test_the_page_gives_a_browser_its_cookie_once(dora: Client) -> None:
    given = dora.get("/").cookies["visitor"]

    assert len(given.value) == 43
    assert given["httponly"] and given["samesite"] == "Lax"
    assert "visitor" not in dora.get("/").cookies


@pytest.mark.django_db
def test_the_page_counts_by_the_cookie_of_the_browser(dora: Client) -> None:
    dora.get("/")
    for number in range(5):
        type_wrong_code(dora, REMOTE_ADDR=f"192.0.2.{number}")

    assert type_wrong_code(dora, REMOTE_ADDR="198.51.100.1").startswith("Too many wrong codes.")


@pytest.mark.django_db
@pytest.mark.parametrize("made_up", ["", "x", "x" * 44, "visitor: of my own; and more of the same kind..", "é" * 43])
def test_a_cookie_that_is_not_ours_is_replaced_and_not_stored(dora: Client, made_up: str) -> None:
    dora.cookies["visitor"] = made_up

    dora.post("/", {"code": WRONG}, REMOTE_ADDR=HERE)

    assert len(dora.cookies["visitor"].value) == 43
    sources = GuessCounter.objects.exclude(source="everybody").values_list("source", flat=True)
    assert list(sources) == [f"address:{HERE}"]


@pytest.mark.django_db
@pytest.mark.parametrize("header", ["HTTP_X_FORWARDED_FOR", "HTTP_X_REAL_IP", "HTTP_FORWARDED", "HTTP_CLIENT_IP"])
def test_without_trusted_proxies_no_header_changes_the_source(settings: Any, header: str) -> None:
    settings.TRUSTED_PROXY_COUNT = 0
    for number in range(5):
        type_wrong_code(Client(), **{header: f"203.0.113.{number}", "REMOTE_ADDR": HERE})

    said = type_wrong_code(Client(), **{header: "203.0.113.77", "REMOTE_ADDR": HERE})

    assert said.startswith("Too many wrong codes.")


@pytest.mark.django_db
def test_behind_one_proxy_only_what_the_proxy_wrote_counts(settings: Any) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    for number in range(5):
        claimed = f"203.0.113.{number}, {HERE}"
        type_wrong_code(Client(), HTTP_X_FORWARDED_FOR=claimed, REMOTE_ADDR="10.0.0.1")

    sources = GuessCounter.objects.exclude(source="everybody").values_list("source", flat=True)
    assert list(sources) == [f"address:{HERE}"]


@pytest.mark.django_db(transaction=True)
def test_of_200_guesses_at_once_five_are_looked_at() -> None:
    def five_guesses() -> list[str]:
        return [guess(visitor="one-browser") for _each in range(5)]

    answers = [answer for answers in at_once([five_guesses] * 40) for answer in answers]

    assert len(answers) == 200
    assert answers.count("wrong") == 4
    assert AuditEvent.objects.filter(verb="code.try").count() == 5
    counters = GuessCounter.objects.exclude(source="everybody").values_list("source", "wrong")
    assert dict(counters) == {f"address:{HERE}": 5, "visitor:one-browser": 5}


@pytest.mark.django_db(transaction=True)
def test_guesses_at_once_from_many_addresses_are_all_counted_together() -> None:
    calls = [lambda number=number: guess(address=f"192.0.2.{number}") for number in range(30)]

    answers = at_once(calls)

    assert answers == ["wrong"] * 30
    assert GuessCounter.objects.get(source="everybody").wrong == 30


def _guess_from_everywhere(count: int) -> None:
    now = timezone.now()
    for number in range(count):
        guess(address=f"198.51.100.{number}", now=now)


@pytest.mark.django_db
def test_thirty_wrong_codes_a_minute_slow_nobody_down() -> None:
    _guess_from_everywhere(30)

    assert not guesses.breaker_is_open(now=timezone.now())


@pytest.mark.django_db
def test_from_the_31st_on_everybody_waits_two_seconds(dora: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    monkeypatch.setattr(code_entry, "time", SimpleNamespace(sleep=waited.append))
    _guess_from_everywhere(31)

    type_wrong_code(dora)

    assert waited == [2]


@pytest.mark.django_db
def test_the_right_code_still_works_then(dora: Client, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guesses, "BREAKER_DELAY_S", 0)
    created = factories.invited(bob)
    _guess_from_everywhere(40)

    response = dora.post("/", {"code": created.secrets.code})

    assert response.status_code == 302


@pytest.mark.django_db
def test_a_minute_later_nobody_waits_any_more(clock: Clock) -> None:
    _guess_from_everywhere(31)
    assert guesses.breaker_is_open(now=timezone.now())

    clock.forward(seconds=61)

    assert not guesses.breaker_is_open(now=timezone.now())


@pytest.mark.django_db
def test_each_minute_is_counted_on_its_own(clock: Clock) -> None:
    _guess_from_everywhere(20)
    clock.forward(seconds=61)

    _guess_from_everywhere(20)

    assert not guesses.breaker_is_open(now=timezone.now())


@pytest.mark.django_db
def test_operators_are_told_once_that_somebody_is_guessing(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.ERROR, logger="sightline.guesses"):
        _guess_from_everywhere(35)

    assert [record.getMessage() for record in caplog.records] == [
        "More than 30 wrong codes in a minute: somebody is guessing codes."
    ]


@pytest.mark.django_db
def test_counters_that_nobody_waits_for_are_forgotten(clock: Clock) -> None:
    for _each in range(5):
        guess()
    guess(address="192.0.2.8")

    clock.forward(hours=2)
    tasks.forget_old_codes()

    assert not GuessCounter.objects.exists()


@pytest.mark.django_db
def test_a_counter_with_a_wait_is_kept(clock: Clock) -> None:
    counter = GuessCounter.objects.create(
        source="address:192.0.2.7",
        wrong=20,
        window_started_at=timezone.now(),
        blocked_until=timezone.now() + timedelta(hours=3),
    )

    clock.forward(hours=2)
    tasks.forget_old_codes()

    assert GuessCounter.objects.get() == counter
