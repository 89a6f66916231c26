"""Who may have the server send an invitation, and to whom."""

from django.utils.translation import gettext as _

from invitations.models import Invitation
from portals.errors import InvalidInput
from portals.models import User
from portals.permissions import Right, can_use_method, require
from portals.receivers import may_receive
from sessions import rights
from sessions.rights import May

INVITES = {Invitation.Purpose.AGENT: May.INVITE_AGENTS, Invitation.Purpose.SPECIALIST: May.INVITE_SPECIALISTS}


def can_handle(technician: User, invitation: Invitation) -> Right:
    """Make, send and cancel an invitation of this kind; load its session with it."""
    if invitation.is_for_customer:
        return can_use_method(technician, invitation.method)
    wanted = INVITES[Invitation.Purpose(invitation.purpose)]
    return rights.technician_may(technician, invitation.support_session, wanted)


def require_can_handle(technician: User, invitation: Invitation, *, verb: str) -> None:
    require(can_handle(technician, invitation), verb=verb)


def require_receiver(invitation: Invitation, address: str) -> None:
    """Raises InvalidInput unless the company lets the server's mails to specialists go there."""
    company = invitation.support_session.company
    if invitation.purpose != Invitation.Purpose.SPECIALIST or may_receive(company.specialist_mails_to, address):
        return
    sentence = _("Your company sends invitations to approved addresses only. Ask your manager to add this one.")
    raise InvalidInput({"to": sentence})
