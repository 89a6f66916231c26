"""Specialists coming in by each way and under a name; mistakes and hostility each with its own sentence."""

import re
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from invitations import actions
from invitations.models import Arrival, Invitation
from portals.models import Company, Portal, TechnicianGroup, User
from sessions import attendees, endings, guest_cookie, sweeps
from sessions.models import SupportSession
from sessions.states import Status
from tests import factories
from tests.invitations.specialists import allow, inside, invite, press_continue, refusal, room

pytestmark = pytest.mark.django_db


@pytest.fixture
def active(bob: User) -> SupportSession:
    return allow(factories.active_session(bob))


# ---- By each way -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("path", "way"), [("/", "code"), ("portal", "portal")])
def test_the_code_leads_to_the_landing_and_the_name_into_the_room(active: SupportSession, path: str, way: str) -> None:
    issued = invite(active, comment="Look at the router")
    browser = Client()
    address = path if path == "/" else f"/p/{active.portal.slug}/"

    typed = browser.post(address, {"code": issued.secrets.code_display})
    fragment = typed.headers["Location"].partition("#")[2]
    told = browser.post("/join/preview/", {"token": fragment}).json()
    entered = browser.post("/join/continue/", {"token": fragment, "name": "  Sam   Okafor "})

    sam = active.participants.specialists().get()
    assert (told["purpose"], told["right"], told["comment"]) == ("specialist", "View only", "Look at the router")
    assert told["name"] == ""  # the customer's is not for who is not inside
    assert (entered.status_code, entered.headers["Location"]) == (303, room(active))
    assert (sam.name, sam.way_in, sam.slot, sam.is_inside) == ("Sam Okafor", way, 1, True)
    assert (sam.invited_by, sam.grant) == (active.lead, "view_only")
    assert "Session with Dora" in browser.get(room(active)).text


@pytest.mark.parametrize("way", ["link", "mail", "qr"])
def test_a_link_says_how_it_came(active: SupportSession, way: str) -> None:
    press_continue(Client(), invite(active), way=way)

    assert active.participants.specialists().get().way_in == way


def test_a_mail_scanner_lets_nobody_in(active: SupportSession) -> None:
    issued = invite(active)
    scanner = Client()

    for method in ("GET", "HEAD", "OPTIONS"):
        for path in ("/join/", "/join/continue/", "/join/preview/"):
            scanner.generic(method, path)
    scanner.post("/join/preview/", {"token": issued.secrets.token})

    assert not active.participants.specialists().exists()
    assert not Arrival.objects.exists()


def test_the_same_browser_is_the_same_person_however_often_it_presses(active: SupportSession) -> None:
    issued, browser = invite(active), Client()

    answers = [press_continue(browser, issued, name) for name in ("Sam", "Sam", "Kim")]

    assert {answer.headers["Location"] for answer in answers} == {room(active)}
    assert inside(active) == ["Sam"]


def test_a_link_that_was_passed_on_lets_the_second_browser_in_as_somebody_else(active: SupportSession) -> None:
    issued = invite(active)

    press_continue(Client(), issued, "Sam")
    press_continue(Client(), issued, "SAM")

    assert inside(active) == ["Sam", "SAM (2)"]


# ---- Names -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "sentence"),
    [
        ("", "Write your name"),
        (" \u200b ", "Write your name"),
        ("x" * 129, "too long: 128"),
        ("<b>Sam</b>", "without markup"),
        ("Sam\x07", "cannot be shown"),
        ("bob", "Write your own name"),
        ("ＢＯＢ", "Write your own name"),
        ("Dora", "Write your own name"),
    ],
)
def test_a_name_that_cannot_be_has_its_own_sentence(active: SupportSession, name: str, sentence: str) -> None:
    issued, browser = invite(active), Client()

    answer = press_continue(browser, issued, name)

    assert answer.status_code == 400
    assert sentence in answer.text
    assert not active.participants.specialists().exists()
    assert press_continue(browser, issued, "Sam").status_code == 303


def test_a_name_of_128_characters_keeps_its_number_when_two_have_it(active: SupportSession) -> None:
    issued = invite(active)

    for _each in range(2):
        press_continue(Client(), issued, "x" * 128)

    first, second = inside(active)
    assert (len(first), len(second), second[-4:]) == (128, 128, " (2)")


# ---- Refused -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("code", "sentence"),
    [("12345678", "This code is not valid"), ("123456789", "This code is not valid"), ("1234567", "this one has 7")],
)
def test_a_wrong_code_of_each_length_is_told(active: SupportSession, code: str, sentence: str) -> None:
    invite(active)

    assert sentence in Client().post("/", {"code": code}).text


