"""Colleagues asked by name, group or portal: who sees it, the first who accepts, what becomes of the others."""

from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.utils import timezone

from invitations.colleagues import (
    accept_request,
    colleagues,
    decline_request,
    invite_colleague,
    open_requests,
    withdraw_request,
)
from invitations.errors import AgentsOff, RequestTaken, RequestWithdrawn
from invitations.models import AgentRequest
from portals.errors import InvalidInput, NotAllowed
from portals.models import Portal, TechnicianGroup, User
from sessions import console_state, presence
from sessions.attendees import remove_attendee
from sessions.endings import end_session
from sessions.errors import NotStarted, RoomFull, SessionNotOpen, TargetNotFree
from sessions.models import Participant, SupportSession
from sessions.protocol import SessionRow
from tests import factories
from tests.invitations.at_once import at_once
from tests.sessions.rows import attendee

NOW = timezone.now


def at_the_console(name: str, bob: User) -> User:
    person = factories.technician(name, of=bob.company)
    presence.renew_console(technician=person, now=NOW())
    return person


@pytest.fixture
def active(bob: User) -> SupportSession:
    return factories.active_session(bob)


@pytest.fixture
def tom(bob: User) -> User:
    """Bob's colleague, in a group of his own, at his console."""
    return at_the_console("Tom", bob)


def ask(active: SupportSession, by: User, to: User | TechnicianGroup | Portal, comment: str = "") -> AgentRequest:
    kind = {User: "technician", TechnicianGroup: "group", Portal: "portal"}[type(to)]
    target_id = str(to.pk) if isinstance(to, TechnicianGroup) else str(to.public_id)
    return invite_colleague(
        technician=by, session_id=active.public_id, kind=kind, target_id=target_id, comment=comment, now=NOW()
    )


def accept(request: AgentRequest, user: User) -> Participant:
    return accept_request(technician=user, request_id=request.public_id, now=NOW())


def decline(request: AgentRequest, user: User) -> AgentRequest:
    return decline_request(technician=user, request_id=request.public_id, now=NOW())


def withdraw(request: AgentRequest, user: User) -> AgentRequest:
    return withdraw_request(technician=user, request_id=request.public_id, now=NOW())


def row_of(user: User, active: SupportSession) -> SessionRow | None:
    rows = console_state.snapshot(User.objects.get(pk=user.pk), now=NOW()).sessions
    found = [row for row in rows if row.id == str(active.public_id)]
    assert len(found) <= 1
    return found[0] if found else None


def test_the_one_who_is_asked_sees_it_with_the_comment_and_joins(active: SupportSession, bob: User, tom: User) -> None:
    request = ask(active, bob, tom, "knows this pump")

    row = row_of(tom, active)
    assert row is not None
    assert (row.relation, row.status_label, row.counterpart, row.comment) == (
        "invited",
        "Invitation",
        "Bob",
        "knows this pump",
    )
    assert row.request == str(request.public_id)
    agent = accept(request, tom)

    assert (agent.is_inside, agent.way_in, agent.invited_by) == (True, "console", bob)
    row = row_of(tom, active)
    assert row is not None
    assert (row.relation, row.status_label, row.lead) == ("agent", "Collaborating", "Bob")
    assert accept(request, tom) == agent


def test_until_then_nothing_of_the_session_exists_for_them(active: SupportSession, bob: User, tom: User) -> None:
    ask(active, bob, tom)

    assert not SupportSession.objects.visible_to(tom).exists()


def test_the_comment_is_for_technicians_only(active: SupportSession, bob: User, tom: User) -> None:
    ask(active, bob, tom, "the customer is cross")

    line = active.timeline.get(kind="agent.invited")
    assert (line.audience, line.data) == ("technicians", {"to": "Tom", "comment": "the customer is cross"})


def test_of_a_group_the_first_to_accept_joins_and_the_other_is_told_who(
    active: SupportSession, bob: User, tom: User
) -> None:
    ted = at_the_console("Ted", bob)
    User.objects.filter(pk=ted.pk).update(technician_group=tom.technician_group)
    ted = User.objects.get(pk=ted.pk)
    assert tom.technician_group is not None
    request = ask(active, bob, tom.technician_group)
    assert row_of(ted, active) is not None

    accept(request, ted)

    assert row_of(tom, active) is None
    with pytest.raises(RequestTaken, match="Ted has accepted"):
        accept(request, tom)


