"""External specialists: one invitation for all of them, a name and a place, and the lead who admits (DESIGN 5)."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Sum
from django.utils.translation import gettext as _

from invitations import codes, ways_in
from invitations.addresses import clean_address
from invitations.codes import Secrets
from invitations.deliveries import queue_delivery
from invitations.errors import (
    CustomersBrowser,
    InvitationEnded,
    LinkNotValid,
    NotAdmitted,
    SpecialistHasLeft,
    SpecialistRemoved,
    SpecialistsOff,
    SpecialistsPaused,
    TooManyWaiting,
)
from invitations.guest_names import clean_guest_name, own_name
from invitations.models import Arrival, Delivery, GuessCounter, Invitation
from invitations.sending import require_can_handle, require_receiver
from portals import audit
from portals.errors import InvalidInput
from portals.models import NAME_LENGTH, User
from portals.permissions import require
from portals.request_context import source_of
from portals.use_case import use_case
from sessions import guest_cookie, protocol, rights, steps, timeline
from sessions.errors import SessionNotOpen, SpecialistSeatsFull
from sessions.events import publish_on_commit
from sessions.models import (
    COMMENT_LENGTH,
    LEASE,
    MAX_SPECIALISTS,
    Participant,
    ParticipantQuerySet,
    SupportSession,
    TimelineEntry,
)
from sessions.rights import May
from sessions.states import Status

JOINABLE = frozenset({Status.ACTIVE, Status.TRANSFERRING})
MAX_WAITING = 20  # specialists of one session before its door at a time
Grant = Participant.Grant


@dataclass(frozen=True)
class Issued:
    invitation: Invitation
    secrets: Secrets


# ---- Inviting ----------------------------------------------------------------------------------


@use_case
def invite(*, technician: User, session_id: UUID, right: str, comment: str, now: datetime) -> Issued:
    """Make the one invitation of all specialists of a running session; where there is one, it is returned as it is.

    comment: for the specialists; neither the customer nor anybody else is shown it.
    Raises SupportSession.DoesNotExist, NotAllowed, SessionNotOpen, SpecialistsPaused, InvalidInput, NoCodeFree.
    """
    support_session = steps.locked(technician, session_id)
    require(rights.technician_may(technician, support_session, May.INVITE_SPECIALISTS), verb="specialists.invite")
    _require_running(support_session)
    found = current(support_session)
    if found is not None:
        return found
    if right == Grant.CONTROL:
        require(can_grant_control(support_session, technician), verb="specialists.invite")
    comment = comment.replace("\x00", "").strip()
    if len(comment) > COMMENT_LENGTH:
        raise InvalidInput({"comment": _("At most %(limit)s characters.") % {"limit": COMMENT_LENGTH}})
    invitation, secrets = ways_in.issue(
        support_session,
        purpose=Invitation.Purpose.SPECIALIST,
        technician=technician,
        now=now,
        right=Grant(right),
        comment=comment,
    )
    timeline.record(
        support_session,
        protocol.InvitationCreated,
        now=now,
        author=support_session.participants.get(user=technician),
        audience=TimelineEntry.Audience.TECHNICIANS,
        method="",
        purpose=Invitation.Purpose.SPECIALIST.value,
        right=right,
        comment=comment,
    )
    audit.record(actor=technician, verb="specialists.invited", target=support_session, changes={"right": right})
    return Issued(invitation, secrets)


def current(support_session: SupportSession) -> Issued | None:
    """The invitation that lives, with its secrets."""
    found = ways_in.open_invitation(support_session, Invitation.Purpose.SPECIALIST)
    secrets = codes.unseal(found.sealed) if found is not None else None
    return Issued(found, secrets) if found is not None and secrets is not None else None


def can_grant_control(support_session: SupportSession, inviter: User) -> rights.Right:
    """Whether a specialist could be given Control in this session now."""
    return rights.decide(
        May.CONTROL, rights.facts_of(_somebody(support_session, inviter), support_session, inside=True)
    )


@use_case
def mail(*, technician: User, invitation_id: UUID, to: str, now: datetime) -> Delivery:
    """Have the server send the invitation to one address that the company's list allows.

    Raises Invitation.DoesNotExist, NotAllowed, InvalidInput, InvitationEnded, TooManyMails.
    """
    invitation = _visible(technician, invitation_id)
    support_session = invitation.support_session
    require_can_handle(technician, invitation, verb="specialists.mail")
    if not invitation.is_open(now):
        raise InvitationEnded
    address = clean_address(to)
    require_receiver(invitation, address)
    audit.record(actor=technician, verb="specialists.mailed", target=support_session)
    return queue_delivery(invitation, to=address, technician=technician, now=now)


def _visible(technician: User, invitation_id: UUID) -> Invitation:
    specialists = Invitation.objects.filter(purpose=Invitation.Purpose.SPECIALIST).visible_to(technician)
    return specialists.select_related("support_session__company").get(public_id=invitation_id)


# ---- Coming in ---------------------------------------------------------------------------------


@use_case
def enter(
    *, token: str, name: str, language: str, address: str, visitor: str, before: Participant | None, now: datetime
) -> tuple[Participant, str]:
    """Let a specialist in under a name, or let them wait before the door; return the attendee and its cookie's token.

    before: as whom this browser has been in the session. The cookie's token is empty where it goes on as that one.
    Raises LinkNotValid, one of LINK_REFUSALS, CustomersBrowser, SpecialistRemoved, SpecialistHasLeft, NotAdmitted,
    SpecialistsPaused, SpecialistsOff, InvalidInput (the name), TooManyWaiting.
    """
    invitation = ways_in.locked(token)
    support_session = invitation.support_session
    if invitation.purpose != Invitation.Purpose.SPECIALIST:
        raise LinkNotValid
    if before is not None:
        before = support_session.participants.get(pk=before.pk)
        _require_may_return(before, invitation)
        if before.left_at is None:
            return before, ""
    require_open(invitation, now=now)
    shown = _free_name(support_session, clean_guest_name(name))
    if _waiting(support_session, now=now).count() >= MAX_WAITING:
        raise TooManyWaiting
    cookie = guest_cookie.new_token()
    specialist = _somebody(support_session, invitation.created_by)
    specialist.name, specialist.language = shown, language
    specialist.token_digest, specialist.grant = guest_cookie.digest(cookie), invitation.right
    specialist.way_in, specialist.lease_until = codes.split(token)[1], now + LEASE
    specialist.save()
    wrong = GuessCounter.objects.filter(source__in=[source_of(address), f"visitor:{visitor}"])
    Arrival.objects.create(
        invitation=invitation,
        participant=specialist,
        at=now,
        address=address,
        wrong_codes=wrong.aggregate(wrong=Sum("wrong"))["wrong"] or 0,
    )
    changes = {"name": shown, "way": specialist.way_in}
    audit.record(actor=specialist, verb="specialist.arrived", target=support_session, changes=changes)
    if support_session.portal.admit_specialists or not _take_place(support_session, specialist, now=now):
        publish_on_commit(support_session)
    return specialist, cookie


def require_open(invitation: Invitation, *, now: datetime) -> None:
    """Raise unless a newcomer may come in by it now. The caller has the session's row with it."""
    ways_in.require_open(invitation, now=now)
    support_session = invitation.support_session
    somebody = _somebody(support_session, invitation.created_by)
    if not rights.decide(May.VIEW, rights.facts_of(somebody, support_session, inside=True)):
        raise SpecialistsOff
    _require_running(support_session)


