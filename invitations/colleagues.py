"""Colleagues asked into a session by name, by group or by portal: the first to accept joins.

The comment is for technicians; the customer learns of it only that somebody has joined.
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q
from django.utils.translation import gettext as _

from invitations.errors import AgentsOff, RequestTaken, RequestWithdrawn
from invitations.models import AgentRequest
from portals import audit
from portals.errors import InvalidInput
from portals.models import Portal, TechnicianGroup, User
from portals.permissions import require
from portals.use_case import use_case
from sessions import agents, protocol, rights, steps, timeline
from sessions.console_state import Call
from sessions.errors import TargetNotFree
from sessions.events import publish_console_on_commit, publish_offers_on_commit
from sessions.models import COMMENT_LENGTH, Participant, SupportSession, TimelineEntry
from sessions.rights import May
from sessions.states import Status
from sessions.transfers import people_with_load

RUNNING = (Status.ACTIVE, Status.ON_HOLD)


@dataclass(frozen=True)
class Colleague:
    """Somebody, or several at once, who could be asked; or the reason why not now."""

    kind: str  # technician, group or portal
    id: str  # a person's or portal's public id, a group's number
    name: str
    detail: str  # a person's group
    availability: str  # online or away; empty for several
    sessions: int  # active ones
    why_not: str
    column: str = ""
    row: Any = None


@use_case
def invite_colleague(
    *, technician: User, session_id: UUID, kind: str, target_id: str, comment: str, now: datetime
) -> AgentRequest:
    """Ask a colleague, a group or those who serve a portal; they see it in their consoles at once.

    Raises SupportSession.DoesNotExist, NotAllowed, SessionNotOpen, NotStarted, RoomFull, InvalidInput (comment too
    long), TargetNotFree (offline, inside or asked already), and DoesNotExist for a target of another company.
    """
    support_session = steps.locked(technician, session_id)
    require(rights.technician_may(technician, support_session, May.INVITE_AGENTS), verb="agents.invite")
    agents.require_joinable(support_session)
    comment = comment.replace("\x00", "").strip()
    if len(comment) > COMMENT_LENGTH:
        raise InvalidInput({"comment": _("At most %(limit)s characters.") % {"limit": COMMENT_LENGTH}})
    agents.require_room(support_session)
    found = next((one for one in colleagues(support_session, now=now) if (one.kind, one.id) == (kind, target_id)), None)
    if found is None:
        raise User.DoesNotExist
    if found.why_not:
        raise TargetNotFree(name=found.name, reason=found.why_not)
    request = AgentRequest.objects.create(
        support_session=support_session,
        invited_by=technician,
        comment=comment,
        created_at=now,
        **{found.column: found.row},
    )
    timeline.record(
        support_session,
        protocol.AgentInvited,
        now=now,
        author=support_session.participants.get(user=technician),
        audience=TimelineEntry.Audience.TECHNICIANS,
        to=found.name,
        comment=comment,
    )
    audit.record(actor=technician, verb="agents.invited", target=support_session, changes={"to": found.name})
    _wake(request)
    return request


@use_case
def accept_request(*, technician: User, request_id: UUID, now: datetime) -> Participant:
    """Join. Of several at once one wins; the others are told who. Repeated by the one who is inside: no change.

    Raises AgentRequest.DoesNotExist, NotAllowed, SessionNotOpen, NotStarted, RequestTaken, RequestWithdrawn, RoomFull.
    """
    request = _locked(technician, request_id)
    support_session = request.support_session
    if request.accepted_by_id != technician.pk:
        agents.require_joinable(support_session)
        _require_open(request)
    require_still_inviting(request.invited_by)
    agent = agents.admit_agent(
        support_session,
        technician,
        way_in=Participant.WayIn.CONSOLE,
        invited_by=request.invited_by,
        now=now,
        by_name=request.to_user_id == technician.pk,
    )
    if request.ended_at is None:
        _end(request, now=now, accepted_by=technician)
    return agent


@use_case
def decline_request(*, technician: User, request_id: UUID, now: datetime) -> AgentRequest:
    """Say no. One of a group says it for nobody else. Repeated, or too late: no change.

    Raises AgentRequest.DoesNotExist.
    """
    request = _locked(technician, request_id)
    if request.ended_at is not None or request.declined_by.filter(pk=technician.pk).exists():
        return request
    request.declined_by.add(technician)
    if request.to_user_id == technician.pk:
        _end(request, now=now)
    _tell(request, "declined", by=technician.name, now=now)
    publish_console_on_commit(technician.pk)
    return request


@use_case
def withdraw_request(*, technician: User, request_id: UUID, now: datetime) -> AgentRequest:
    """Take it back, as whoever asked or as the lead. Repeated, or once accepted: no change.

    Raises AgentRequest.DoesNotExist.
    """
    visible = AgentRequest.objects.filter(support_session__in=SupportSession.objects.visible_to(technician))
    mine = visible.filter(Q(invited_by=technician) | Q(support_session__lead=technician))
    request = _lock(mine.get(public_id=request_id))
    if request.ended_at is None:
        _end(request, now=now)
        _tell(request, "withdrawn", by=technician.name, now=now)
    return request


def colleagues(support_session: SupportSession, *, now: datetime) -> list[Colleague]:
    """Everybody of the company who could be asked, those who cannot with the reason. A fixed number of queries."""
    inside: set[int | None] = set(
        support_session.participants.inside().exclude(user=None).values_list("user_id", flat=True)
    )
    asked = open_requests(support_session)
    people = list(people_with_load(support_session.company_id).exclude(pk=support_session.lead_id).order_by("name"))
    names = {request.to_user_id for request in asked}
    why = {person.pk: _why_not(person, inside, names, now=now) for person in people}
    found = [
        Colleague(
            kind="technician",
            id=str(person.public_id),
            name=person.name,
            detail=person.technician_group.name,
            availability=person.availability,
            sessions=person.active,
            why_not=why[person.pk],
            column="to_user",
            row=person,
        )
        for person in people
    ]
    taken = {request.to_group_id for request in asked}
    for group in TechnicianGroup.objects.filter(company_id=support_session.company_id).order_by("name"):
        members = [person for person in people if person.technician_group_id == group.pk]
        found.append(_several("group", str(group.pk), group, members, why, group.pk in taken))
    taken = {request.to_portal_id for request in asked}
    portals = Portal.objects.filter(company_id=support_session.company_id).prefetch_related("groups")
    for portal in portals.order_by("name"):
        served = {group.pk for group in portal.groups.all()}
        members = [person for person in people if person.technician_group_id in served]
        found.append(_several("portal", str(portal.public_id), portal, members, why, portal.pk in taken))
    return found


def open_requests(support_session: SupportSession) -> list[AgentRequest]:
    """Those that wait for an answer, the oldest first."""
    rows = AgentRequest.objects.filter(support_session=support_session, ended_at=None)
    return list(rows.select_related("to_user", "to_group", "to_portal", "invited_by").order_by("created_at", "pk"))


def calls_for(technician: User) -> list[Call]:
    """What the technician's console shows: the sessions into which colleagues ask. One query."""
    rows = AgentRequest.objects.filter(_addressed_to(technician), ended_at=None)
    rows = rows.filter(support_session__company=technician.company, support_session__status__in=RUNNING).exclude(
        declined_by=technician
    )
    inside = Participant.objects.inside().filter(user=technician).values("support_session")
    rows = rows.exclude(support_session__in=inside).order_by("created_at", "pk")
    related = ("support_session__portal", "support_session__lead", "support_session__company", "invited_by")
    calls: dict[int, Call] = {}
    for request in rows.select_related(*related):
        call = Call(
            id=str(request.public_id),
            support_session=request.support_session,
            by=request.invited_by.name,
            comment=request.comment,
            since=request.created_at,
        )
        calls.setdefault(request.support_session_id, call)  # asked by name and with the group: one row
    return list(calls.values())


