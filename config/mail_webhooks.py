"""The addresses where the mail provider in use tells what became of a mail; none unless they are secured."""

from anymail.urls import urlpatterns as anymail_patterns
from django.urls import URLPattern


def webhook_patterns(*, backend: str, secret: str) -> list[URLPattern]:
    """backend: EMAIL_BACKEND. Only tracking: nothing here receives mail."""
    package, _dot, rest = backend.partition(".backends.")
    if package != "anymail" or not secret:
        return []
    provider = rest.partition(".")[0]
    names = {f"{provider}_tracking_webhook", f"{provider}_webhook"}
    return [pattern for pattern in anymail_patterns if pattern.name in names]
