"""Specialists coming in: by each way, under a name, five at most; mistakes and hostility each with its own sentence."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from invitations import actions, specialists, tasks
from invitations.models import Arrival, Invitation
from portals.models import Company, Portal, TechnicianGroup, User
from sessions import attendees, endings, guest_cookie, steps, sweeps
from sessions.models import Participant, SupportSession
from sessions.states import Status
from tests import factories
from tests.invitations.specialists import allow, come, invite, press_continue

pytestmark = pytest.mark.django_db


@pytest.fixture
def active(bob: User) -> SupportSession:
    return allow(factories.active_session(bob))


def room(support_session: SupportSession) -> str:
    return f"/specialist/{support_session.public_id}/"


def inside(support_session: SupportSession) -> list[str]:
    found = support_session.participants.specialists().inside()
    return list(found.order_by("slot").values_list("name", flat=True))


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


def refusal(browser: Client, issued: Any) -> str:
    """What both the landing and the button say."""
    told = browser.post("/join/preview/", {"token": issued.secrets.token})
    pressed = press_continue(browser, issued)
    assert (told.status_code, pressed.status_code) == (409, 409)
    assert told.json()["message"] in pressed.text
    return str(told.json()["message"])


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

    assert "You have left" in browser.get(room(active)).text
    assert "You have left" in refusal(browser, issued)
    cancel(active, bob, issued)
    assert press_continue(browser, invite(active)).status_code == 303
    assert len(inside(active)) == 1


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


# ---- The last technician (S-08) ------------------------------------------------------------------------


def test_when_the_last_technician_leaves_specialists_are_out_and_the_link_is_dead(
    active: SupportSession, bob: User
) -> None:
    issued, browser = invite(active), Client()
    press_continue(browser, issued)
    lead, fresh = active.participants.get(user=bob), SupportSession.objects.get(pk=active.pk)

    steps.put_out(fresh, lead, now=timezone.now())

    assert inside(active) == []
    assert "cancelled" in refusal(Client(), issued)
    assert "last technician has left" in browser.get(room(active)).text


def test_a_transfer_to_another_technician_leaves_specialists_inside(active: SupportSession, bob: User) -> None:
    tom = factories.user(active.company, "Tom", has_seat=True, technician_group=bob.technician_group)
    come(invite(active))
    SupportSession.objects.filter(pk=active.pk).update(status=Status.TRANSFERRING, transfer_user=tom)

    factories.session_actions.start_session(technician=tom, session_id=active.public_id, now=timezone.now())

    assert inside(active) == ["Sam"]


def test_pages_of_a_specialist_are_nobody_else_s(active: SupportSession, bob: User) -> None:
    come(invite(active))

    for method, path in (("get", ""), ("post", "knock/"), ("post", "leave/")):
        assert getattr(Client(), method)(f"{room(active)}{path}").status_code == 404


# ---- Rights ------------------------------------------------------------------------------------------


def test_the_lead_lowers_and_restores_within_what_the_portal_allows(
    active: SupportSession, bob: User, client_of: Callable[[User], Client]
) -> None:
    SupportSession.objects.filter(pk=active.pk).update(kind="screen")
    active = allow(active, control=True)
    come(invite(active, right="control"))
    sam, console = active.participants.specialists().get(), client_of(bob)
    url = f"/api/v1/sessions/{active.public_id}/attendees/{sam.public_id}/right/"

    def put(right: str) -> Any:
        return console.put(url, {"right": right}, content_type="application/json")

    lowered, restored = put("view_only"), put("control")
    allow(active, control=False)
    put("view_only")
    refused, nonsense = put("control"), put("everything")

    assert [answer.status_code for answer in (lowered, restored, refused, nonsense)] == [200, 200, 403, 400]
    assert "view only" in refused.json()["message"]
    sam.refresh_from_db()
    assert sam.grant == "view_only"
    changes = active.timeline.filter(kind="right.changed").order_by("seq")
    assert [(one.data["before"], one.data["right"]) for one in changes] == [
        ("control", "view_only"),
        ("view_only", "control"),
        ("control", "view_only"),
    ]


def test_all_specialists_go_at_once(active: SupportSession, bob: User, client_of: Callable[[User], Client]) -> None:
    issued = invite(active)
    for name in ("Sam", "Kim", "Leo"):
        come(issued, name)

    answer = client_of(bob).post(f"/api/v1/sessions/{active.public_id}/specialists/remove/")

    assert answer.json() == {"count": 3}
    assert inside(active) == []
    assert active.participants.inside().count() == 2


@pytest.mark.parametrize("whom", ["customer", "lead"])
def test_customer_and_lead_cannot_be_removed(
    active: SupportSession, bob: User, client_of: Callable[[User], Client], whom: str
) -> None:
    person = factories.customer_of(active) if whom == "customer" else active.participants.get(user=bob)

    answer = client_of(bob).post(f"/api/v1/sessions/{active.public_id}/attendees/{person.public_id}/remove/")

    assert (answer.status_code, answer.json()["code"]) == (409, "cannot_remove")


def test_an_agent_who_does_not_lead_neither_removes_nor_grants_nor_admits(
    active: SupportSession, bob: User, client_of: Callable[[User], Client]
) -> None:
    tom = factories.user(active.company, "Tom", has_seat=True, technician_group=bob.technician_group)
    steps.let_in(active, steps.attend(active, tom), now=timezone.now())
    come(invite(active))
    sam, console = active.participants.specialists().get(), client_of(tom)
    base = f"/api/v1/sessions/{active.public_id}"

    answers = [
        console.post(f"{base}/attendees/{sam.public_id}/remove/"),
        console.put(
            f"{base}/attendees/{sam.public_id}/right/", {"right": "view_only"}, content_type="application/json"
        ),
        console.post(f"{base}/specialists/remove/"),
        console.post(f"{base}/specialists/{sam.public_id}/admit/"),
        console.get(f"{base}/specialists/waiting/"),
    ]

    assert [answer.status_code for answer in answers] == [403] * 5
    assert inside(active) == ["Sam"]


# ---- The record ------------------------------------------------------------------------------------------


def test_the_record_tells_name_way_inviter_rights_over_time_in_and_out(
    active: SupportSession, bob: User, client_of: Callable[[User], Client]
) -> None:
    SupportSession.objects.filter(pk=active.pk).update(kind="screen")
    active = allow(active, control=True)
    come(invite(active, right="control", comment="Router"), "Sam", way="mail")
    sam, console, now = active.participants.specialists().get(), client_of(bob), timezone.now()
    attendees.change_right(
        technician=bob, session_id=active.public_id, attendee_id=sam.public_id, right="view_only", now=now
    )
    later = now + timedelta(minutes=5)
    attendees.remove_attendee(technician=bob, session_id=active.public_id, attendee_id=sam.public_id, now=later)

    page = console.get(f"/console/history/{active.public_id}/").text
    told = console.get(f"/api/v1/sessions/{active.public_id}/").json()
    csv = b"".join(console.get("/console/history/sessions.csv").streaming_content).decode()

    for text in ("Way in: link in a mail, invited by Bob", "Control keyboard and mouse, since", "View only, since"):
        assert text in page
    assert "Bob invited external specialists" in page
    assert "Removed by Bob" in page
    [person] = [one for one in told["attendees"] if one["role"] == "specialist"]
    assert (person["name"], person["way_in"], person["invited_by"]) == ("Sam", "link in a mail", "Bob")
    assert [one["right"] for one in person["rights"]] == ["Control keyboard and mouse", "View only"]
    assert person["removed"]
    assert "Sam (link in a mail, invited by Bob)" in csv
