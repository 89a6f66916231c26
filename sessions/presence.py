"""Who is there: leases, pages and media state, written often and outside the timeline."""

from collections.abc import Collection
from datetime import datetime

from django.db import transaction

from portals.models import User
from portals.use_case import use_case
from sessions.events import publish_on_commit
from sessions.models import LEASE, Participant, SupportSession


@use_case
def set_availability(*, technician: User, availability: str) -> None:
    """Online or Away: whether the technician takes sessions from others."""
    User.objects.filter(pk=technician.pk).update(availability=User.Availability(availability))


def renew_leases(pages: Collection[tuple[int, str]], *, now: datetime) -> datetime:
    """Signs of life of pages, each with the pk of its attendee; connected until the moment returned.

    A page that no longer speaks for its attendee renews nothing. One query; that a page is looked for among those of
    all others changes nothing, since the page that does speak is only among them if it has given a sign itself.
    """
    lease_until = now + LEASE
    participants, page_ids = {pk for pk, _page in pages}, {page for _pk, page in pages}
    Participant.objects.filter(pk__in=participants, page_id__in=page_ids).update(lease_until=lease_until)
    return lease_until


@transaction.atomic
def open_page(*, participant: Participant, page_id: str, now: datetime) -> datetime:
    """This page now speaks for the attendee, an older one no longer; connected until the moment returned."""
    lease_until = now + LEASE
    Participant.objects.filter(pk=participant.pk).update(lease_until=lease_until, page_id=page_id)
    _announce(participant)
    return lease_until


@transaction.atomic
def close_page(*, participant: Participant, page_id: str, lease_until: datetime, now: datetime) -> None:
    """The socket that got this lease is gone; nothing happens if any other has spoken for the attendee since.

    The same page may be back on a new socket before the server notices that the old one is dead.
    """
    speaking = Participant.objects.filter(pk=participant.pk, page_id=page_id, lease_until=lease_until)
    lost = speaking.update(lease_until=now, camera_on=False, microphone_on=False)
    if lost:
        _announce(participant)


@transaction.atomic
def set_media_state(*, participant: Participant, camera: bool, microphone: bool) -> None:
    Participant.objects.filter(pk=participant.pk).update(camera_on=camera, microphone_on=microphone)
    _announce(participant)


def renew_console(*, technician: User, now: datetime) -> datetime:
    """A console of this technician is open until the moment returned: sessions may be handed over to them."""
    until = now + LEASE
    User.objects.filter(pk=technician.pk).update(console_until=until)
    return until


def close_console(*, technician: User, until: datetime, now: datetime) -> None:
    """The socket that got this lease is gone; nothing happens if another console has renewed it since."""
    User.objects.filter(pk=technician.pk, console_until=until).update(console_until=now)


def _announce(participant: Participant) -> None:
    """Wake the room, and the console of whoever leads by now."""
    session = SupportSession.objects.only("public_id", "lead_id").get(pk=participant.support_session_id)
    publish_on_commit(session)
