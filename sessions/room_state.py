"""What a room knows of its support session: read afresh from the database whenever something may have changed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple, cast
from uuid import UUID

import msgspec
from django.db.models import F, QuerySet

from portals.models import Portal, User
from sessions import protocol, queues
from sessions.models import Participant, SupportSession, TimelineEntry
from sessions.recorder import recorder
from sessions.rights import May, all_of, facts_of, shown, shown_right
from sessions.states import Status
from sessions.timeline import iso, person_of

AT_ONCE = 500  # sessions of one query
READS = 5  # of one room, until nothing was written in between


@dataclass(frozen=True)
class Insider:
    """One attendee as the room and the media plan see them."""

    id: str
    role: str
    lead: bool
    page: str
    joined: bool
    connected: bool  # its page has given a sign of life lately
    rights: frozenset[str]  # sessions/rights.py May values, once inside


@dataclass(frozen=True)
class RoomState:
    session_id: UUID
    status: Status
    ended: bool
    last_seq: int
    head: protocol.SessionState
    attendees: list[protocol.Attendee]
    insiders: dict[str, Insider]
    waiting: list[protocol.Person]  # specialists before the door, for the lead
    recording: bool = False  # running or paused: what flows goes through the relay
    always_relay: bool = False  # the company wants no connection from browser to browser (S-52)
    relay: str = ""  # the media relay this session is to use, if it needs one and there is one


RelayFinder = Callable[[RoomState], str]
_relay_finder: RelayFinder | None = None


def set_relay_finder(finder: RelayFinder) -> None:
    """Called once at start by the app that owns media; it names the relay of a session, and may write to do so."""
    global _relay_finder
    _relay_finder = finder


def load(public_id: UUID, *, now: datetime) -> RoomState:
    """Three queries, and more for a place in a queue or for a relay. Raises SupportSession.DoesNotExist."""
    state = _read(public_id, now=now)
    return replace(state, relay=_relay_finder(state)) if _relay_finder else state


def _read(public_id: UUID, *, now: datetime) -> RoomState:
    support_session, present = _of_one_moment(public_id)
    for person in present:
        person.support_session = support_session
    rights = {person: _rights(person, support_session) for person in present}
    # Who may not be here any more (an account, a guest, a specialist's switch) is out at the next look (S-07, S-32).
    people = [person for person in rights if May.VIEW in rights[person]]
    lead = next((person for person in people if _is_lead(person, support_session)), None)
    recording = recorder().state_of(support_session, now=now)
    return RoomState(
        session_id=support_session.public_id,
        status=Status(support_session.status),
        ended=support_session.is_ended,
        last_seq=support_session.last_seq,
        head=_head(support_session, lead, people, recording),
        attendees=[_attendee(person, support_session, rights[person], now) for person in people if person.is_inside],
        waiting=[person_of(person) for person in people if _waits(person, now)],
        insiders={
            str(person.public_id): Insider(
                id=str(person.public_id),
                role=person.role,
                lead=_is_lead(person, support_session),
                page=person.page_id,
                joined=person.is_inside,
                connected=person.connection(now) == Participant.Connection.CONNECTED,
                rights=frozenset(rights[person]),
            )
            for person in people
        },
        always_relay=support_session.company.always_relay,
        recording=recording is not None and recording.state != "asking",
    )


def _of_one_moment(public_id: UUID, reads: int = READS) -> tuple[SupportSession, Sequence[Participant]]:
    """The session and who is in it, read again when its log grew between the two queries.

    Else a Start in between is a room that is active and has no lead, and its pictures are taken down. In a session that
    never keeps still the last reading counts, which has the people first: an end puts all of them out, and who is found
    missing must find the session ended, too.
    """
    inside = Participant.objects.filter(support_session__public_id=public_id, left_at__isnull=True)
    people = _with_facts(inside).annotate(read_at=F("support_session__last_seq")).order_by("joined_at", "pk")
    sessions = SupportSession.objects.select_related("lead__technician_group", "company", "portal")
    present = list(people)
    support_session = sessions.get(public_id=public_id)
    if reads > 1 and any(person.read_at != support_session.last_seq for person in present):
        return _of_one_moment(public_id, reads - 1)
    return support_session, present


class Mark(NamedTuple):
    """How far the log of a session has come, and something that differs when what load() shows of it would."""

    last_seq: int
    shown: tuple[object, ...]


def marks(public_ids: Sequence[UUID], *, now: datetime) -> dict[UUID, Mark]:
    """Four queries for AT_ONCE of them, however many accounts and portals they have.

    A session that waits in a queue is different each time, since its place depends on the others.
    """
    found: dict[UUID, Mark] = {}
    for first in range(0, len(public_ids), AT_ONCE):
        sessions = SupportSession.objects.filter(public_id__in=public_ids[first : first + AT_ONCE]).in_bulk()
        present = Participant.objects.filter(support_session__in=sessions, left_at__isnull=True).order_by("pk")
        people: dict[int, list[object]] = {pk: [] for pk in sessions}
        for person in _known(sessions, list(present)):
            people[person.support_session_id].append(_shown_of(person, now))
        found |= {
            row.public_id: Mark(row.last_seq, (*_shown_of_head(row, now), *people[pk])) for pk, row in sessions.items()
        }
    return found


def _known(sessions: dict[int, SupportSession], people: list[Participant]) -> list[Participant]:
    """With all that rights are read from; what many sessions share is read once."""
    wanted = {pk for person in people for pk in (person.user_id, person.invited_by_id)}
    wanted |= {row.lead_id for row in sessions.values()}
    users = User.objects.select_related("company", "technician_group").in_bulk(wanted - {None})
    portals = Portal.objects.select_related("company").in_bulk({row.portal_id for row in sessions.values()})
    for row in sessions.values():
        row.portal = portals[row.portal_id]
        row.company = row.portal.company
        row.lead = users[row.lead_id] if row.lead_id is not None else None
    for person in people:
        person.support_session = sessions[person.support_session_id]
        person.user = users[person.user_id] if person.user_id is not None else None
        person.invited_by = users[person.invited_by_id] if person.invited_by_id is not None else None
    return people


def _shown_of_head(row: SupportSession, now: datetime) -> tuple[object, ...]:
    moves = now if row.status == Status.WAITING and row.lead_id is None else None
    return (row.status, row.lead_id, row.lead_offered_to_id, moves)


def _shown_of(person: Participant, now: datetime) -> tuple[object, ...]:
    facts = facts_of(person, person.support_session, inside=True)
    shown = (person.page_id, person.camera_on, person.microphone_on, person.connection(now))
    return (person.pk, person.joined_at, facts, *shown)


def _waits(person: Participant, now: datetime) -> bool:
    before = person.role == Participant.Role.SPECIALIST and person.joined_at is None
    return before and person.connection(now) == Participant.Connection.CONNECTED


def _with_facts(people: QuerySet[Participant]) -> QuerySet[Participant]:
    """With all that rights are read from."""
    return people.select_related("user__company", "user__technician_group", "invited_by__technician_group")


def _rights(person: Participant, support_session: SupportSession) -> frozenset[May]:
    """What they may do once they are inside."""
    return all_of(facts_of(person, support_session, inside=True))


def started(state: RoomState, entry: TimelineEntry) -> RoomState | None:
    """The room after this line of its log, if that is the lead's Start of a session that waits for it.

    What else has changed is read from the database.
    """
    author = state.insiders.get(str(entry.author.public_id)) if entry.author else None
    is_start = entry.kind == "status.changed" and entry.data["status"] == Status.ACTIVE
    if not is_start or state.status != Status.WAITING or author is None or not author.lead:
        return None
    head = msgspec.structs.replace(
        state.head,
        status=Status.ACTIVE.value,
        status_label=str(Status.ACTIVE.label),
        started_at=state.head.started_at or iso(entry.at),
        since=iso(entry.at),
    )
    insiders = state.insiders | {author.id: replace(author, joined=True)}
    return replace(state, status=Status.ACTIVE, head=head, insiders=insiders)


def _is_lead(person: Participant, support_session: SupportSession) -> bool:
    return person.user_id is not None and person.user_id == support_session.lead_id


def _head(
    support_session: SupportSession,
    lead: Participant | None,
    people: Sequence[Participant],
    recording: protocol.RecordingState | None,
) -> protocol.SessionState:
    place = queues.place_of(support_session)
    offered = next((one for one in people if one.is_inside and one.pk == support_session.lead_offered_to_id), None)
    return protocol.SessionState(
        id=str(support_session.public_id),
        kind=cast(protocol.Kind, support_session.kind),
        name=support_session.customer_name,
        status=support_session.status,
        status_label=str(support_session.status_label),
        end_reason=support_session.end_reason,
        lead=str(lead.public_id) if lead else None,
        lead_name=support_session.lead.name if support_session.lead else "",
        lead_offer=str(offered.public_id) if offered else None,
        place=place.number if place else 0,
        wait_min=place.wait_min if place else None,
        started_at=iso(support_session.started_at) if support_session.started_at else None,
        ended_at=iso(support_session.ended_at) if support_session.ended_at else None,
        since=iso(support_session.status_since),
        active_ms=_ms(support_session.active_for),
        held_ms=_ms(support_session.held_for),
        transferring_ms=_ms(support_session.transferring_for),
        recording=recording,
    )


def _ms(duration: timedelta) -> int:
    return int(duration.total_seconds() * 1000)


def _attendee(
    person: Participant, support_session: SupportSession, rights: frozenset[May], now: datetime
) -> protocol.Attendee:
    company = person.user.company if person.user else None
    return protocol.Attendee(
        id=str(person.public_id),
        name=person.name,
        role=cast(protocol.Role, person.role),
        lead=_is_lead(person, support_session),
        connection=cast(protocol.Connectedness, person.connection(now).value),
        camera=person.camera_on,
        microphone=person.microphone_on,
        company=company.name if company else "",
        right=cast(protocol.RightShown, shown_right(facts_of(person, support_session))),
        rights=shown(rights),
    )