def test_cancelled_or_ended_it_says_so_for_code_and_link(active: SupportSession, bob: User) -> None:
    issued = invite(active)
    endings.end_session(technician=bob, session_id=active.public_id, now=timezone.now())

    assert "cancelled" in refusal(Client(), issued)
    assert "cancelled" in Client().post("/", {"code": issued.secrets.code}).text


@pytest.mark.parametrize(
    ("model", "switch"),
    [
        (Company, "specialists_enabled"),
        (Portal, "specialists_enabled"),
        (TechnicianGroup, "invite_specialists"),
    ],
)
def test_turned_off_in_mid_session_it_lets_nobody_in_and_puts_those_inside_out(
    active: SupportSession, model: Any, switch: str
) -> None:
    issued = invite(active)
    sam = Client()
    press_continue(sam, issued)

    model.objects.update(**{switch: False})
    newcomer = refusal(Client(), issued)
    sweeps.withdraw_rights(now=timezone.now())

    invitation = Invitation.objects.get(pk=issued.invitation.pk)
    assert "not let in at the moment" in newcomer
    assert inside(active) == []
    assert invitation.cancelled_at is not None
    assert "not let in any more" in sam.get(room(active)).text


def test_on_hold_newcomers_are_told_to_wait(active: SupportSession) -> None:
    issued = invite(active)
    SupportSession.objects.filter(pk=active.pk).update(status=Status.ON_HOLD)

    assert "not running at the moment" in refusal(Client(), issued)


def test_the_customer_s_own_browser_does_not_become_a_specialist(bob: User) -> None:
    dora, cookie = factories.customer_on_the_way(bob)
    factories.session_actions.accept_terms(participant=dora, version=1, now=timezone.now())
    public_id = dora.support_session.public_id
    factories.session_actions.start_session(technician=bob, session_id=public_id, now=timezone.now())
    issued = invite(allow(SupportSession.objects.get(public_id=public_id)))
    browser = Client()
    browser.cookies[guest_cookie.cookie_name(public_id)] = cookie

    assert "as the customer already" in refusal(browser, issued)


def test_who_was_removed_stays_out_also_with_a_new_invitation(active: SupportSession, bob: User) -> None:
    issued, browser = invite(active), Client()
    press_continue(browser, issued)
    sam = active.participants.specialists().get()

    attendees.remove_attendee(
        technician=bob, session_id=active.public_id, attendee_id=sam.public_id, now=timezone.now()
    )

    assert "You were removed" in refusal(browser, issued)
    assert "removed you" in browser.get(room(active)).text
    cancel(active, bob, issued)
    assert "You were removed" in refusal(browser, invite(active))
    [left] = active.timeline.filter(kind="attendee.left")
    assert (left.data["why"], left.author_name) == ("removed", "Bob")


def cancel(active: SupportSession, bob: User, issued: Any) -> None:
    fresh = User.objects.get(pk=bob.pk)
    actions.cancel(technician=fresh, invitation_id=issued.invitation.public_id, now=timezone.now())


def test_who_has_left_comes_back_by_a_new_invitation_only(active: SupportSession, bob: User) -> None:
    issued, browser = invite(active), Client()
    press_continue(browser, issued)

    browser.post(f"{room(active)}leave/")

    assert last_page(browser, active) == ("You have left the session", "")
    assert "You have left" in refusal(browser, issued)
    cancel(active, bob, issued)
    assert press_continue(browser, invite(active)).status_code == 303
    assert len(inside(active)) == 1


# ---- The last page ---------------------------------------------------------------------------------


def last_page(browser: Client, active: SupportSession) -> tuple[str, str]:
    """What the specialist's page has as heading, and the mood that its sentence has."""
    page = browser.get(room(active)).text
    [heading] = re.findall(r"<h1>(.*)</h1>", page)
    [mood] = re.findall(r'class="banner ?([^"]*)"', page)
    assert f"<title>{heading} · {active.company.name}</title>" in page
    return heading, mood


def test_the_end_is_told_as_what_it_is(active: SupportSession, bob: User) -> None:
    browser = Client()
    press_continue(browser, invite(active))

    endings.end_session(technician=bob, session_id=active.public_id, now=timezone.now())

    assert last_page(browser, active) == ("The session has ended", "")
    assert "Nothing is shared any more." in browser.get(room(active)).text


def test_removed_stays_removed_after_the_end(active: SupportSession, bob: User) -> None:
    browser = Client()
    press_continue(browser, invite(active))
    sam = active.participants.specialists().get()
    attendees.remove_attendee(
        technician=bob, session_id=active.public_id, attendee_id=sam.public_id, now=timezone.now()
    )

    endings.end_session(technician=bob, session_id=active.public_id, now=timezone.now())

    assert last_page(browser, active) == ("You are not in the session", "banner--warn")
    assert "Bob removed you" in browser.get(room(active)).text
