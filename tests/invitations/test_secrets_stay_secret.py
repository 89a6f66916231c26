"""S-76: the way in leaves its traces in audit and log, and none of them holds a code, a link or a cookie."""

import json
import logging
from collections.abc import Callable
from typing import Any

import pytest
from django.core import mail
from django.test import Client

from invitations import tasks
from invitations.models import Delivery
from portals.models import AuditEvent, User
from sessions.models import TimelineEntry
from tests.invitations.conftest import Broker, Create

pytestmark = pytest.mark.django_db

CODE = "805142"


@pytest.fixture
def told(
    create: Create,
    bob: User,
    dora: Client,
    client_of: Callable[[User], Client],
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    django_capture_on_commit_callbacks: Any,
) -> dict[str, str]:
    """Walk the whole way in, with everything that can go wrong on it; return the secrets that were in play."""
    monkeypatch.setattr("invitations.codes.draw_codes", lambda *, digits, count: [CODE])
    caplog.set_level(logging.DEBUG)
    with django_capture_on_commit_callbacks(execute=True):
        body = create(method="email", to="dora@example.com").json()
        token = body["invitation"]["link"].partition("#")[2]
        create(name="x" * 129)
        dora.post("/", {"code": "111111"})
        dora.post("/", {"code": CODE})
        dora.post("/join/preview/", {"token": "A" * 43})
        dora.post("/join/preview/", {"token": token})
        tasks.send_due_deliveries()
        Delivery.objects.update(state="failed")
        delivery = Delivery.objects.get()
        client_of(bob).post(f"/api/v1/deliveries/{delivery.public_id}/retry/", {}, content_type="application/json")
        tasks.send_due_deliveries()
        dora.post("/join/continue/", {"token": token})
        Client().post("/join/continue/", {"token": token})
        Client().post("/join/refuse/", {"token": token})
        Client().post("/", {"code": CODE}, REMOTE_ADDR="192.0.2.1")
        client_of(bob).post(f"/api/v1/invitations/{body['invitation']['id']}/cancel/")
        tasks.end_overdue_sessions()
    assert len(mail.outbox) == 2
    cookies = {name: cookie.value for name, cookie in dora.cookies.items() if "guest-" in name or name == "visitor"}
    assert len(cookies) == 2
    return {"code": CODE, "code as shown": "805 142", "token": token, **cookies}


def test_no_log_line_holds_a_secret(told: dict[str, str], caplog: pytest.LogCaptureFixture) -> None:
    lines = "\n".join(f"{record.getMessage()} {record.exc_text or ''}" for record in caplog.records)

    assert [name for name, secret in told.items() if secret in lines] == []


def test_no_audit_row_holds_a_secret(told: dict[str, str]) -> None:
    rows = json.dumps(list(AuditEvent.objects.values()), default=str)

    assert [name for name, secret in told.items() if secret in rows] == []


def test_no_timeline_entry_holds_a_secret(told: dict[str, str]) -> None:
    rows = json.dumps(list(TimelineEntry.objects.values()), default=str)

    assert [name for name, secret in told.items() if secret in rows] == []


def test_no_task_carries_a_secret(create: Create, broker: Broker, django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        create(method="email", to="dora@example.com")

    assert [list(task["kwargs"]) for task in broker.tasks] == [["delivery_id"]]


def test_every_step_is_in_the_audit(told: dict[str, str]) -> None:
    steps = AuditEvent.objects.exclude(verb="login").order_by("pk").values_list("verb", "refused")

    assert list(steps) == [
        ("session.created", False),
        ("code.try", True),
        ("code.try", False),
        ("delivery.retried", False),
        ("invitation.redeemed", False),
        ("code.try", True),
        ("invitation.cancelled", False),
    ]
