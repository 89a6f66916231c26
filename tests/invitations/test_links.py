"""A link: opening it never spends it, Continue spends it for one browser, and each end has its own words."""

from collections.abc import Callable
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from invitations import actions
from invitations.actions import Created
from invitations.errors import LinkUsed
from invitations.models import Invitation
from portals.models import AuditEvent, User
from sessions import endings
from sessions.models import Participant, SupportSession
from sessions.states import Status
from tests import factories
from tests.invitations.at_once import at_once
from tests.invitations.conftest import Clock

pytestmark = pytest.mark.django_db


def preview(browser: Client, token: str) -> Any:
    return browser.post("/join/preview/", {"token": token})


def press_continue(browser: Client, token: str) -> Any:
    return browser.post("/join/continue/", {"token": token})


def room_of(created: Created) -> str:
    return f"/lens/{created.support_session.public_id}/"


def is_open(created: Created) -> bool:
    invitation = Invitation.objects.select_related("support_session").get(pk=created.invitation.pk)
    return invitation.is_open(timezone.now())


@pytest.mark.parametrize("method", ["get", "head"])
def test_opening_it_ten_times_leaves_it_good(dora: Client, bob: User, method: str) -> None:
    created = factories.invited(bob)

    for _time in range(10):
        response = getattr(dora, method)("/join/", {"token": created.secrets.token})
        assert response.status_code == 200

    assert is_open(created)
    assert press_continue(dora, created.secrets.token).status_code == 303


@pytest.mark.parametrize("path", ["/join/preview/", "/join/continue/", "/join/refuse/"])
@pytest.mark.parametrize("method", ["get", "head"])
def test_what_a_scanner_may_follow_changes_nothing(dora: Client, bob: User, path: str, method: str) -> None:
    created = factories.invited(bob)

    response = getattr(dora, method)(path, {"token": created.secrets.token})

    assert response.status_code == 405
    assert is_open(created)


def test_looking_at_who_invites_spends_nothing(dora: Client, bob: User) -> None:
    created = factories.invited(bob)
    before = Invitation.objects.values().get()

    for _time in range(10):
        assert preview(dora, created.secrets.token).status_code == 200

    assert Invitation.objects.values().get() == before
    assert not Participant.objects.filter(role="customer").exists()


def test_before_continue_it_tells_who_invites_and_nothing_more(dora: Client, bob: User) -> None:
    created = factories.invited(bob)

    body = preview(dora, created.secrets.token).json()

    assert bob.company is not None
    assert body == {
        "purpose": "customer",
        "company": bob.company.name,
        "technician": "Bob",
        "name": "Dora",
        "kind": "lens",
        "right": "",
        "comment": "",
        "room": None,
    }


def test_the_landing_says_what_will_be_seen_and_warns_of_fraud(dora: Client) -> None:
    page = dora.get("/join/").text

    assert "Will be seen and heard" in page
    assert "Will not be seen" in page
    assert "No bank, police or shop asks for this." in page
    assert "I did not ask for this" in page


def test_nothing_is_sent_without_a_press_of_a_button(dora: Client) -> None:
    page = dora.get("/join/").text

    assert '<button class="btn btn--primary btn--block" type="submit">Continue</button>' in page
    assert "onload" not in page and 'http-equiv="refresh"' not in page


def test_continue_spends_it_and_leads_to_the_room(dora: Client, bob: User) -> None:
    created = factories.invited(bob)

    response = press_continue(dora, created.secrets.token)

    assert response.status_code == 303
    assert response.headers["Location"] == room_of(created)
    invitation = Invitation.objects.get()
    assert invitation.redeemed_at is not None
    assert dora.get(room_of(created)).status_code == 200


def test_continue_binds_the_browser_by_a_cookie_that_no_script_reads(dora: Client, bob: User) -> None:
    created = factories.invited(bob)

    cookies = press_continue(dora, created.secrets.token).cookies

    (cookie,) = [found for name, found in cookies.items() if "guest-" in name]
    assert cookie["httponly"] and cookie["samesite"] == "Lax" and cookie["path"] == "/"
    customer = Participant.objects.get(role="customer")
    assert cookie.value not in (customer.token_digest, created.secrets.token)


def test_the_cookie_opens_no_other_session(dora: Client, bob: User) -> None:
    mine, other = factories.invited(bob), factories.invited(bob, name="Eve")
    press_continue(dora, mine.secrets.token)

    assert dora.get(room_of(other)).status_code == 404


def test_after_continue_the_customer_is_on_the_way_and_not_yet_listed(dora: Client, bob: User) -> None:
    created = factories.invited(bob)

    press_continue(dora, created.secrets.token)

    support_session = SupportSession.objects.get(pk=created.support_session.pk)
    assert support_session.status == Status.CONNECTING
    assert not support_session.participants.inside().exists()
    assert not SupportSession.objects.listed().exists()


def test_accepting_the_terms_is_audited_with_their_version(dora: Client, bob: User) -> None:
    created = factories.invited(bob)
    press_continue(dora, created.secrets.token)

    response = dora.post(f"/s/{created.support_session.public_id}/accept/", {"terms_version": "1"})

    assert response.json() == {"status": "waiting"}
    event = AuditEvent.objects.get(verb="terms.accepted")
    assert (event.actor_name, event.changes) == ("Dora", {"version": 1})


