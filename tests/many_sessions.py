"""Years of sessions at once, put straight into the tables: for query plans and the bench of the lists."""

from datetime import datetime, timedelta

from portals.models import Portal, User
from sessions.models import Participant, SupportSession, Survey
from sessions.states import EndReason, Status

FIRST_NAMES = ("Ana", "Jonas", "Lars", "Inês", "Piet", "Marie", "Aoife", "Klara", "Hugo", "Nils")
LAST_NAMES = ("Pérez", "Weber", "Nygaard", "Carvalho", "de Vries", "Dupont", "Byrne", "Novak", "Lambert", "Brandt")
BATCH = 2000


def fill(technicians: list[User], *, past: int, live: int, now: datetime) -> None:
    """Ended sessions, one each ten minutes, in turn led by each technician; and live ones, half of them in the queue.

    A live session is Waiting but for the first of each technician, which is Active (Screen, so that Start stays free).
    """
    home = technicians[0].technician_group
    assert home is not None
    portal = Portal.objects.filter(groups=home).earliest("pk")
    rows = [_past(technicians[number % len(technicians)], portal, number, now) for number in range(past)]
    rows += [_live(technicians, portal, number, now) for number in range(live)]
    made = SupportSession.objects.bulk_create(rows, batch_size=BATCH)
    people = [_customer(session) for session in made]
    people += [_lead(session) for session in made if session.lead_id]
    Participant.objects.bulk_create(people, batch_size=BATCH)
    asked = [session for session in made if session.outcome == "resolved"]
    surveys = [Survey(support_session=session, rating=4, solved=True, at=session.ended_at) for session in asked]
    Survey.objects.bulk_create(surveys, batch_size=BATCH)


def _name(number: int) -> str:
    return f"{FIRST_NAMES[number % 10]} {LAST_NAMES[number // 10 % 10]} {number}"


def _past(lead: User, portal: Portal, number: int, now: datetime) -> SupportSession:
    created = now - timedelta(minutes=10 * (number + 1))
    return SupportSession(
        company_id=portal.company_id,
        portal=portal,
        kind=("lens", "screen")[number % 2],
        status=Status.CLOSED,
        end_reason=EndReason.BY_TECHNICIAN,
        lead=lead,
        customer_name=_name(number),
        terms_accepted_at=created,
        outcome=("resolved", "unresolved", "")[number % 3],
        created_at=created,
        waiting_at=created + timedelta(minutes=1),
        started_at=created + timedelta(minutes=2),
        ended_at=created + timedelta(minutes=9),
        status_since=created + timedelta(minutes=9),
        last_activity_at=created + timedelta(minutes=9),
        active_for=timedelta(minutes=7),
    )


def _live(technicians: list[User], portal: Portal, number: int, now: datetime) -> SupportSession:
    queued = number % 2 == 1
    active = not queued and number // 2 < len(technicians)
    created = now - timedelta(seconds=number + 1)
    return SupportSession(
        company_id=portal.company_id,
        portal=portal,
        kind="screen",
        status=Status.ACTIVE if active else Status.WAITING,
        lead=None if queued else technicians[number // 2 % len(technicians)],
        via_portal=queued,
        customer_name=_name(number),
        terms_accepted_at=created,
        created_at=created,
        waiting_at=created,
        started_at=created if active else None,
        status_since=created,
        last_activity_at=created,
    )


def _customer(session: SupportSession) -> Participant:
    return Participant(
        support_session=session,
        role=Participant.Role.CUSTOMER,
        name=session.customer_name,
        joined_at=session.waiting_at,
        left_at=session.ended_at,
    )


def _lead(session: SupportSession) -> Participant:
    assert session.lead is not None
    return Participant(
        support_session=session,
        role=Participant.Role.TECHNICIAN,
        name=session.lead.name,
        user=session.lead,
        joined_at=session.started_at,
        left_at=session.ended_at,
    )
