"""Lines that are said at once are stored together, and each of them as if it were alone."""

import asyncio
import threading
from typing import Any

import pytest
from django.db import connection, transaction
from django.utils import timezone

from portals.models import AuditEvent, User
from sessions import chat, timeline
from sessions.chat import Line, Outcome
from sessions.errors import MessageEmpty
from sessions.models import Participant, SupportSession, TimelineEntry
from sessions.states import Status
from tests import factories
from tests.sessions.pages import Pages, in_thread
from tests.sessions.rows import session_in

NOW = timezone.now()
ROOMS = 6


def lead_of(room: SupportSession) -> Participant:
    return room.participants.get(user=room.lead)


def line(author: Participant, number: int = 1, text: str = "hello", audience: str = "everyone") -> Line:
    return Line(Participant.objects.get(pk=author.pk), f"line-{number:04}", text, audience)


def together(*lines: Line) -> list[Outcome]:
    return chat.post_together(lines, now=NOW)


def seqs(outcomes: list[Outcome]) -> list[int]:
    return [outcome.seq for outcome in outcomes if isinstance(outcome, TimelineEntry)]


@pytest.fixture
def rooms(bob: User) -> list[SupportSession]:
    held = [session_in(Status.ON_HOLD, lead=bob) for _each in range(ROOMS - 1)]
    return [factories.active_session(bob), *held]


@pytest.fixture
def dora(rooms: list[SupportSession]) -> Participant:
    return factories.customer_of(rooms[0])


def test_many_lines_take_as_many_queries_as_one(rooms: list[SupportSession], django_assert_num_queries: Any) -> None:
    lines = [line(lead_of(room)) for room in rooms]

    with django_assert_num_queries(5 + len(["SAVEPOINT", "RELEASE"])):
        outcomes = together(*lines)

    assert [outcome.support_session_id for outcome in outcomes if isinstance(outcome, TimelineEntry)] == [
        room.pk for room in rooms
    ]
    for room, outcome in zip(rooms, outcomes, strict=True):
        assert room.timeline.get(kind="chat.posted") == outcome
        assert SupportSession.objects.get(pk=room.pk).last_seq == outcome.seq


def test_lines_of_one_room_have_one_seq_each_without_gaps(rooms: list[SupportSession], dora: Participant) -> None:
    lead = lead_of(rooms[0])
    before = SupportSession.objects.get(pk=rooms[0].pk)

    found = seqs(together(line(dora, 1), line(lead, 1, audience="technicians"), line(lead, 2), line(lead_of(rooms[1]))))

    assert found[:3] == [before.last_seq + 1, before.last_seq + 2, before.last_seq + 3]
    after = SupportSession.objects.get(pk=rooms[0].pk)
    assert (after.last_seq, after.last_public_seq, after.last_activity_at) == (found[2], found[2], NOW)
    readings = timeline.entries_after(after, before.last_seq, sees_all=False)
    assert [(entry.seq, entry.prev_public_seq) for entry in readings] == [
        (found[0], before.last_public_seq),
        (found[2], found[0]),
    ]


def test_the_counters_of_each_room_follow_its_own_lines(rooms: list[SupportSession]) -> None:
    """Rooms differ in how many lines came, and in which of them everybody may read."""
    said = ["e", "t", "ee", "et", "te", "tet"]
    before = {room.pk: SupportSession.objects.get(pk=room.pk) for room in rooms}
    lines = [
        line(lead_of(room), number, audience={"e": "everyone", "t": "technicians"}[audience])
        for number in range(3)
        for room, audiences in zip(rooms, said, strict=True)
        for audience in audiences[number : number + 1]
    ]

    assert len(seqs(together(*lines))) == sum(map(len, said))

    for room, audiences in zip(rooms, said, strict=True):
        was, now = before[room.pk], SupportSession.objects.get(pk=room.pk)
        last_public = was.last_seq + audiences.rindex("e") + 1 if "e" in audiences else was.last_public_seq
        assert (now.last_seq, now.last_public_seq) == (was.last_seq + len(audiences), last_public)
        assert now.last_activity_at == NOW
        assert [entry.seq for entry in room.timeline.order_by("seq")][-len(audiences) :] == list(
            range(was.last_seq + 1, now.last_seq + 1)
        )