def test_a_second_browser_after_continue_is_told(dora: Client, bob: User) -> None:
    created = factories.invited(bob)
    press_continue(dora, created.secrets.token)
    other = Client()

    seen, pressed = preview(other, created.secrets.token), press_continue(other, created.secrets.token)

    assert seen.status_code == 409
    assert seen.json()["code"] == "link_used"
    assert seen.json()["message"].startswith("This link has already been used on another device or browser.")
    assert pressed.status_code == 409
    assert "This link has already been used on another device or browser." in pressed.text
    assert other.get(room_of(created)).status_code == 404


def test_the_same_browser_comes_back_to_its_room(dora: Client, bob: User) -> None:
    created = factories.invited(bob)
    press_continue(dora, created.secrets.token)

    assert preview(dora, created.secrets.token).json()["room"] == room_of(created)
    again = press_continue(dora, created.secrets.token)
    assert again.status_code in {302, 303}
    assert again.headers["Location"] == room_of(created)
    assert Participant.objects.filter(role="customer").count() == 1


def test_the_same_browser_comes_back_after_the_code_would_have_expired(dora: Client, bob: User, clock: Clock) -> None:
    created = factories.invited(bob)
    press_continue(dora, created.secrets.token)

    clock.forward(minutes=20)

    assert preview(dora, created.secrets.token).json()["room"] == room_of(created)


@pytest.mark.django_db(transaction=True)
def test_of_eight_browsers_at_once_one_gets_in(bob: User) -> None:
    token = factories.invited(bob).secrets.token

    outcomes = at_once([lambda: actions.redeem(token=token, language="en", now=timezone.now())] * 8)

    refused = [outcome for outcome in outcomes if isinstance(outcome, LinkUsed)]
    assert len(refused) == 7
    assert Participant.objects.filter(role="customer").count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_two_presses_at_once_one_page_leads_in_and_the_other_says_why_not(bob: User) -> None:
    created = factories.invited(bob)

    responses = at_once([lambda: press_continue(Client(), created.secrets.token)] * 2)

    assert sorted(response.status_code for response in responses) == [303, 409]


@pytest.mark.django_db(transaction=True)
def test_of_continue_and_cancel_at_once_exactly_one_holds(bob: User) -> None:
    created = factories.invited(bob)
    invitation, support_session = created.invitation, created.support_session

    at_once(
        [
            lambda: actions.redeem(token=created.secrets.token, language="en", now=timezone.now()),
            lambda: actions.cancel(technician=bob, invitation_id=invitation.public_id, now=timezone.now()),
        ]
    )

    invitation.refresh_from_db()
    support_session.refresh_from_db()
    assert (invitation.redeemed_at is None) != (invitation.cancelled_at is None)
    assert support_session.is_ended  # a customer on the way is turned back, one not yet there too


def _cancel(bob: User, created: Created) -> None:
    actions.cancel(technician=bob, invitation_id=created.invitation.public_id, now=timezone.now())


def _refuse(bob: User, created: Created) -> None:
    actions.refuse(token=created.secrets.token, now=timezone.now())


def _expire(bob: User, created: Created) -> None:
    factories.expired(created.invitation)


def _end(bob: User, created: Created) -> None:
    endings.end_session(technician=bob, session_id=created.support_session.public_id, now=timezone.now())


ENDS: dict[str, tuple[Callable[[User, Created], None], str, str]] = {
    "cancelled": (_cancel, "link_cancelled", "This link was cancelled by the technician."),
    "refused": (_refuse, "link_ended", "The session of this link has ended."),
    "expired": (_expire, "link_expired", "This link has expired."),
    "session ended": (_end, "link_ended", "The session of this link has ended."),
}


@pytest.mark.parametrize("how", ENDS)
def test_a_link_that_has_ended_says_so_in_its_own_words(dora: Client, bob: User, how: str) -> None:
    end, code, sentence = ENDS[how]
    created = factories.invited(bob)
    end(bob, created)

    seen, pressed = preview(dora, created.secrets.token), press_continue(dora, created.secrets.token)

    assert seen.status_code == 409
    assert seen.json()["code"] == code
    assert seen.json()["message"].startswith(sentence)
    assert pressed.status_code == 409
    assert sentence in pressed.text
    assert not Participant.objects.filter(role="customer").exists()


@pytest.mark.parametrize("token", ["", "x", "A" * 43, "A" * 5000, "é\u2028<b>"])
def test_a_token_that_never_was_is_not_valid(dora: Client, token: str) -> None:
    seen, pressed = preview(dora, token), press_continue(dora, token)

    assert (seen.status_code, seen.json()["code"]) == (409, "link_not_valid")
    assert pressed.status_code == 409
    assert "This link is not valid." in pressed.text


def test_a_token_of_another_case_is_not_valid(dora: Client, bob: User) -> None:
    token = factories.invited(bob).secrets.token

    assert preview(dora, token.swapcase()).json()["code"] == "link_not_valid"


def test_the_way_in_is_audited(dora: Client, bob: User) -> None:
    created = factories.invited(bob)

    press_continue(dora, created.secrets.token)

    event = AuditEvent.objects.get(verb="invitation.redeemed")
    assert (event.actor_kind, event.actor_name, event.company) == ("participant", "Dora", bob.company)


@pytest.mark.parametrize("path", ["/join/preview/", "/join/continue/", "/join/refuse/"])
def test_another_sites_form_is_refused(bob: User, path: str) -> None:
    created = factories.invited(bob)
    careful = Client(enforce_csrf_checks=True)

    response = careful.post(path, {"token": created.secrets.token})

    assert response.status_code == 403
    assert is_open(created)
