"""The three ends before anybody came: the customer says no, the technician takes the code back, time runs out."""

import uuid
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from invitations import actions, tasks
from invitations.models import Invitation
from portals.models import AuditEvent, User
from sessions import console_state, endings
from sessions.models import SupportSession, TimelineEntry
from sessions.states import EndReason, Status
from tests import factories
from tests.invitations.conftest import Clock

pytestmark = pytest.mark.django_db


def session_now(support_session: SupportSession) -> SupportSession:
    return SupportSession.objects.get(pk=support_session.pk)


def last_status(support_session: SupportSession) -> dict[str, Any]:
    entry = TimelineEntry.objects.filter(support_session=support_session, kind="status.changed").latest("seq")
    return {"status": entry.data["status"], "reason": entry.data["reason"]}


def notices(bob: User) -> list[str]:
    return [notice.text for notice in console_state.snapshot(bob, now=timezone.now()).notices]


def test_who_did_not_ask_ends_the_session_for_all(dora: Client, bob: User) -> None:
    created = factories.invited(bob)

    response = dora.post("/join/refuse/", {"token": created.secrets.token})

    assert response.status_code == 200
    assert "Thank you for telling us" in response.text
    support_session = session_now(created.support_session)
    assert (support_session.status, support_session.end_reason) == (Status.CLOSED, EndReason.NOT_REQUESTED)
    assert last_status(support_session) == {"status": "closed", "reason": "not_requested"}


def test_the_technician_is_told_that_nobody_asked(dora: Client, bob: User) -> None:
    created = factories.invited(bob)

    dora.post("/join/refuse/", {"token": created.secrets.token})

    assert notices(bob) == ["Dora did not ask for help. The session has ended."]


def test_a_refusal_is_audited(dora: Client, bob: User) -> None:
    created = factories.invited(bob)

    dora.post("/join/refuse/", {"token": created.secrets.token}, REMOTE_ADDR="192.0.2.9")

    event = AuditEvent.objects.get(verb="invitation.refused")
    assert (event.company, event.address) == (bob.company, "192.0.2.9")


def test_a_second_refusal_is_told_that_it_has_ended(dora: Client, bob: User) -> None:
    created = factories.invited(bob)
    dora.post("/join/refuse/", {"token": created.secrets.token})

    response = dora.post("/join/refuse/", {"token": created.secrets.token})

    assert response.status_code == 409
    assert "The session of this link has ended." in response.text
    assert AuditEvent.objects.filter(verb="invitation.refused").count() == 1


def test_nobody_else_can_refuse_once_the_customer_is_on_the_way(dora: Client, bob: User) -> None:
    created = factories.invited(bob)
    dora.post("/join/continue/", {"token": created.secrets.token})

    response = Client().post("/join/refuse/", {"token": created.secrets.token})

    assert response.status_code == 409
    assert session_now(created.support_session).status == Status.CONNECTING


@pytest.fixture
def cancel(bob: User, client_of: Callable[[User], Client]) -> Callable[..., Any]:
    console = client_of(bob)
    return lambda public_id, by=console: by.post(f"/api/v1/invitations/{public_id}/cancel/")


def test_a_cancelled_code_ends_its_session(bob: User, cancel: Callable[..., Any]) -> None:
    created = factories.invited(bob)

    response = cancel(created.invitation.public_id)

    assert response.status_code == 200
    assert response.json()["cancelled_at"] is not None
    support_session = session_now(created.support_session)
    assert (support_session.status, support_session.end_reason) == (Status.CLOSED, EndReason.CODE_CANCELLED)


def test_cancelling_again_changes_nothing(bob: User, cancel: Callable[..., Any]) -> None:
    created = factories.invited(bob)
    first = cancel(created.invitation.public_id).json()

    second = cancel(created.invitation.public_id)

    assert second.status_code == 200
    assert second.json() == first
    assert AuditEvent.objects.filter(verb="invitation.cancelled").count() == 1


