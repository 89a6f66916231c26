"""The browser's proof that it is one attendee without an account: a random token that opens one session only (S-33)."""

import hashlib
import secrets
from collections.abc import Mapping
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse

from sessions.models import Participant

KEPT_S = 15 * 24 * 3600  # a session may be on hold for 14 days


def cookie_name(session_id: UUID) -> str:
    return f"{settings.COOKIE_PREFIX}guest-{session_id.hex}"


def new_token() -> str:
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def set_cookie(response: HttpResponse, session_id: UUID, token: str) -> None:
    response.set_cookie(
        cookie_name(session_id),
        token,
        max_age=KEPT_S,
        path="/",
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def guest_of(cookies: Mapping[str, str], session_id: UUID) -> Participant | None:
    """Return the attendee whose token the browser holds for this session."""
    token = cookies.get(cookie_name(session_id))
    if not token:
        return None
    return (
        Participant.objects.select_related("support_session", "user")
        .filter(token_digest=digest(token), support_session__public_id=session_id)
        .first()
    )
