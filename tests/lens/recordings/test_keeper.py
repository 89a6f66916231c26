"""A relayed session is listened to while its recording runs, and not a moment longer."""

import asyncio
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from django.conf import settings
from django.utils import timezone

from lens.recordings import keeper, webm, writing
from lens.recordings.models import Recording
from lens.recordings.storage import folder_of, parts_in
from lens.relay.taps import Tap
from portals.models import User
from sessions import actions as session_actions
from sessions import endings, holds, room_state
from sessions.database_threads import in_database_thread
from sessions.models import SupportSession
from tests import factories
from tests.lens.recordings import people
from tests.lens.recordings.media import Microphone, opus_packets
from tests.lens.recordings.test_parts import VOICE
from tests.sessions.pages import in_thread, until_true

SOUND = opus_packets(150)
pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def media(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(settings, "MEDIA_ROOT", tmp_path)
    monkeypatch.setattr(keeper, "TICK_S", 0.05)
    monkeypatch.setattr(writing, "RENEW_S", 0.1)
    yield
    assert keeper._keepers == {}


class Relay:
    """The relay's room of a session, as the taps see it."""

    def __init__(self, session_id: UUID) -> None:
        self.session_id = session_id
        self.taps: list[Tap] = []
        self.microphone = Microphone()

    def add_tap(self, tap: Tap) -> None:
        tap.source_added(VOICE)
        self.taps.append(tap)

    def remove_tap(self, tap: Tap) -> None:
        if tap in self.taps:
            self.taps.remove(tap)

    def request_key_frame(self, source_id: str) -> None:
        """A voice has none."""

    def talk(self, packets: int) -> None:
        now = asyncio.get_running_loop().time()
        for number in range(packets):
            for tap in self.taps:
                tap.packet(VOICE.id, self.microphone.packet(SOUND[number]), now + number / 50)

    def close(self) -> None:
        taps, self.taps = self.taps, []
        for tap in taps:
            tap.closed()

    async def look(self) -> None:
        state = await in_database_thread(room_state.load, self.session_id, now=timezone.now())
        keeper.watch(state, self)


async def until(condition: object) -> None:
    async with asyncio.timeout(30):
        while not condition():  # type: ignore[operator]  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # a room has no event to wait for


def begin() -> tuple[User, SupportSession, Recording]:
    bob = factories.technician("Bob")
    people.allow(bob)
    active = factories.active_session(bob)
    return bob, active, people.running(active, bob, now=timezone.now())


def read(recording: Recording) -> list[int]:
    """How many packets are in each part."""
    parts = [webm.read_part(path) for path in parts_in(folder_of(recording))]
    return [len(list(part.blocks())) for part in parts if part is not None]


async def test_it_listens_while_the_recording_runs(tmp_path: Path) -> None:
    bob, active, recording = await in_thread(begin)
    relay = Relay(active.public_id)
    await relay.look()
    await until(lambda: relay.taps)
    assert await in_thread(lambda: Recording.objects.get(pk=recording.pk).writer) != ""
    relay.talk(40)

    await in_thread(endings.end_session, technician=bob, session_id=active.public_id, now=timezone.now())
    await relay.look()

    await until(lambda: not relay.taps)
    await until_true(lambda: Recording.objects.get(pk=recording.pk).writer_until is None)
    assert read(recording) == [40]


async def test_a_hold_ends_the_part_and_the_next_begins_after_it() -> None:
    bob, active, recording = await in_thread(begin)
    relay = Relay(active.public_id)
    await relay.look()
    await until(lambda: relay.taps)
    relay.talk(10)

    await in_thread(holds.hold_session, technician=bob, session_id=active.public_id, now=timezone.now())
    await relay.look()
    await until(lambda: not relay.taps)
    relay.talk(10)  # nobody hears it

    await in_thread(session_actions.start_session, technician=bob, session_id=active.public_id, now=timezone.now())
    await relay.look()
    await until(lambda: relay.taps)
    relay.talk(20)
    relay.close()
    await until_true(lambda: Recording.objects.get(pk=recording.pk).writer_until is None)
    await until(lambda: keeper._keepers == {})
    assert read(recording) == [10, 20]


async def test_a_room_that_closes_ends_the_part_and_another_goes_on() -> None:
    _bob, active, recording = await in_thread(begin)
    first, second = Relay(active.public_id), Relay(active.public_id)
    await first.look()
    await until(lambda: first.taps)
    first.talk(10)
    first.close()

    await second.look()
    await until(lambda: second.taps)
    second.talk(15)
    second.close()

    await until(lambda: keeper._keepers == {})
    assert read(recording) == [10, 15]


async def test_who_has_lost_the_lease_stops() -> None:
    _bob, active, recording = await in_thread(begin)
    relay = Relay(active.public_id)
    await relay.look()
    await until(lambda: relay.taps)

    await in_thread(lambda: Recording.objects.filter(pk=recording.pk).update(writer="another process"))

    await until(lambda: not relay.taps)

    await until(lambda: keeper._keepers == {})
    assert await in_thread(lambda: Recording.objects.get(pk=recording.pk).writer) == "another process"


async def test_a_disk_that_takes_nothing_ends_the_recording(tmp_path: Path) -> None:
    _bob, active, recording = await in_thread(begin)
    folder_of(recording).parent.mkdir()
    folder_of(recording).write_text("a file where the folder should be")
    relay = Relay(active.public_id)

    await relay.look()

    await until_true(lambda: Recording.objects.get(pk=recording.pk).state == Recording.State.FINISHING)
    await until(lambda: keeper._keepers == {})
