"""Sign-in by django-allauth: nobody signs up, and everybody lands where they work."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.contrib.auth.signals import user_logged_in, user_logged_out, user_login_failed
from django.dispatch import receiver
from django.http import HttpRequest

from portals import audit
from portals.models import User


class AccountAdapter(DefaultAccountAdapter):
    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Accounts are made by a company's manager, never by a stranger."""
        return False


@receiver(user_logged_in)
def audit_login(sender: Any, user: User, **kwargs: Any) -> None:
    audit.record(actor=user, verb="login", target=user)


@receiver(user_logged_out)
def audit_logout(sender: Any, user: User | None, **kwargs: Any) -> None:
    if user is not None:
        audit.record(actor=user, verb="logout", target=user)


@receiver(user_login_failed)
def audit_failed_login(sender: Any, credentials: dict[str, Any], **kwargs: Any) -> None:
    email = str(credentials.get("email") or credentials.get("username") or "").lower()
    user = User.objects.filter(email=email).first()
    audit.record(actor=None, verb="login", target=user, refused=True)