def _why_not(person: Any, inside: set[int | None], asked: set[int | None], *, now: datetime) -> str:
    if person.pk in inside:
        return _("inside already")
    if person.pk in asked:
        return _("invited already")
    return "" if person.is_present(now) else _("offline")


def _several(kind: str, id: str, row: Any, members: list[Any], why: dict[int, str], asked: bool) -> Colleague:
    free = sum(not why[person.pk] for person in members)
    reason = _("invited already") if asked else "" if free else _("nobody there is free")
    return Colleague(
        kind=kind,
        id=id,
        name=row.name,
        detail=_("%(n)s free") % {"n": free},
        availability="",
        sessions=sum(person.active for person in members),
        why_not=reason,
        column=f"to_{kind}",
        row=row,
    )


def _addressed_to(technician: User) -> Q:
    served = Portal.objects.filter(groups=technician.technician_group_id)
    return Q(to_user=technician) | Q(to_group=technician.technician_group_id) | Q(to_portal__in=served)


def _locked(technician: User, request_id: UUID) -> AgentRequest:
    """A request to this technician, whatever became of it. Locks the session first, as everywhere."""
    if not technician.is_technician:
        raise AgentRequest.DoesNotExist
    mine = AgentRequest.objects.filter(_addressed_to(technician), support_session__company=technician.company)
    return _lock(mine.get(public_id=request_id))


def _lock(found: AgentRequest) -> AgentRequest:
    support_session = steps.lock(found.support_session_id)
    AgentRequest.objects.select_for_update(no_key=True).only("pk").get(pk=found.pk)
    related = ("to_user", "to_group", "to_portal", "invited_by__technician_group", "invited_by__company", "accepted_by")
    request = AgentRequest.objects.select_related(*related).get(pk=found.pk)
    request.support_session = support_session
    return request


def require_still_inviting(inviter: User) -> None:
    """A switch that a manager turns off refuses new uses at once (S-07). Raises AgentsOff."""
    if inviter.technician_group is None or not inviter.technician_group.invite_agents:
        raise AgentsOff(name=inviter.name)


def _require_open(request: AgentRequest) -> None:
    if request.ended_at is None:
        return
    if request.accepted_by is not None:
        raise RequestTaken(name=request.accepted_by.name)
    raise RequestWithdrawn(name=request.invited_by.name)


def _end(request: AgentRequest, *, now: datetime, accepted_by: User | None = None) -> None:
    request.ended_at, request.accepted_by = now, accepted_by
    request.save(update_fields=["ended_at", "accepted_by"])
    _wake(request)


def _tell(request: AgentRequest, answer: str, *, by: str, now: datetime) -> None:
    timeline.record(
        request.support_session,
        protocol.AgentAnswered,
        now=now,
        audience=TimelineEntry.Audience.TECHNICIANS,
        name=by,
        to=request.to_name,
        answer=answer,
    )


def _wake(request: AgentRequest) -> None:
    if request.to_user_id is not None:
        publish_console_on_commit(request.to_user_id)
    else:
        publish_offers_on_commit(request.support_session)
