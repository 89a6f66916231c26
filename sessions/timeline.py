"""The append-only log of a support session: `seq` is gapless because it is given under the session's row lock."""

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, cast

from django.db.models import QuerySet

from sessions import protocol
from sessions.events import publish_on_commit
from sessions.models import Participant, SupportSession, TimelineEntry

KINDS: dict[str, type[protocol.Durable]] = {str(message.__struct_config__.tag): message for message in protocol.DURABLE}
# What tells how a customer or specialist was reached; technicians of other companies are not told (S-45).
OF_CONTACT = frozenset({"invitation.created", "delivery.changed"})
SYSTEM = protocol.Person(id="", name="", role="system")
COUNTERS = ("last_seq", "last_public_seq", "last_activity_at")


def record(
    support_session: SupportSession,
    message: type[protocol.Durable],
    *,
    now: datetime,
    author: Participant | None = None,
    audience: TimelineEntry.Audience = TimelineEntry.Audience.EVERYONE,
    **data: Any,
) -> TimelineEntry:
    """Append one line and tell everybody after commit. The caller holds the lock on `support_session`."""
    new = entry(support_session, message, now=now, author=author, audience=audience, data=data)
    store([new])
    return new


def entry(
    support_session: SupportSession,
    message: type[protocol.Durable],
    *,
    now: datetime,
    author: Participant | None,
    audience: TimelineEntry.Audience,
    data: dict[str, Any],
    client_msg_id: str | None = None,
) -> TimelineEntry:
    """The next line of a session, for `store`. The caller holds the lock on `support_session`, whose counters go on."""
    new = TimelineEntry(
        support_session=support_session,
        seq=support_session.last_seq + 1,
        prev_public_seq=support_session.last_public_seq,
        at=now,
        kind=str(message.__struct_config__.tag),
        audience=audience,
        author=author,
        author_name=author.name if author else "",
        client_msg_id=client_msg_id,
        data=data,
    )
    support_session.last_seq = new.seq
    if audience == TimelineEntry.Audience.EVERYONE:
        support_session.last_public_seq = new.seq
    support_session.last_activity_at = now
    return new


def store(new: Sequence[TimelineEntry]) -> None:
    """Write new lines and the counters of their sessions, and tell everybody after commit. Two queries."""
    if not new:
        return
    TimelineEntry.objects.bulk_create(new)
    sessions = list({line.support_session_id: line.support_session for line in new}.values())
    if len(sessions) == 1:  # nearly always, and a quarter of what `bulk_update` takes
        sessions[0].save(update_fields=COUNTERS)
    else:
        SupportSession.objects.bulk_update(sessions, COUNTERS)
    for line in new:
        publish_on_commit(line.support_session, entry=line)


def entries_after(support_session: SupportSession, seq: int, *, sees_all: bool) -> QuerySet[TimelineEntry]:
    """What a reader who holds everything up to `seq` has missed, in order."""
    entries = support_session.timeline.filter(seq__gt=seq).select_related("author").order_by("seq")
    return entries if sees_all else entries.filter(audience=TimelineEntry.Audience.EVERYONE)


def message_of(entry: TimelineEntry, *, sees_all: bool, sees_contact: bool = True) -> protocol.Durable:
    """The entry as it travels; `prev` is the seq before it that this reader may see."""
    return KINDS[entry.kind](
        seq=entry.seq,
        prev=entry.seq - 1 if sees_all else entry.prev_public_seq,
        at=iso(entry.at),
        by=person_of(entry.author) if entry.author else SYSTEM,
        audience=cast(protocol.Audience, entry.audience),
        **_data(entry, sees_contact=sees_contact),
    )


def without_contact(entry: TimelineEntry) -> dict[str, Any]:
    """The entry's data for somebody who may not know addresses and numbers."""
    hidden = {"to", "reason"} if entry.kind in OF_CONTACT else set()
    return {name: "" if name in hidden else value for name, value in entry.data.items()}


def _data(entry: TimelineEntry, *, sees_contact: bool) -> dict[str, Any]:
    data = dict(entry.data) if sees_contact else without_contact(entry)
    if "attendee" in data:
        data["attendee"] = protocol.Person(**data["attendee"])
    return data


def person_of(participant: Participant) -> protocol.Person:
    return protocol.Person(
        id=str(participant.public_id), name=participant.name, role=cast(protocol.Role, participant.role)
    )


def person_data(participant: Participant) -> dict[str, str]:
    return {"id": str(participant.public_id), "name": participant.name, "role": participant.role}


def iso(moment: datetime) -> str:
    """ISO 8601 in UTC, with milliseconds."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
