"""The verbs of a support session from its opening to the talk in it; its ends are in endings.py.

Each is one transaction, locks what it judges, and announces after commit.
"""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from portals import audit
from portals.models import Portal, Terms, User
from portals.permissions import require
from portals.use_case import use_case
from sessions import protocol, rights, steps, timeline
from sessions.errors import AlreadyStarted, MessageEmpty, MessageTooLong, NotInside, SessionNotOpen
from sessions.events import publish_console_on_commit, publish_on_commit
from sessions.models import CHAT_LENGTH, Participant, SupportSession, TimelineEntry
from sessions.permissions import can_attend, can_post_chat, can_start_session, is_customer
from sessions.rights import May
from sessions.states import EndReason, Status

# What a line of chat reads of its session and its author: most of the time of an ORM's query goes into its columns.
CHAT_READS = ("public_id", "company", "status", "lead", "last_seq", "last_public_seq")
PLACE_READS = (
    "support_session",
    "role",
    "joined_at",
    "left_at",
    "user__company",
    "user__is_active",
    "user__has_seat",
    "user__technician_group",
)


def create_support_session(
    *,
    portal: Portal,
    kind: SupportSession.Kind,
    customer_name: str,
    technician: User | None,
    now: datetime,
    via_portal: bool = False,
    answers: list[list[str]] | None = None,
) -> SupportSession:
    """Open a session in Connecting, led by `technician`, or by whoever picks it up from the portal's queue.

    The caller has checked the right to it and runs in a transaction.
    """
    support_session = SupportSession.objects.create(
        company_id=portal.company_id,
        portal=portal,
        kind=kind,
        customer_name=customer_name,
        lead=technician,
        via_portal=via_portal,
        answers=answers or [],
        created_at=now,
        status_since=now,
        last_activity_at=now,
    )
    if technician is not None:
        steps.attend(support_session, technician)
    publish_on_commit(support_session)
    return support_session


def admit_customer(*, support_session: SupportSession, token_digest: str, language: str, now: datetime) -> Participant:
    """Bind the customer's browser to the session; inside only after the terms. The caller holds the session's lock."""
    participant = Participant.objects.create(
        support_session=support_session,
        role=Participant.Role.CUSTOMER,
        name=support_session.customer_name,
        token_digest=token_digest,
        language=language,
    )
    publish_on_commit(support_session)
    return participant


@use_case
def accept_terms(*, participant: Participant, version: int, now: datetime) -> SupportSession:
    """The customer agrees and is waiting from now on. A repeated call changes nothing.

    version: of the text that was shown; 0 where the company has published none, and only there.
    Raises NotAllowed, SessionNotOpen, or Terms.DoesNotExist for a version the company never published.
    """
    support_session = steps.locked_for(participant)
    require(is_customer(participant), verb="terms.accept")
    if support_session.is_ended:
        raise SessionNotOpen
    if support_session.status != Status.CONNECTING:
        return support_session
    published = Terms.objects.filter(company_id=support_session.company_id)
    terms = None if version == 0 and not published.exists() else published.get(version=version)
    steps.move(support_session, Status.WAITING, now=now, author=participant, terms=terms, terms_accepted_at=now)
    timeline.record(support_session, protocol.TermsAccepted, now=now, author=participant, version=version)
    steps.let_in(support_session, participant, now=now)
    audit.record(actor=participant, verb="terms.accepted", target=support_session, changes={"version": version})
    return support_session


@use_case
def decline_terms(*, participant: Participant, now: datetime) -> SupportSession:
    """The customer says no; the technician is told why the session ended. A repeated call changes nothing.

    Raises NotAllowed.
    """
    support_session = steps.locked_for(participant)
    require(is_customer(participant), verb="terms.decline")
    if support_session.is_ended:
        return support_session
    audit.record(actor=participant, verb="terms.declined", target=support_session)
    steps.end(support_session, reason=EndReason.TERMS_DECLINED, author=participant, now=now)
    return support_session


