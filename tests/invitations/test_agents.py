"""Agents by code and link: one of each for a session, for technicians of any company, and eight inside at most."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from invitations.actions import cancel
from invitations.agent_invitations import Issued, invite_agents, join_by_code, join_by_invitation
from invitations.errors import AgentsOff, CodeCancelled, CodeEnded, CodeNotValid, LinkCancelled
from portals.errors import DomainError, NotAllowed
from portals.models import Company, TechnicianGroup, User
from sessions.agents import MAX_TECHNICIANS
from sessions.attendees import remove_attendee
from sessions.endings import end_session, leave_as_technician
from sessions.errors import NotStarted, RoomFull, WasRemoved
from sessions.models import Participant, SupportSession
from tests import factories
from tests.sessions.rows import attendee

NOW = timezone.now


@pytest.fixture
def active(bob: User) -> SupportSession:
    return factories.active_session(bob)


@pytest.fixture
def tom(bob: User) -> User:
    return factories.technician("Tom", of=bob.company)


def invited(active: SupportSession, by: User) -> Issued:
    return invite_agents(technician=by, session_id=active.public_id, now=NOW())


def by_code(user: User, code: str) -> Participant:
    return join_by_code(technician=user, code=code, address="192.0.2.1", now=NOW())


def by_link(user: User, issued: Issued) -> Participant:
    return join_by_invitation(technician=user, invitation_id=issued.invitation.public_id, way="link", now=NOW())


def inside(active: SupportSession) -> list[str]:
    people = active.participants.inside().filter(role=Participant.Role.TECHNICIAN).order_by("joined_at", "pk")
    return [person.name for person in people]


# ---- The code and the link -----------------------------------------------------------------------


def test_there_is_one_code_of_eight_digits_and_asked_again_it_is_the_same(active: SupportSession, bob: User) -> None:
    first, second = invited(active, bob), invited(active, bob)

    assert re.fullmatch(r"\d{8}", first.secrets.code)
    assert (second.invitation, second.secrets) == (first.invitation, first.secrets)
    line = active.timeline.get(kind="invitation.created", data__purpose="agent")
    assert line.audience == "technicians"
    assert first.secrets.code not in str(line.data)


def test_an_agent_of_the_company_invites_and_a_guest_does_not(
    active: SupportSession, bob: User, tom: User, charlie: User
) -> None:
    attendee(active, tom)
    attendee(active, charlie)

    assert invited(active, tom).invitation.created_by == tom
    with pytest.raises(NotAllowed):
        invited(active, charlie)


def test_a_group_without_the_right_invites_nobody_and_lets_in_nobody(
    active: SupportSession, bob: User, tom: User
) -> None:
    issued = invited(active, bob)
    TechnicianGroup.objects.filter(pk=bob.technician_group_id).update(invite_agents=False)
    bob = User.objects.get(pk=bob.pk)

    with pytest.raises(NotAllowed, match="Inviting agents is off"):
        invited(active, bob)
    with pytest.raises(AgentsOff, match="Bob"):
        by_link(tom, issued)


def test_a_session_that_waits_has_no_agents(bob: User) -> None:
    with pytest.raises((NotStarted, NotAllowed)):
        invited(factories.waiting_session(bob), bob)


@pytest.mark.parametrize("who", ["tom", "charlie"])
def test_a_technician_of_any_company_comes_in_by_code(
    active: SupportSession, bob: User, tom: User, charlie: User, who: str
) -> None:
    code = invited(active, bob).secrets.code

    agent = by_code({"tom": tom, "charlie": charlie}[who], code)

    assert agent.is_inside
    assert (agent.way_in, agent.invited_by) == ("console", bob)
    assert active.timeline.latest("seq").kind == "attendee.joined"


def test_twice_or_on_two_devices_it_is_one_agent(active: SupportSession, bob: User, tom: User) -> None:
    issued = invited(active, bob)
    first = by_link(tom, issued)
    lines = active.timeline.count()

    assert by_link(tom, issued) == by_code(tom, issued.secrets.code) == first
    assert active.timeline.count() == lines
    assert by_link(bob, issued) == active.participants.get(user=bob)  # the lead, who opens the own link


def test_who_has_left_comes_back_and_who_was_removed_only_by_name(active: SupportSession, bob: User, tom: User) -> None:
    issued = invited(active, bob)
    agent = by_link(tom, issued)
    leave_as_technician(technician=tom, session_id=active.public_id, now=NOW())
    assert by_link(tom, issued).is_inside

    remove_attendee(technician=bob, session_id=active.public_id, attendee_id=agent.public_id, now=NOW())
    with pytest.raises(WasRemoved):
        by_link(tom, issued)
    assert inside(active) == ["Bob"]


def test_without_a_seat_it_is_said(active: SupportSession, bob: User) -> None:
    nora = factories.user(bob.company, "Nora")

    with pytest.raises(NotAllowed, match="You need a seat"):
        by_link(nora, invited(active, bob))


@pytest.mark.parametrize(("of", "setting"), [("bob", "guests_may_join"), ("charlie", "technicians_may_be_guests")])
def test_a_guest_is_told_which_company_does_not_allow_it(
    active: SupportSession, bob: User, charlie: User, of: str, setting: str
) -> None:
    issued = invited(active, bob)
    company_id = {"bob": bob, "charlie": charlie}[of].company_id
    Company.objects.filter(pk=company_id).update(**{setting: False})

    with pytest.raises(NotAllowed) as refusal:
        by_link(User.objects.get(pk=charlie.pk), issued)
    assert (str(bob.company) if of == "bob" else "Your company") in str(refusal.value)


def test_a_cancelled_one_lets_in_nobody_and_puts_out_nobody(
    active: SupportSession, bob: User, tom: User, charlie: User
) -> None:
    issued = invited(active, bob)
    by_link(tom, issued)
    cancel(technician=bob, invitation_id=issued.invitation.public_id, now=NOW())

    with pytest.raises(CodeCancelled):
        by_code(charlie, issued.secrets.code)
    with pytest.raises(LinkCancelled):
        by_link(charlie, issued)
    assert inside(active) == ["Bob", "Tom"]
    assert invited(active, bob).secrets.code != issued.secrets.code


def test_wrong_codes_and_those_of_an_ended_session(active: SupportSession, bob: User, tom: User) -> None:
    code = invited(active, bob).secrets.code
    wrong = f"{(int(code) + 1) % 10**8:08d}"
    with pytest.raises(CodeNotValid):
        by_code(tom, wrong)
    end_session(technician=bob, session_id=active.public_id, now=NOW())

    with pytest.raises((CodeEnded, CodeCancelled)):
        by_code(tom, code)


def test_wrong_codes_are_counted_for_the_account_too(active: SupportSession, bob: User, tom: User) -> None:
    code = invited(active, bob).secrets.code
    for number in range(6):
        with pytest.raises(DomainError) as refusal:
            join_by_code(
                technician=tom, code=f"{number:08d}", address=f"192.0.2.{number}", now=NOW() + timedelta(seconds=number)
            )
    assert refusal.value.code == "too_many_guesses"
    with pytest.raises(DomainError):
        by_code(tom, code)


# ---- Eight technicians ---------------------------------------------------------------------------


def test_the_eighth_comes_in_and_the_ninth_does_not(active: SupportSession, bob: User, tom: User) -> None:
    issued = invited(active, bob)
    for number in range(MAX_TECHNICIANS - 2):
        attendee(active, factories.technician(f"Ted {number}", of=bob.company))

    by_link(tom, issued)
    with pytest.raises(RoomFull, match="8 technicians"):
        by_link(factories.technician("Ninth", of=bob.company), issued)
    leave_as_technician(technician=tom, session_id=active.public_id, now=NOW())
    assert by_link(factories.technician("Tenth", of=bob.company), issued).is_inside


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_eight_are_inside(bob: User) -> None:
    active = factories.active_session(bob)
    issued = invited(active, bob)
    crowd = [factories.technician(f"Ted {number}", of=bob.company) for number in range(12)]

    def join(user: User) -> str:
        try:
            by_link(user, issued)
            return "in"
        except RoomFull as error:
            return error.code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as threads:
        outcomes = list(threads.map(join, crowd))

    assert outcomes.count("in") == MAX_TECHNICIANS - 1
    assert outcomes.count("room_full") == len(crowd) - (MAX_TECHNICIANS - 1)
    assert len(inside(active)) == MAX_TECHNICIANS


# ---- Over pages ----------------------------------------------------------------------------------


def press_continue(client: Client, issued: Issued, way: str = "m") -> Any:
    return client.post("/join/continue/", {"token": f"{issued.secrets.token}.{way}"})


def test_who_is_not_signed_in_signs_in_and_lands_in_the_session(
    active: SupportSession, bob: User, charlie: User, client: Client
) -> None:
    issued = invited(active, bob)
    there = press_continue(client, issued)
    assert (there.status_code, there["Location"]) == (303, "/join/agent/")
    assert client.get("/join/agent/")["Location"] == "/accounts/login/?next=/join/agent/"

    signed = client.post("/accounts/login/?next=/join/agent/", {"login": charlie.email, "password": factories.PASSWORD})
    landed = client.get(signed["Location"])

    assert landed["Location"] == f"/console/#session={active.public_id}"
    agent = active.participants.get(user=charlie)
    assert (agent.is_inside, agent.way_in) == (True, "mail")
    assert client.get("/join/agent/")["Location"] == "/console/"  # what Continue asked for is done once


def test_the_page_says_why_somebody_is_not_let_in(
    active: SupportSession, bob: User, charlie: User, client_of: Any
) -> None:
    issued = invited(active, bob)
    nora = factories.user(bob.company, "Nora")
    Company.objects.filter(pk=bob.company_id).update(guests_may_join=False)

    for user, status, sentence in ((nora, 403, "You need a seat"), (charlie, 403, "lets no technicians of other")):
        client = client_of(user)
        press_continue(client, issued)
        page = client.get("/join/agent/")
        assert (page.status_code, sentence in page.content.decode()) == (status, True)
    assert inside(active) == ["Bob"]


def test_looking_at_the_link_lets_in_nobody(active: SupportSession, bob: User, tom: User, client_of: Any) -> None:
    issued = invited(active, bob)
    client = client_of(tom)

    preview = client.post("/join/preview/", {"token": issued.secrets.token})
    client.get("/join/")
    client.get("/join/agent/")

    assert preview.json()["purpose"] == "agent"
    assert "name" not in preview.json() or preview.json()["name"] == ""
    assert inside(active) == ["Bob"]


def test_the_customer_s_browser_gets_no_session_of_technicians(
    active: SupportSession, bob: User, client: Client
) -> None:
    """With the own cookie: it is led to the sign-in as everybody, and stays the customer."""
    from tests.sessions.pages import guest

    issued = invited(active, bob)
    for name, value in guest(factories.customer_of(active)).items():
        client.cookies[name] = value

    assert press_continue(client, issued)["Location"] == "/join/agent/"
    assert client.get("/join/agent/")["Location"].startswith("/accounts/login/")
    assert client.get(f"/s/{active.public_id}/camera/").status_code in {200, 302, 404}
    assert active.participants.count() == 2


# ---- Over the API --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("typed", "sentence"),
    [
        ("", "Enter the session code."),
        ("1234567", "You've not entered enough numbers: the code must be 8 numbers."),
        ("123456", "You've not entered enough numbers: the code must be 8 numbers."),
        ("123456789", "You've entered too many numbers: the code must be 8 numbers."),
        ("1234567a", "The code must be numbers only: 8 of them."),
    ],
)
def test_what_is_no_code_is_said_in_a_sentence(client_of: Any, bob: User, typed: str, sentence: str) -> None:
    answer = client_of(bob).post("/api/v1/join/", {"code": typed}, content_type="application/json")

    assert (answer.status_code, answer.json()["errors"]) == (400, {"code": sentence})


def test_the_dialog_s_code_may_be_grouped(active: SupportSession, bob: User, tom: User, client_of: Any) -> None:
    code = invited(active, bob).secrets.code

    typed = {"code": f" {code[:4]} {code[4:]} "}
    answer = client_of(tom).post("/api/v1/join/", typed, content_type="application/json")

    assert (answer.status_code, answer.json()["session"]) == (200, str(active.public_id))
    unknown = client_of(tom).post("/api/v1/join/", {"code": "00000000"}, content_type="application/json")
    assert unknown.status_code == 409


def test_the_dialog_is_told_all_at_once(active: SupportSession, bob: User, tom: User, client_of: Any) -> None:
    path = f"/api/v1/sessions/{active.public_id}/agents/"
    assert client_of(bob).get(path).json()["invitation"] is None
    made = client_of(bob).post(f"{path}invitation/").json()

    told = client_of(bob).get(path).json()

    assert told["invitation"] == made
    assert made["link"].endswith(".l")
    assert made["code_display"].replace(" ", "") == made["code"]
    assert (told["inside"], told["limit"], told["advised"]) == (1, 8, 4)
    assert [one["name"] for one in told["colleagues"] if one["kind"] == "technician"] == ["Tom"]
    assert client_of(tom).get(path).status_code == 404
