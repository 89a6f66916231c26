"""Hold: the customer's camera is off and waits; it frees the technician's Lens slot. Start takes it up again."""

from datetime import datetime, timedelta
from uuid import UUID

from portals.models import User
from portals.permissions import require
from portals.use_case import use_case
from sessions import steps
from sessions.errors import SessionNotOpen
from sessions.models import SupportSession
from sessions.permissions import can_hold_session
from sessions.states import Status

HOLD_LIMIT = timedelta(days=14)


@use_case
def hold_session(*, technician: User, session_id: UUID, now: datetime) -> SupportSession:
    """Put an active session on hold. A repeated call changes nothing.

    Raises SupportSession.DoesNotExist, NotAllowed, SessionNotOpen, IllegalMove.
    """
    support_session = steps.locked(technician, session_id)
    require(can_hold_session(technician, support_session), verb="session.hold")
    if support_session.is_ended:
        raise SessionNotOpen
    if support_session.status != Status.ON_HOLD:
        author = support_session.participants.get(user=technician)
        steps.move(support_session, Status.ON_HOLD, now=now, author=author)
    return support_session