def require_may_return(before: Participant | None, invitation: Invitation) -> None:
    """Raises CustomersBrowser, SpecialistRemoved, NotAdmitted, SpecialistHasLeft."""
    if before is not None:
        _require_may_return(before, invitation)


def _require_may_return(before: Participant, invitation: Invitation) -> None:
    """One browser is one person: who was removed stays out, who has left needs a new invitation (S-08)."""
    if before.role == Participant.Role.CUSTOMER:
        raise CustomersBrowser
    arrival = Arrival.objects.filter(participant=before).first()
    if arrival is not None and arrival.refused_at is not None:
        raise NotAdmitted
    if before.removed_at is not None:
        raise SpecialistRemoved
    if before.left_at is not None and (arrival is None or arrival.invitation_id == invitation.pk):
        raise SpecialistHasLeft


def _require_running(support_session: SupportSession) -> None:
    if support_session.is_ended:
        raise SessionNotOpen
    if support_session.status not in JOINABLE:
        raise SpecialistsPaused


def _somebody(support_session: SupportSession, inviter: User) -> Participant:
    """A specialist who is not stored yet."""
    return Participant(support_session=support_session, role=Participant.Role.SPECIALIST, invited_by=inviter)


def _free_name(support_session: SupportSession, name: str) -> str:
    """The name, with a number where another specialist has or had it. Raises InvalidInput for a name of the house."""
    others = list(support_session.participants.values_list("name", "role"))
    key = own_name(name)
    for other, role in [*others, (support_session.customer_name, Participant.Role.CUSTOMER)]:
        if role != Participant.Role.SPECIALIST and own_name(other) == key:
            raise InvalidInput({"name": _("Somebody else in this session has this name. Write your own name.")})
    taken = {own_name(other) for other, _role in others}
    number = 2
    shown = name
    while own_name(shown) in taken:
        suffix = f" ({number})"
        shown = name[: NAME_LENGTH - len(suffix)] + suffix
        number += 1
    return shown


# ---- Before the door, and through it -----------------------------------------------------------