def test_a_portal_asks_those_who_serve_it(active: SupportSession, bob: User, tom: User) -> None:
    stranger = at_the_console("Ted", bob)
    portal = Portal.objects.get(groups=tom.technician_group)

    request = ask(active, bob, portal)

    assert row_of(stranger, active) is None
    with pytest.raises(AgentRequest.DoesNotExist):
        accept(request, stranger)
    assert accept(request, tom).is_inside


def test_one_says_no_and_is_asked_no_more(active: SupportSession, bob: User, tom: User) -> None:
    request = ask(active, bob, tom)

    decline(request, tom)
    decline(request, tom)

    assert row_of(tom, active) is None
    assert open_requests(active) == []
    lines = active.timeline.filter(kind="agent.answered")
    assert [(line.audience, line.data["answer"]) for line in lines] == [("technicians", "declined")]
    assert ask(active, bob, tom).ended_at is None  # asked anew


def test_one_of_a_group_says_no_for_nobody_else(active: SupportSession, bob: User, tom: User) -> None:
    ted = at_the_console("Ted", bob)
    User.objects.filter(pk=ted.pk).update(technician_group=tom.technician_group)
    assert tom.technician_group is not None
    request = ask(active, bob, tom.technician_group)

    decline(request, tom)

    assert (row_of(tom, active), row_of(ted, active) is not None) == (None, True)
    assert accept(request, User.objects.get(pk=ted.pk)).is_inside


def test_who_asked_or_who_leads_takes_it_back(active: SupportSession, bob: User, tom: User) -> None:
    agent = attendee(active, at_the_console("Ted", bob))
    assert agent.user is not None
    for who in (agent.user, bob):
        request = ask(active, agent.user, tom)
        with pytest.raises(AgentRequest.DoesNotExist):
            withdraw(request, tom)
        withdraw(request, who)
        assert row_of(tom, active) is None
        with pytest.raises(RequestWithdrawn, match="Ted has withdrawn"):
            accept(request, tom)


def test_who_could_be_asked_is_told_with_status_and_load(active: SupportSession, bob: User, tom: User) -> None:
    factories.technician("Ann", of=bob.company)  # has no console open
    factories.active_session(tom, name="Eve")
    inside = at_the_console("Uwe", bob)
    attendee(active, inside)
    User.objects.filter(pk=tom.pk).update(availability="away")

    found = {one.name: one for one in colleagues(active, now=NOW()) if one.kind == "technician"}

    assert {name: (one.availability, one.sessions, one.why_not) for name, one in found.items()} == {
        "Ann": ("online", 0, "offline"),
        "Tom": ("away", 1, ""),
        "Uwe": ("online", 0, "inside already"),
    }
    assert found["Tom"].detail == tom.technician_group.name  # type: ignore[union-attr]
    ask(active, bob, tom)
    again = {one.name: one.why_not for one in colleagues(active, now=NOW())}
    assert again["Tom"] == "invited already"


def test_a_fixed_number_of_queries(active: SupportSession, bob: User, django_assert_max_num_queries: Any) -> None:
    for number in range(6):
        ask(active, bob, at_the_console(f"Ted {number}", bob))

    with django_assert_max_num_queries(6):
        colleagues(active, now=NOW())
    with django_assert_max_num_queries(1):
        open_requests(active)


@pytest.mark.parametrize("why", ["offline", "asked", "foreign", "oneself"])
def test_who_cannot_be_asked(active: SupportSession, bob: User, tom: User, charlie: User, why: str) -> None:
    to: User = {"offline": factories.technician("Ann", of=bob.company), "foreign": charlie, "oneself": bob}.get(
        why, tom
    )
    if why == "asked":
        ask(active, bob, tom)

    with pytest.raises((TargetNotFree, ObjectDoesNotExist)):
        ask(active, bob, to)
    assert AgentRequest.objects.filter(ended_at=None).count() == (1 if why == "asked" else 0)


