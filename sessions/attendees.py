"""What the lead does with others in the session: remove one or all specialists, change what a guest may do."""

from datetime import datetime
from uuid import UUID

from portals import audit
from portals.errors import NotAllowed
from portals.models import User
from portals.permissions import require
from portals.use_case import use_case
from sessions import doors, protocol, rights, steps, timeline
from sessions.errors import CannotRemove, NotInside, SessionNotOpen
from sessions.models import Participant, SupportSession
from sessions.rights import Kind, May


@use_case
def remove_attendee(*, technician: User, session_id: UUID, attendee_id: UUID, now: datetime) -> Participant:
    """Put an agent or a specialist out, for good; sockets and media are cut at once. A repeated call changes nothing.

    Raises SupportSession.DoesNotExist, Participant.DoesNotExist, NotAllowed, CannotRemove.
    """
    support_session = steps.locked(technician, session_id)
    require(rights.technician_may(technician, support_session, May.REMOVE), verb="attendee.remove")
    attendee = support_session.participants.get(public_id=attendee_id)
    if attendee.role == Participant.Role.CUSTOMER or attendee.user_id == support_session.lead_id:
        raise CannotRemove
    if attendee.left_at is None:
        author = support_session.participants.get(user=technician)
        steps.put_out(support_session, attendee, now=now, why="removed", author=author)
        audit.record(actor=technician, verb="attendee.removed", target=support_session, changes={"name": attendee.name})
    return attendee


@use_case
def remove_specialists(*, technician: User, session_id: UUID, now: datetime) -> int:
    """Put all specialists out, those who wait for it too; return how many.

    Raises SupportSession.DoesNotExist, NotAllowed.
    """
    support_session = steps.locked(technician, session_id)
    require(rights.technician_may(technician, support_session, May.REMOVE), verb="attendee.remove")
    author = support_session.participants.get(user=technician)
    count = steps.put_out_specialists(support_session, now=now, why="removed", author=author)
    if count:
        audit.record(actor=technician, verb="attendee.removed", target=support_session, changes={"specialists": count})
    return count


@use_case
def change_right(*, technician: User, session_id: UUID, attendee_id: UUID, right: str, now: datetime) -> Participant:
    """Lower or restore what a guest may do with keyboard and mouse, within what portal and groups allow.

    Raises SupportSession.DoesNotExist, Participant.DoesNotExist, NotAllowed (also for a right that the portal does not
    let specialists have), NotInside, SessionNotOpen.
    """
    support_session = steps.locked(technician, session_id)
    require(rights.technician_may(technician, support_session, May.GRANT), verb="attendee.right")
    if support_session.is_ended:
        raise SessionNotOpen
    people = support_session.participants.select_related("user", "invited_by")
    attendee = people.get(public_id=attendee_id)
    facts = rights.facts_of(attendee, support_session)
    if facts.kind in {Kind.CUSTOMER, Kind.LEAD}:
        raise NotAllowed(rights.NOT_YOURS, verb="attendee.right")
    if not attendee.is_inside:
        raise NotInside
    if right == Participant.Grant.CONTROL:
        require(rights.highest(facts), verb="attendee.right")
    before, attendee.grant = attendee.grant, Participant.Grant(right)
    if attendee.grant != before:
        attendee.save(update_fields=["grant"])
        _tell_right(support_session, attendee, before, technician, now=now)
    return attendee


def _tell_right(
    support_session: SupportSession, attendee: Participant, before: str, technician: User, *, now: datetime
) -> None:
    timeline.record(
        support_session,
        protocol.RightChanged,
        now=now,
        author=support_session.participants.get(user=technician),
        attendee=timeline.person_data(attendee),
        right=attendee.grant,
        before=before,
    )
    changes = {"name": attendee.name, "right": [before, attendee.grant]}
    audit.record(actor=technician, verb="attendee.right", target=support_session, changes=changes)


@use_case
def withdraw_specialists(*, session_pk: int, now: datetime) -> int:
    """A manager turned external specialists off: those who may not be inside any more go; return how many."""
    support_session = steps.lock(session_pk)
    people = support_session.participants.specialists().filter(left_at=None)
    count = 0
    for specialist in people.select_related("invited_by__technician_group").order_by("joined_at", "pk"):
        if not rights.decide(May.VIEW, rights.facts_of(specialist, support_session, inside=True)):
            steps.put_out(support_session, specialist, now=now, why="withdrawn")
            count += 1
    if count:
        doors.shut(support_session, now=now, purpose=Participant.Role.SPECIALIST)
        audit.record(
            actor=None, verb="session.specialists_withdrawn", target=support_session, changes={"specialists": count}
        )
    return count


@use_case
def put_out_absent(*, attendee_pk: int, now: datetime) -> bool:
    """A specialist whose line is lost for too long; the same browser may come anew. False: all is well."""
    session_pk = Participant.objects.values_list("support_session_id", flat=True).get(pk=attendee_pk)
    support_session = steps.lock(session_pk)
    specialist = support_session.participants.get(pk=attendee_pk)
    if not specialist.is_inside or specialist.connection(now) != Participant.Connection.OFFLINE:
        return False
    steps.put_out(support_session, specialist, now=now, why="absent")
    Participant.objects.filter(pk=specialist.pk).update(token_digest=None)
    return True
