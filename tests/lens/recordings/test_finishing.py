"""Finished files: any player knows how long they are, finds every place, and hears everybody."""

from datetime import timedelta
from pathlib import Path

import av
import pytest

from lens.recordings import ebml, finishing, webm
from lens.relay.taps import TappedSource
from tests.lens.recordings.media import Camera, Microphone, decoded
from tests.lens.recordings.test_parts import BOB, DORA, FRAMES, STARTED, VOICE, Recorded, read

LATER = STARTED + timedelta(days=1)
SCREEN = TappedSource("5", "bob", "screen", "VP8", 90_000)


def recorded_part(path: Path, *, shift_s: float = 0.0) -> webm.ReadPart:
    recorded = Recorded()
    recorded.both()
    recorded.tap.closed()
    part = read(recorded.store, path)
    return webm.ReadPart(path, part.started_at + timedelta(seconds=shift_s), part.tracks)


def test_a_file_has_length_and_cues_and_every_frame(tmp_path: Path) -> None:
    spans = finishing.lay_out([recorded_part(tmp_path / "a.webm")], until=LATER)

    [made] = finishing.make_files(spans, tmp_path)

    assert (made.kind, made.attendee) == ("camera", "dora")
    assert made.size == made.path.stat().st_size
    with av.open(str(made.path)) as container:
        assert container.duration == pytest.approx(3_000_000, abs=60_000)  # microseconds
        assert {stream.codec_context.name for stream in container.streams} == {"vp8", "opus"}
    assert sum(1 for _ in decoded(made.path, "video")) == 90
    heard = sum(frame.samples for frame in decoded(made.path, "audio"))
    assert heard == pytest.approx(3 * 48_000, rel=0.02)


@pytest.mark.parametrize("second", [0.4, 1.5, 2.8])
def test_a_seek_finds_the_key_frame_before(tmp_path: Path, second: float) -> None:
    spans = finishing.lay_out([recorded_part(tmp_path / "a.webm")], until=LATER)
    [made] = finishing.make_files(spans, tmp_path)

    with av.open(str(made.path)) as container:
        container.seek(int(second * av.time_base), backward=True)
        first = next(container.decode(video=0))

    assert first.key_frame
    assert second - 0.4 <= first.time <= second


def test_the_cues_are_named_in_the_head_and_lead_to_clusters(tmp_path: Path) -> None:
    spans = finishing.lay_out([recorded_part(tmp_path / "a.webm")], until=LATER)
    [made] = finishing.make_files(spans, tmp_path)
    data = made.path.read_bytes()

    [_head, segment] = list(ebml.elements(data))
    inside = list(ebml.elements(data, segment.begin, segment.end))

    assert segment.end == len(data)
    assert [found.id for found in inside[:3]] == [ebml.SEEK_HEAD, ebml.INFO, ebml.TRACKS]
    assert inside[-1].id == ebml.CUES
    clusters = {found.start - segment.begin for found in inside if found.id == ebml.CLUSTER}
    positions = set()
    for point in ebml.elements(data, inside[-1].begin, inside[-1].end):
        for part in ebml.elements(data, point.begin, point.end):
            if part.id == ebml.CUE_TRACK_POSITIONS:
                for each in ebml.elements(data, part.begin, part.end):
                    if each.id == ebml.CUE_CLUSTER_POSITION:
                        positions.add(int.from_bytes(data[each.begin : each.end], "big"))
    assert len(positions) >= 9
    assert positions <= clusters


def test_parts_are_laid_one_behind_the_other_without_the_pause(tmp_path: Path) -> None:
    parts = [recorded_part(tmp_path / "a.webm"), recorded_part(tmp_path / "b.webm", shift_s=60)]
    spans = finishing.lay_out(parts, until=LATER)

    [made] = finishing.make_files(spans, tmp_path)

    assert [span.at_ms for span in spans] == [0, spans[0].length_ms]
    assert made.duration_ms == pytest.approx(6_000, abs=120)
    times = [frame.time for frame in decoded(made.path, "video")]
    assert len(times) == 180
    assert times == sorted(times)


def test_what_came_after_the_end_is_not_kept(tmp_path: Path) -> None:
    parts = [recorded_part(tmp_path / "a.webm"), recorded_part(tmp_path / "b.webm", shift_s=60)]

    spans = finishing.lay_out(parts, until=STARTED + timedelta(seconds=2))
    [made] = finishing.make_files(spans, tmp_path)

    assert len(spans) == 1
    assert made.duration_ms <= 2_040
    assert 55 <= sum(1 for _ in decoded(made.path, "video")) <= 61


def test_several_voices_become_one_track(tmp_path: Path) -> None:
    recorded = Recorded()
    recorded.tap.source_added(DORA)
    recorded.tap.source_added(VOICE)
    recorded.tap.source_added(BOB)
    recorded.show()
    recorded.talk(seconds=3)
    recorded.microphone = Microphone()
    recorded.talk(seconds=1, begin=1.5, source=BOB)
    recorded.tap.closed()
    spans = finishing.lay_out([read(recorded.store, tmp_path / "a.webm")], until=LATER)

    [made] = finishing.make_files(spans, tmp_path)

    with av.open(str(made.path)) as container:
        assert len(container.streams.audio) == 1
    frames = list(decoded(made.path, "audio"))
    assert sum(frame.samples for frame in frames) == pytest.approx(3 * 48_000, rel=0.03)
    assert not list(tmp_path.glob("*.part"))


def test_each_picture_gets_a_file_with_everybodys_sound(tmp_path: Path) -> None:
    recorded = Recorded()
    for source in (SCREEN, DORA, VOICE):
        recorded.tap.source_added(source)
    for n in range(60):
        for packet in recorded.camera.packets(FRAMES[n]):
            recorded.tap.packet(SCREEN.id, packet, 1000.0 + n / 30)
    recorded.camera = Camera()
    recorded.show()
    recorded.talk(seconds=3)
    recorded.tap.closed()
    spans = finishing.lay_out([read(recorded.store, tmp_path / "a.webm")], until=LATER)

    made = finishing.make_files(spans, tmp_path)

    assert [(file.kind, file.attendee) for file in made] == [("camera", "dora"), ("screen", "bob")]
    for file, frames in zip(made, (90, 60), strict=True):
        assert sum(1 for _ in decoded(file.path, "video")) == frames
        assert sum(frame.samples for frame in decoded(file.path, "audio")) > 2.8 * 48_000


def test_sound_alone_is_a_file_too(tmp_path: Path) -> None:
    recorded = Recorded()
    recorded.tap.source_added(VOICE)
    recorded.talk(seconds=3)
    recorded.tap.closed()
    spans = finishing.lay_out([read(recorded.store, tmp_path / "a.webm")], until=LATER)

    [made] = finishing.make_files(spans, tmp_path)

    assert made.kind == "sound"
    with av.open(str(made.path)) as container:
        assert [stream.type for stream in container.streams] == ["audio"]
        assert container.duration == pytest.approx(3_000_000, abs=60_000)


def test_of_nothing_no_file_is_made(tmp_path: Path) -> None:
    recorded = Recorded()
    recorded.tap.closed()

    spans = finishing.lay_out([read(recorded.store, tmp_path / "a.webm")], until=LATER)

    assert finishing.make_files(spans, tmp_path) == []
