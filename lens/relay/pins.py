"""Which `manage.py media` process relays which support session. Production only: embedded there is one process.

A process renews its lease; whoever finds that another's lease is over takes that one's sessions. Every move gives the
session's relay a new name, so that pages notice and connect anew.
"""

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import IntegrityError, transaction
from django.db.models import Count

from lens.relay.models import MediaProcess, RelayPin
from sessions import bus
from sessions.events import publish_on_commit
from sessions.models import SupportSession

LEASE = timedelta(seconds=3)
GIVEN_UP = timedelta(seconds=15)  # a pin to a process that is dead for so long: nobody is there to take it
MEDIA_GROUP = "media"  # of the bus: every media process listens for new pins


@dataclass(frozen=True)
class Held:
    """The sessions of one process, and what stands for its relay in their signals."""

    pages: dict[UUID, str]


def find(session_id: UUID, *, now: datetime) -> str:
    """The name of the relay this session is to use, pinned to the least busy process if it is not; empty if none lives.

    A pin whose process has just died is left to the processes that live; they notice sooner than a reader does.
    """
    pin = RelayPin.objects.filter(support_session__public_id=session_id).select_related("process").first()
    if pin is not None and pin.process.lease_until >= now - GIVEN_UP:
        return pin.page
    if pin is not None:
        release(session_id, pin.page)
    living = MediaProcess.objects.filter(lease_until__gte=now).annotate(load=Count("pins"))
    process = living.order_by("load", "pk").first()
    if process is None:
        return ""
    try:
        with transaction.atomic():
            support_session = SupportSession.objects.only("pk").get(public_id=session_id)
            page = secrets.token_hex(8)
            RelayPin.objects.create(support_session=support_session, process=process, page=page)
            transaction.on_commit(lambda: bus.publish(MEDIA_GROUP, {"kind": "pinned"}))
            return page
    except IntegrityError:  # another process was as quick; or the one chosen is gone, and the next look finds another
        pin = RelayPin.objects.filter(support_session__public_id=session_id).first()
        return pin.page if pin is not None else ""


@transaction.atomic
def beat(name: str, *, now: datetime) -> Held:
    """A sign of life of this process. Takes what the dead have left, and returns all that is to be relayed here."""
    process, _made = MediaProcess.objects.update_or_create(name=name, defaults={"lease_until": now + LEASE})
    for orphan in RelayPin.objects.filter(process__lease_until__lt=now).select_related("support_session"):
        taken = RelayPin.objects.filter(pk=orphan.pk, page=orphan.page)  # by nobody else meanwhile
        if taken.update(process=process, page=secrets.token_hex(8)):
            publish_on_commit(orphan.support_session)
    MediaProcess.objects.filter(lease_until__lt=now, pins=None).delete()
    held = RelayPin.objects.filter(process=process).values_list("support_session__public_id", "page")
    return Held(pages=dict(held))


@transaction.atomic
def leave(name: str, *, now: datetime) -> None:
    """This process is about to end: its sessions are to be taken at once."""
    MediaProcess.objects.filter(name=name).update(lease_until=now - timedelta(seconds=1))
    transaction.on_commit(lambda: bus.publish(MEDIA_GROUP, {"kind": "left"}))


def release(session_id: UUID, page: str) -> None:
    """The session needs no relay any more, unless it has been given another meanwhile."""
    RelayPin.objects.filter(support_session__public_id=session_id, page=page).delete()