def test_cancelling_turns_back_a_customer_on_the_way(dora: Client, bob: User, cancel: Callable[..., Any]) -> None:
    created = factories.invited(bob)
    dora.post("/join/continue/", {"token": created.secrets.token})

    cancel(created.invitation.public_id)

    assert session_now(created.support_session).end_reason == EndReason.CODE_CANCELLED
    accepted = dora.post(f"/s/{created.support_session.public_id}/accept/", {"terms_version": "1"})
    assert (accepted.status_code, accepted.json()["code"]) == (409, "session_not_open")


def test_cancelling_does_not_end_a_session_whose_customer_is_inside(bob: User, cancel: Callable[..., Any]) -> None:
    waiting = factories.waiting_session(bob)

    response = cancel(Invitation.objects.get().public_id)

    assert response.status_code == 200
    assert session_now(waiting).status == Status.WAITING


def test_a_stranger_cannot_cancel(bob: User, charlie: User, client_of: Any, cancel: Callable[..., Any]) -> None:
    created = factories.invited(bob)

    assert cancel(created.invitation.public_id, by=client_of(charlie)).status_code == 404
    assert cancel(created.invitation.public_id, by=Client()).status_code == 403
    assert cancel(uuid.uuid4()).status_code == 404
    assert session_now(created.support_session).status == Status.CONNECTING


def test_a_colleague_without_a_part_in_it_cannot_cancel(bob: User, client_of: Any, cancel: Callable[..., Any]) -> None:
    created = factories.invited(bob)
    colleague = factories.technician("Carla", of=bob.company)

    assert cancel(created.invitation.public_id, by=client_of(colleague)).status_code == 404


def test_the_sweep_times_out_a_session_whose_code_has_expired(bob: User, clock: Clock) -> None:
    created = factories.invited(bob)

    clock.forward(minutes=15, seconds=1)
    tasks.end_overdue_sessions()

    support_session = session_now(created.support_session)
    assert (support_session.status, support_session.end_reason) == (Status.TIMED_OUT, EndReason.CODE_EXPIRED)
    assert notices(bob) == ["The code for Dora has expired. Make a new one if it is still needed."]


def test_the_sweep_leaves_what_still_lives(bob: User, clock: Clock) -> None:
    created = factories.invited(bob)

    clock.forward(minutes=14, seconds=50)
    tasks.end_overdue_sessions()

    assert session_now(created.support_session).status == Status.CONNECTING


def test_the_sweep_runs_twice_without_effect(bob: User, clock: Clock) -> None:
    created = factories.invited(bob)
    clock.forward(minutes=16)
    tasks.end_overdue_sessions()
    lines = created.support_session.timeline.count()

    tasks.end_overdue_sessions()

    assert created.support_session.timeline.count() == lines
    assert actions.expire(invitation_id=created.invitation.pk, now=timezone.now()) is False


def test_a_customer_on_the_way_has_half_an_hour(dora: Client, bob: User, clock: Clock) -> None:
    created = factories.invited(bob)
    dora.post("/join/continue/", {"token": created.secrets.token})

    clock.forward(minutes=29)
    tasks.end_overdue_sessions()
    before = session_now(created.support_session).status
    clock.forward(minutes=2)
    tasks.end_overdue_sessions()

    assert before == Status.CONNECTING
    assert session_now(created.support_session).status == Status.TIMED_OUT


def test_a_customer_who_waits_is_not_swept_away_with_the_code(bob: User, clock: Clock) -> None:
    waiting = factories.waiting_session(bob)

    clock.forward(hours=1)
    tasks.end_overdue_sessions()

    assert session_now(waiting).status == Status.WAITING


def test_one_that_the_technician_ended_keeps_its_own_reason(bob: User, clock: Clock) -> None:
    created = factories.invited(bob)
    endings.end_session(technician=bob, session_id=created.support_session.public_id, now=timezone.now())

    clock.forward(minutes=16)
    tasks.end_overdue_sessions()

    assert session_now(created.support_session).end_reason == EndReason.BY_TECHNICIAN


def test_expired_means_the_moment_itself(bob: User) -> None:
    created = factories.invited(bob)
    end = created.invitation.expires_at

    assert not actions.is_overdue(created.invitation, now=end - timedelta(microseconds=1))
    assert actions.is_overdue(created.invitation, now=end)
