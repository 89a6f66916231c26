"""What one technician's console shows, read afresh after each change."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import cast

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from portals.models import User
from sessions import protocol
from sessions.deadlines import deadline
from sessions.models import Participant, SupportSession
from sessions.permissions import can_start_session, may_hold, may_transfer, rights_to_create, sees_contact
from sessions.recorder import recorder
from sessions.rights import May, decide, facts_of, highest
from sessions.states import EndReason, Status
from sessions.steps import MAX_ACTIVE
from sessions.timeline import iso

NOTICE_KEPT = timedelta(minutes=10)
NOTICES = {
    EndReason.TERMS_DECLINED: gettext_noop("%(name)s declined the terms. The session has ended."),
    EndReason.NOT_REQUESTED: gettext_noop("%(name)s did not ask for help. The session has ended."),
    EndReason.BY_WAITING_CUSTOMER: gettext_noop("%(name)s stopped waiting. The session has ended."),
    EndReason.CODE_EXPIRED: gettext_noop("The code for %(name)s has expired. Make a new one if it is still needed."),
    EndReason.WAITED_TOO_LONG: gettext_noop("%(name)s waited too long and was timed out."),
    EndReason.NOT_PICKED_UP: gettext_noop("Nobody took over the session with %(name)s; it was timed out."),
    EndReason.NEVER_ARRIVED: gettext_noop("%(name)s did not finish joining. The session has ended."),
    EndReason.IDLE: gettext_noop("The session with %(name)s was idle for too long and was timed out."),
    EndReason.HELD_TOO_LONG: gettext_noop("The session with %(name)s was on hold for 14 days and was closed."),
    EndReason.RIGHT_WITHDRAWN: gettext_noop("A manager took away a right: the session with %(name)s was ended."),
}

OFFERS_SHOWN = 200  # of queues and transfers together, those who wait longest
ORDER = [Status.WAITING, Status.TRANSFERRING, Status.ACTIVE, Status.ON_HOLD]
STARTABLE = frozenset({Status.WAITING, Status.ON_HOLD, Status.TRANSFERRING})

PendingReader = Callable[[User, datetime], list[protocol.PendingCode]]
_pending_reader: PendingReader | None = None


def set_pending_reader(reader: PendingReader) -> None:
    """Called once at start by the app that owns codes."""
    global _pending_reader
    _pending_reader = reader


@dataclass(frozen=True)
class Call:
    """A colleague asks this technician into a session."""

    id: str
    support_session: SupportSession
    by: str
    comment: str
    since: datetime


CallReader = Callable[[User], list[Call]]
_call_reader: CallReader | None = None


def set_call_reader(reader: CallReader) -> None:
    """Called once at start by the app that owns invitations."""
    global _call_reader
    _call_reader = reader


def snapshot(user: User, *, now: datetime) -> protocol.ConsoleSnapshot:
    """A fixed number of queries, however many sessions there are."""
    rows = SupportSession.objects.select_related(
        "portal", "lead__technician_group", "company", "transfer_user", "transfer_group", "transfer_portal"
    ).order_by("status_since")
    own = list(rows.filter(lead=user).listed())
    inside = Participant.objects.inside().filter(user=user).values("support_session")
    joined = list(rows.filter(pk__in=inside).exclude(lead=user).live())
    offered = list(rows.offered_to(user)[:OFFERS_SHOWN])
    offers = {session.pk for session in offered}
    others = joined + [session for session in offered if session not in joined]
    agent_in = {session.pk for session in joined}
    customers = {
        person.support_session_id: person
        for person in Participant.objects.filter(
            support_session__in=[session.pk for session in own + others], role=Participant.Role.CUSTOMER
        )
    }
    active = [session for session in own if session.status == Status.ACTIVE]
    return protocol.ConsoleSnapshot(
        sessions=[
            _row(
                session,
                customers.get(session.pk),
                active,
                user,
                now,
                relation=_relation(session, user, is_agent=session.pk in agent_in),
                offered=session.pk in offers,
            )
            for session in sorted(own + others, key=_place)
        ]
        + [_row_of_call(call) for call in (_call_reader(user) if _call_reader else [])],
        pending=_pending_reader(user, now) if _pending_reader else [],
        notices=_notices(user, now),
        active=len(active),
        active_limit=MAX_ACTIVE,
        why_not_hold=str(may_hold(user).reason),
        why_not_transfer=str(may_transfer(user).reason),
        why_not_create={offer: str(right.reason) for offer, right in rights_to_create(user).items()},
        now=iso(now),
    )


def _place(session: SupportSession) -> tuple[int, datetime]:
    """People who wait stand above those who are helped, and who waits longest above all."""
    return ORDER.index(Status(session.status)), session.status_since


def _row(
    session: SupportSession,
    customer: Participant | None,
    active: list[SupportSession],
    user: User,
    now: datetime,
    *,
    relation: protocol.Relation,
    offered: bool,
) -> protocol.SessionRow:
    since = session.waiting_at if session.status == Status.WAITING else session.status_since
    limit = None if _shows_camera(session, customer, now) else deadline(session)
    startable = session.status in STARTABLE
    return protocol.SessionRow(
        id=str(session.public_id),
        name=session.customer_name,
        kind=cast(protocol.Kind, session.kind),
        kind_label=str(session.get_kind_display()),
        portal=session.portal.name,
        status=session.status,
        status_label=_status_label(session, relation, offered=offered),
        since=iso(since or session.created_at),
        status_since=iso(session.status_since),
        connection=cast(protocol.Connectedness, customer.connection(now).value) if customer else "offline",
        relation=relation,
        lead=session.lead.name if session.lead else "",
        counterpart=_counterpart(session, user),
        comment=session.transfer_comment if session.status == Status.TRANSFERRING else "",
        request="",
        limit_at=iso(limit) if limit else None,
        counted_ms=int((session.active_for + session.held_for + session.transferring_for).total_seconds() * 1000),
        reported=session.reported_at is not None,
        can_start=startable,
        why_not=_why_not(session, active, user, offered=offered) if startable else "",
        answers=[] if offered or not sees_contact(user, session) else session.answers,
        why_not_specialists=_why_not_invite(session, user, May.INVITE_SPECIALISTS),
        why_not_agents=_why_not_invite(session, user, May.INVITE_AGENTS),
        why_not_control=_why_not_control(session),
        why_not_record="" if offered else recorder().why_not(user, session),
    )


def _row_of_call(call: Call) -> protocol.SessionRow:
    """Nothing of the session may be read yet but its name, and who leads it."""
    session = call.support_session
    return protocol.SessionRow(
        id=str(session.public_id),
        name=session.customer_name,
        kind=cast(protocol.Kind, session.kind),
        kind_label=str(session.get_kind_display()),
        portal=session.portal.name,
        status=session.status,
        status_label=_("Invitation"),
        since=iso(call.since),
        status_since=iso(session.status_since),
        connection="connected",
        relation="invited",
        lead=session.lead.name if session.lead else "",
        counterpart=call.by,
        comment=call.comment,
        request=call.id,
        limit_at=None,
        counted_ms=0,
        reported=False,
        can_start=False,
        why_not="",
        answers=[],
        why_not_specialists="",
        why_not_agents="",
        why_not_control="",
        why_not_record="",
    )


def _why_not_control(session: SupportSession) -> str:
    somebody = Participant(support_session=session, role=Participant.Role.SPECIALIST)
    return str(highest(facts_of(somebody, session, inside=True)).reason)


def _why_not_invite(session: SupportSession, user: User, wanted: May) -> str:
    """As one who is inside: the menu is shown there only."""
    me = Participant(support_session=session, user=user, role=Participant.Role.TECHNICIAN)
    return str(decide(wanted, facts_of(me, session, inside=True)).reason)


def _shows_camera(session: SupportSession, customer: Participant | None, now: datetime) -> bool:
    """A camera that is on is work: such a session is not timed out, and no alarm says so."""
    if session.status != Status.ACTIVE or customer is None:
        return False
    return customer.camera_on and customer.connection(now) == Participant.Connection.CONNECTED


def _relation(session: SupportSession, user: User, *, is_agent: bool) -> protocol.Relation:
    mine = session.lead_id == user.pk
    if is_agent and not mine:
        return "agent"
    if session.status == Status.TRANSFERRING:
        return "outgoing" if mine else "incoming"
    return "own" if mine else "queue"


def _status_label(session: SupportSession, relation: protocol.Relation, *, offered: bool) -> str:
    if session.status == Status.TRANSFERRING:
        return _("Incoming") if offered else _("Outgoing")
    if relation == "agent" and session.is_active:
        return _("Collaborating")
    return str(session.status_label)


def _counterpart(session: SupportSession, user: User) -> str:
    if session.status != Status.TRANSFERRING:
        return ""
    receiver = session.transfer_user or session.transfer_group or session.transfer_portal
    other = receiver if session.lead_id == user.pk else session.lead
    return other.name if other is not None else ""


def _why_not(session: SupportSession, active: list[SupportSession], user: User, *, offered: bool) -> str:
    right = can_start_session(user, session, offered=offered)
    if not right:
        return str(right.reason)
    other = next((one for one in active if one.kind == session.kind == SupportSession.Kind.LENS), None)
    if other is not None:
        return _("One Lens session at a time. End or hold the session with %(name)s first.") % {
            "name": other.customer_name
        }
    if len(active) >= MAX_ACTIVE:
        return _("You have %(limit)s active sessions already. End one first.") % {"limit": MAX_ACTIVE}
    return ""


def _notices(user: User, now: datetime) -> list[protocol.Notice]:
    ended = SupportSession.objects.filter(
        lead=user, end_reason__in=list(NOTICES), ended_at__gt=now - NOTICE_KEPT
    ).order_by("-ended_at")[:10]
    return [
        protocol.Notice(
            session=str(session.public_id),
            text=_(NOTICES[EndReason(session.end_reason)]) % {"name": session.customer_name},
        )
        for session in ended
    ]
