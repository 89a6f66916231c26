"""The append-only audit: one line for each change, refusal, login and consent, whoever caused it."""

from typing import Any

from django.db import models

from portals import request_context
from portals.errors import NotAllowed
from portals.models import NAME_LENGTH, AuditEvent, Company


def record(
    *,
    actor: Any,
    verb: str,
    target: models.Model | None = None,
    company: Company | None = None,
    changes: dict[str, Any] | None = None,
    refused: bool = False,
) -> AuditEvent:
    """Write one audit line in the caller's transaction.

    actor: a user, an attendee (anything with `name` and `public_id`), or None for the system itself.
    changes: `{field: [before, after]}` or plain facts; never a code, token or chat text (S-76).
    """
    context = request_context.current()
    return AuditEvent.objects.create(
        company_id=_company_id(actor, target, company),
        actor_kind=_kind_of(actor),
        actor_name=(getattr(actor, "name", "") or "")[:NAME_LENGTH],
        actor_id=str(getattr(actor, "public_id", "") or ""),
        verb=verb,
        refused=refused,
        object_kind=target._meta.model_name or "" if target is not None else "",
        object_id=str(getattr(target, "public_id", None) or getattr(target, "pk", "") or ""),
        object_name=str(target)[:NAME_LENGTH] if target is not None else "",
        changes=_storable(changes or {}),
        address=context.address,
        request_id=context.request_id,
    )


def record_refusal(*, actor: Any, verb: str, refusal: NotAllowed) -> AuditEvent:
    return record(actor=actor, verb=verb, changes={"reason": str(refusal)}, refused=True)


def record_not_found(*, actor: Any, verb: str, what: str) -> AuditEvent:
    """A signed-in person asked for what does not exist for them; it may well be another company's (S-02)."""
    return record(actor=actor, verb=verb, changes={"not_found": what[:200]}, refused=True)


def _storable(value: Any) -> Any:
    """What PostgreSQL takes as JSON: a NUL, which only an attack sends, becomes a visible mark."""
    if isinstance(value, str):
        return value.replace("\x00", "\ufffd")
    if isinstance(value, dict):
        return {key: _storable(inner) for key, inner in value.items()}
    return [_storable(inner) for inner in value] if isinstance(value, list | tuple) else value


def _company_id(actor: Any, target: models.Model | None, company: Company | None) -> int | None:
    if company is not None:
        return company.pk
    if isinstance(target, Company):
        return target.pk
    return getattr(target, "company_id", None) or getattr(actor, "company_id", None)


def _kind_of(actor: Any) -> str:
    if actor is None:
        return "system"
    if getattr(actor, "is_superuser", False):
        return "operator"
    return str(actor._meta.model_name)
