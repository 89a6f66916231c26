"""What the dialog *Invite External Specialists* shows: the rights to choose from, the ways in, who came."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from invitations import mails, qr, specialists
from invitations.delivery_states import latest_mails
from invitations.models import Arrival
from invitations.specialists import Issued
from portals.models import Portal, User
from sessions.models import MAX_SPECIALISTS, SupportSession


def card(support_session: SupportSession, technician: User) -> dict[str, Any]:
    issued = specialists.current(support_session)
    control = specialists.can_grant_control(support_session, technician)
    inside = support_session.participants.specialists().inside().count()
    return {
        "why_not_control": str(control.reason),
        "limit": MAX_SPECIALISTS,
        "inside": inside,
        "admits": support_session.portal.admit_specialists,
        "invitation": _invitation(issued) if issued is not None else None,
    }


def _invitation(issued: Issued) -> dict[str, Any]:
    invitation, secrets = issued.invitation, issued.secrets
    arrivals = invitation.arrivals.filter(participant__joined_at__isnull=False).select_related("participant")
    return {
        "id": invitation.public_id,
        "code": secrets.code,
        "code_display": secrets.code_display,
        "link": secrets.link,
        "join_page": f"{settings.ORIGINS[0]}/",
        "portal": _portal(invitation.support_session),
        "qr": qr.qr_svg(secrets.link_by("qr")),
        "mailto": mails.mailto(invitation, secrets, to=""),
        "right": invitation.right,
        "right_label": invitation.get_right_display(),
        "comment": invitation.comment,
        "created_by": invitation.created_by.name,
        "joined": [_joined(arrival) for arrival in arrivals.order_by("participant__joined_at")],
        "mails": latest_mails(invitation),
    }


def _joined(arrival: Arrival) -> dict[str, Any]:
    person = arrival.participant
    return {
        "id": person.public_id,
        "name": person.name,
        "way": person.get_way_in_display(),
        "right_label": person.get_grant_display(),
        "joined_at": person.joined_at,
        "left_at": person.left_at,
    }


def _portal(support_session: SupportSession) -> dict[str, str]:
    """The Phone portal where the code can be typed: the session's own, else another one of the company."""
    phone = Portal.objects.filter(company_id=support_session.company_id, mode=Portal.Mode.PHONE, is_open=True)
    found = phone.filter(pk=support_session.portal_id).first() or phone.order_by("name").first()
    if found is None:
        sentence = _("Your company has no open portal of Phone mode: Web and Queue portals take no code.")
        return {"address": "", "why_not": sentence}
    return {"address": f"{settings.ORIGINS[0]}/p/{found.slug}/", "why_not": ""}
