"""Celery's entry points; each may run twice, and every one of them may be lost."""

import time

from celery import shared_task

from invitations import actions, deliveries, guesses, specialists
from invitations.models import Delivery, Invitation
from portals import clock
from sessions.states import Status

AT_A_TIME = 200  # rows of one sweep; the next one comes soon
SWEEP_S = 15  # a sweep begins no further mail after this, so that one slow mail server does not hold it up
SEND_S = 40  # less than deliveries.CLAIM: nobody else takes a mail that is still being sent


@shared_task(soft_time_limit=SEND_S)
def send_delivery(*, delivery_id: int) -> None:
    deliveries.send(delivery_id=delivery_id, now=clock.now())


@shared_task
def send_due_deliveries() -> None:
    """Pick up mails whose own task was lost."""
    due = Delivery.objects.filter(state=Delivery.State.QUEUED, next_attempt_at__lte=clock.now())
    until = time.monotonic() + SWEEP_S
    for pk in list(due.order_by("next_attempt_at").values_list("pk", flat=True)[:AT_A_TIME]):
        if time.monotonic() > until:
            return  # the next sweep goes on; what this one has taken is claimed
        deliveries.send(delivery_id=pk, now=clock.now())


@shared_task
def end_overdue_sessions() -> None:
    """Time out sessions whose customer never came, or stopped before the terms."""
    now = clock.now()
    connecting = Invitation.objects.filter(support_session__status=Status.CONNECTING)
    overdue = connecting.filter(redeemed_at__isnull=True, expires_at__lte=now) | connecting.filter(
        redeemed_at__lte=now - actions.ON_THE_WAY
    )
    for pk in list(overdue.order_by("expires_at").values_list("pk", flat=True)[:AT_A_TIME]):
        actions.expire(invitation_id=pk, now=now)
    actions.forget_secrets_of_ended_sessions(now=now)
    specialists.forget_who_waited(now=now)


@shared_task
def forget_old_codes() -> None:
    now = clock.now()
    actions.forget_old_digests(now=now)
    guesses.forget_old_counters(now=now)
