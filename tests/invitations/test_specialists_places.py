"""Five specialists at most, the sixth waits; and the lead who admits them one by one."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from invitations import specialists, tasks
from invitations.models import Arrival
from portals.models import User
from sessions import sweeps
from sessions.models import Participant, SupportSession
from tests import factories
from tests.invitations.specialists import allow, come, inside, invite, press_continue, refusal, room

pytestmark = pytest.mark.django_db


@pytest.fixture
def active(bob: User) -> SupportSession:
    return allow(factories.active_session(bob))


# ---- Places ------------------------------------------------------------------------------------------


def test_five_are_inside_the_sixth_waits_and_comes_in_when_one_leaves(active: SupportSession) -> None:
    issued = invite(active)
    for number in range(5):
        come(issued, f"Guest {number}")
    sixth, seventh = Client(), Client()
    press_continue(sixth, issued, "Sixth")
    press_continue(seventh, issued, "Seventh")
    waiting = sixth.post(f"{room(active)}knock/").json()

    specialists.leave(participant=active.participants.get(name="Guest 2"), now=timezone.now())
    too_early = seventh.post(f"{room(active)}knock/").json()
    let_in = sixth.post(f"{room(active)}knock/").json()

    assert waiting["state"] == "waiting"
    assert "All 5 places for specialists are taken" in waiting["line"]
    assert "All 5 places" in seventh.get(room(active)).text
    assert (too_early["state"], let_in["state"]) == ("waiting", "inside")
    assert inside(active) == ["Guest 0", "Guest 1", "Sixth", "Guest 3", "Guest 4"]


def test_who_waited_and_went_away_holds_up_nobody(active: SupportSession, clock: Any) -> None:
    issued = invite(active)
    for number in range(5):
        come(issued, f"Guest {number}")
    come(issued, "Gone")
    clock.forward(minutes=3)
    later = Client()
    press_continue(later, issued, "Later")
    specialists.leave(participant=active.participants.get(name="Guest 0"), now=timezone.now())

    state = later.post(f"{room(active)}knock/").json()["state"]
    tasks.end_overdue_sessions()

    assert state == "inside"
    assert active.participants.get(name="Gone").left_at is not None


def test_a_specialist_who_is_away_for_too_long_frees_the_place_and_may_come_anew(
    active: SupportSession, clock: Any
) -> None:
    issued, browser = invite(active), Client()
    press_continue(browser, issued)
    clock.forward(minutes=4)
    sweeps.put_out_absent(now=timezone.now())
    assert inside(active) == ["Sam"]

    clock.forward(minutes=3)
    sweeps.put_out_absent(now=timezone.now())

    assert inside(active) == []
    assert press_continue(browser, issued).status_code == 303
    assert inside(active) == ["Sam (2)"]


def test_the_database_itself_refuses_a_place_twice_and_a_sixth_place(active: SupportSession) -> None:
    come(invite(active))
    sam = active.participants.specialists().get()
    for slot in (1, 6, None):
        with pytest.raises(IntegrityError), transaction.atomic():
            Participant.objects.create(
                support_session=active, role="specialist", name="Kim", joined_at=sam.joined_at, slot=slot
            )


# ---- Admitted one by one ------------------------------------------------------------------------------


@pytest.fixture
def admitting(active: SupportSession) -> SupportSession:
    return allow(active, admit_specialists=True)


def test_the_lead_sees_from_where_they_come_and_admits_or_turns_away(
    admitting: SupportSession, bob: User, client_of: Callable[[User], Client]
) -> None:
    issued, console = invite(admitting), client_of(bob)
    sam, kim = Client(REMOTE_ADDR="192.0.2.77"), Client(REMOTE_ADDR="2001:db8:1:2::9")
    sam.post("/", {"code": "111111111"})
    press_continue(sam, issued, "Sam")
    press_continue(kim, issued, "Kim")
    url = f"/api/v1/sessions/{admitting.public_id}/specialists/"

    first, second = console.get(f"{url}waiting/").json()
    admitted = console.post(f"{url}{first['id']}/admit/")
    turned_away = console.post(f"{url}{second['id']}/turn-away/")

    assert (first["name"], first["address"], first["network"]) == ("Sam", "192.0.2.77", "192.0.0.0/16")
    assert (first["wrong_codes"], second["wrong_codes"]) == (1, 0)
    assert second["network"] == "2001:db8::/32"
    assert (admitted.status_code, turned_away.status_code) == (200, 200)
    assert inside(admitting) == ["Sam"]
    assert sam.post(f"{room(admitting)}knock/").json()["state"] == "inside"
    assert kim.post(f"{room(admitting)}knock/").json()["state"] == "out"
    assert "did not let you in" in kim.get(room(admitting)).text
    assert "did not let you in" in refusal(kim, issued)
    assert set(Arrival.objects.values_list("address", flat=True)) == {""}


def test_nobody_gets_in_by_waiting_alone_and_a_full_room_says_so(
    admitting: SupportSession, bob: User, client_of: Callable[[User], Client]
) -> None:
    issued, console, now = invite(admitting), client_of(bob), timezone.now()
    for number in range(6):
        come(issued, f"Guest {number}")
    people = list(admitting.participants.specialists().order_by("pk"))
    for one in people[:5]:
        specialists.knock(participant=one, now=now)
        assert inside(admitting) == [person.name for person in people[: people.index(one)]]
        specialists.admit(technician=bob, session_id=admitting.public_id, attendee_id=one.public_id, now=now)

    answer = console.post(f"/api/v1/sessions/{admitting.public_id}/specialists/{people[5].public_id}/admit/")

    assert (answer.status_code, answer.json()["code"]) == (409, "specialist_seats_full")
    assert "All 5 places" in answer.json()["message"]


def test_at_most_twenty_wait(admitting: SupportSession) -> None:
    issued = invite(admitting)
    for number in range(20):
        come(issued, f"Guest {number}")

    assert "Too many people are waiting" in press_continue(Client(), issued).text
