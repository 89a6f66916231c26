"""Whether the login behind an open socket still holds (S-32): signing out or a new password ends it, for instance."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.contrib.sessions.models import Session
from django.utils import timezone

from portals.models import User


@dataclass(frozen=True)
class Login:
    session_key: str
    user_id: int
    auth_hash: str


def login_of(scope: Mapping[str, Any]) -> Login | None:
    """The login that a socket was opened with; None for a guest."""
    user, session = scope.get("user"), scope.get("session")
    key = getattr(session, "session_key", None)
    if user is None or not user.is_authenticated or key is None:
        return None
    return Login(session_key=key, user_id=user.pk, auth_hash=user.get_session_auth_hash())


def ended(logins: Collection[Login]) -> frozenset[Login]:
    """Those of `logins` that hold no longer. Two queries."""
    if not logins:
        return frozenset()
    keys = {login.session_key for login in logins}
    now = timezone.now()
    rows = Session.objects.filter(session_key__in=keys, expire_date__gt=now)
    living = set(rows.values_list("session_key", flat=True))
    users = User.objects.filter(pk__in={login.user_id for login in logins}, is_active=True)
    hashes = {user.pk: user.get_session_auth_hash() for user in users}
    return frozenset(
        login for login in logins if login.session_key not in living or hashes.get(login.user_id) != login.auth_hash
    )
