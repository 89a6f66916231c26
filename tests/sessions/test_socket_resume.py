"""Coming back after a drop: exactly what was missed, in order, once; and no page is ever left with an old picture."""

import asyncio
import json
import threading
from typing import Any
from uuid import uuid4

import msgspec
import pytest
from django.utils import timezone

from portals.models import User
from sessions import actions, chat, room_state, rooms
from sessions.models import Participant, SupportSession
from tests.sessions.pages import PATIENCE_S, Page, Pages, in_thread, until_true

pytestmark = pytest.mark.django_db(transaction=True)
OVERTAKING_S = 0.7  # given to a fault to show itself; without one nothing happens meanwhile


def post(participant: Participant, text: str, audience: str = "everyone") -> int:
    return chat.post_chat(
        participant=participant, client_msg_id=str(uuid4()), text=text, audience=audience, now=timezone.now()
    ).seq


def lead_of(support_session: SupportSession) -> Participant:
    return support_session.participants.get(user=support_session.lead)


async def say(support_session: SupportSession, *texts: str, audience: str = "everyone") -> None:
    lead = await in_thread(lead_of, support_session)
    for text in texts:
        await in_thread(post, lead, text, audience)


async def test_a_page_that_was_away_gets_exactly_what_it_missed(pages: Pages, active: SupportSession) -> None:
    page = await pages.customer(active)
    await say(active, "a")
    await page.until("chat.posted", text="a")
    held = page.log.last_seq
    await page.drop()
    await say(active, "b", "c")
    page.frames.clear()

    await page.connect()
    welcome = await page.join()

    assert not welcome["resync"]
    assert [message["seq"] for message in map(json.loads, page.frames) if "prev" in message] == [held + 1, held + 2]
    assert page.log.texts == ["a", "b", "c"]
    assert page.came("session.ready")[-1]["seq"] == page.log.last_seq


async def test_a_page_that_missed_nothing_gets_nothing_again(pages: Pages, active: SupportSession) -> None:
    page = await pages.customer(active)
    await page.drop()
    page.frames.clear()

    await page.connect()
    await page.join()

    assert [message for message in map(json.loads, page.frames) if "prev" in message] == []


async def test_lines_for_technicians_while_the_customer_was_away_leave_no_gap(
    pages: Pages, active: SupportSession
) -> None:
    page = await pages.customer(active)
    await page.drop()
    await say(active, "hidden", audience="technicians")
    await say(active, "shown")
    await say(active, "hidden too", audience="technicians")

    await page.connect()
    await page.join()
    await say(active, "live")
    await page.until("chat.posted", text="live")

    assert page.log.texts == ["shown", "live"]


async def test_a_page_ahead_of_the_server_is_told_to_start_anew(pages: Pages, active: SupportSession) -> None:
    """As after a restore from a backup: what the page holds makes no sense here."""
    page = await pages.customer(active)
    await page.drop()
    count = len(page.log.lines)

    await page.connect()
    welcome = await page.join(last_seq=10_000)

    assert welcome["resync"]
    assert len(page.log.lines) == count
    assert page.log.last_seq == page.came("session.ready")[-1]["seq"]


async def test_a_line_is_acknowledged_after_commit_and_can_be_read_by_then(
    pages: Pages, bob: User, active: SupportSession
) -> None:
    page = await pages.technician(active, bob)

    ack = await page.post("hello")

    stored = await in_thread(lambda: active.timeline.get(seq=ack["seq"]))
    assert stored.data["text"] == "hello"


