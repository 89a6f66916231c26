"""Mails when things happen at once or somebody dies: each is sent, once, and nobody waits for another's mail server."""

import os
import signal
import subprocess
import sys
from collections import Counter
from concurrent.futures import Future, as_completed
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from invitations import actions, tasks
from invitations.errors import TooManyMails
from invitations.models import Delivery
from portals.models import User
from sessions.models import SupportSession, TimelineEntry
from tests import factories
from tests.invitations.at_once import at_once, in_background
from tests.invitations.conftest import Broker, Clock
from tests.invitations.scripted_smtp import Disconnect, Hold, ScriptedServer, Take
from tests.served import ROOT

pytestmark = pytest.mark.django_db(transaction=True)

DORA = "dora@example.com"
WORKERS = """
import os, sys, django
django.setup()
from django.conf import settings
settings.EMAIL_TIMEOUT = 60
from invitations import tasks
for pk in sys.argv[1:]:
    if os.fork() == 0:
        os.write(1, f"{pk} {os.getpid()}\\n".encode())  # one write, one whole line
        tasks.send_delivery(delivery_id=int(pk))
        os._exit(0)
sys.exit(any(os.waitstatus_to_exitcode(os.wait()[1]) != -9 for pk in sys.argv[1:]))
"""


def queued(bob: User, *, to: str = DORA) -> Delivery:
    delivery = factories.invited(bob, method="email", to=to).delivery
    assert delivery is not None
    return delivery


def test_of_four_workers_with_the_same_task_one_sends(bob: User, smtp: ScriptedServer) -> None:
    delivery = queued(bob)
    hold = Hold()
    smtp.on_data(DORA, hold)

    with in_background() as start:
        workers = [start(lambda: tasks.send_delivery(delivery_id=delivery.pk)) for _each in range(4)]
        assert hold.reached.wait(60)
        ended = as_completed(workers)
        for _who_found_it_taken in range(3):
            next(ended)
        hold.released.set()

    delivery.refresh_from_db()
    assert (delivery.state, delivery.attempts) == ("sent", 1)
    assert smtp.recipients == [DORA]
    assert TimelineEntry.objects.filter(kind="delivery.changed").count() == 1


def test_four_sweeps_at_once_send_each_mail_once(bob: User, smtp: ScriptedServer) -> None:
    addresses = [f"dora{number}@example.com" for number in range(8)]
    for address in addresses:
        queued(bob, to=address)

    outcomes = at_once([tasks.send_due_deliveries] * 4)

    assert outcomes == [None] * 4
    assert sorted(smtp.recipients) == addresses
    assert set(Delivery.objects.values_list("state", "attempts")) == {("sent", 1)}


def test_while_one_mail_waits_for_its_server_everything_else_goes_on(bob: User, smtp: ScriptedServer) -> None:
    slow, quick = queued(bob, to="slow@example.com"), queued(bob)
    hold = Hold()
    smtp.on_data("slow@example.com", hold)

    with in_background() as start:
        start(lambda: tasks.send_delivery(delivery_id=slow.pk))
        assert hold.reached.wait(60)
        tasks.send_due_deliveries()
        actions.cancel(technician=bob, invitation_id=slow.invitation.public_id, now=timezone.now())
        meanwhile = Delivery.objects.get(pk=quick.pk).state
        hold.released.set()

    assert meanwhile == "sent"
    assert Delivery.objects.get(pk=slow.pk).state == "sent"


def test_a_mail_that_is_being_sent_is_left_alone_by_the_sweep(bob: User, smtp: ScriptedServer, clock: Clock) -> None:
    delivery = queued(bob)
    hold = Hold()
    smtp.on_data(DORA, hold)

    with in_background() as start:
        start(lambda: tasks.send_delivery(delivery_id=delivery.pk))
        assert hold.reached.wait(60)
        clock.forward(seconds=45)
        tasks.send_due_deliveries()
        hold.released.set()

    assert smtp.recipients == [DORA]


