"""Transfer: to a colleague, to a technician group, or to a portal's queue. The customer stays where they are.

Outgoing for the giver and Incoming for the receiver until somebody presses Start: a receiver takes the session over,
the giver takes it back (both in actions.start_session).
"""

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Count, Q
from django.utils.translation import gettext as _

from portals.errors import InvalidInput
from portals.models import Portal, TechnicianGroup, User
from portals.permissions import can_start_kind, require
from portals.use_case import use_case
from sessions import protocol, steps, timeline
from sessions.errors import SessionNotOpen, TargetNotFree
from sessions.models import COMMENT_LENGTH, SupportSession, TimelineEntry
from sessions.permissions import can_transfer_session
from sessions.states import Status

TARGET_KINDS = ("technician", "group", "portal")


@dataclass(frozen=True)
class Target:
    """Somebody a session may go to, or the reason why not now."""

    kind: str
    id: str  # a person's or portal's public id, a group's number
    name: str
    detail: str
    why_not: str
    column: str = ""
    row: Any = None


@use_case
def transfer_session(
    *, technician: User, session_id: UUID, kind: str, target_id: str, comment: str, now: datetime
) -> SupportSession:
    """Offer the session to somebody else; `comment` is for technicians only.

    Raises SupportSession.DoesNotExist, NotAllowed, SessionNotOpen, IllegalMove, InvalidInput (comment too long, to
    oneself), TargetNotFree (away, offline, full, not allowed), and DoesNotExist for a target of another company.
    """
    support_session = steps.locked(technician, session_id)
    require(can_transfer_session(technician, support_session), verb="session.transfer")
    if support_session.is_ended:
        raise SessionNotOpen
    comment = comment.replace("\x00", "").strip()
    if len(comment) > COMMENT_LENGTH:
        raise InvalidInput({"comment": _("At most %(limit)s characters.") % {"limit": COMMENT_LENGTH}})
    if kind == "technician" and target_id == str(technician.public_id):
        raise InvalidInput({"target": _("The session is yours already. Choose somebody else.")})
    target = _target(support_session, kind, target_id, now=now)
    if target.why_not:
        raise TargetNotFree(name=target.name, reason=target.why_not)
    columns: dict[str, Any] = {"transfer_user": None, "transfer_group": None, "transfer_portal": None}
    author = support_session.participants.get(user=technician)
    steps.move(
        support_session,
        Status.TRANSFERRING,
        now=now,
        author=author,
        **columns | {target.column: target.row},
        transfer_comment=comment,
    )
    timeline.record(
        support_session,
        protocol.TransferOffered,
        now=now,
        author=author,
        audience=TimelineEntry.Audience.TECHNICIANS,
        to=target.name,
        comment=comment,
    )
    return support_session


def targets(support_session: SupportSession, *, now: datetime) -> list[Target]:
    """Everybody the session could go to, those who are not free with the reason. A fixed number of queries."""
    people = people_with_load(support_session.company_id).exclude(pk=support_session.lead_id).order_by("name", "pk")
    free = {person.pk: _why_not(support_session, person, now=now) for person in people}
    found = [_person_target(person, free[person.pk], now=now) for person in people]
    groups = TechnicianGroup.objects.filter(company_id=support_session.company_id).order_by("name")
    found += [_group_target(group, people, free) for group in groups]
    queues = Portal.objects.filter(company_id=support_session.company_id, mode=Portal.Mode.QUEUE)
    for portal in queues.prefetch_related("groups").order_by("name"):
        served = {group.pk for group in portal.groups.all()}
        found.append(_portal_target(portal, [one for one in people if one.technician_group_id in served], free))
    return found


def people_with_load(company_id: int) -> Any:
    """The company's technicians, each with the number of active sessions and of active Lens sessions."""
    active = Q(led_sessions__status=Status.ACTIVE)
    return (
        User.objects.filter(company_id=company_id)
        .technicians()
        .select_related("technician_group", "company")
        .annotate(
            active=Count("led_sessions", filter=active),
            active_lens=Count("led_sessions", filter=active & Q(led_sessions__kind=SupportSession.Kind.LENS)),
        )
    )


def _why_not(support_session: SupportSession, person: Any, *, now: datetime) -> str:
    """Why this technician cannot take the session now; empty when they can."""
    if not person.is_present(now):
        return _("offline")
    if person.availability == User.Availability.AWAY:
        return _("away")
    if person.active >= steps.MAX_ACTIVE:
        return _("has %(limit)s active sessions already") % {"limit": steps.MAX_ACTIVE}
    lens = support_session.kind == SupportSession.Kind.LENS
    if lens and person.active_lens:
        return _("has an active Lens session already")
    if can_start_kind(person, support_session.kind, support_session.portal):
        return ""
    return _("may not start Lens sessions") if lens else _("may not start Screen sessions")


def _person_target(person: Any, why_not: str, *, now: datetime) -> Target:
    detail = person.technician_group.name
    return Target("technician", str(person.public_id), person.name, detail, why_not, "transfer_user", person)


def _group_target(group: TechnicianGroup, people: Any, free: dict[int, str]) -> Target:
    members = [person for person in people if person.technician_group_id == group.pk]
    why_not, detail = _of_several(members, free)
    return Target("group", str(group.pk), group.name, detail, why_not, "transfer_group", group)


def _portal_target(portal: Portal, members: list[Any], free: dict[int, str]) -> Target:
    why_not, detail = _of_several(members, free)
    return Target("portal", str(portal.public_id), portal.name, detail, why_not, "transfer_portal", portal)


def _of_several(members: list[Any], free: dict[int, str]) -> tuple[str, str]:
    count = sum(not free[person.pk] for person in members)
    return ("" if count else _("nobody there is free")), _("%(n)s free") % {"n": count}


def _target(support_session: SupportSession, kind: str, target_id: str, *, now: datetime) -> Target:
    for target in targets(support_session, now=now):
        if (target.kind, target.id) == (kind, target_id):
            return target
    raise User.DoesNotExist
