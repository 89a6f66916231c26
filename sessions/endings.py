"""The ends of a support session: by its people, by time, and because a right was taken away."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from portals import audit
from portals.models import User
from portals.permissions import require
from portals.use_case import use_case
from sessions import leads, steps
from sessions.errors import CannotLead, NobodyElseInside, NotInside
from sessions.models import Participant, SupportSession
from sessions.notes import require_reportable
from sessions.permissions import can_attend, can_end_session, is_customer
from sessions.states import EndReason, Status

Still = Callable[[SupportSession], bool]


@use_case
def end_session(*, technician: User, session_id: UUID, now: datetime, outcome: str = "") -> SupportSession:
    """The lead ends the session for all. Repeated, it changes nothing but the outcome.

    Raises SupportSession.DoesNotExist, NotAllowed.
    """
    support_session = steps.locked(technician, session_id)
    require(can_end_session(technician, support_session), verb="session.end")
    if outcome:
        support_session.outcome = SupportSession.Outcome(outcome)
        support_session.save(update_fields=["outcome"])
    if not support_session.is_ended:
        author = support_session.participants.get(user=technician)
        steps.end(support_session, reason=EndReason.BY_TECHNICIAN, author=author, now=now)
    return support_session


@use_case
def leave_as_technician(
    *, technician: User, session_id: UUID, now: datetime, heir_id: UUID | None = None
) -> SupportSession:
    """Leave; the session goes on. When the lead leaves, the named technician becomes lead, else who is inside longest.

    Raises SupportSession.DoesNotExist, NotInside, NobodyElseInside, CannotLead, LensSlotTaken, and
    Participant.DoesNotExist for an heir who is not inside.
    """
    support_session = steps.locked(technician, session_id)
    attendee = support_session.participants.filter(user=technician, left_at__isnull=True).first()
    if attendee is None:
        raise NotInside
    if support_session.lead_id == technician.pk:
        leads.hand_over(support_session, _heir(support_session, heir_id), reason="left", now=now)
    steps.put_out(support_session, attendee, now=now)
    return support_session


@use_case
def leave_session(*, participant: Participant, now: datetime, report: bool = False) -> SupportSession:
    """The customer stops: the session ends for all. `report` also notes that the customer complained (S-71).

    Raises NotAllowed, ReportTooLate.
    """
    support_session = steps.locked_for(participant)
    require(is_customer(participant), verb="session.leave")
    if report:
        require_reportable(support_session, now=now)
        audit.record(actor=participant, verb="session.reported", target=support_session)
        if support_session.reported_at is None:
            support_session.reported_at = now
            support_session.save(update_fields=["reported_at"])
    if not support_session.is_ended:
        early = support_session.status in {Status.CONNECTING, Status.WAITING}
        reason = EndReason.BY_WAITING_CUSTOMER if early else EndReason.BY_CUSTOMER
        steps.end(support_session, reason=reason, author=participant, now=now)
    return support_session


def end_connecting(support_session: SupportSession, *, reason: EndReason, now: datetime) -> None:
    """End a session whose customer never got in. The caller holds the session's lock and has checked that."""
    steps.end(support_session, reason=reason, author=None, now=now)


@use_case
def end_if(*, session_pk: int, still: Still, reason: EndReason, now: datetime) -> SupportSession | None:
    """End a session for a reason that the caller found and `still` finds again under the lock; else None."""
    support_session = steps.lock(session_pk)
    if support_session.is_ended or not still(support_session):
        return None
    steps.end(support_session, reason=reason, author=None, now=now)
    audit.record(actor=None, verb="session.ended", target=support_session, changes={"reason": reason.value})
    return support_session


@use_case
def withdraw_lead(*, session_pk: int, still: Still, reason: EndReason, now: datetime) -> bool:
    """The lead may not go on: a technician who is inside takes over, with none the session ends. False: all is well."""
    support_session = steps.lock(session_pk)
    if support_session.is_ended or not still(support_session):
        return False
    heir = leads.heir(support_session) if support_session.status in leads.RUNNING else None
    if heir is not None:
        former = support_session.participants.filter(user=support_session.lead_id, left_at__isnull=True).first()
        leads.hand_over(support_session, heir, reason="withdrawn", now=now)
        if former is not None:
            steps.put_out(support_session, former, now=now)
    else:
        steps.end(support_session, reason=reason, author=None, now=now)
    audit.record(actor=None, verb="session.lead_withdrawn", target=support_session, changes={"reason": reason.value})
    return True


@use_case
def withdraw_attendee(*, attendee_pk: int, now: datetime) -> bool:
    """Put out an agent who may not be inside any more. False: all is well."""
    session_pk = Participant.objects.values_list("support_session_id", flat=True).get(pk=attendee_pk)
    support_session = steps.lock(session_pk)
    attendee = support_session.participants.select_related("user__company").get(pk=attendee_pk)
    if attendee.left_at is not None or attendee.user is None or can_attend(attendee.user, support_session):
        return False
    steps.put_out(support_session, attendee, now=now)
    audit.record(actor=None, verb="session.guest_withdrawn", target=support_session, changes={"name": attendee.name})
    return True


def _heir(support_session: SupportSession, heir_id: UUID | None) -> Participant:
    if heir_id is None:
        found = leads.heir(support_session)
        if found is None:
            raise NobodyElseInside
        return found
    named = leads.others_inside(support_session).get(public_id=heir_id)
    reason = leads.why_not_lead(named, support_session)
    if reason:
        raise CannotLead(name=named.name, reason=reason)
    return named
