"""The lead: offered to an agent who is inside, taken by one when the lead's line is lost, inherited when the lead goes.

An agent who takes the lead while the giver leaves is a transfer within the session: the customer never moves.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID

from django.db import IntegrityError, transaction

from portals import audit
from portals.errors import DomainError
from portals.models import User
from portals.permissions import require
from portals.use_case import use_case
from sessions import protocol, steps, timeline
from sessions.errors import CannotLead, LeadComesBack, LeadTaken, LensSlotTaken, NotInside, NotStarted, SessionNotOpen
from sessions.events import publish_console_on_commit, publish_on_commit
from sessions.models import LEASE, OFFLINE_AFTER, Participant, ParticipantQuerySet, SupportSession, TimelineEntry
from sessions.permissions import can_hand_over_lead, can_lead, is_guest
from sessions.states import Status

RUNNING = frozenset({Status.ACTIVE, Status.ON_HOLD})  # a session that is being transferred is given away already
TAKEN_AFTER = timedelta(seconds=30)  # without a line the lead may be loading the page anew: nobody takes it for so long

LeadReason = Literal["handed_over", "taken", "left", "offline", "withdrawn"]


@dataclass(frozen=True)
class Candidate:
    """A technician inside who could lead, or the reason why not."""

    attendee: Participant
    company: str  # of a guest; empty for the session's own
    why_not: str


@use_case
def offer_lead(*, technician: User, session_id: UUID, attendee_id: UUID, now: datetime) -> SupportSession:
    """The lead offers the lead to an agent who is inside and has to accept; an earlier offer is replaced.

    Raises SupportSession.DoesNotExist, Participant.DoesNotExist, NotAllowed, SessionNotOpen, NotStarted, CannotLead.
    """
    support_session = steps.locked(technician, session_id)
    require(can_hand_over_lead(technician, support_session), verb="session.lead_offer")
    _require_running(support_session)
    agent = others_inside(support_session).get(public_id=attendee_id)
    reason = why_not_lead(agent, support_session)
    if reason:
        raise CannotLead(name=agent.name, reason=reason)
    _set_offer(support_session, agent)
    timeline.record(
        support_session,
        protocol.LeadOffered,
        now=now,
        author=support_session.participants.get(user=technician),
        audience=TimelineEntry.Audience.TECHNICIANS,
        attendee=timeline.person_data(agent),
    )
    return support_session


@use_case
def decline_lead(*, technician: User, session_id: UUID, now: datetime) -> SupportSession:
    """The agent says no, or the lead takes the offer back. Without an offer nothing changes.

    Raises SupportSession.DoesNotExist, NotInside.
    """
    support_session = steps.locked(technician, session_id)
    me = _inside(technician, support_session)
    if support_session.lead_offered_to_id is None:
        return support_session
    if support_session.lead_offered_to_id == me.pk:
        _set_offer(support_session, None)
        audience = TimelineEntry.Audience.TECHNICIANS
        timeline.record(support_session, protocol.LeadDeclined, now=now, author=me, audience=audience)
    elif support_session.lead_id == technician.pk:
        _set_offer(support_session, None)
        publish_on_commit(support_session)
    return support_session


@use_case
def take_lead(*, technician: User, session_id: UUID, now: datetime) -> SupportSession:
    """An agent becomes lead: it was offered, or the lead's line is lost. Of two at once one wins. Repeated: no change.

    Raises SupportSession.DoesNotExist, NotInside, NotAllowed, SessionNotOpen, NotStarted, LeadTaken, LeadComesBack,
    LensSlotTaken, TooManyActive.
    """
    steps.locked_user(technician)
    support_session = steps.locked(technician, session_id)
    me = _inside(technician, support_session)
    if support_session.lead_id == technician.pk:
        return support_session
    _require_running(support_session)
    offered = support_session.lead_offered_to_id == me.pk
    if not offered:
        _require_lost(support_session, now=now)
    require(can_lead(technician, support_session), verb="session.lead_take")
    if support_session.is_active:
        steps.require_free_slot(technician, support_session)
    hand_over(support_session, me, reason="handed_over" if offered else "taken", now=now)
    return support_session


@use_case
def replace_lost_lead(*, session_pk: int, now: datetime) -> bool:
    """The lead has been offline for too long: the agent of the company who is there longest leads. False: all is well.

    The former lead stays an agent, who may come back at any time.
    """
    support_session = steps.lock(session_pk)
    if support_session.status != Status.ACTIVE or not _lost_for(support_session, OFFLINE_AFTER, now=now):
        return False
    found = heir(support_session, now=now, guests=False)
    if found is None:
        return False
    hand_over(support_session, found, reason="offline", now=now)
    changes = {"lead": found.name, "reason": "offline"}
    audit.record(actor=None, verb="session.lead_replaced", target=support_session, changes=changes)
    return True


def candidates(support_session: SupportSession) -> list[Candidate]:
    """The other technicians inside, those who were there first before the others."""
    return [
        Candidate(
            attendee=person,
            company=person.user.company.name
            if person.user and person.user.company and is_guest(person.user, support_session)
            else "",
            why_not=why_not_lead(person, support_session),
        )
        for person in others_inside(support_session)
    ]


def others_inside(support_session: SupportSession) -> ParticipantQuerySet:
    inside = support_session.participants.inside().filter(role=Participant.Role.TECHNICIAN, user__isnull=False)
    others = inside.exclude(user=support_session.lead_id).select_related("user__technician_group", "user__company")
    return others.order_by("joined_at", "pk")


def heir(support_session: SupportSession, *, now: datetime | None = None, guests: bool = True) -> Participant | None:
    """Who leads next: the agent who is there longest, those of the company before guests.

    now: look only at those whose line is up at this moment.
    """
    able = [person for person in others_inside(support_session) if not why_not_lead(person, support_session)]
    if now is not None:
        able = [person for person in able if person.connection(now) == Participant.Connection.CONNECTED]
    own = [person for person in able if person.user and not is_guest(person.user, support_session)]
    return next(iter(own + (able if guests else [])), None)


def why_not_lead(person: Participant, support_session: SupportSession) -> str:
    """Why this technician cannot lead the session now; empty when they can."""
    if person.user is None:
        return str(NotInside())
    right = can_lead(person.user, support_session)
    if not right:
        return str(right.reason)
    try:
        if support_session.is_active:
            steps.require_free_slot(person.user, support_session)
    except DomainError as error:
        return str(error)
    return ""


def hand_over(support_session: SupportSession, to: Participant, *, reason: LeadReason, now: datetime) -> None:
    """Make `to` the lead and tell everybody. The caller holds the session's lock and has judged the right.

    Raises LensSlotTaken where the new lead has started another Lens session in the same moment.
    """
    before = support_session.lead
    if before is not None:
        publish_console_on_commit(before.pk)
    support_session.lead = to.user
    support_session.lead_offered_to = None
    try:
        with transaction.atomic():
            support_session.save(update_fields=["lead", "lead_offered_to"])
    except IntegrityError:  # the constraint one_active_lens_per_technician
        support_session.lead = before
        raise LensSlotTaken(name=support_session.customer_name) from None
    timeline.record(
        support_session,
        protocol.LeadChanged,
        now=now,
        author=to,
        attendee=timeline.person_data(to),
        before=before.name if before else "",
        reason=reason,
    )


def _set_offer(support_session: SupportSession, to: Participant | None) -> None:
    support_session.lead_offered_to = to
    support_session.save(update_fields=["lead_offered_to"])


def _inside(technician: User, support_session: SupportSession) -> Participant:
    found = support_session.participants.inside().filter(user=technician).first()
    if found is None:
        raise NotInside
    return found


def _require_running(support_session: SupportSession) -> None:
    if support_session.is_ended:
        raise SessionNotOpen
    if support_session.status not in RUNNING:
        raise NotStarted


def _require_lost(support_session: SupportSession, *, now: datetime) -> None:
    if not _lost_for(support_session, timedelta(0), now=now):
        raise LeadTaken(name=str(support_session.lead))
    if not _lost_for(support_session, TAKEN_AFTER, now=now):
        raise LeadComesBack(name=str(support_session.lead), seconds=TAKEN_AFTER // timedelta(seconds=1))


def _lost_for(support_session: SupportSession, wait: timedelta, *, now: datetime) -> bool:
    """Whether the lead's page has given no sign of life for so long; a lead who is not inside has none to give."""
    lead = support_session.participants.inside().filter(user=support_session.lead_id).first()
    if lead is None:
        return True
    seen_until = lead.lease_until or ((lead.joined_at or now) + LEASE)
    return seen_until + wait <= now
