"""Inviting external specialists: both switches, one invitation for all, its ways in, its mails, its end."""

from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client

from invitations import tasks
from invitations.models import Delivery, Invitation
from portals.models import Company, Portal, TechnicianGroup, User
from sessions.models import SupportSession
from tests import factories
from tests.invitations.specialists import allow, come, invite


@pytest.fixture
def active(bob: User) -> SupportSession:
    return allow(factories.active_session(bob))


@pytest.fixture
def console(bob: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(bob)


def url(support_session: SupportSession, rest: str = "") -> str:
    return f"/api/v1/sessions/{support_session.public_id}/specialists/{rest}"


def ask(console: Client, active: SupportSession, **fields: Any) -> Any:
    return console.post(url(active), {"right": "view_only"} | fields, content_type="application/json")


def test_the_invitation_has_a_code_of_nine_digits_a_link_and_everything_the_dialog_shows(
    console: Client, active: SupportSession
) -> None:
    answer = ask(console, active, comment="Please look at the router.")

    body = answer.json()
    invitation = body["invitation"]
    assert answer.status_code == 201
    assert len(invitation["code"]) == 9
    assert invitation["code_display"].replace(" ", "") == invitation["code"]
    assert invitation["link"].startswith(f"{settings.ORIGINS[0]}/join/#")
    assert invitation["portal"] == {
        "address": f"{settings.ORIGINS[0]}/p/{active.portal.slug}/",
        "why_not": "",
    }
    assert invitation["join_page"] == f"{settings.ORIGINS[0]}/"
    assert invitation["qr"].startswith("data:image/svg+xml")
    assert (invitation["right_label"], invitation["comment"]) == ("View only", "Please look at the router.")
    assert (body["inside"], body["limit"], invitation["joined"]) == (0, 5, [])
    assert "no keyboard or mouse" in body["why_not_control"]


def test_opened_again_it_is_the_same_and_says_who_has_come(console: Client, active: SupportSession) -> None:
    first = ask(console, active).json()["invitation"]
    come(invite(active), "Sam", way="mail")

    again, looked = ask(console, active).json(), console.get(url(active)).json()

    assert again == looked
    assert (again["invitation"]["id"], again["invitation"]["code"]) == (first["id"], first["code"])
    assert [(one["name"], one["way"]) for one in again["invitation"]["joined"]] == [("Sam", "link in a mail")]
    assert Invitation.objects.filter(support_session=active, purpose="specialist").count() == 1


@pytest.mark.parametrize(
    ("model", "switch", "sentence"),
    [
        (Company, "specialists_enabled", "off for your company"),
        (Portal, "specialists_enabled", "off for this portal"),
        (TechnicianGroup, "invite_specialists", "off for your group"),
    ],
)
def test_each_missing_switch_is_named_and_refused(
    console: Client, active: SupportSession, model: Any, switch: str, sentence: str
) -> None:
    model.objects.update(**{switch: False})

    refused, looked = ask(console, active), console.get(url(active))

    assert (refused.status_code, looked.status_code) == (403, 403)
    assert sentence in refused.json()["message"]
    assert not Invitation.objects.filter(purpose="specialist").exists()


def test_control_is_given_only_where_there_is_a_keyboard_and_the_portal_lets_it(
    console: Client, active: SupportSession
) -> None:
    assert ask(console, active, right="control").status_code == 403
    SupportSession.objects.filter(pk=active.pk).update(kind="screen")
    refused = ask(console, active, right="control")
    assert (refused.status_code, "view only" in refused.json()["message"]) == (403, True)
    allow(active, control=True)

    assert ask(console, active, right="control").json()["invitation"]["right"] == "control"


def test_a_session_that_does_not_run_has_no_invitation(console: Client, bob: User) -> None:
    waiting = allow(factories.waiting_session(bob))

    answer = ask(console, waiting)

    assert answer.status_code == 403  # Bob comes in with the Start


def test_a_company_with_web_portals_only_is_told_why_the_portal_is_missing(
    console: Client, active: SupportSession
) -> None:
    Portal.objects.update(mode=Portal.Mode.WEB)

    portal = ask(console, active).json()["invitation"]["portal"]

    assert portal["address"] == ""
    assert "take no code" in portal["why_not"]


# ---- Mails -----------------------------------------------------------------------------------------


def test_the_mail_for_one_s_own_program_holds_join_url_support_key_and_rights(
    console: Client, active: SupportSession
) -> None:
    invitation = ask(console, active, comment="The blue cable").json()["invitation"]

    text = unquote(invitation["mailto"])

    assert text.startswith("mailto:?subject=")
    assert f"Join URL: {invitation['link']}.m" in text
    assert f"Support Key: {invitation['code_display']}" in text
    assert "Access rights: View only" in text
    assert "The blue cable" in text
    assert "Dora" not in text  # nothing of the customer before the specialist is inside


def test_the_server_sends_it_and_says_how_it_went(console: Client, active: SupportSession) -> None:
    invitation = ask(console, active).json()["invitation"]

    sent = console.post(
        f"/api/v1/invitations/{invitation['id']}/mail/", {"to": "sam@maker.example"}, content_type="application/json"
    )
    tasks.send_due_deliveries()

    assert sent.status_code == 201
    [received] = mail.outbox
    assert received.to == ["sam@maker.example"]
    assert invitation["code_display"] in str(received.body)
    assert f"{invitation['link']}.m" in str(received.alternatives[0][0])  # type: ignore[attr-defined]
    assert console.get(url(active)).json()["invitation"]["mails"][0]["state"] == "sent"


@pytest.mark.parametrize(
    ("approved", "to", "sentence"),
    [
        ("maker.example\nana@example.com", "sam@other.example", "approved addresses only"),
        ("maker.example", "sam@sub.maker.example", "approved addresses only"),
        ("", "", "Write the address"),
        ("", "nobody", "not complete"),
        ("", "a@b.example, c@d.example", "one address only"),
    ],
)
def test_an_address_that_is_not_approved_or_none_is_told(
    console: Client, active: SupportSession, approved: str, to: str, sentence: str
) -> None:
    Company.objects.update(specialist_mails_to=approved)
    invitation = ask(console, active).json()["invitation"]

    answer = console.post(f"/api/v1/invitations/{invitation['id']}/mail/", {"to": to}, content_type="application/json")

    assert answer.status_code == 400
    assert sentence in answer.json()["errors"]["to"]
    assert not Delivery.objects.exists()


@pytest.mark.parametrize("to", ["sam@maker.example", "SAM@Maker.Example", "ana@example.com"])
def test_an_approved_address_or_domain_is_mailed(console: Client, active: SupportSession, to: str) -> None:
    Company.objects.update(specialist_mails_to="@maker.example\r\n Ana@Example.com \r\n")
    invitation = ask(console, active).json()["invitation"]

    answer = console.post(f"/api/v1/invitations/{invitation['id']}/mail/", {"to": to}, content_type="application/json")

    assert answer.status_code == 201


# ---- Cancelling --------------------------------------------------------------------------------------


def test_cancelled_it_stops_newcomers_and_those_inside_stay(console: Client, active: SupportSession) -> None:
    issued = invite(active)
    sam, _cookie = come(issued)

    answer = console.post(f"/api/v1/invitations/{issued.invitation.public_id}/cancel/")

    sam.refresh_from_db()
    typed = Client().post("/", {"code": issued.secrets.code})
    assert answer.status_code == 200
    assert sam.is_inside
    assert "cancelled by the technician" in typed.text
    assert console.get(url(active)).json()["invitation"] is None
    assert SupportSession.objects.get(pk=active.pk).is_active


def test_after_it_was_cancelled_a_new_one_has_another_code(console: Client, active: SupportSession) -> None:
    first = invite(active)
    console.post(f"/api/v1/invitations/{first.invitation.public_id}/cancel/")

    second = ask(console, active).json()["invitation"]

    assert second["code"] != first.secrets.code


def test_at_the_end_of_the_session_it_is_dead_and_its_secrets_are_gone(console: Client, active: SupportSession) -> None:
    issued = invite(active, comment="secret")
    come(issued)

    console.post(f"/api/v1/sessions/{active.public_id}/end/", {}, content_type="application/json")

    issued.invitation.refresh_from_db()
    specialists = active.participants.specialists()
    assert (issued.invitation.sealed, issued.invitation.comment) == ("", "")
    assert issued.invitation.cancelled_at is not None
    assert not specialists.filter(left_at=None).exists()
    [left] = active.timeline.filter(kind="attendee.left", data__attendee__name="Sam")
    assert left.data["why"] == "ended"


def test_a_stranger_and_a_colleague_outside_find_nothing(
    active: SupportSession, client_of: Callable[[User], Client], bob: User
) -> None:
    issued = invite(active)
    tom, charlie = factories.technician("Tom", of=bob.company), factories.technician("Charlie")

    for other in (tom, charlie):
        outside = client_of(other)
        assert outside.get(url(active)).status_code == 404
        assert ask(outside, active).status_code == 404
        assert outside.post(f"/api/v1/invitations/{issued.invitation.public_id}/cancel/").status_code == 404
