"""What specialists may do once they are inside, who may change it, when all of them go, and the record of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from portals.models import User
from sessions import attendees, steps
from sessions.models import SupportSession
from sessions.states import Status
from tests import factories
from tests.invitations.specialists import allow, come, inside, invite, press_continue, refusal, room

pytestmark = pytest.mark.django_db


@pytest.fixture
def active(bob: User) -> SupportSession:
    return allow(factories.active_session(bob))


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
