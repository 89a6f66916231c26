"""The console's list *Pending codes*: sessions whose customer is not there yet."""

from datetime import datetime

from django.utils.translation import gettext as _

from invitations import codes, sms
from invitations.delivery_states import delivery_state
from invitations.models import Invitation
from portals.models import User
from sessions import protocol
from sessions.states import Status
from sessions.timeline import iso


def pending_codes(user: User, now: datetime) -> list[protocol.PendingCode]:
    """Newest first; an expired code leaves the list at once, though its session is ended by the sweep."""
    invitations = (
        Invitation.objects.filter(purpose=Invitation.Purpose.CUSTOMER, created_by=user, cancelled_at__isnull=True)
        .filter(support_session__status=Status.CONNECTING)
        .select_related("support_session__company")
        .prefetch_related("deliveries")
        .order_by("-created_at")
    )
    return [_pending(one) for one in invitations if one.redeemed_at is not None or one.is_open(now)]


def _pending(invitation: Invitation) -> protocol.PendingCode:
    secrets = codes.unseal(invitation.sealed)
    deliveries = sorted(invitation.deliveries.all(), key=lambda delivery: delivery.pk)
    return protocol.PendingCode(
        id=str(invitation.public_id),
        session=str(invitation.support_session.public_id),
        name=invitation.support_session.customer_name,
        code=secrets.code_display if secrets else "",
        link=secrets.link if secrets else "",
        expires_at=iso(invitation.expires_at or invitation.created_at),
        method=str(invitation.get_method_display()),
        progress=_("Link opened") if invitation.redeemed_at else "",
        delivery=delivery_state(deliveries[-1]) if deliveries else None,
        sms=sms.sms_link(invitation, secrets) if secrets and invitation.method == Invitation.Method.SMS else "",
    )
