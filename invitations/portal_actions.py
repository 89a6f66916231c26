"""Through a portal's form into a support session: who may, how often, and what is made."""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings

from invitations import availability, guesses
from invitations.errors import (
    NobodyAvailable,
    PortalClosed,
    PortalKindOff,
    QueueFull,
    TechnicianNotAvailable,
    TooManyEntries,
)
from invitations.ways_in import wait_in_words
from portals import audit
from portals.models import Portal, User
from portals.request_context import source_of
from portals.use_case import use_case
from sessions import actions as session_actions
from sessions import guest_cookie
from sessions.models import Participant, SupportSession
from sessions.states import Status


@use_case
def enter_portal(
    *,
    portal_pk: int,
    name: str,
    answers: list[list[str]],
    technician_id: UUID | None,
    address: str,
    language: str,
    now: datetime,
) -> tuple[Participant, str]:
    """Open a session for who filled the portal's form; return the customer's attendee and its cookie's token.

    answers: [[question, answer], ...]. technician_id: the choice of Web mode; a queue has no lead yet.
    Raises PortalClosed, PortalKindOff, TooManyEntries, QueueFull, NobodyAvailable, TechnicianNotAvailable.
    """
    # Lock first: people who wait are counted, and closing the portal holds from its commit on.
    portal = Portal.objects.select_for_update(of=("self",), no_key=True).select_related("company").get(pk=portal_pk)
    require_open(portal)
    helpers = availability.helpers(portal, now=now)
    if not helpers:
        raise NobodyAvailable
    _require_room(portal)
    _count_entry(address, now=now)

    support_session = session_actions.create_support_session(
        portal=portal,
        kind=SupportSession.Kind(portal.session_kind),
        customer_name=name,
        technician=_chosen(helpers, technician_id) if portal.mode == Portal.Mode.WEB else None,
        now=now,
        via_portal=True,
        answers=answers,
    )
    cookie = guest_cookie.new_token()
    customer = session_actions.admit_customer(
        support_session=support_session, token_digest=guest_cookie.digest(cookie), language=language, now=now
    )
    audit.record(actor=customer, verb="portal.entered", target=support_session, changes={"portal": str(portal)})
    return customer, cookie


def require_open(portal: Portal) -> None:
    """Raises PortalClosed, PortalKindOff."""
    if not portal.is_open:
        raise PortalClosed
    lens = portal.session_kind == Portal.SessionKind.LENS and portal.mode != Portal.Mode.PHONE
    if lens and not (portal.company.lens_enabled and portal.lens_enabled):
        raise PortalKindOff


def _chosen(helpers: list[User], technician_id: UUID | None) -> User:
    for technician in helpers:
        if technician.public_id == technician_id:
            return technician
    raise TechnicianNotAvailable


def _require_room(portal: Portal) -> None:
    coming = SupportSession.objects.filter(
        portal=portal, via_portal=True, status__in=[Status.CONNECTING, Status.WAITING]
    )
    if coming.count() >= settings.PORTAL_WAITING_MAX:
        raise QueueFull


def _count_entry(address: str, *, now: datetime) -> None:
    """Count this session for its source, under the source's lock. Raises TooManyEntries."""
    window = timedelta(minutes=settings.PORTAL_WINDOW_MIN)
    (counter,) = guesses.locked_counters([f"portal:{source_of(address)}"], now=now)
    if now - counter.window_started_at >= window:
        counter.wrong, counter.window_started_at = 0, now
    if counter.wrong >= settings.PORTAL_SESSIONS:
        raise TooManyEntries(wait=wait_in_words(counter.window_started_at + window - now))
    counter.wrong += 1
    counter.save(update_fields=["wrong", "window_started_at"])