@use_case
def start_session(*, technician: User, session_id: UUID, now: datetime) -> SupportSession:
    """Pick a customer up: one's own waiting or held one, the next of a queue, or one that is being transferred here.

    For the giver of a transfer it takes the transfer back. Of two technicians at once one wins; the other is told who.
    Raises SupportSession.DoesNotExist, NotAllowed, AlreadyStarted, SessionNotOpen, IllegalMove, LensSlotTaken,
    TooManyActive.
    """
    steps.locked_user(technician)
    support_session = steps.lock(_startable(technician, session_id).pk)
    if support_session.is_ended:
        raise SessionNotOpen
    if support_session.status == Status.ACTIVE:
        raise AlreadyStarted(name=str(support_session.lead))
    require(can_start_session(technician, support_session), verb="session.start")
    steps.require_free_slot(technician, support_session)
    author = steps.attend(support_session, technician)
    try:
        with transaction.atomic():
            _become_lead(support_session, technician, now=now)
            steps.move(support_session, Status.ACTIVE, now=now, author=author, lead=technician)
    except IntegrityError:  # the constraint one_active_lens_per_technician: whoever came in between has the slot
        support_session.refresh_from_db()
        steps.require_free_slot(technician, support_session)
        raise
    if author.joined_at is None:
        steps.let_in(support_session, author, now=now)
    return support_session


def _startable(technician: User, session_id: UUID) -> SupportSession:
    every = SupportSession.objects
    found = every.visible_to(technician).filter(public_id=session_id).first()
    return found or every.ever_offered_to(technician).get(public_id=session_id)


def _become_lead(support_session: SupportSession, technician: User, *, now: datetime) -> None:
    """Whoever led before is dismissed, as at the end of a transfer; the customer never moves."""
    before = support_session.lead
    if before is None or before.pk == technician.pk:
        return
    publish_console_on_commit(before.pk)
    giver = support_session.participants.filter(user=before, left_at__isnull=True).first()
    if giver is not None:
        steps.put_out(support_session, giver, now=now, followed=True)


@use_case
def post_chat(
    *, participant: Participant, client_msg_id: str, text: str, audience: str, now: datetime
) -> TimelineEntry:
    """Store one chat line. The same `client_msg_id` of the same attendee is stored once and answered alike (R-04).

    Raises MessageEmpty, MessageTooLong, NotInside, SessionNotOpen, NotAllowed.
    """
    text = text.replace("\x00", "").strip()
    sessions = SupportSession.objects.select_for_update(no_key=True).only(*CHAT_READS)
    support_session = sessions.get(pk=participant.support_session_id)
    said = support_session.timeline.filter(author=participant, client_msg_id=client_msg_id)
    for stored in said.values_list("pk", flat=True):
        return TimelineEntry.objects.get(pk=stored)
    if not text:
        raise MessageEmpty
    if len(text) > CHAT_LENGTH:
        raise MessageTooLong(limit=CHAT_LENGTH)
    if support_session.is_ended:
        raise SessionNotOpen
    _require_place(participant, support_session)
    require(can_post_chat(participant, audience), verb="chat.post")
    return timeline.record(
        support_session,
        protocol.ChatPosted,
        now=now,
        author=participant,
        audience=TimelineEntry.Audience(audience),
        client_msg_id=client_msg_id,
        id=client_msg_id,
        text=text,
    )


def _require_place(participant: Participant, support_session: SupportSession) -> None:
    """Inside, read afresh; a lead may write to a waiting customer before joining."""
    fresh = support_session.participants.select_related("user").only(*PLACE_READS).get(pk=participant.pk)
    waiting_lead = fresh.user_id is not None and fresh.user_id == support_session.lead_id and fresh.left_at is None
    may_stay = fresh.user is None or can_attend(fresh.user, support_session)
    if not (fresh.is_inside or waiting_lead) or not may_stay:
        raise NotInside
    if fresh.role == Participant.Role.SPECIALIST:
        require(rights.decide(May.CHAT, rights.facts_of(fresh, support_session)), verb="chat.post")
