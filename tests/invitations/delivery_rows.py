"""A mail to Dora: queued, sent by the worker's task, and the four ways in which its code ends before."""

from django.utils import timezone

from invitations import actions, codes, tasks
from invitations.models import Delivery
from portals.models import User
from sessions import endings
from tests import factories

DORA = "dora@example.com"


def queued(bob: User, *, to: str = DORA) -> Delivery:
    delivery = factories.invited(bob, method="email", to=to).delivery
    assert delivery is not None
    return delivery


def send(delivery: Delivery) -> Delivery:
    """Run the worker's task for it."""
    tasks.send_delivery.apply(kwargs={"delivery_id": delivery.pk}, throw=True)
    delivery.refresh_from_db()
    return delivery


def cancelled(bob: User, delivery: Delivery) -> None:
    actions.cancel(technician=bob, invitation_id=delivery.invitation.public_id, now=timezone.now())


def expired(bob: User, delivery: Delivery) -> None:
    factories.expired(delivery.invitation)


def used(bob: User, delivery: Delivery) -> None:
    secrets = codes.unseal(delivery.invitation.sealed)
    assert secrets is not None
    actions.redeem(token=secrets.token, language="en", now=timezone.now())


def session_ended(bob: User, delivery: Delivery) -> None:
    session_id = delivery.invitation.support_session.public_id
    endings.end_session(technician=bob, session_id=session_id, now=timezone.now())


ENDS = [cancelled, expired, used, session_ended]
