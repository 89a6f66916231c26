"""Sessions put straight into a state, where the way there is not what a test is about."""

from datetime import timedelta
from typing import Any

from django.utils import timezone

from portals.models import Portal, TechnicianGroup, User
from sessions.models import Participant, SupportSession
from sessions.states import ENDED, Status

BEFORE = timezone.now() - timedelta(minutes=9)


def session_in(status: Status, *, lead: User, kind: str = "lens", **fields: Any) -> SupportSession:
    """A session in `status` with the columns that belong to it, and its lead as an attendee."""
    assert lead.company is not None
    accepted = status != Status.CONNECTING
    made = SupportSession.objects.create(
        company=lead.company,
        portal=lead.company.portals.earliest("pk"),
        kind=kind,
        status=status,
        lead=lead,
        **{
            "customer_name": "Dora",
            "created_at": BEFORE,
            "terms": lead.company.current_terms if accepted else None,
            "terms_accepted_at": BEFORE if accepted else None,
            "waiting_at": BEFORE if accepted else None,
            "started_at": BEFORE if status in {Status.ACTIVE, Status.ON_HOLD} else None,
            "ended_at": BEFORE if status in ENDED else None,
        }
        | fields,
    )
    attendee(made, lead)
    return made


def attendee(support_session: SupportSession, user: User, **fields: Any) -> Participant:
    """`user` inside as a technician."""
    return Participant.objects.create(
        support_session=support_session,
        role=Participant.Role.TECHNICIAN,
        name=user.name,
        user=user,
        **{"joined_at": BEFORE} | fields,
    )


def specialist(support_session: SupportSession, name: str, slot: int, **fields: Any) -> Participant:
    """Somebody without an account inside, where portal and group of the session allow it."""
    assert support_session.lead is not None
    Portal.objects.filter(pk=support_session.portal_id).update(specialists_enabled=True)
    TechnicianGroup.objects.filter(pk=support_session.lead.technician_group_id).update(invite_specialists=True)
    return Participant.objects.create(
        support_session=support_session,
        role=Participant.Role.SPECIALIST,
        name=name,
        slot=slot,
        token_digest=f"{support_session.pk}-{slot}",
        invited_by=support_session.lead,
        **{"joined_at": BEFORE} | fields,
    )


def columns(support_session: SupportSession) -> dict[str, Any]:
    """The row as the database holds it."""
    return SupportSession.objects.values().get(pk=support_session.pk)
