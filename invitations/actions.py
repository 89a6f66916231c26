"""The verbs of ways in: create, look up, redeem, refuse, cancel, expire, and the mails that carry them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from invitations import codes, ways_in
from invitations.addresses import clean_address, clean_name
from invitations.codes import Secrets
from invitations.deliveries import queue_delivery
from invitations.errors import (
    LinkNotValid,
    TooManyPending,
)
from invitations.models import DIGEST_KEPT, Delivery, Invitation
from invitations.phones import clean_phone
from invitations.sending import require_can_handle
from portals import audit
from portals.errors import InvalidInput
from portals.models import Portal, User
from portals.permissions import can_start_kind, can_start_private, can_use_method, portals_of, require
from portals.use_case import use_case
from sessions import actions as session_actions
from sessions import endings as session_endings
from sessions import guest_cookie, protocol, steps, timeline
from sessions.events import publish_on_commit
from sessions.models import Participant, SupportSession, TimelineEntry
from sessions.states import ENDED, EndReason, Status

MAX_PENDING = 8  # unused codes of one technician at a time
ON_THE_WAY = timedelta(minutes=30)  # from Continue to the accepted terms
ENDED_LATELY = timedelta(hours=1)  # how far back the sweep looks for what their sessions' ends left behind


@dataclass(frozen=True)
class Created:
    support_session: SupportSession
    invitation: Invitation
    secrets: Secrets
    delivery: Delivery | None
    address: str  # the cleaned one, or the phone number in E.164; empty where none was given


@use_case
def create_invited_session(
    *,
    technician: User,
    kind: str,
    name: str,
    portal_id: UUID | None,
    method: str,
    to: str,
    by_server: bool,
    now: datetime,
) -> Created:
    """Create a private session with its one code and link, and queue the mail or text where the server sends it.

    to: a mail address, or a phone number for the method SMS.
    Raises NotAllowed (any of the rights is missing), InvalidInput, TooManyPending, NoCodeFree, TooManyMails; then
    nothing is stored.
    """
    # Lock first: the codes and mails counted here must still be as many when the new ones are written.
    steps.locked_user(technician)
    portal = _portal_for(technician, portal_id)
    require(can_start_kind(technician, kind, portal), verb="session.create")
    require(can_start_private(technician), verb="session.create")
    require(can_use_method(technician, method), verb="session.create")
    if portal is None:
        raise InvalidInput({"portal": _("No portal is open to your group. Ask your manager.")})
    customer_name, address = _clean(name, to, method=method, by_server=by_server)
    _require_free_code(technician, now=now)

    support_session = session_actions.create_support_session(
        technician=technician,
        portal=portal,
        kind=SupportSession.Kind(kind),
        customer_name=customer_name,
        now=now,
    )
    phone = address if method == Invitation.Method.SMS else ""
    invitation, secrets = ways_in.issue(support_session, method=method, technician=technician, now=now, phone=phone)
    timeline.record(
        support_session,
        protocol.InvitationCreated,
        now=now,
        author=support_session.participants.get(user=technician),
        audience=TimelineEntry.Audience.TECHNICIANS,
        method=method,
        to=address,
    )
    audit.record(actor=technician, verb="session.created", target=support_session, changes={"method": method})
    sent = by_server and method in {Invitation.Method.EMAIL, Invitation.Method.SMS}
    delivery = queue_delivery(invitation, to=address, technician=technician, now=now) if sent else None
    return Created(support_session, invitation, secrets, delivery, address)


def _clean(name: str, to: str, *, method: str, by_server: bool) -> tuple[str, str]:
    """Name and address, or all that is wrong with both at once."""
    errors: dict[str, str] = {}

    def checked(clean: Callable[[str], str], text: str) -> str:
        try:
            return clean(text)
        except InvalidInput as error:
            errors.update(error.errors)
            return ""

    cleaned = checked(clean_name, name)
    address = ""
    if method == Invitation.Method.SMS:
        address = checked(clean_phone, to)
    elif method == Invitation.Method.EMAIL and (by_server or to.strip()):
        address = checked(clean_address, to)
    if errors:
        raise InvalidInput(errors)
    return cleaned, address


def _require_free_code(technician: User, *, now: datetime) -> None:
    """The caller holds the technician's lock."""
    unused = list(Invitation.objects.unused(technician, now=now).select_related("support_session"))
    if len(unused) < MAX_PENDING:
        return
    oldest = min(unused, key=lambda invitation: invitation.created_at)
    secrets = codes.unseal(oldest.sealed)
    pin = secrets.code_display if secrets else "–"
    raise TooManyPending(limit=MAX_PENDING, pin=pin, name=oldest.support_session.customer_name)


def _portal_for(technician: User, portal_id: UUID | None) -> Portal | None:
    """The named portal, or the only one; one the technician's group does not serve does not exist."""
    served = portals_of(technician)
    if portal_id is None:
        return served[0] if served else None
    found = next((portal for portal in served if portal.public_id == portal_id), None)
    if found is None and technician.is_technician:
        raise Portal.DoesNotExist
    return found


# ---- Spending and ending -----------------------------------------------------------------------


