"""When a support session is timed out if nothing happens (DESIGN 4; the limits are the company's settings)."""

from datetime import datetime, timedelta

from sessions.holds import HOLD_LIMIT
from sessions.models import Participant, SupportSession
from sessions.states import EndReason, Status

REASON = {
    Status.WAITING: EndReason.WAITED_TOO_LONG,
    Status.TRANSFERRING: EndReason.NOT_PICKED_UP,
    Status.ON_HOLD: EndReason.HELD_TOO_LONG,
    Status.ACTIVE: EndReason.IDLE,
}


def deadline(session: SupportSession) -> datetime | None:
    """When this session is timed out if nothing happens; None for never. Reads `company`: load it with the row.

    A camera that is on keeps an active session from being idle; is_overdue() looks at that.
    """
    company = session.company
    match Status(session.status):
        case Status.WAITING | Status.TRANSFERRING if company.waiting_limit_min:
            since = session.waiting_at if session.status == Status.WAITING else session.status_since
            return (since or session.status_since) + timedelta(minutes=company.waiting_limit_min)
        case Status.ON_HOLD:
            return session.status_since + HOLD_LIMIT
        case Status.ACTIVE if company.idle_limit_min:
            return session.last_activity_at + timedelta(minutes=company.idle_limit_min)
    return None


def is_overdue(session: SupportSession, *, now: datetime) -> bool:
    limit = deadline(session)
    if limit is None or limit > now:
        return False
    return session.status != Status.ACTIVE or not _shows_something(session, now=now)


def _shows_something(session: SupportSession, *, now: datetime) -> bool:
    """Whether a camera is on, which is work even when nobody writes."""
    return Participant.objects.filter(support_session=session, camera_on=True, lease_until__gt=now).exists()
