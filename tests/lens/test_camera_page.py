"""The customer's page: who gets it, at which step it begins, and what is written into it."""

import re
from html import unescape
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from portals.models import Company, Terms, User
from sessions.models import Participant, SupportSession
from sessions.states import EndReason, Status
from tests import factories
from tests.sessions.pages import guest
from tests.sessions.rows import session_in

pytestmark = pytest.mark.django_db
NASTY = "<img src=x onerror=alert(1)>\"'&{{7*7}}"


def browser_of(participant: Participant) -> Client:
    client = Client()
    for name, token in guest(participant).items():
        client.cookies[name] = token
    return client


def address(support_session: SupportSession) -> str:
    return f"/lens/{support_session.public_id}/"


def main_of(html: str) -> dict[str, str]:
    """The data attributes of the page's main element."""
    found = re.search(r"<main [^>]*>", html)
    assert found is not None
    return {name: unescape(value) for name, value in re.findall(r'data-([a-z-]+)="([^"]*)"', found.group())}


@pytest.mark.parametrize(
    ("status", "step"),
    [
        (Status.CONNECTING, "permission"),
        (Status.WAITING, "waiting"),
        (Status.ACTIVE, "live"),
        (Status.ON_HOLD, "held"),
        (Status.TRANSFERRING, "waiting"),
    ],
)
def test_the_page_begins_where_the_session_stands(bob: User, status: Status, step: str) -> None:
    support_session = session_in(status, lead=bob)
    dora = Participant.objects.create(support_session=support_session, role="customer", name="Dora")

    answer = browser_of(dora).get(address(support_session))

    assert answer.status_code == 200
    assert main_of(answer.content.decode())["step"] == step


def test_the_page_knows_its_own_addresses_and_the_terms(bob: User) -> None:
    dora, _cookie = factories.customer_on_the_way(bob)
    Terms.objects.create(company=dora.support_session.company, version=2, text="First.\n\nSecond.")
    support_session = dora.support_session

    html = browser_of(dora).get(address(support_session)).content.decode()

    found = main_of(html)
    assert found["terms"] == "2"
    assert found["socket"] == f"/ws/sessions/{support_session.public_id}/?as=guest"
    for verb in ("accept", "decline", "leave", "report"):
        assert found[verb] == f"/s/{support_session.public_id}/{verb}/"
    assert "First." in html
    assert "Second." in html


def test_a_transfer_of_a_started_session_is_seen_live(bob: User) -> None:
    support_session = session_in(Status.TRANSFERRING, lead=bob, started_at=timezone.now())
    dora = Participant.objects.create(support_session=support_session, role="customer", name="Dora")

    html = browser_of(dora).get(address(support_session)).content.decode()

    assert main_of(html)["step"] == "live"


@pytest.mark.parametrize("status", [Status.CLOSED, Status.TIMED_OUT, Status.ABORTED])
def test_an_ended_session_needs_no_camera_and_leads_on(bob: User, status: Status) -> None:
    support_session = session_in(status, lead=bob, end_reason=EndReason.BY_TECHNICIAN)
    dora = Participant.objects.create(support_session=support_session, role="customer", name="Dora")

    answer = browser_of(dora).get(address(support_session))

    assert (answer.status_code, answer.headers["Location"]) == (302, f"/s/{support_session.public_id}/ended/")


def test_before_consent_it_says_who_what_and_warns(bob: User) -> None:
    dora, _cookie = factories.customer_on_the_way(bob)

    html = browser_of(dora).get(address(dora.support_session)).content.decode()

    assert bob.company is not None
    for words in (f"{bob.name} of {bob.company.name}", "Nobody sees your screen", "Did you ask for this help?"):
        assert words in html


def test_in_a_queue_nobody_s_name_is_given_before_somebody_comes(bob: User) -> None:
    support_session = session_in(Status.CONNECTING, lead=bob, via_portal=True)
    SupportSession.objects.filter(pk=support_session.pk).update(lead=None)
    dora = Participant.objects.create(support_session=support_session, role="customer", name="Dora")

    html = browser_of(dora).get(address(support_session)).content.decode()

    assert bob.name not in html
    assert f"The next free technician of {support_session.company.name}" in html


def test_names_and_terms_are_shown_as_text(bob: User) -> None:
    Company.objects.filter(pk=bob.company_id).update(name=NASTY)
    User.objects.filter(pk=bob.pk).update(name=NASTY)
    Terms.objects.create(company=bob.company, version=2, text=NASTY)
    dora, _cookie = factories.customer_on_the_way(User.objects.get(pk=bob.pk), name=NASTY)

    html = browser_of(dora).get(address(dora.support_session)).content.decode()

    assert "<img src=x" not in html
    assert "{{7*7}}" in html
    assert main_of(html)["company"] == NASTY


@pytest.mark.parametrize("who", ["nobody", "the technician", "the manager", "another customer"])
def test_for_everybody_else_the_page_does_not_exist(bob: User, alice: User, client_of: Any, who: str) -> None:
    active = factories.active_session(bob)
    client = {
        "nobody": Client,
        "the technician": lambda: client_of(bob),
        "the manager": lambda: client_of(alice),
        "another customer": lambda: browser_of(factories.customer_on_the_way(bob, name="Eve")[0]),
    }[who]()

    assert client.get(address(active)).status_code == 404


def test_the_page_is_read_only(bob: User) -> None:
    active = factories.active_session(bob)

    assert browser_of(factories.customer_of(active)).post(address(active)).status_code == 405


def test_the_page_may_use_camera_and_microphone_and_is_not_kept(bob: User) -> None:
    active = factories.active_session(bob)

    answer = browser_of(factories.customer_of(active)).get(address(active))

    assert "camera=(self)" in answer.headers["Permissions-Policy"]
    assert "microphone=(self)" in answer.headers["Permissions-Policy"]
    assert "no-store" in answer.headers["Cache-Control"]
    assert answer.headers["Referrer-Policy"] == "no-referrer"
