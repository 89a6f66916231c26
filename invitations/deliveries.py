"""Sending the mails and texts that carry an invitation: queue, claim, send, and what each failure means."""

import logging
import smtplib
from datetime import datetime, timedelta
from uuid import UUID

from anymail.exceptions import AnymailError, AnymailRecipientsRefused, AnymailRequestsAPIError
from celery.exceptions import SoftTimeLimitExceeded
from django.db import transaction
from django.utils.translation import gettext as _

from invitations import codes, sms, tasks_by_name
from invitations.addresses import clean_address
from invitations.errors import InvitationEnded, NothingToRetry, TooManyMails
from invitations.mails import invitation_mail
from invitations.models import Delivery, Invitation
from invitations.phones import clean_phone
from invitations.sending import require_can_handle, require_receiver
from invitations.sms import SmsRefused
from portals import audit
from portals.models import User
from portals.use_case import use_case
from sessions import protocol, timeline
from sessions.events import publish_on_commit
from sessions.models import SupportSession, TimelineEntry

logger = logging.getLogger("sightline.mail")

MAILS_PER_HOUR = 20  # of one technician (S-72)
CLAIM = timedelta(seconds=50)  # a mail whose sender vanished is taken up again after this, by a sweep (R-11: 60 s)
BACKOFF = [timedelta(seconds=2), timedelta(seconds=8), timedelta(seconds=30)]  # then it has failed


def queue_delivery(invitation: Invitation, *, to: str, technician: User, now: datetime) -> Delivery:
    """Store the mail or text to be sent; a task sends it after commit, and the sweep if that task is lost.

    Raises TooManyMails. Locks the technician, whose mails are counted, but lets others write rows that refer to them.
    """
    User.objects.select_for_update(no_key=True).get(pk=technician.pk)
    sent = Delivery.objects.filter(invitation__created_by=technician, created_at__gt=now - timedelta(hours=1)).count()
    if sent >= MAILS_PER_HOUR:
        raise TooManyMails(limit=MAILS_PER_HOUR)
    by_sms = invitation.method == Invitation.Method.SMS
    channel = Delivery.Channel.SMS if by_sms else Delivery.Channel.MAIL
    delivery = Delivery.objects.create(
        invitation=invitation, channel=channel, to=to, created_at=now, next_attempt_at=now
    )
    tasks_by_name.send_delivery_on_commit(delivery.pk)
    return delivery


@use_case
def retry_delivery(*, technician: User, delivery_id: UUID, to: str | None, now: datetime) -> Delivery:
    """Send a failed mail or text again, to another address where one is given.

    Raises Delivery.DoesNotExist, NotAllowed, NothingToRetry, InvitationEnded, InvalidInput.
    """
    invitations = Invitation.objects.visible_to(technician)
    delivery = (
        Delivery.objects.select_for_update(of=("self",))
        .select_related("invitation__support_session__company")
        .get(public_id=delivery_id, invitation__in=invitations)
    )
    require_can_handle(technician, delivery.invitation, verb="delivery.retry")
    if delivery.state not in {Delivery.State.FAILED, Delivery.State.BOUNCED}:
        raise NothingToRetry
    if not delivery.invitation.is_open(now):
        raise InvitationEnded
    clean = clean_phone if delivery.channel == Delivery.Channel.SMS else clean_address
    delivery.to = clean(to) if to is not None else delivery.to
    require_receiver(delivery.invitation, delivery.to)
    delivery.state, delivery.reason, delivery.attempts = Delivery.State.QUEUED, "", 0
    delivery.round, delivery.provider_id, delivery.next_attempt_at = delivery.round + 1, "", now
    delivery.save(update_fields=["to", "state", "reason", "attempts", "round", "provider_id", "next_attempt_at"])
    audit.record(actor=technician, verb="delivery.retried", target=delivery.invitation.support_session)
    publish_on_commit(delivery.invitation.support_session)
    tasks_by_name.send_delivery_on_commit(delivery.pk)
    return delivery


def send(*, delivery_id: int, now: datetime) -> None:
    """Send one queued mail that is due. Safe to run twice: whoever claims the row first sends it."""
    delivery = _claim(delivery_id, now=now)
    if delivery is None:
        return None
    secrets = codes.unseal(delivery.invitation.sealed)
    if secrets is None or not delivery.invitation.is_open(now):
        return _settle(delivery, Delivery.State.FAILED, _("The code ended before it could be sent."), now=now)
    try:
        delivery.provider_id = _hand_over(delivery, secrets)
    except Exception as error:  # each backend has its own; none may leave the mail without an answer
        sentence, final = _explain_sms(error) if delivery.channel == Delivery.Channel.SMS else _explain(error)
        if final or delivery.attempts > len(BACKOFF):
            return _settle(delivery, Delivery.State.FAILED, sentence, now=now)
        _postpone(delivery, sentence, now=now)
    else:
        _settle(delivery, Delivery.State.SENT, "", now=now)


