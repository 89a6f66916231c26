"""What mail providers tell about our mails (Anymail's tracking events): stored once, in any order (R-10)."""

import hashlib
from datetime import datetime
from typing import Any
from uuid import UUID

from anymail.signals import EventType, tracking
from django.db import transaction
from django.dispatch import receiver
from django.utils.translation import gettext as _

from invitations.models import Delivery, DeliveryEvent
from portals import clock
from sessions import protocol, timeline
from sessions.models import SupportSession, TimelineEntry

Kind = DeliveryEvent.Kind
KINDS = {
    EventType.DELIVERED: Kind.DELIVERED,
    EventType.COMPLAINED: Kind.COMPLAINED,
    EventType.REJECTED: Kind.REJECTED,
    EventType.FAILED: Kind.REJECTED,
    EventType.BOUNCED: Kind.BOUNCED,
}
# Of all that has been told about a mail the last of these counts: a mail may come back after it was taken.
SEVERITY = [Kind.DELIVERED, Kind.COMPLAINED, Kind.REJECTED, Kind.BOUNCED]
STATES = {
    Kind.DELIVERED: Delivery.State.DELIVERED,
    Kind.COMPLAINED: Delivery.State.DELIVERED,
    Kind.REJECTED: Delivery.State.FAILED,
    Kind.BOUNCED: Delivery.State.BOUNCED,
}


@receiver(tracking, dispatch_uid="invitations.mail_events")
def on_tracking(sender: Any, event: Any, esp_name: str, **kwargs: Any) -> None:
    """An error here answers the provider with 500, and it repeats the event later."""
    kind = KINDS.get(event.event_type)
    found = _delivery_of(event) if kind is not None else None
    if kind is None or found is None:
        return
    take_event(
        delivery_pk=found[0],
        mail_round=found[1],
        provider=esp_name,
        event_id=_id_of(event),
        kind=kind,
        reason=_reason(kind, event),
        at=event.timestamp or clock.now(),
        now=clock.now(),
    )


@transaction.atomic
def take_event(
    *,
    delivery_pk: int,
    mail_round: int,
    provider: str,
    event_id: str,
    kind: DeliveryEvent.Kind,
    reason: str,
    at: datetime,
    now: datetime,
) -> None:
    """Store the event and bring the delivery's state up to date. Repeated, it changes nothing.

    mail_round: of the delivery, when the mail in question was sent; what is told about an earlier one is only stored.
    """
    # The session first, as everywhere: its timeline gets the change.
    session_pk = Delivery.objects.values_list("invitation__support_session", flat=True).get(pk=delivery_pk)
    support_session = SupportSession.objects.select_for_update(no_key=True).get(pk=session_pk)
    delivery = Delivery.objects.select_for_update().get(pk=delivery_pk)
    facts = {"round": mail_round, "kind": kind, "reason": reason, "at": at}
    DeliveryEvent.objects.get_or_create(provider=provider, event_id=event_id, delivery=delivery, defaults=facts)

    told = list(delivery.events.filter(round=delivery.round))
    if not told:
        return
    last = max(told, key=lambda one: (SEVERITY.index(Kind(one.kind)), one.at, one.event_id))
    state, reason = STATES[Kind(last.kind)], last.reason
    if (delivery.state, delivery.reason) == (state, reason):
        return
    delivery.state, delivery.reason, delivery.next_attempt_at = state, reason, None
    delivery.sent_at = delivery.sent_at or now
    delivery.save(update_fields=["state", "reason", "next_attempt_at", "sent_at"])
    timeline.record(
        support_session,
        protocol.DeliveryChanged,
        now=now,
        audience=TimelineEntry.Audience.TECHNICIANS,
        state=state.value,
        to=delivery.to,
        reason=reason,
    )


def _delivery_of(event: Any) -> tuple[int, int] | None:
    """Key and round of the delivery that a mail belongs to: by the name we gave the mail, or by the provider's own."""
    name, _dot, mail_round = str((event.metadata or {}).get("delivery", "")).partition(".")
    try:
        by_name = Delivery.objects.filter(public_id=UUID(name)).values_list("pk", flat=True).first()
    except ValueError:
        by_name = None
    if by_name is not None and mail_round.isascii() and mail_round.isdecimal() and len(mail_round) < 5:
        return by_name, int(mail_round)
    message_id = str(event.message_id or "").replace("\x00", "")[:255]
    if not message_id:  # which every mail that went without a provider has
        return None
    return Delivery.objects.filter(provider_id=message_id).values_list("pk", "round").first()


def _id_of(event: Any) -> str:
    """The provider's id of the event, or for those who give none what makes this event this one."""
    facts = [event.event_id] if event.event_id else [event.message_id, event.event_type, event.timestamp]
    return hashlib.sha256("|".join(str(fact) for fact in facts).encode()).hexdigest()


def _reason(kind: DeliveryEvent.Kind, event: Any) -> str:
    told = str(event.mta_response or event.description or event.reject_reason or "")
    why = "".join(character for character in " ".join(told.split()) if character.isprintable())[:150] or "–"
    match kind:
        case Kind.BOUNCED:
            return _("The mail came back: %(why)s") % {"why": why}
        case Kind.REJECTED:
            return _("The mail provider did not send it: %(why)s") % {"why": why}
        case Kind.COMPLAINED:
            return _("The recipient marked the mail as spam.")
    return ""
