"""Agents: technicians who join a session that somebody else leads, of the own company or as guests of another."""

from datetime import datetime

from portals.models import User
from portals.permissions import require
from sessions import steps
from sessions.errors import NotStarted, RoomFull, SessionNotOpen, WasRemoved
from sessions.models import Participant, SupportSession
from sessions.permissions import can_attend
from sessions.states import Status

MAX_TECHNICIANS = 8  # the lead and seven agents (DESIGN 5)
ADVISED_AGENTS = 4  # with the fifth, those who invite are warned
JOINABLE = frozenset({Status.ACTIVE, Status.ON_HOLD, Status.TRANSFERRING})


def admit_agent(
    support_session: SupportSession,
    technician: User,
    *,
    way_in: str,
    invited_by: User | None,
    now: datetime,
    by_name: bool = False,
) -> Participant:
    """Let a technician in; one who is inside already stays. The caller holds the session's lock, so eight are eight.

    by_name: asked in person, which also lets in again somebody whom the lead has removed.
    Raises NotAllowed, SessionNotOpen, NotStarted, WasRemoved, RoomFull.
    """
    require_joinable(support_session)
    require(can_attend(technician, support_session), verb="session.join")
    before = support_session.participants.filter(user=technician).first()
    if before is not None and before.is_inside:
        return before
    if before is not None and before.removed_at is not None and not by_name:
        raise WasRemoved
    require_room(support_session)
    agent = steps.attend(support_session, technician)
    agent.way_in, agent.invited_by, agent.removed_at = way_in, invited_by, None
    agent.save(update_fields=["way_in", "invited_by", "removed_at"])
    steps.let_in(support_session, agent, now=now)
    return agent


def require_joinable(support_session: SupportSession) -> None:
    """Raises SessionNotOpen, NotStarted."""
    if support_session.is_ended:
        raise SessionNotOpen
    if support_session.status not in JOINABLE:
        raise NotStarted


def require_room(support_session: SupportSession) -> None:
    """Raises RoomFull."""
    if technicians_inside(support_session) >= MAX_TECHNICIANS:
        raise RoomFull(limit=MAX_TECHNICIANS)


def technicians_inside(support_session: SupportSession) -> int:
    return support_session.participants.inside().filter(role=Participant.Role.TECHNICIAN).count()