def _hand_over(delivery: Delivery, secrets: codes.Secrets) -> str:
    """Return the provider's name for the mail, empty where there is none."""
    if delivery.channel == Delivery.Channel.SMS:
        sms.send(delivery, secrets)
        return ""
    mail = invitation_mail(delivery, secrets)
    mail.send()
    return str(getattr(getattr(mail, "anymail_status", None), "message_id", None) or "")[:255]


@transaction.atomic
def _claim(delivery_id: int, *, now: datetime) -> Delivery | None:
    """Take the mail for CLAIM; None when it is sent, not due, or taken by another worker."""
    due = Delivery.objects.select_for_update(of=("self",)).filter(
        pk=delivery_id, state=Delivery.State.QUEUED, next_attempt_at__lte=now
    )
    delivery = due.select_related(
        "invitation__support_session__company", "invitation__created_by", "invitation__support_session__portal"
    ).first()
    if delivery is not None:
        delivery.attempts += 1
        delivery.next_attempt_at = now + CLAIM
        delivery.save(update_fields=["attempts", "next_attempt_at"])
    return delivery


@transaction.atomic
def _settle(delivery: Delivery, state: Delivery.State, reason: str, *, now: datetime) -> None:
    support_session = SupportSession.objects.select_for_update().get(pk=delivery.invitation.support_session_id)
    if not _is_still_ours(delivery):
        return
    delivery.state, delivery.reason, delivery.next_attempt_at = state, reason[:255], None
    delivery.sent_at = now if state == Delivery.State.SENT else None
    delivery.save(update_fields=["state", "reason", "next_attempt_at", "sent_at", "provider_id"])
    timeline.record(
        support_session,
        protocol.DeliveryChanged,
        now=now,
        audience=TimelineEntry.Audience.TECHNICIANS,
        state=state.value,
        to=delivery.to,
        reason=delivery.reason,
    )


@transaction.atomic
def _postpone(delivery: Delivery, reason: str, *, now: datetime) -> None:
    if not _is_still_ours(delivery):
        return
    wait = BACKOFF[delivery.attempts - 1]
    delivery.reason, delivery.next_attempt_at = reason[:255], now + wait
    delivery.save(update_fields=["reason", "next_attempt_at"])
    publish_on_commit(delivery.invitation.support_session)
    tasks_by_name.send_delivery_on_commit(delivery.pk, countdown_s=wait.total_seconds())


def _is_still_ours(delivery: Delivery) -> bool:
    """Lock the mail; False where our claim ran out and another worker took it, or where it is settled already."""
    ours = Delivery.objects.filter(pk=delivery.pk, state=Delivery.State.QUEUED, attempts=delivery.attempts)
    return ours.select_for_update().first() is not None


def _explain(error: Exception) -> tuple[str, bool]:
    """The sentence for a failure of sending, and whether trying again is of no use."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            code, answer = next(iter(error.recipients.values()))
            return _refused(code, answer), code >= 500
        case smtplib.SMTPResponseException():
            return _refused(error.smtp_code, error.smtp_error), error.smtp_code >= 500
        case AnymailRecipientsRefused():
            return _("The mail provider refused this address."), True
        case AnymailRequestsAPIError():
            return _("The mail provider could not take the mail: %(status)s.") % {"status": error.status_code}, False
        case AnymailError():
            return _("The mail provider could not take the mail."), False
        case smtplib.SMTPNotSupportedError():
            return _("The mail server cannot take such an address."), True
        case smtplib.SMTPServerDisconnected() if not isinstance(error.__context__, TimeoutError):
            return _("The mail server closed the connection."), False
        case TimeoutError() | SoftTimeLimitExceeded() | smtplib.SMTPServerDisconnected():
            return _("The mail server did not answer in time."), False
        case OSError():  # refused connections, unknown hosts; smtplib's other errors too
            return _("The mail server cannot be reached."), False
    logger.error("A mail could not be sent.", exc_info=error)
    return _("The mail could not be sent."), False


def _explain_sms(error: Exception) -> tuple[str, bool]:
    """As _explain, for what the provider's function raises."""
    match error:
        case SmsRefused():
            return _("The SMS provider refused it: %(answer)s") % {"answer": _printable(str(error))}, True
        case TimeoutError() | SoftTimeLimitExceeded():
            return _("The SMS provider did not answer in time."), False
        case OSError():
            return _("The SMS provider cannot be reached."), False
    logger.error("A text could not be sent.", exc_info=error)
    return _("The text could not be sent."), False


def _refused(code: int, answer: bytes | str) -> str:
    text = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else str(answer)
    return _("The mail server refused it: %(code)s %(answer)s") % {"code": code, "answer": _printable(text)}


def _printable(text: str) -> str:
    return "".join(character for character in " ".join(text.split()) if character.isprintable())[:150]
