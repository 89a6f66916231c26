"""System checks: an operator's mistake is named with a hint before the first request."""

from typing import Any

from django.conf import settings
from django.core.checks import CheckMessage, Error, Tags, register


@register(Tags.security)
def secrets_differ(app_configs: Any, **kwargs: Any) -> list[CheckMessage]:
    if settings.CODE_PEPPER in {settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS}:
        return [
            Error("The code pepper is also a secret key.", hint="Set SIGHTLINE_CODE_PEPPER anew.", id="sightline.E001")
        ]
    return []


@register(Tags.database)
def every_commit_is_on_disk(app_configs: Any, databases: Any = None, **kwargs: Any) -> list[CheckMessage]:
    """R-19: an acknowledged line survives a power cut only if the database waits for the disk."""
    from django.db import connections

    found: list[CheckMessage] = []
    for alias in databases or []:
        connection = connections[alias]
        query = "PRAGMA synchronous" if connection.vendor == "sqlite" else "SHOW synchronous_commit"
        with connection.cursor() as cursor:
            cursor.execute(query)
            value = cursor.fetchone()[0]
        if value not in {2, 3, "on", "remote_apply", "remote_write"}:
            found.append(
                Error("The database does not wait for the disk.", hint=f"{query} is {value}.", id="sightline.E002")
            )
    return found
