"""A mail that does not go out: put off, tried again, failed, and what the technician reads about it."""

import logging
import smtplib
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from anymail.exceptions import AnymailAPIError, AnymailRecipientsRefused, AnymailRequestsAPIError
from celery.exceptions import SoftTimeLimitExceeded
from django.utils import timezone

from invitations import deliveries, tasks
from portals.models import User
from sessions.models import TimelineEntry
from tests.invitations.conftest import Broker, Clock
from tests.invitations.delivery_rows import DORA, queued, send
from tests.invitations.scripted_smtp import Disconnect, Hold, ScriptedServer
from tests.served import free_port

pytestmark = pytest.mark.django_db


def test_a_refused_recipient_has_failed_with_the_servers_words(bob: User, smtp: ScriptedServer) -> None:
    smtp.on_recipient(DORA, "550 5.1.1 No such user here")

    delivery = send(queued(bob))

    assert (delivery.state, delivery.attempts) == ("failed", 1)
    assert delivery.reason == "The mail server refused it: 550 5.1.1 No such user here"
    assert delivery.next_attempt_at is None
    assert TimelineEntry.objects.get(kind="delivery.changed").data["reason"] == delivery.reason


def test_a_refused_mail_has_failed_with_the_servers_words(bob: User, smtp: ScriptedServer) -> None:
    smtp.on_data(DORA, "554 5.7.1 Message looks like spam")

    delivery = send(queued(bob))

    assert delivery.state == "failed"
    assert delivery.reason == "The mail server refused it: 554 5.7.1 Message looks like spam"


@pytest.mark.parametrize("stage", ["on_recipient", "on_data"])
def test_a_temporary_refusal_puts_it_off(bob: User, smtp: ScriptedServer, broker: Broker, stage: str) -> None:
    getattr(smtp, stage)(DORA, "451 4.3.0 Try again later")

    delivery = send(queued(bob))

    assert (delivery.state, delivery.attempts) == ("queued", 1)
    assert delivery.reason == "The mail server refused it: 451 4.3.0 Try again later"
    assert delivery.next_attempt_at is not None and delivery.next_attempt_at > timezone.now()
    assert not TimelineEntry.objects.filter(kind="delivery.changed").exists()


def test_a_mail_that_was_put_off_is_sent_when_its_time_comes(bob: User, smtp: ScriptedServer, clock: Clock) -> None:
    smtp.on_data(DORA, "451 4.3.0 Try again later")
    delivery = send(queued(bob))
    send(delivery)
    too_early = list(smtp.received)

    clock.forward(seconds=3)
    send(delivery)

    assert too_early == []
    assert (delivery.state, delivery.attempts, delivery.reason) == ("sent", 2, "")


def test_its_waits_grow_and_each_hands_over_the_next_try(
    bob: User, smtp: ScriptedServer, clock: Clock, broker: Broker, django_capture_on_commit_callbacks: Any
) -> None:
    smtp.on_data(DORA, *["451 4.3.0 Try again later"] * 3)
    delivery = queued(bob)

    with django_capture_on_commit_callbacks(execute=True):
        for _try in range(3):
            send(delivery)
            clock.forward(minutes=1)

    assert [task["countdown"] for task in broker.tasks] == [2, 8, 30]


def test_after_the_last_try_it_has_failed(bob: User, smtp: ScriptedServer, clock: Clock) -> None:
    smtp.on_data(DORA, *["451 4.3.0 Try again later"] * 10)
    delivery = queued(bob)

    states = []
    for _try in range(6):
        states.append(send(delivery).state)
        clock.forward(minutes=1)

    assert states == ["queued", "queued", "queued", "failed", "failed", "failed"]
    assert delivery.reason == "The mail server refused it: 451 4.3.0 Try again later"
    assert (delivery.attempts, smtp.refused) == (4, 4)


def test_a_server_that_is_down_is_said_to_be_out_of_reach(bob: User, smtp: ScriptedServer) -> None:
    smtp.stop()

    delivery = send(queued(bob))

    assert (delivery.state, delivery.reason) == ("queued", "The mail server cannot be reached.")


def test_a_server_that_comes_back_gets_the_mail(bob: User, smtp: ScriptedServer, clock: Clock) -> None:
    smtp.stop()
    delivery = send(queued(bob))
    smtp.start()

    clock.forward(seconds=3)
    tasks.send_due_deliveries()

    delivery.refresh_from_db()
    assert delivery.state == "sent"


