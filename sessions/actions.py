"""The verbs of a support session from its opening to its Start; talk is in chat.py, its ends in endings.py.

Each is one transaction, locks what it judges, and announces after commit.
"""

from datetime import datetime
from uuid import UUID

from django.db import IntegrityError, transaction

from portals import audit
from portals.models import Portal, Terms, User
from portals.permissions import require
from portals.use_case import use_case
from sessions import protocol, steps, timeline
from sessions.errors import AlreadyStarted, SessionNotOpen
from sessions.events import publish_console_on_commit, publish_on_commit
from sessions.models import Participant, SupportSession
from sessions.permissions import can_start_session, is_customer
from sessions.states import EndReason, Status


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