def test_a_comment_has_an_end(active: SupportSession, bob: User, tom: User) -> None:
    with pytest.raises(InvalidInput):
        ask(active, bob, tom, "x" * 1001)


def test_a_switch_that_is_off_refuses_asking_and_accepting(active: SupportSession, bob: User, tom: User) -> None:
    request = ask(active, bob, tom)
    TechnicianGroup.objects.filter(pk=bob.technician_group_id).update(invite_agents=False)

    with pytest.raises(NotAllowed, match="Inviting agents is off"):
        ask(active, User.objects.get(pk=bob.pk), at_the_console("Ted", bob))
    with pytest.raises(AgentsOff):
        accept(request, tom)


def test_a_guest_asks_nobody(active: SupportSession, tom: User, charlie: User) -> None:
    attendee(active, charlie)

    with pytest.raises(NotAllowed):
        ask(active, charlie, tom)


def test_who_was_removed_comes_back_when_asked_by_name(active: SupportSession, bob: User, tom: User) -> None:
    agent = accept(ask(active, bob, tom), tom)
    remove_attendee(technician=bob, session_id=active.public_id, attendee_id=agent.public_id, now=NOW())
    assert tom.technician_group is not None

    assert accept(ask(active, bob, tom), tom).is_inside


def test_a_session_that_has_ended_or_waits_asks_nobody(bob: User, tom: User) -> None:
    waiting = factories.waiting_session(bob, name="Eve")
    with pytest.raises((NotStarted, NotAllowed)):
        ask(waiting, bob, tom)
    active = factories.active_session(bob)
    request = ask(active, bob, tom)
    end_session(technician=bob, session_id=active.public_id, now=NOW())

    assert row_of(tom, active) is None
    with pytest.raises(SessionNotOpen):
        accept(request, tom)


def test_a_full_session_asks_and_lets_in_nobody(active: SupportSession, bob: User, tom: User) -> None:
    request = ask(active, bob, tom)
    for number in range(7):
        attendee(active, factories.technician(f"Ted {number}", of=bob.company))

    with pytest.raises(RoomFull):
        ask(active, bob, at_the_console("Uwe", bob))
    with pytest.raises(RoomFull):
        accept(request, tom)


@pytest.mark.django_db(transaction=True)
def test_of_two_who_accept_at_once_one_joins(bob: User) -> None:
    active = factories.active_session(bob)
    crowd = [at_the_console("Tom", bob), at_the_console("Ted", bob)]
    team = crowd[0].technician_group
    assert team is not None
    User.objects.filter(pk__in=[one.pk for one in crowd]).update(technician_group=team)
    crowd = list(User.objects.filter(pk__in=[one.pk for one in crowd]))
    request = ask(active, bob, team)

    outcomes = at_once([lambda one=one: accept(request, one) for one in crowd])  # type: ignore[misc]

    assert sorted(type(outcome).__name__ for outcome in outcomes) == ["Participant", "RequestTaken"]
    assert active.participants.inside().filter(role="technician").count() == 2


# ---- Over the API --------------------------------------------------------------------------------


def test_ask_accept_decline_and_withdraw_over_the_api(
    active: SupportSession, bob: User, tom: User, client_of: Any
) -> None:
    console, other = client_of(bob), client_of(tom)
    path = f"/api/v1/sessions/{active.public_id}/agents/requests/"
    asked = {"kind": "technician", "target": str(tom.public_id), "comment": "please"}

    first = console.post(path, asked, content_type="application/json")
    assert (first.status_code, first.json()["to"], first.json()["by"]) == (201, "Tom", "Bob")
    withdrawn = console.post(f"/api/v1/agent-requests/{first.json()['id']}/withdraw/")
    assert withdrawn.json()["ended_at"] is not None
    second = console.post(path, asked, content_type="application/json").json()
    assert other.post(f"/api/v1/agent-requests/{second['id']}/decline/").status_code == 200
    third = console.post(path, asked, content_type="application/json").json()
    joined = other.post(f"/api/v1/agent-requests/{third['id']}/accept/").json()

    assert (joined["session"], joined["name"]) == (str(active.public_id), "Dora")
    assert console.post(f"/api/v1/agent-requests/{third['id']}/accept/").status_code == 404