async def test_a_rolled_back_line_is_neither_acknowledged_nor_told(
    pages: Pages, bob: User, active: SupportSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead, dora = await pages.technician(active, bob), await pages.customer(active)

    answer = await lead.post("  ")

    assert (answer["type"], answer["code"]) == ("error", "message_empty")
    assert [message["type"] for message in await dora.settle() if "prev" in message] == []


async def test_the_same_message_again_after_a_drop_gets_the_same_ack(
    pages: Pages, bob: User, active: SupportSession
) -> None:
    page, message_id = await pages.technician(active, bob), str(uuid4())
    first = await page.post("once", id=message_id)
    await page.drop()
    await page.connect()
    await page.join()

    acks = [await page.post("once", id=message_id) for _each in range(10)]

    assert {ack["seq"] for ack in acks} == {first["seq"]}
    assert page.log.texts == ["once"]


async def test_lines_written_while_a_page_is_being_told_what_it_missed_come_once_and_in_order(
    pages: Pages, bob: User, active: SupportSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = await pages.technician(active, bob)
    read = rooms.read_entries
    more = iter(["during 1", "during 2", "during 3"])

    def read_then_write(*arguments: Any) -> Any:
        """Each time a page reads what it missed, another line is committed before it is told."""
        found = read(*arguments)
        text = next(more, None)
        if text:
            post(lead_of(active), text)
        return found

    monkeypatch.setattr(rooms, "read_entries", read_then_write)
    dora = await pages.customer(active)
    await say(active, "after")
    for page in (dora, lead):
        await page.until("chat.posted", text="after")

    assert dora.log.texts == ["during 1", "during 2", "during 3", "after"]
    assert lead.log.texts == dora.log.texts


async def test_readers_of_a_storm_of_lines_all_fold_the_same_log(
    pages: Pages, bob: User, active: SupportSession
) -> None:
    """Writers in threads, one page that stays, one that keeps dropping: no gap, no double, one order (R-02, R-03)."""
    staying, flapping = await pages.technician(active, bob), await pages.customer(active)
    participants = await in_thread(lambda: list(active.participants.all()))

    async def write(participant: Participant) -> None:
        for number in range(20):
            await in_thread(post, participant, f"{participant.role} {number}")

    async def flap() -> None:
        for _round in range(8):
            await flapping.drop()
            await flapping.connect()
            await flapping.join()

    await asyncio.gather(*(write(participant) for participant in participants), flap())
    await say(active, "the end")
    for page in (staying, flapping):
        await page.until("chat.posted", text="the end")
    fresh = await pages.technician(active, bob)

    public = [line["seq"] for line in fresh.log.lines if line["audience"] == "everyone"]
    assert [line["seq"] for line in staying.log.lines] == [line["seq"] for line in fresh.log.lines]
    assert [line["seq"] for line in flapping.log.lines] == public
    for role in ("technician", "customer"):
        assert [text for text in fresh.log.texts if text.startswith(role)] == [f"{role} {n}" for n in range(20)]


# ---- The head and the attendees: what is folded is what a fresh page is told (R-03) --------------


def head(page: Page) -> Any:
    """What the page shows as the session's state: the newest it was told."""
    told = [
        message for message in map(json.loads, page.frames) if message["type"] in {"session.welcome", "session.changed"}
    ]
    return told[-1]["session"], told[-1]["attendees"]


@pytest.mark.parametrize("verb", ["start", "media", "chat", "drop"])
async def test_after_each_verb_a_page_that_stayed_shows_what_a_fresh_one_is_told(
    pages: Pages, bob: User, waiting: SupportSession, verb: str
) -> None:
    dora, lead = await pages.customer(waiting), await pages.technician(waiting, bob)
    other = await pages.technician(waiting, bob)
    await lead.until_closed()

    match verb:
        case "start":
            await in_thread(actions.start_session, technician=bob, session_id=waiting.public_id, now=timezone.now())
        case "media":
            await dora.send("media.state", camera=True, microphone=False)
        case "chat":
            await other.post("hello")
        case "drop":
            await dora.drop()
            await dora.connect()
            await dora.join()
    await dora.settle()
    fresh = await in_thread(lambda: room_state.load(waiting.public_id, now=timezone.now()))

    async def caught_up() -> None:
        while head(dora) != (msgspec.to_builtins(fresh.head), msgspec.to_builtins(fresh.attendees)):
            await dora.receive()

    await asyncio.wait_for(caught_up(), PATIENCE_S)


async def test_a_change_while_a_page_is_joining_reaches_it(
    pages: Pages, bob: User, waiting: SupportSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    lead = await pages.technician(waiting, bob)
    read = rooms.read_entries
    started = threading.Event()

    def read_then_start(*arguments: Any) -> Any:
        found = read(*arguments)
        if not started.is_set():
            started.set()
            actions.start_session(technician=bob, session_id=waiting.public_id, now=timezone.now())
        return found

    monkeypatch.setattr(rooms, "read_entries", read_then_start)
    dora = await pages.customer(waiting)
    await dora.settle()
    await lead.settle()

    assert head(dora)[0]["status"] == "active"
    assert head(lead)[0]["status"] == "active"


async def test_an_older_reading_that_comes_late_is_not_told_after_a_newer_one(
    pages: Pages, bob: User, active: SupportSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "LOOK_EVERY_S", 3600)
    dora, lead = await pages.customer(active), await pages.technician(active, bob)
    load = room_state.load
    held, go_on = threading.Event(), threading.Event()

    def slow_once(*arguments: Any, **named: Any) -> Any:
        found = load(*arguments, **named)
        if not held.is_set():
            held.set()
            go_on.wait(30)
        return found

    monkeypatch.setattr(room_state, "load", slow_once)
    await dora.send("media.state", camera=True, microphone=False)  # the room reads, and its reading is held up
    await asyncio.to_thread(held.wait, 30)
    await dora.send("media.state", camera=True, microphone=True)
    await until_true(lambda: active.participants.filter(microphone_on=True).exists())
    again = pages.make(lead.path)
    again.headers = lead.headers
    await again.connect()
    joining = asyncio.create_task(again.join())  # reads as well, and may not overtake what is held up
    await asyncio.wait({joining}, timeout=OVERTAKING_S)
    go_on.set()
    await joining
    await dora.settle()
    await again.settle()

    microphones = [
        [person["microphone"] for person in message["attendees"] if person["role"] == "customer"]
        for message in map(json.loads, again.frames)
        if message["type"] in {"session.welcome", "session.changed"}
    ]
    assert microphones == sorted(microphones)
