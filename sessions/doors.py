"""The ways in that a session's end, or its last technician's leaving, shuts; the app that owns them says how."""

from collections.abc import Callable
from datetime import datetime

from sessions.models import SupportSession

DoorCloser = Callable[[SupportSession, datetime, str], None]
_closer: DoorCloser | None = None


def set_door_closer(closer: DoorCloser) -> None:
    """Called once at start by the app that owns invitations; it runs under the session's lock."""
    global _closer
    _closer = closer


def shut(support_session: SupportSession, *, now: datetime, purpose: str = "") -> None:
    """No code or link lets anybody else in from now on; with a purpose, none of that purpose."""
    if _closer is not None:
        _closer(support_session, now, purpose)