def test_a_server_whose_name_is_unknown_is_out_of_reach(bob: User, smtp: ScriptedServer, settings: Any) -> None:
    settings.EMAIL_HOST = "mail.invalid"

    assert send(queued(bob)).reason == "The mail server cannot be reached."


@pytest.mark.parametrize("stage", ["on_recipient", "on_data"])
def test_a_server_that_hangs_up_is_tried_again(bob: User, smtp: ScriptedServer, clock: Clock, stage: str) -> None:
    getattr(smtp, stage)(DORA, Disconnect())

    delivery = send(queued(bob))
    first = (delivery.state, delivery.reason)
    clock.forward(seconds=3)
    send(delivery)

    assert first == ("queued", "The mail server closed the connection.")
    assert delivery.state == "sent"


def test_a_server_that_says_nothing_is_given_up(bob: User, smtp: ScriptedServer, settings: Any) -> None:
    settings.EMAIL_TIMEOUT = 0.2
    hold = Hold()
    smtp.on_recipient(DORA, hold)

    delivery = send(queued(bob))
    hold.released.set()

    assert (delivery.state, delivery.reason) == ("queued", "The mail server did not answer in time.")


def test_an_answer_of_several_lines_and_signs_is_kept_as_one_line(bob: User, smtp: ScriptedServer) -> None:
    smtp.on_recipient(DORA, "550-No\x1b[31m such\r\n550 <b>user</b> " + "x" * 300)

    delivery = send(queued(bob))

    assert delivery.reason.startswith("The mail server refused it: 550 No[31m such <b>user</b> xxx")
    assert len(delivery.reason) <= 255


def test_what_nobody_foresaw_is_logged_and_tried_again(
    bob: User, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def broken(*args: Any) -> Any:
        raise RuntimeError("template")

    monkeypatch.setattr(deliveries, "invitation_mail", broken)

    with caplog.at_level(logging.ERROR, logger="sightline.mail"):
        delivery = send(queued(bob))

    assert (delivery.state, delivery.reason) == ("queued", "The mail could not be sent.")
    assert [record.getMessage() for record in caplog.records] == ["A mail could not be sent."]


PROVIDER = "The mail provider could not take the mail"
OTHER_FAILURES = [
    (AnymailRecipientsRefused(), "failed", "The mail provider refused this address."),
    (AnymailAPIError(), "queued", f"{PROVIDER}."),
    (AnymailRequestsAPIError(response=SimpleNamespace(status_code=503)), "queued", f"{PROVIDER}: 503."),
    (smtplib.SMTPNotSupportedError(), "failed", "The mail server cannot take such an address."),
    (smtplib.SMTPSenderRefused(550, b"Who are you", "x"), "failed", "The mail server refused it: 550 Who are you"),
    (smtplib.SMTPAuthenticationError(535, b"No"), "failed", "The mail server refused it: 535 No"),
    (smtplib.SMTPConnectError(421, b"Busy"), "queued", "The mail server refused it: 421 Busy"),
    (TimeoutError(), "queued", "The mail server did not answer in time."),
    (SoftTimeLimitExceeded(), "queued", "The mail server did not answer in time."),
    (ConnectionRefusedError(), "queued", "The mail server cannot be reached."),
]


@pytest.mark.parametrize(("error", "state", "reason"), OTHER_FAILURES, ids=lambda case: type(case).__name__)
def test_each_other_failure_has_its_sentence_too(
    bob: User, monkeypatch: pytest.MonkeyPatch, error: Exception, state: str, reason: str
) -> None:
    def fail() -> None:
        raise error

    monkeypatch.setattr(deliveries, "invitation_mail", lambda *args: SimpleNamespace(send=fail))

    delivery = send(queued(bob))

    assert (delivery.state, delivery.reason) == (state, reason)


def test_no_server_on_the_port_is_no_answer_either(bob: User, smtp: ScriptedServer, settings: Any) -> None:
    settings.EMAIL_PORT = free_port()

    delivery = send(queued(bob))

    assert delivery.reason == "The mail server cannot be reached."
    assert delivery.next_attempt_at is not None
    assert delivery.next_attempt_at - delivery.created_at < timedelta(seconds=10)
