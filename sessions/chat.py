"""Lines of chat. What is said in many rooms at once is stored with one transaction (group commit)."""

import logging
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.db.models import QuerySet

from portals import audit, clock
from portals.errors import DomainError, NotAllowed
from portals.permissions import require
from portals.use_case import use_case
from sessions import protocol, rights, timeline
from sessions.batches import Batches
from sessions.database_threads import in_database_thread
from sessions.errors import MessageEmpty, MessageTooLong, NotInside, SessionNotOpen
from sessions.models import CHAT_LENGTH, Participant, SupportSession, TimelineEntry
from sessions.permissions import can_attend, can_post_chat
from sessions.rights import May

logger = logging.getLogger("sightline.chat")

# What a line of chat reads of its session and its author: most of the time of an ORM's query goes into its columns.
SESSION_READS = ("public_id", "company", "status", "lead", "last_seq", "last_public_seq")
PLACE_READS = (
    "support_session",
    "role",
    "joined_at",
    "left_at",
    "user__company",
    "user__is_active",
    "user__has_seat",
    "user__technician_group",
)
STORED_READS = ("author", "client_msg_id", "seq")
VERB = "chat.post"


@dataclass(frozen=True)
class Line:
    author: Participant
    client_msg_id: str
    text: str
    audience: str

    @property
    def key(self) -> tuple[int, str]:
        """Under which it is stored once."""
        return (self.author.pk, self.client_msg_id)


Outcome = TimelineEntry | DomainError | None  # None: its session is not there, or somebody else holds it


async def say(line: Line) -> TimelineEntry:
    """Store a line, with those that others say meanwhile, and return its entry once it is committed.

    One that the batch left out is stored alone: whoever holds its session keeps nobody else waiting.
    Raises what `post_chat` raises.
    """
    outcome = await _batches.add(line)
    if outcome is None:
        return await in_database_thread(
            post_chat,
            participant=line.author,
            client_msg_id=line.client_msg_id,
            text=line.text,
            audience=line.audience,
            now=clock.now(),
        )
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


@use_case
def post_chat(
    *, participant: Participant, client_msg_id: str, text: str, audience: str, now: datetime
) -> TimelineEntry:
    """Store one chat line. The same `client_msg_id` of the same attendee is stored once and answered alike (R-04).

    Raises MessageEmpty, MessageTooLong, NotInside, SessionNotOpen, NotAllowed, SupportSession.DoesNotExist.
    """
    (outcome,) = _store([Line(participant, client_msg_id, text, audience)], now=now, wait=True)
    if outcome is None:
        raise SupportSession.DoesNotExist
    if isinstance(outcome, DomainError):
        raise outcome
    return outcome


def post_together(lines: Sequence[Line], *, now: datetime) -> list[Outcome]:
    """Each line is judged by itself: one that is refused, or whose session is held, does not touch the others."""
    try:
        with transaction.atomic():
            outcomes = _store(lines, now=now, wait=False)
    except Exception:  # one of them, or the database: alone, each of them finds out
        logger.exception("Lines of chat could not be stored together.")
        return [None] * len(lines)
    for line, outcome in zip(lines, outcomes, strict=True):
        if isinstance(outcome, NotAllowed):
            audit.record_refusal(actor=line.author, verb=outcome.verb, refusal=outcome)
    return outcomes


_batches: Batches[Line, Outcome] = Batches(lambda lines: post_together(lines, now=clock.now()))


def _store(lines: Sequence[Line], *, now: datetime, wait: bool) -> list[Outcome]:
    """Three readings and two writings, of however many lines. wait: for who else holds a session."""
    sessions = _locked({line.author.support_session_id for line in lines}, wait=wait)
    people = Participant.objects.filter(pk__in={line.author.pk for line in lines}).select_related("user")
    places = {person.pk: person for person in people.only(*PLACE_READS)}
    stored = _stored(lines)
    outcomes: list[Outcome] = []
    new: list[TimelineEntry] = []
    for line in lines:
        support_session = sessions.get(line.author.support_session_id)
        outcome: Outcome = stored.get(line.key)
        if support_session is None:
            outcome = None
        elif outcome is None:
            try:
                text = _judged(line, support_session, places[line.author.pk])
            except DomainError as error:
                outcome = error
            else:
                outcome = stored[line.key] = _entry(line, support_session, text, now)
                new.append(outcome)
        outcomes.append(outcome)
    timeline.store(new)
    return outcomes


def _locked(pks: Collection[int], *, wait: bool) -> dict[int, SupportSession]:
    """In one order, and never waiting for one while holding others: nobody waits in a circle."""
    rows = SupportSession.objects.select_for_update(no_key=True, skip_locked=not wait).only(*SESSION_READS)
    return {row.pk: row for row in rows.filter(pk__in=pks).order_by("pk")}


def _stored(lines: Sequence[Line]) -> dict[tuple[int, str], TimelineEntry]:
    """Those of `lines` that were stored before, and what others have said under the same ids."""
    found = said_under({line.client_msg_id for line in lines})
    return {(entry.author_id, entry.client_msg_id): entry for entry in found}  # type: ignore[misc]


def said_under(client_msg_ids: Collection[str]) -> QuerySet[TimelineEntry]:
    return TimelineEntry.objects.filter(client_msg_id__in=client_msg_ids).only(*STORED_READS)


def _judged(line: Line, support_session: SupportSession, place: Participant) -> str:
    """The text as it is stored. Raises what `post_chat` raises."""
    text = line.text.replace("\x00", "").strip()
    if not text:
        raise MessageEmpty
    if len(text) > CHAT_LENGTH:
        raise MessageTooLong(limit=CHAT_LENGTH)
    if support_session.is_ended:
        raise SessionNotOpen
    _require_place(place, support_session)
    require(can_post_chat(line.author, line.audience), verb=VERB)
    return text


def _require_place(place: Participant, support_session: SupportSession) -> None:
    """Inside, read afresh; a lead may write to a waiting customer before joining."""
    waiting_lead = place.user_id is not None and place.user_id == support_session.lead_id and place.left_at is None
    may_stay = place.user is None or can_attend(place.user, support_session)
    if not (place.is_inside or waiting_lead) or not may_stay:
        raise NotInside
    if place.role == Participant.Role.SPECIALIST:
        require(rights.decide(May.CHAT, rights.facts_of(place, support_session)), verb=VERB)


def _entry(line: Line, support_session: SupportSession, text: str, now: datetime) -> TimelineEntry:
    return timeline.entry(
        support_session,
        protocol.ChatPosted,
        now=now,
        author=line.author,
        audience=TimelineEntry.Audience(line.audience),
        client_msg_id=line.client_msg_id,
        data={"id": line.client_msg_id, "text": text},
    )
