"""The watch over all rooms of a process: it finds what no hint told, and leaves alone what is as it was."""

import asyncio
import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.utils import timezone

from portals.models import Company, Portal, TechnicianGroup, User
from sessions import actions, bus, endings, in_turn, protocol, room_state, rooms
from sessions.models import LEASE, OFFLINE_AFTER, Participant, SupportSession
from sessions.states import Status
from tests import factories
from tests.sessions.conftest import HeldHints
from tests.sessions.pages import PATIENCE_S, Broken, Closed, Pages, in_thread
from tests.sessions.rows import attendee, session_in

NOW = timezone.now()


def mark(support_session: SupportSession, *, now: Any = NOW) -> object:
    return room_state.marks([support_session.public_id], now=now)[support_session.public_id]


def change_person(**columns: Any) -> Callable[[SupportSession, User], object]:
    return lambda active, bob: active.participants.filter(role="customer").update(**columns)


def change_bob(**columns: Any) -> Callable[[SupportSession, User], object]:
    return lambda active, bob: User.objects.filter(pk=bob.pk).update(**columns)


CHANGES: dict[str, Callable[[SupportSession, User], object]] = {
    "another page": change_person(page_id="other"),
    "camera": change_person(camera_on=True),
    "microphone": change_person(microphone_on=True),
    "a sign of life": change_person(lease_until=NOW + LEASE),
    "left": change_person(left_at=NOW),
    "somebody came": lambda active, bob: attendee(active, factories.technician("Tom", of=bob.company)),
    "disabled": change_bob(is_active=False),
    "without a seat": change_bob(has_seat=False),
    "without a group": change_bob(technician_group=None),
    "the group's permissions": lambda active, bob: TechnicianGroup.objects.filter(pk=bob.technician_group_id).update(
        record=True
    ),
    "the portal's switch": lambda active, bob: Portal.objects.filter(pk=active.portal_id).update(
        recording_allowed=False
    ),
    "the company's switch": lambda active, bob: Company.objects.filter(pk=active.company_id).update(
        recording_allowed=True
    ),
    "ended": lambda active, bob: endings.end_session(technician=bob, session_id=active.public_id, now=NOW),
    "another lead": lambda active, bob: SupportSession.objects.filter(pk=active.pk).update(
        lead=factories.technician("Tom", of=bob.company)
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_what_a_room_would_tell_changes_its_mark(bob: User, active: SupportSession, change: str) -> None:
    before = mark(active)
    assert mark(active) == before

    CHANGES[change](active, bob)

    assert mark(active) != before


def test_a_lease_that_lapses_changes_the_mark(active: SupportSession) -> None:
    active.participants.filter(role="customer").update(lease_until=NOW + LEASE)

    found = [mark(active, now=now) for now in (NOW, NOW + LEASE / 2, NOW + LEASE, NOW + LEASE + OFFLINE_AFTER)]

    assert found[0] == found[1]
    assert len(set(found)) == 3


def test_who_waits_in_a_queue_is_looked_at_each_time(bob: User) -> None:
    queued = session_in(Status.WAITING, lead=bob)
    SupportSession.objects.filter(pk=queued.pk).update(lead=None)

    assert mark(queued) != mark(queued, now=NOW + timedelta(seconds=1))


def test_a_session_that_is_gone_has_no_mark(db: None) -> None:
    assert room_state.marks([uuid4()], now=NOW) == {}


def test_many_sessions_take_as_many_queries_as_one(bob: User, django_assert_num_queries: Any) -> None:
    sessions = [session_in(Status.WAITING, lead=bob) for _each in range(20)]

    with django_assert_num_queries(4):
        found = room_state.marks([session.public_id for session in sessions], now=NOW)

    assert len(found) == 20


class Counted:
    """How often a function was called."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function, self.calls = function, 0

    def __call__(self, *arguments: Any, **named: Any) -> Any:
        self.calls += 1
        return self.function(*arguments, **named)


async def test_a_room_where_nothing_happens_is_not_read(
    pages: Pages, bob: User, active: SupportSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "LOOK_EVERY_S", 0.02)
    dora, lead = await pages.customer(active), await pages.technician(active, bob)
    await dora.settle()
    await lead.settle()
    looks, readings = Counted(room_state.marks), Counted(room_state.load)
    monkeypatch.setattr(room_state, "marks", looks)
    monkeypatch.setattr(room_state, "load", readings)
    async with asyncio.timeout(PATIENCE_S):
        while looks.calls < 20:  # noqa: ASYNC110 (the watch tells nobody)
            await asyncio.sleep(0.01)

    assert readings.calls <= 2  # at most what was under way, and the first look at a new room


async def test_a_hint_of_talk_that_a_reading_was_quicker_than_has_nothing_read_again(
    pages: Pages, active: SupportSession, hold_hints: Callable[[], HeldHints], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else each reading would be overtaken by the next lines, and a lively room read for every one of them."""
    monkeypatch.setattr(rooms, "LOOK_EVERY_S", 60)
    dora = await pages.customer(active)
    held = hold_hints()
    for number in range(3):
        await dora.post(f"{number}")
    rooms._rooms[active.public_id].wake()
    await dora.until("chat.posted", text="2")
    await dora.settle()
    readings = Counted(room_state.load)
    monkeypatch.setattr(room_state, "load", readings)

    held.tell()
    await dora.settle()

    assert readings.calls == 0
    assert dora.log.texts == ["0", "1", "2"]


async def test_whom_a_start_lets_see_is_told_before_anything_is_read(
    pages: Pages, bob: User, waiting: SupportSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "LOOK_EVERY_S", 60)
    monkeypatch.setattr(rooms, "STARTS_S", 2 * PATIENCE_S)
    dora, lead = await pages.customer(waiting), await pages.technician(waiting, bob)
    await dora.settle()
    await lead.settle()
    readings = Counted(room_state.load)
    monkeypatch.setattr(room_state, "load", readings)

    await in_thread(actions.start_session, technician=bob, session_id=waiting.public_id, now=timezone.now())

    assert (await dora.until("media.plan"))["send"] == ["camera", "microphone"]
    for page in (dora, lead):
        assert (await page.until("session.changed"))["session"]["status"] == "active"
    assert readings.calls == 0


async def test_what_no_hint_told_is_found(
    pages: Pages, bob: User, active: SupportSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "LOOK_EVERY_S", 0.05)
    dora = await pages.customer(active)
    await dora.settle()
    monkeypatch.setattr(bus, "publish", lambda *arguments, **named: None)

    await in_thread(endings.end_session, technician=bob, session_id=active.public_id, now=timezone.now())

    await dora.until_closed()
    assert dora.log.lines[-1]["status"] == "closed"


async def test_rooms_that_have_changed_at_once_are_read_one_after_the_other(
    pages: Pages, bob: User, active: SupportSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else a line of chat would wait for the readings of all of them."""
    monkeypatch.setattr(rooms, "LOOK_EVERY_S", 0.05)
    held = await in_thread(session_in, Status.ON_HOLD, lead=bob)
    first, second = await pages.technician(active, bob), await pages.technician(held, bob)
    looks = Counted(room_state.marks)
    monkeypatch.setattr(room_state, "marks", looks)
    async with asyncio.timeout(PATIENCE_S):
        while looks.calls < 3:  # noqa: ASYNC110 (new rooms are read at the first look)
            await asyncio.sleep(0.01)
    for page in (first, second):
        await page.settle()
    monkeypatch.setattr(in_turn, "APART_S", 2 * PATIENCE_S)
    monkeypatch.setattr(in_turn, "WITHIN_S", 4 * PATIENCE_S)

    await in_thread(Participant.objects.filter(user=bob).update, camera_on=True)

    while not any(one["camera"] for one in (await first.until("session.changed"))["attendees"]):
        pass
    await second.settle()
    assert not any(one["camera"] for told in second.came("session.changed") for one in told["attendees"])


def test_rooms_get_new_credentials_once_an_hour_and_not_all_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    one, other = rooms.Room(UUID(int=10)), rooms.Room(UUID(int=1000))
    at: dict[rooms.Room, list[int]] = {one: [], other: []}
    before = dict.fromkeys(at, 0)
    for second in range(7200):
        monkeypatch.setattr(time, "time", lambda second=second: float(second))
        for room, found in at.items():
            if room.credentials_round != before[room]:
                before[room] = room.credentials_round
                found.append(second)

    assert at == {one: [3590, 7190], other: [2600, 6200]}


async def test_the_watch_ends_with_the_last_room_and_begins_with_the_next(
    pages: Pages, active: SupportSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "LOOK_EVERY_S", 0.02)
    dora = await pages.customer(active)
    first = rooms._watcher
    await dora.drop()
    while rooms._watcher is not None:  # noqa: ASYNC110
        await asyncio.sleep(0.01)
    assert first is not None

    await dora.connect()
    await dora.join()
    await in_thread(Participant.objects.filter(support_session=active, role="customer").update, camera_on=True)

    while not (await dora.until("session.changed"))["attendees"][0]["camera"]:
        pass


async def test_a_room_that_could_not_be_opened_is_left_and_the_next_page_finds_one_that_hears(
    pages: Pages, bob: User, active: SupportSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "LOOK_EVERY_S", 60)
    subscribe = bus.subscribe

    async def out_of_reach(group: str, listener: bus.Listener) -> None:
        raise ConnectionError

    monkeypatch.setattr(bus, "subscribe", out_of_reach)
    with pytest.raises((Broken, Closed)):
        await pages.technician(active, bob)
    monkeypatch.setattr(bus, "subscribe", subscribe)

    page = await pages.technician(active, bob)
    await in_thread(endings.end_session, technician=bob, session_id=active.public_id, now=timezone.now())

    assert await page.until_closed() == protocol.CLOSE_ENDED
