"""Parts while they are written: whole at every moment, whatever kills the writer."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import av
import pytest

from lens.recordings import webm
from lens.recordings.tap import RecordingTap
from lens.relay.taps import TappedSource
from tests.lens.recordings.media import Camera, Memory, Microphone, opus_packets, vp8_frames

STARTED = datetime(2026, 11, 25, 10, 0, 0, 250_000, tzinfo=UTC)
DORA = TappedSource("1", "dora", "camera", "VP8", 90_000)
VOICE = TappedSource("2", "dora", "microphone", "opus", 48_000)
BOB = TappedSource("3", "bob", "microphone", "opus", 48_000)
FRAMES = vp8_frames(90)
SOUND = opus_packets(150)


class Recorded:
    """A tap fed by a clock of its own."""

    def __init__(self, started_at: datetime = STARTED) -> None:
        self.store = Memory()
        self.asked: list[str] = []
        self.tap = RecordingTap(started_at=started_at, began=1000.0, store=self.store, ask_key_frame=self.asked.append)
        self.camera, self.microphone = Camera(), Microphone()

    def talk(self, *, seconds: float, begin: float = 0.0, source: TappedSource = VOICE) -> None:
        for n in range(int(seconds * 50)):
            self.tap.packet(source.id, self.microphone.packet(SOUND[n % len(SOUND)]), 1000.0 + begin + n / 50)

    def show(self, *, frames: tuple[bytes, ...] = FRAMES, begin: float = 0.0) -> None:
        for n, frame in enumerate(frames):
            for packet in self.camera.packets(frame):
                self.tap.packet(DORA.id, packet, 1000.0 + begin + n / 30)

    def both(self, attendee: str = "dora") -> None:
        """Three seconds of picture and sound, packet by packet in order of time."""
        self.tap.source_added(replace(DORA, attendee=attendee))
        self.tap.source_added(replace(VOICE, attendee=attendee))
        for n in range(150):
            self.tap.packet(VOICE.id, self.microphone.packet(SOUND[n]), 1000.0 + n / 50)
            if n % 5 in {0, 2, 4} and (number := n // 5 * 3 + n % 5 // 2) < len(FRAMES):
                for packet in self.camera.packets(FRAMES[number]):
                    self.tap.packet(DORA.id, packet, 1000.0 + n / 50)


def read(store: Memory, path: Path) -> webm.ReadPart:
    found = webm.read_part(store.save(path))
    assert found is not None
    return found


def test_all_that_came_is_in_the_part_with_its_time(tmp_path: Path) -> None:
    recorded = Recorded()
    recorded.both()
    recorded.tap.closed()

    part = read(recorded.store, tmp_path / "part.webm")

    assert part.started_at == STARTED
    assert [(track.name, track.codec) for track in part.tracks.values()] == [
        ("microphone:dora", "opus"),
        ("camera:dora", "VP8"),
    ]
    assert (part.tracks[2].width, part.tracks[2].height) == (64, 48)
    blocks = list(part.blocks())
    assert [block.data for block in blocks if block.track == 1] == list(SOUND)
    assert [block.data for block in blocks if block.track == 2] == list(FRAMES)
    assert [block.at_ms for block in blocks if block.track == 1] == [n * 20 for n in range(150)]
    assert recorded.tap.frames_lost == 0


def test_a_part_plays_while_it_is_written(tmp_path: Path) -> None:
    recorded = Recorded()
    recorded.both()

    path = recorded.store.save(tmp_path / "part.webm")

    with av.open(str(path)) as container:
        kinds = sorted(stream.type for stream in container.streams)
        assert kinds == ["audio", "video"]
        assert sum(1 for _ in container.decode(video=0)) >= 55


@pytest.mark.parametrize("cut", [1, 7, 100, 3000])
def test_a_part_that_was_cut_off_is_read_up_to_its_last_whole_second(tmp_path: Path, cut: int) -> None:
    recorded = Recorded()
    recorded.both()
    recorded.tap.closed()
    path = recorded.store.save(tmp_path / "part.webm")
    whole = len(list(read(recorded.store, path).blocks()))

    path.write_bytes(path.read_bytes()[:-cut])

    part = webm.read_part(path)
    assert part is not None
    last = max(block.at_ms for block in part.blocks())
    assert last >= 1_900
    assert len(list(part.blocks())) < whole


@pytest.mark.parametrize("length", [0, 5, 100, webm.HEAD_ROOM - 1])
def test_a_head_that_was_cut_off_is_no_part(tmp_path: Path, length: int) -> None:
    recorded = Recorded()
    path = recorded.store.save(tmp_path / "part.webm")
    path.write_bytes(path.read_bytes()[:length])

    assert webm.read_part(path) is None


def test_what_is_written_is_never_older_than_a_second() -> None:
    recorded = Recorded()
    recorded.tap.source_added(VOICE)
    recorded.talk(seconds=1.1)
    before = len(recorded.store.rest)
    assert before > 0

    recorded.tap.packet(VOICE.id, recorded.microphone.packet(SOUND[0]), 1001.2)
    recorded.tap.tick(1002.1)

    assert len(recorded.store.rest) > before


def test_a_picture_that_changes_its_size_goes_on_in_its_track(tmp_path: Path) -> None:
    recorded = Recorded()
    recorded.tap.source_added(DORA)
    recorded.show(frames=FRAMES[:20])
    recorded.show(frames=vp8_frames(20, width=48, height=64), begin=0.7)
    recorded.tap.closed()

    path = recorded.store.save(tmp_path / "part.webm")

    with av.open(str(path)) as container:
        sizes = [(frame.width, frame.height) for frame in container.decode(video=0)]
    assert sizes == [(64, 48)] * 20 + [(48, 64)] * 20


def test_a_camera_that_comes_back_goes_on_in_its_track_and_a_newcomer_gets_one(tmp_path: Path) -> None:
    recorded = Recorded()
    recorded.tap.source_added(VOICE)
    recorded.talk(seconds=0.5)
    recorded.tap.source_ended(VOICE.id)
    again = TappedSource("9", "dora", "microphone", "opus", 48_000)
    recorded.tap.source_added(again)
    recorded.tap.source_added(BOB)
    recorded.microphone = Microphone(sequence=7, timestamp=99)
    recorded.talk(seconds=0.5, begin=2.0, source=again)
    recorded.talk(seconds=0.5, begin=3.0, source=BOB)
    recorded.tap.closed()

    part = read(recorded.store, tmp_path / "part.webm")

    assert [track.name for track in part.tracks.values()] == ["microphone:dora", "microphone:bob"]
    times = [block.at_ms for block in part.blocks() if block.track == 1]
    assert times[24:26] == [480, 2000]


def test_key_frames_are_asked_for_until_one_comes_and_then_now_and_then() -> None:
    recorded = Recorded()
    recorded.tap.source_added(DORA)
    recorded.show(frames=FRAMES[1:5])
    assert recorded.asked == [DORA.id]

    recorded.tap.tick(1000.8)
    assert len(recorded.asked) == 2

    recorded.show(frames=FRAMES[:5], begin=1.0)
    recorded.tap.tick(1005.0)
    assert len(recorded.asked) == 2

    recorded.tap.tick(1012.0)
    assert len(recorded.asked) == 3


def test_what_no_browser_plays_in_webm_is_left_out() -> None:
    recorded = Recorded()
    recorded.tap.source_added(TappedSource("7", "dora", "camera", "H264", 90_000))

    recorded.tap.packet("7", Camera().packets(FRAMES[0])[0], 1000.0)
    recorded.tap.closed()

    assert recorded.store.rest == b""


def test_more_sources_than_the_head_can_hold_are_left_out(tmp_path: Path) -> None:
    recorded = Recorded()
    for number in range(80):
        source = TappedSource(f"s{number}", f"attendee-{number:030}", "microphone", "opus", 48_000)
        recorded.tap.source_added(source)
        recorded.tap.packet(source.id, Microphone().packet(SOUND[0]), 1000.0)
    recorded.tap.closed()

    part = read(recorded.store, tmp_path / "part.webm")

    assert 20 <= len(part.tracks) < 80
    assert {block.track for block in part.blocks()} == set(part.tracks)


def test_nothing_is_taken_after_the_end() -> None:
    recorded = Recorded()
    recorded.tap.source_added(VOICE)
    recorded.tap.closed()

    recorded.talk(seconds=2)

    assert recorded.store.rest == b""
