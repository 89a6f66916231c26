"""Limits on guessing codes, counted in the database in the same transaction as the look-up (S-13, S-14)."""

import logging
from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import F

from invitations.models import GuessCounter

logger = logging.getLogger("sightline.guesses")

WINDOW = timedelta(minutes=15)
FREE_WRONG = 5  # wrong codes of one source in a window before it has to wait
FIRST_WAIT = timedelta(seconds=30)  # doubled with each further wrong code
LONGEST_WAIT = timedelta(hours=1)

EVERYBODY = "everybody"
BREAKER_WINDOW = timedelta(minutes=1)
BREAKER_WRONG = 30  # wrong codes a minute of all sources together
BREAKER_DELAY_S = 2


def locked_counters(sources: list[str], *, now: datetime) -> list[GuessCounter]:
    """Lock the counters of all sources, in one order, so that parallel guesses of a source come one by one."""
    for source in sorted(set(sources)):
        _make(source, now=now)
    return list(GuessCounter.objects.select_for_update().filter(source__in=sources).order_by("source"))


def wait_of(counters: list[GuessCounter], *, now: datetime) -> timedelta:
    """How long these sources still have to wait; zero when the guess may be looked at."""
    waits = [counter.blocked_until - now for counter in counters if counter.blocked_until is not None]
    return max([timedelta(0), *waits])


def count_wrong(counters: list[GuessCounter], *, now: datetime) -> timedelta:
    """Count one wrong code for each source; return the wait that follows from it."""
    for counter in counters:
        if now - max(counter.window_started_at, counter.blocked_until or counter.window_started_at) > WINDOW:
            counter.wrong, counter.window_started_at, counter.blocked_until = 0, now, None
        counter.wrong += 1
        if counter.wrong >= FREE_WRONG:
            doublings = min(counter.wrong - FREE_WRONG, 10)
            counter.blocked_until = now + min(FIRST_WAIT * 2**doublings, LONGEST_WAIT)
        counter.save(update_fields=["wrong", "window_started_at", "blocked_until"])
    _count_for_everybody(now=now)
    return wait_of(counters, now=now)


def breaker_is_open(*, now: datetime) -> bool:
    """Whether so many wrong codes come in that every submission has to wait BREAKER_DELAY_S."""
    return GuessCounter.objects.filter(
        source=EVERYBODY, wrong__gt=BREAKER_WRONG, window_started_at__gt=now - BREAKER_WINDOW
    ).exists()


def forget_old_counters(*, now: datetime) -> int:
    """Delete the counters that nobody has to wait for any more; return how many."""
    idle = GuessCounter.objects.filter(window_started_at__lt=now - WINDOW - LONGEST_WAIT)
    return idle.exclude(blocked_until__gt=now - WINDOW).delete()[0]


def _count_for_everybody(*, now: datetime) -> None:
    _make(EVERYBODY, now=now)
    everybody = GuessCounter.objects.filter(source=EVERYBODY)
    if everybody.filter(window_started_at__lte=now - BREAKER_WINDOW).update(wrong=1, window_started_at=now):
        return
    everybody.update(wrong=F("wrong") + 1)
    if everybody.filter(wrong=BREAKER_WRONG + 1).exists():
        logger.error("More than %s wrong codes in a minute: somebody is guessing codes.", BREAKER_WRONG)


def _make(source: str, *, now: datetime) -> None:
    if GuessCounter.objects.filter(source=source).exists():
        return
    try:
        with transaction.atomic():
            GuessCounter.objects.create(source=source, window_started_at=now)
    except IntegrityError:
        pass  # another guess of the same source has just made it
