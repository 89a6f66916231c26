"""The append-only log of a support session: `seq` is gapless because it is given under the session's row lock."""

from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple, cast

from django.db.models import F, QuerySet

from sessions import protocol
from sessions.events import publish_on_commit
from sessions.models import Participant, SupportSession, TimelineEntry

KINDS: dict[str, type[protocol.Durable]] = {str(message.__struct_config__.tag): message for message in protocol.DURABLE}
# What tells how a customer or specialist was reached; technicians of other companies are not told (S-45).
OF_CONTACT = frozenset({"invitation.created", "delivery.changed"})
SYSTEM = protocol.Person(id="", name="", role="system")


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
    """Write new lines and the counters of their sessions, and tell all after commit. Nearly always two queries."""
    if not new:
        return
    TimelineEntry.objects.bulk_create(new)
    _count(new)
    for line in new:
        publish_on_commit(line.support_session, entry=line)


def _count(new: Sequence[TimelineEntry]) -> None:
    """Have the counters of sessions follow their new lines: one query for all whose logs grow alike.

    `bulk_update`, which names each session with each column, was two thirds of what storing lines together took.
    """
    of_session: dict[int, list[TimelineEntry]] = defaultdict(list)
    for line in new:
        of_session[line.support_session_id].append(line)
    alike: dict[_Growth, list[int]] = defaultdict(list)
    for pk, lines in of_session.items():
        alike[_growth(lines)].append(pk)
    for growth, pks in alike.items():
        counters: dict[str, Any] = {"last_seq": F("last_seq") + growth.lines, "last_activity_at": growth.at}
        if growth.public:
            counters["last_public_seq"] = F("last_seq") + growth.public
        SupportSession.objects.filter(pk__in=pks).update(**counters)


class _Growth(NamedTuple):
    lines: int
    public: int  # which of the new lines is the last that everybody may read, from 1; 0: none
    at: datetime


def _growth(lines: Sequence[TimelineEntry]) -> _Growth:
    public = [place for place, line in enumerate(lines, 1) if line.audience == TimelineEntry.Audience.EVERYONE]
    return _Growth(len(lines), public[-1] if public else 0, lines[-1].at)


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
