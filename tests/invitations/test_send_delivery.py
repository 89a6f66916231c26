"""Sending the mail through a real SMTP server: from queued to sent."""

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from django.conf import settings as configured
from django.core import mail as django_mail

from invitations import deliveries, tasks
from portals.models import User
from sessions.models import TimelineEntry
from tests import factories
from tests.invitations.conftest import Broker, Clock
from tests.invitations.delivery_rows import DORA, ENDS, queued, send
from tests.invitations.scripted_smtp import ScriptedServer

pytestmark = pytest.mark.django_db


def test_a_mail_goes_from_queued_to_sent(bob: User, smtp: ScriptedServer) -> None:
    delivery = queued(bob)
    assert delivery.state == "queued"

    send(delivery)

    assert (delivery.state, delivery.attempts, delivery.reason) == ("sent", 1, "")
    assert delivery.sent_at is not None and delivery.next_attempt_at is None
    assert smtp.recipients == [DORA]


def test_what_arrives_holds_link_and_pin(bob: User, smtp: ScriptedServer) -> None:
    created = factories.invited(bob, method="email", to=DORA)
    assert created.delivery is not None

    send(created.delivery)

    (mail,) = smtp.received
    assert mail["Message-ID"] == f"<{created.delivery.public_id}@sightline.example>"
    body = mail.get_body(("plain",))
    assert body is not None
    assert created.secrets.link in body.get_content()
    assert created.secrets.code_display in body.get_content()


def test_the_task_is_handed_over_after_commit_under_the_name_the_worker_knows(
    bob: User, smtp: ScriptedServer, broker: Broker, django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks() as callbacks:
        queued(bob)
    assert broker.tasks == []

    for callback in callbacks:
        callback()
    broker.run_all()

    assert smtp.recipients == [DORA]


def test_a_broker_that_is_down_costs_nothing(
    bob: User, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def down(*args: Any, **kwargs: Any) -> None:
        raise OSError("no broker")

    monkeypatch.setattr("config.celery.app.send_task", down)

    with django_capture_on_commit_callbacks(execute=True):
        delivery = queued(bob)

    tasks.send_due_deliveries()
    delivery.refresh_from_db()
    assert delivery.state == "sent"


def test_the_timeline_tells_technicians_that_it_was_sent(bob: User, smtp: ScriptedServer) -> None:
    send(queued(bob))

    entry = TimelineEntry.objects.get(kind="delivery.changed")
    assert entry.data == {"state": "sent", "to": DORA, "reason": ""}
    assert entry.audience == "technicians"


def test_running_the_task_again_sends_nothing(bob: User, smtp: ScriptedServer) -> None:
    delivery = send(queued(bob))

    send(delivery)

    assert len(smtp.received) == 1
    assert delivery.attempts == 1


def test_a_task_for_a_mail_that_is_gone_ends_quietly() -> None:
    tasks.send_delivery.apply(kwargs={"delivery_id": 10**9}, throw=True)

    assert django_mail.outbox == []


def test_a_sweep_that_a_slow_server_holds_up_leaves_the_rest_to_the_next(
    bob: User, smtp: ScriptedServer, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        queued(bob, to=f"dora{number}@example.com")
        clock.forward(seconds=1)
    seconds = iter([0, 59, 61])
    monkeypatch.setattr(tasks, "time", SimpleNamespace(monotonic=lambda: next(seconds)))

    tasks.send_due_deliveries()

    assert smtp.recipients == ["dora0@example.com"]


def test_a_task_is_stopped_before_anybody_else_may_take_its_mail() -> None:
    assert tasks.send_delivery.soft_time_limit < deliveries.CLAIM.total_seconds()


def test_a_lost_mail_is_taken_up_within_a_minute() -> None:
    assert deliveries.CLAIM + timedelta(seconds=configured.SWEEP_INTERVAL_S) < timedelta(seconds=60)


@pytest.mark.parametrize("end", ENDS)
def test_a_code_that_has_ended_is_not_mailed(bob: User, smtp: ScriptedServer, end: Any) -> None:
    delivery = queued(bob)
    end(bob, delivery)

    send(delivery)

    assert smtp.received == []
    assert (delivery.state, delivery.reason) == ("failed", "The code ended before it could be sent.")


def test_the_demos_mails_are_files(bob: User, settings: Any, tmp_path: Any) -> None:
    settings.EMAIL_BACKEND = "portals.mail_folder.EmailBackend"
    settings.MAIL_DIR = tmp_path / "mail"

    assert send(queued(bob)).state == "sent"

    (file,) = (tmp_path / "mail").glob("*.eml")
    assert b"To: dora@example.com" in file.read_bytes()
