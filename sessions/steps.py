"""Steps that several verbs share: lock, move, let in, put out, end. The caller runs in a transaction."""

from datetime import datetime
from uuid import UUID

from portals.models import User
from sessions import doors, protocol, timeline
from sessions.errors import LensSlotTaken, TooManyActive
from sessions.events import publish_console_on_commit, publish_offers_on_commit
from sessions.models import Participant, SupportSession
from sessions.recorder import recorder
from sessions.states import EndReason, Status, end_status

MAX_ACTIVE = 10  # active sessions of one technician at a time (DESIGN 4)


def locked_user(user: User) -> User:
    """Lock a technician, so that two starts of one are counted one after the other; always before the session.

    Every row that names this person is checked against it at commit: no_key lets that pass, else both wait for ever.
    """
    return User.objects.select_for_update(no_key=True).get(pk=user.pk)


def locked(actor: User, session_id: UUID) -> SupportSession:
    """Lock a session that exists for the actor. Raises SupportSession.DoesNotExist."""
    visible = SupportSession.objects.visible_to(actor).values("pk")
    return lock(SupportSession.objects.filter(pk__in=visible).get(public_id=session_id).pk)


def locked_for(participant: Participant) -> SupportSession:
    return SupportSession.objects.select_for_update(no_key=True).get(pk=participant.support_session_id)


def lock(pk: int) -> SupportSession:
    """Lock the row, then read it with what belongs to it.

    Not in one query: PostgreSQL reads a row that it had to wait for once more, but not the rows joined to it.
    """
    SupportSession.objects.select_for_update(no_key=True).only("pk").get(pk=pk)
    return SupportSession.objects.select_related("portal", "lead", "company").get(pk=pk)


def require_free_slot(technician: User, support_session: SupportSession) -> None:
    """Raises LensSlotTaken, TooManyActive."""
    active = list(SupportSession.objects.filter(lead=technician, status=Status.ACTIVE).exclude(pk=support_session.pk))
    if support_session.kind == SupportSession.Kind.LENS:
        other = next((session for session in active if session.kind == SupportSession.Kind.LENS), None)
        if other is not None:
            raise LensSlotTaken(name=other.customer_name)
    if len(active) >= MAX_ACTIVE:
        raise TooManyActive(limit=MAX_ACTIVE)


def move(
    support_session: SupportSession,
    status: Status,
    *,
    now: datetime,
    author: Participant | None,
    reason: EndReason | None = None,
    **changes: object,
) -> None:
    """Write the new status and its line of the timeline. Raises IllegalMove."""
    before = support_session.status
    support_session.move_to(status, now=now, reason=reason, **changes)
    timeline.record(
        support_session,
        protocol.StatusChanged,
        now=now,
        author=author,
        status=status.value,
        before=before,
        reason=reason.value if reason else "",
    )
    recorder().session_moved(support_session, now=now)
    if support_session.via_portal or Status.TRANSFERRING in {before, status}:
        publish_offers_on_commit(support_session)


def attend(support_session: SupportSession, technician: User) -> Participant:
    """The technician's attendee in this session, made where there is none; one that has left may come in again."""
    attendee, _made = Participant.objects.get_or_create(
        support_session=support_session,
        user=technician,
        defaults={"role": Participant.Role.TECHNICIAN, "name": technician.name},
    )
    if attendee.left_at is not None:
        attendee.joined_at = attendee.left_at = attendee.removed_at = None
        attendee.save(update_fields=["joined_at", "left_at", "removed_at"])
    return attendee


def let_in(
    support_session: SupportSession, participant: Participant, *, now: datetime, slot: int | None = None
) -> None:
    """slot: the place that a specialist takes; what was said before is then not for them."""
    participant.joined_at, participant.slot = now, slot
    if slot is not None:
        participant.from_seq = support_session.last_public_seq
    participant.save(update_fields=["joined_at", "slot", "from_seq"])
    _wake_console(participant)
    timeline.record(
        support_session,
        protocol.AttendeeJoined,
        now=now,
        author=participant,
        attendee=timeline.person_data(participant),
    )


def _wake_console(participant: Participant) -> None:
    if participant.user_id is not None:
        publish_console_on_commit(participant.user_id)


def put_out(
    support_session: SupportSession,
    participant: Participant,
    *,
    now: datetime,
    why: protocol.LeftBecause = "",
    author: Participant | None = None,
    followed: bool = False,
) -> None:
    """The attendee leaves, in the log as in fact; rooms close its socket. With the last technician go the specialists.

    author: who removed them, where it was not their own doing. followed: another technician comes in right after.
    """
    if participant.is_inside:
        timeline.record(
            support_session,
            protocol.AttendeeLeft,
            now=now,
            author=author or participant,
            attendee=timeline.person_data(participant),
            why=why,
        )
    participant.left_at = now
    participant.removed_at = now if why == "removed" else None
    participant.save(update_fields=["left_at", "removed_at"])
    _wake_console(participant)
    if support_session.lead_offered_to_id == participant.pk:
        support_session.lead_offered_to = None
        support_session.save(update_fields=["lead_offered_to"])
    recorder().attendee_left(support_session, participant, now=now)
    is_last = participant.role == Participant.Role.TECHNICIAN and not followed
    if is_last and not support_session.participants.inside().technicians().exists():
        doors.shut(support_session, now=now)
        put_out_specialists(support_session, now=now, why="alone")


def put_out_specialists(
    support_session: SupportSession, *, now: datetime, why: protocol.LeftBecause, author: Participant | None = None
) -> int:
    """Those inside and those who wait for it; return how many."""
    specialists = support_session.participants.specialists().filter(left_at__isnull=True)
    found = list(specialists.order_by("joined_at", "pk"))
    for specialist in found:
        put_out(support_session, specialist, now=now, why=why, author=author)
    return len(found)


def end(support_session: SupportSession, *, reason: EndReason, author: Participant | None, now: datetime) -> None:
    """End for all."""
    recorder().session_ends(support_session, now=now)
    doors.shut(support_session, now=now)
    put_out_specialists(support_session, now=now, why="ended")
    for participant in support_session.participants.filter(left_at__isnull=True).order_by("joined_at", "pk"):
        put_out(support_session, participant, now=now, why="ended")
    status = end_status(Status(support_session.status), reason)
    move(support_session, status, now=now, author=author, reason=reason)