def test_a_sender_that_comes_too_late_has_no_say(bob: User, smtp: ScriptedServer, clock: Clock) -> None:
    delivery = queued(bob)
    hold = Hold()
    smtp.on_recipient(DORA, hold)

    with in_background() as start:
        start(lambda: tasks.send_delivery(delivery_id=delivery.pk))
        assert hold.reached.wait(60)
        clock.forward(seconds=55)
        tasks.send_due_deliveries()
        smtp.on_data(DORA, "550 5.1.1 No such user here")
        hold.released.set()

    delivery.refresh_from_db()
    assert (delivery.state, delivery.reason, delivery.attempts) == ("sent", "", 2)
    assert smtp.refused == 1
    assert TimelineEntry.objects.filter(kind="delivery.changed").count() == 1


def test_a_task_that_the_broker_lost_is_found_by_the_next_sweep(
    bob: User, smtp: ScriptedServer, broker: Broker
) -> None:
    queued(bob)
    broker.tasks.clear()

    tasks.send_due_deliveries()

    assert smtp.recipients == [DORA]


def test_a_mail_of_a_worker_that_was_killed_is_sent_by_a_later_sweep(
    bob: User, smtp: ScriptedServer, clock: Clock
) -> None:
    """R-09 and R-11 in short: killed before, while and after the server takes it. Only the last may be doubled."""
    before, during, after = (queued(bob, to=f"{when}@example.com") for when in ("before", "during", "after"))
    pids: dict[int, Future[int]] = {delivery.pk: Future() for delivery in (before, during, after)}
    smtp.on_recipient(before.to, Disconnect(before=lambda: _kill(pids[before.pk])))
    smtp.on_data(during.to, Disconnect(before=lambda: _kill(pids[during.pk])))
    smtp.on_data(after.to, Take(and_then=lambda: _kill(pids[after.pk])))

    with _workers(*pids, smtp=smtp) as workers:
        assert workers.stdout is not None
        for line in workers.stdout:
            pk, pid = line.split()
            pids[int(pk)].set_result(int(pid))
    states = set(Delivery.objects.values_list("state", "attempts"))
    clock.forward(minutes=5)  # the killed processes had the real time
    tasks.send_due_deliveries()

    assert workers.returncode == 0
    assert states == {("queued", 1)}
    assert set(Delivery.objects.values_list("state", "attempts")) == {("sent", 2)}
    assert Counter(smtp.recipients) == {before.to: 1, during.to: 1, after.to: 2}
    doubled = {mail["Message-ID"] for mail in smtp.received if mail["To"] == after.to}
    assert doubled == {f"<{after.public_id}@sightline.example>"}


def _kill(pid: "Future[int]") -> None:
    os.kill(pid.result(timeout=60), signal.SIGKILL)


def _workers(*deliveries: int, smtp: ScriptedServer) -> subprocess.Popen[str]:
    """A worker process for each mail, on the tests' own database; ends with 0 if all of them were killed."""
    database = connection.settings_dict
    if connection.vendor == "sqlite":
        url = f"sqlite:///{database['NAME']}"
    else:
        url = "postgres://{USER}:{PASSWORD}@{HOST}:{PORT}/{NAME}".format(**database)
    env = os.environ | {
        "DJANGO_SETTINGS_MODULE": "config.settings_test",
        "DATABASE_URL": url,
        "SIGHTLINE_EMAIL_URL": f"smtp://127.0.0.1:{smtp.port}",
    }
    command = [sys.executable, "-c", WORKERS, *map(str, deliveries)]
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, text=True)


def test_of_twelve_mails_at_once_five_fit_into_the_hour(bob: User) -> None:
    invitation = factories.invited(bob).invitation
    then = timezone.now() - timedelta(minutes=30)
    for _each in range(15):
        Delivery.objects.create(invitation=invitation, to=DORA, state="sent", created_at=then, sent_at=then)

    outcomes = at_once([lambda: queued(bob)] * 12)

    refused = [outcome for outcome in outcomes if isinstance(outcome, TooManyMails)]
    assert len(refused) == 7
    assert Delivery.objects.count() == 20
    assert SupportSession.objects.count() == 6
