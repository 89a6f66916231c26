"""What a refusal leaves behind: nothing but its line in the audit."""

import contextlib
from collections.abc import Iterator
from typing import Any

import pytest

from portals.errors import NotAllowed
from portals.models import AuditEvent
from sessions.models import SupportSession, TimelineEntry
from tests.sessions.rows import columns


def kept(support_session: SupportSession) -> list[Any]:
    """All of a session that a verb could change."""
    return [
        columns(support_session),
        list(support_session.participants.order_by("pk").values()),
        list(TimelineEntry.objects.filter(support_session=support_session).order_by("seq").values()),
    ]


@contextlib.contextmanager
def nothing_changes(support_session: SupportSession) -> Iterator[None]:
    before = kept(support_session)
    yield
    assert kept(support_session) == before


@contextlib.contextmanager
def refused_and_audited(support_session: SupportSession, *, actor: Any, verb: str, reason: str = "") -> Iterator[None]:
    """The block raises NotAllowed with the reason; all is rolled back, and the audit keeps who tried what."""
    seen = set(AuditEvent.objects.values_list("pk", flat=True))
    with nothing_changes(support_session), pytest.raises(NotAllowed) as refusal:
        yield
    assert reason in str(refusal.value)
    line = AuditEvent.objects.exclude(pk__in=seen).get()
    assert line.refused
    assert (line.verb, line.actor_id, line.actor_name) == (verb, str(actor.public_id), actor.name)
    assert line.company_id == actor.company_id
    assert line.changes == {"reason": str(refusal.value)}
