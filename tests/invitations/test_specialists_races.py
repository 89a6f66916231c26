"""R-05 and R-08: however many press at once, five are inside; however many guess at once, five guesses count."""

from collections import Counter

import pytest
from django.utils import timezone

from invitations import specialists, ways_in
from invitations.errors import CodeNotValid, TooManyGuesses
from invitations.models import GuessCounter
from portals.models import User
from sessions.models import Participant, SupportSession
from tests import factories
from tests.invitations.at_once import at_once
from tests.invitations.specialists import allow, come, invite

pytestmark = pytest.mark.django_db(transaction=True)

AT_ONCE = 24  # 50 joins come in rounds of this many: each holds a connection of the database


@pytest.fixture
def active(bob: User) -> SupportSession:
    return allow(factories.active_session(bob))


def slots(support_session: SupportSession) -> list[int]:
    return sorted(support_session.participants.specialists().inside().values_list("slot", flat=True))


def test_of_fifty_who_press_at_once_five_are_inside_and_the_others_wait(active: SupportSession) -> None:
    issued = invite(active)
    # 20 may wait: what comes after them is told so, and nothing is stored of it.
    calls = [lambda number=number: come(issued, f"Guest {number}") for number in range(50)]

    answers = [answer for start in (0, AT_ONCE, 2 * AT_ONCE) for answer in at_once(calls[start : start + AT_ONCE])]

    told = Counter(type(answer).__name__ for answer in answers)
    assert slots(active) == [1, 2, 3, 4, 5]
    assert told == {"tuple": 25, "TooManyWaiting": 25}
    assert active.participants.specialists().filter(joined_at=None).count() == 20


def test_a_place_that_becomes_free_is_taken_once(active: SupportSession) -> None:
    issued = invite(active)
    inside = [come(issued, f"Guest {number}")[0] for number in range(5)]
    waiting = [come(issued, f"Waiting {number}")[0] for number in range(4)]
    specialists.leave(participant=inside[2], now=timezone.now())

    at_once([lambda one=one: specialists.knock(participant=one, now=timezone.now()) for one in waiting * 2])

    assert slots(active) == [1, 2, 3, 4, 5]
    assert Participant.objects.get(pk=waiting[0].pk).slot == 3


def test_two_admitted_at_once_to_the_last_place_are_one(active: SupportSession, bob: User) -> None:
    issued = invite(allow(active, admit_specialists=True))
    people = [come(issued, f"Guest {number}")[0] for number in range(7)]

    def admit(person: Participant) -> Participant:
        return specialists.admit(
            technician=bob, session_id=active.public_id, attendee_id=person.public_id, now=timezone.now()
        )

    answers = at_once([lambda person=person: admit(person) for person in people])

    assert Counter(type(answer).__name__ for answer in answers) == {"Participant": 5, "SpecialistSeatsFull": 2}
    assert slots(active) == [1, 2, 3, 4, 5]


def test_two_hundred_guesses_of_nine_digits_at_once_are_looked_at_five_times(active: SupportSession) -> None:
    invite(active)
    now = timezone.now()

    def guess(number: int) -> None:
        ways_in.look_up_code(code=f"{number:09d}", address="192.0.2.9", visitor="", now=now)

    answers = [
        answer
        for start in range(0, 200, AT_ONCE)
        for answer in at_once([lambda n=n: guess(n) for n in range(start, min(start + AT_ONCE, 200))])
    ]

    told = Counter(type(answer) for answer in answers)
    assert told == {CodeNotValid: 4, TooManyGuesses: 196}  # the fifth is told to wait at once
    assert GuessCounter.objects.get(source="address:192.0.2.9").wrong == 5
