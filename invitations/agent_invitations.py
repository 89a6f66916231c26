"""The one code and link of a session for agents: made, sent, and what it lets in. Colleagues by name: colleagues.py."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from invitations import codes, ways_in
from invitations.addresses import clean_address
from invitations.codes import Secrets
from invitations.colleagues import require_still_inviting
from invitations.deliveries import queue_delivery
from invitations.models import Delivery, Invitation
from portals import audit
from portals.models import User
from portals.permissions import require
from portals.use_case import use_case
from sessions import agents, protocol, rights, steps, timeline
from sessions.models import Participant, SupportSession, TimelineEntry
from sessions.rights import May


@dataclass(frozen=True)
class Issued:
    invitation: Invitation
    secrets: Secrets


@use_case
def invite_agents(*, technician: User, session_id: UUID, now: datetime) -> Issued:
    """The session's code and link for agents; asked again, the same.

    Raises SupportSession.DoesNotExist, NotAllowed, SessionNotOpen, NotStarted, NoCodeFree.
    """
    support_session = steps.locked(technician, session_id)
    require(rights.technician_may(technician, support_session, May.INVITE_AGENTS), verb="agents.invite")
    agents.require_joinable(support_session)
    found = ways_in.open_invitation(support_session, Invitation.Purpose.AGENT)
    if found is not None and (kept := codes.unseal(found.sealed)):
        return Issued(found, kept)
    invitation, secrets = ways_in.issue(
        support_session, purpose=Invitation.Purpose.AGENT, technician=technician, now=now
    )
    timeline.record(
        support_session,
        protocol.InvitationCreated,
        now=now,
        author=support_session.participants.get(user=technician),
        audience=TimelineEntry.Audience.TECHNICIANS,
        method="",
        purpose=invitation.purpose,
        right="",
        comment="",
    )
    audit.record(actor=technician, verb="agents.invited", target=support_session)
    return Issued(invitation, secrets)


@use_case
def mail_agent(*, technician: User, session_id: UUID, to: str, now: datetime) -> Delivery:
    """Have the server send the session's URL and code to one address.

    Raises what `invite_agents` raises, InvalidInput (the address), TooManyMails.
    """
    address = clean_address(to)
    steps.locked_user(technician)
    made = invite_agents(technician=technician, session_id=session_id, now=now)
    audit.record(actor=technician, verb="agents.mailed", target=made.invitation.support_session)
    return queue_delivery(made.invitation, to=address, technician=technician, now=now)


def issued(technician: User, session_id: UUID) -> tuple[SupportSession, Issued | None]:
    """The session and its living code, for a technician who may invite. Raises what `invite_agents` does."""
    related = ("company", "portal", "lead__technician_group")
    support_session = SupportSession.objects.visible_to(technician).select_related(*related).get(public_id=session_id)
    require(rights.technician_may(technician, support_session, May.INVITE_AGENTS), verb="agents.invite")
    found = ways_in.open_invitation(support_session, Invitation.Purpose.AGENT)
    secrets = codes.unseal(found.sealed) if found is not None else None
    return support_session, Issued(found, secrets) if found is not None and secrets is not None else None


def join_by_code(*, technician: User, code: str, address: str, now: datetime) -> Participant:
    """The dialog *Join Session*. A wrong code stays counted, for the address and for the account: no one transaction.

    code: 8 digits. Raises CodeNotValid or one of CODE_REFUSALS, TooManyGuesses, and what `join_by_invitation` raises.
    """
    secrets = ways_in.look_up_code(code=code, address=address, visitor=f"account-{technician.public_id}", now=now)
    found = ways_in.invitation_of(secrets.token)
    way = Participant.WayIn.CONSOLE
    return join_by_invitation(technician=technician, invitation_id=found.public_id, way=way, now=now)


@use_case
def join_by_invitation(*, technician: User, invitation_id: UUID, way: str, now: datetime) -> Participant:
    """Behind a link or the join page, once signed in. Who is inside already stays, on whatever device.

    Raises Invitation.DoesNotExist, NotAllowed (no seat, a company that allows no guests), one of LINK_REFUSALS,
    AgentsOff, SessionNotOpen, NotStarted, WasRemoved, RoomFull.
    """
    found = Invitation.objects.filter(purpose=Invitation.Purpose.AGENT).get(public_id=invitation_id)
    support_session = steps.lock(found.support_session_id)
    related = ("created_by__technician_group", "created_by__company")
    invitation = Invitation.objects.select_related(*related).get(pk=found.pk)
    invitation.support_session = support_session
    ways_in.require_open(invitation, now=now)
    require_still_inviting(invitation.created_by)
    agent = agents.admit_agent(support_session, technician, way_in=way, invited_by=invitation.created_by, now=now)
    audit.record(actor=technician, verb="agents.joined", target=support_session)
    return agent