@use_case
def redeem(*, token: str, language: str, now: datetime) -> tuple[Participant, str]:
    """Spend the invitation for the browser that pressed Continue; return its attendee and its cookie's token.

    Raises LinkNotValid or one of LINK_REFUSALS. Of two browsers at once, one gets in.
    """
    invitation = _locked_customers(token, now=now)
    _close(invitation, redeemed_at=now)
    cookie = guest_cookie.new_token()
    participant = session_actions.admit_customer(
        support_session=invitation.support_session,
        token_digest=guest_cookie.digest(cookie),
        language=language,
        now=now,
    )
    audit.record(actor=participant, verb="invitation.redeemed", target=invitation)
    return participant, cookie


@use_case
def refuse(*, token: str, now: datetime) -> Invitation:
    """The person who got the link did not ask for help: the code dies and the technician is told."""
    invitation = _locked_customers(token, now=now)
    _close(invitation, cancelled_at=now)
    audit.record(actor=None, verb="invitation.refused", target=invitation)
    session_endings.end_connecting(invitation.support_session, reason=EndReason.NOT_REQUESTED, now=now)
    return invitation


@use_case
def cancel(*, technician: User, invitation_id: UUID, now: datetime) -> Invitation:
    """Take the code back. A repeated call changes nothing.

    A session that its customer has not entered ends with it; agents and specialists who are inside stay.
    Raises Invitation.DoesNotExist, NotAllowed.
    """
    found = Invitation.objects.visible_to(technician).get(public_id=invitation_id)
    support_session = SupportSession.objects.select_for_update().get(pk=found.support_session_id)
    invitation = Invitation.objects.select_for_update().get(pk=found.pk)
    if invitation.cancelled_at is not None:
        return invitation
    if not invitation.is_for_customer:
        require_can_handle(technician, invitation, verb="invitation.cancel")
    if invitation.redeemed_at is None:
        _close(invitation, cancelled_at=now)
    audit.record(actor=technician, verb="invitation.cancelled", target=invitation)
    if not invitation.is_for_customer:
        timeline.record(
            support_session,
            protocol.InvitationCancelled,
            now=now,
            author=support_session.participants.filter(user=technician).first(),
            audience=TimelineEntry.Audience.TECHNICIANS,
            purpose=invitation.purpose,
        )
    elif support_session.status == Status.CONNECTING:
        session_endings.end_connecting(support_session, reason=EndReason.CODE_CANCELLED, now=now)
    return invitation


def close_doors(support_session: SupportSession, now: datetime, purpose: str = "") -> None:
    """The session ends, or no technician is left: agents' and specialists' codes and links are dead.

    purpose: of which invitations, where not of all.
    """
    live = Invitation.objects.live().filter(support_session=support_session)
    if purpose:
        live = live.filter(purpose=purpose)
    live.update(cancelled_at=now, sealed="", comment="")  # the timeline keeps the comment as long as its texts


@use_case
def expire(*, invitation_id: int, now: datetime) -> bool:
    """End a session whose customer did not come in time; return whether there was anything to end."""
    session_id = Invitation.objects.values_list("support_session_id", flat=True).get(pk=invitation_id)
    support_session = SupportSession.objects.select_for_update().get(pk=session_id)
    invitation = Invitation.objects.select_for_update().get(pk=invitation_id)
    if support_session.status != Status.CONNECTING or not is_overdue(invitation, now=now):
        return False
    Invitation.objects.filter(pk=invitation.pk).update(sealed="")
    session_endings.end_connecting(support_session, reason=EndReason.CODE_EXPIRED, now=now)
    return True


def is_overdue(invitation: Invitation, *, now: datetime) -> bool:
    if invitation.redeemed_at is not None:
        return invitation.redeemed_at + ON_THE_WAY <= now
    return invitation.expires_at is not None and invitation.expires_at <= now


def forget_secrets_of_ended_sessions(*, now: datetime) -> int:
    """Delete the copies that a session's own end left behind (it knows no invitations); return how many."""
    customers = Invitation.objects.filter(purpose=Invitation.Purpose.CUSTOMER)  # doors of others are shut at the end
    lately = customers.filter(expires_at__gt=now - ENDED_LATELY, support_session__status__in=ENDED)
    return lately.exclude(sealed="").update(sealed="")


def forget_old_digests(*, now: datetime) -> int:
    """Free the codes of invitations that ended long enough ago; return how many."""
    old = Q(expires_at__lt=now - DIGEST_KEPT) | Q(expires_at=None, cancelled_at__lt=now - DIGEST_KEPT)
    kept = Invitation.objects.filter(code_digest__isnull=False).filter(old)
    return kept.exclude(redeemed_at__gt=now - DIGEST_KEPT).update(code_digest=None, sealed="")


def _locked_customers(token: str, *, now: datetime) -> Invitation:
    """An open invitation of a customer. Raises LinkNotValid, also for one of somebody else, or one of LINK_REFUSALS."""
    invitation = ways_in.locked(token)
    if not invitation.is_for_customer:
        raise LinkNotValid
    ways_in.require_open(invitation, now=now)
    return invitation


def _close(invitation: Invitation, **moment: datetime) -> None:
    for column, value in moment.items():
        setattr(invitation, column, value)
    invitation.sealed = ""
    invitation.save(update_fields=[*moment, "sealed"])
    publish_on_commit(invitation.support_session)