def test_one_id_said_twice_at_once_is_one_line(rooms: list[SupportSession], dora: Participant) -> None:
    first, second = together(line(dora, 1, "once"), line(dora, 1, "once"))

    assert isinstance(first, TimelineEntry)
    assert first is second
    assert seqs(together(line(dora, 1, "once"), line(dora, 2, "more"))) == [first.seq, first.seq + 1]


def test_the_id_of_another_is_not_taken_for_one_s_own(rooms: list[SupportSession], dora: Participant) -> None:
    lead = lead_of(rooms[0])

    mine, yours = together(line(dora, 1, "mine"), line(lead, 1, "yours"))

    assert isinstance(mine, TimelineEntry)
    assert isinstance(yours, TimelineEntry)
    assert (mine.data["text"], yours.data["text"]) == ("mine", "yours")


def test_a_refused_line_does_not_touch_the_others(rooms: list[SupportSession], dora: Participant) -> None:
    empty, forbidden, stored = together(
        line(dora, 1, " "), line(dora, 2, audience="technicians"), line(lead_of(rooms[1]))
    )

    assert isinstance(empty, MessageEmpty)
    assert str(forbidden) == "Only technicians write to technicians."
    assert isinstance(stored, TimelineEntry)
    refused = AuditEvent.objects.get(verb="chat.post", refused=True)
    assert refused.actor_id == str(dora.public_id)
    assert list(rooms[0].timeline.filter(kind="chat.posted")) == []


def test_nothing_is_stored_of_a_batch_that_fails(
    rooms: list[SupportSession], dora: Participant, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each is then said alone, by whoever waits for it."""

    def broken(new: Any) -> None:
        TimelineEntry.objects.bulk_create(new)
        raise RuntimeError("the disk is full")

    monkeypatch.setattr(timeline, "store", broken)

    assert together(line(dora), line(lead_of(rooms[1]))) == [None, None]
    assert not TimelineEntry.objects.filter(kind="chat.posted").exists()


@pytest.mark.django_db(transaction=True)
def test_who_holds_a_session_keeps_nobody_else_waiting(rooms: list[SupportSession], dora: Participant) -> None:
    """SQLite has one lock for all; there it is the order that counts."""
    held, free = line(dora), line(lead_of(rooms[1]))
    holds, done = threading.Event(), threading.Event()

    def hold() -> None:
        try:
            with transaction.atomic():
                SupportSession.objects.select_for_update(no_key=True).get(pk=rooms[0].pk)
                holds.set()
                done.wait(1 if connection.vendor == "sqlite" else 60)
        finally:
            connection.close()

    holder = threading.Thread(target=hold)
    holder.start()
    assert holds.wait(10)
    outcomes = together(held, free)
    done.set()
    holder.join()

    left_out = connection.vendor != "sqlite"
    assert isinstance(outcomes[1], TimelineEntry)
    assert (outcomes[0] is None) == left_out
    again = together(held)[0]
    assert isinstance(again, TimelineEntry)
    assert rooms[0].timeline.filter(kind="chat.posted").count() == 1


async def test_a_line_that_was_left_out_is_said_alone(
    pages: Pages, active: SupportSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    dora = await pages.customer(active)
    monkeypatch.setattr(chat, "post_together", lambda lines, *, now: [None] * len(lines))

    ack = await dora.post("hello")

    assert ack["type"] == "ack"
    stored = await in_thread(lambda: active.timeline.get(kind="chat.posted"))
    assert (stored.seq, stored.data["text"]) == (ack["seq"], "hello")


async def test_what_many_say_at_once_is_acknowledged_to_each(pages: Pages, bob: User, active: SupportSession) -> None:
    both = [await pages.customer(active), await pages.technician(active, bob)]

    acks = []
    for number in range(10):
        acks += await asyncio.gather(*(page.post(f"{number}") for page in both))

    found = sorted(ack["seq"] for ack in acks)
    assert found == list(range(found[0], found[0] + len(acks)))