@use_case
def knock(*, participant: Participant, now: datetime) -> Participant:
    """A sign of life of one who waits: in as soon as a place is free, those who came first before the others."""
    support_session = steps.lock(participant.support_session_id)
    waiting = support_session.participants.select_related("invited_by__technician_group").get(pk=participant.pk)
    if waiting.left_at is not None or waiting.joined_at is not None:
        return waiting
    was_gone = waiting.lease_until is None or waiting.lease_until <= now
    waiting.lease_until = now + LEASE
    waiting.save(update_fields=["lease_until"])
    if was_gone:
        publish_on_commit(support_session)
    may = rights.decide(May.VIEW, rights.facts_of(waiting, support_session, inside=True))
    first = _waiting(support_session, now=now).order_by("pk").first()
    admits = support_session.portal.admit_specialists
    if may and support_session.status in JOINABLE and first == waiting and not admits:
        _take_place(support_session, waiting, now=now)
    return waiting


@use_case
def admit(*, technician: User, session_id: UUID, attendee_id: UUID, now: datetime) -> Participant:
    """The lead lets one in who waits. A repeated call changes nothing.

    Raises SupportSession.DoesNotExist, Participant.DoesNotExist, NotAllowed, SessionNotOpen, SpecialistsPaused,
    SpecialistSeatsFull.
    """
    support_session, waiting = _before_the_door(technician, session_id, attendee_id, verb="specialists.admit")
    if waiting.is_inside or waiting.left_at is not None:
        return waiting
    _require_running(support_session)
    require(rights.decide(May.VIEW, rights.facts_of(waiting, support_session, inside=True)), verb="specialists.admit")
    if not _take_place(support_session, waiting, now=now):
        raise SpecialistSeatsFull(limit=MAX_SPECIALISTS)
    audit.record(actor=technician, verb="specialist.admitted", target=support_session, changes={"name": waiting.name})
    return waiting


@use_case
def turn_away(*, technician: User, session_id: UUID, attendee_id: UUID, now: datetime) -> Participant:
    """The lead does not let in who waits; that browser does not come back. A repeated call changes nothing.

    Raises SupportSession.DoesNotExist, Participant.DoesNotExist, NotAllowed.
    """
    support_session, waiting = _before_the_door(technician, session_id, attendee_id, verb="specialists.turn_away")
    if waiting.is_inside or waiting.left_at is not None:
        return waiting
    steps.put_out(support_session, waiting, now=now, why="removed")
    Arrival.objects.filter(participant=waiting).update(refused_at=now, address="")
    publish_on_commit(support_session)
    audit.record(
        actor=technician, verb="specialist.turned_away", target=support_session, changes={"name": waiting.name}
    )
    return waiting


def _before_the_door(
    technician: User, session_id: UUID, attendee_id: UUID, *, verb: str
) -> tuple[SupportSession, Participant]:
    support_session = steps.locked(technician, session_id)
    require(rights.technician_may(technician, support_session, May.GRANT), verb=verb)
    specialists = support_session.participants.specialists().select_related("invited_by__technician_group")
    return support_session, specialists.get(public_id=attendee_id)


@use_case
def leave(*, participant: Participant, now: datetime) -> SupportSession:
    """A specialist goes, from inside or from before the door; the place is free. A repeated call changes nothing."""
    support_session = steps.lock(participant.support_session_id)
    fresh = support_session.participants.get(pk=participant.pk)
    if fresh.left_at is None:
        steps.put_out(support_session, fresh, now=now)
        Arrival.objects.filter(participant=fresh).update(address="")
        publish_on_commit(support_session)
    return support_session


def _waiting(support_session: SupportSession, *, now: datetime) -> ParticipantQuerySet:
    before = support_session.participants.specialists().filter(joined_at=None, left_at=None)
    return before.filter(lease_until__gt=now)


def waiting_arrivals(support_session: SupportSession, *, now: datetime) -> list[Arrival]:
    """Those who wait now, for the lead, who came first on top."""
    waiting = Arrival.objects.filter(participant__in=_waiting(support_session, now=now))
    return list(waiting.select_related("participant").order_by("pk"))


def _take_place(support_session: SupportSession, specialist: Participant, *, now: datetime) -> bool:
    """Let in where one of the places is free. The caller holds the session's lock; a constraint holds whatever else."""
    taken = set(support_session.participants.specialists().inside().values_list("slot", flat=True))
    free = next((slot for slot in range(1, MAX_SPECIALISTS + 1) if slot not in taken), None)
    if free is None:
        return False
    steps.let_in(support_session, specialist, now=now, slot=free)
    Arrival.objects.filter(participant=specialist).update(address="")
    return True


# ---- What time does ----------------------------------------------------------------------------

GONE_AFTER = timedelta(minutes=2)  # one who waits and whose page says nothing any more


def forget_who_waited(*, now: datetime) -> int:
    """Those whose page before the door was closed; return how many. The same browser may come anew."""
    gone = Participant.objects.specialists().filter(joined_at=None, left_at=None, lease_until__lte=now - GONE_AFTER)
    Arrival.objects.filter(participant__in=gone).update(address="")
    return gone.update(left_at=now, token_digest=None)
