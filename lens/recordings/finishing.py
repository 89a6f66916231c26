"""A recording that has ended becomes files that any browser plays and seeks in: one for each camera or screen.

Its parts (webm.py) are laid one behind the other, without the pauses. Each file has one picture and everybody's sound,
a duration, and cues. Nothing is decoded but voices, where there are several. A file is written under another name and
put in its place when it is whole.
"""

import heapq
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from lens.recordings import ebml, webm
from lens.recordings.webm import AUDIO, VIDEO, Block, ReadPart, Track

if TYPE_CHECKING:
    from lens.recordings.mixing import Mixer

CLUSTER_MS = 5_000
SORTED_WITHIN_MS = 3_000  # blocks of a part are at most this far from their place
KIND_ORDER = ("camera", "screen", "sound")


@dataclass(frozen=True)
class Span:
    """One part in the files: when it happened, where it is, how long it is."""

    part: ReadPart
    at_ms: int
    length_ms: int


@dataclass(frozen=True)
class Made:
    """A finished file. `source` names what its picture shows: kind and attendee id, as in the parts."""

    path: Path
    kind: str
    attendee: str
    size: int
    duration_ms: int


def lay_out(parts: Iterable[ReadPart], *, until: datetime) -> list[Span]:
    """One behind the other; what came after `until`, the end of the recording, is not kept."""
    spans: list[Span] = []
    at_ms = 0
    for part in parts:
        room = max(0, int((until - part.started_at).total_seconds() * 1000))
        last = max((block.at_ms for block in part.blocks() if block.at_ms < room), default=-1)
        if last < 0:
            continue
        length = last + 40
        spans.append(Span(part, at_ms, length))
        at_ms += length
    return spans


def make_files(spans: list[Span], folder: Path) -> list[Made]:
    """Write the files of a recording into its folder. Empty if there is nothing to show or to hear."""
    pictures = _sources(spans, VIDEO)
    voices = _sources(spans, AUDIO)
    if not pictures and not voices:
        return []
    duration = spans[-1].at_ms + spans[-1].length_ms
    sound = _Sound(spans, voices, duration, folder / "sound.part")
    try:
        named = sorted(pictures, key=_first_shown) or ["sound:"]
        return [_write_file(spans, name, sound, duration, folder / f"{n}.webm") for n, name in enumerate(named, 1)]
    finally:
        sound.forget()


def _first_shown(name: str) -> tuple[int, str]:
    kind, _colon, attendee = name.partition(":")
    return KIND_ORDER.index(kind), attendee


def _sources(spans: list[Span], kind: int) -> list[str]:
    """The names of all tracks of a kind, in the order in which they began."""
    return list(
        dict.fromkeys(track.name for span in spans for track in span.part.tracks.values() if track.kind == kind)
    )


def _blocks(spans: list[Span], numbers: Callable[[Track], int | None]) -> Iterator[Block]:
    """All blocks in order of time, with the track numbers that `numbers` gives; None leaves a track out."""
    for span in spans:
        given = {number: numbers(track) for number, track in span.part.tracks.items()}
        heap: list[tuple[int, int, Block]] = []
        for count, block in enumerate(span.part.blocks()):
            number = given.get(block.track)
            if number is None or block.at_ms >= span.length_ms:
                continue
            moved = replace(block, track=number, at_ms=span.at_ms + block.at_ms)
            heapq.heappush(heap, (moved.at_ms, count, moved))
            while heap and heap[0][0] < moved.at_ms - SORTED_WITHIN_MS:
                yield heapq.heappop(heap)[2]
        while heap:
            yield heapq.heappop(heap)[2]


class _Sound:
    """The one sound track of all files: a voice as it came, or several mixed once into a file of their own."""

    def __init__(self, spans: list[Span], voices: list[str], duration: int, path: Path) -> None:
        self.track: Track | None = None
        self._spans, self._voices, self._path = spans, voices, path
        if len(voices) == 1:
            self.track = Track(2, AUDIO, "sound", "opus", codec_private=webm.opus_head())
        elif voices:
            self.track = self._mix(duration)

    def blocks(self) -> Iterator[Block]:
        if len(self._voices) == 1:
            yield from _blocks(self._spans, lambda track: 2 if track.kind == AUDIO else None)
        elif self._voices:
            mixed = webm.read_part(self._path)
            assert mixed is not None  # noqa: S101 (written whole just before)
            for block in mixed.blocks():
                yield replace(block, track=2)

    def forget(self) -> None:
        self._path.unlink(missing_ok=True)

    def _mix(self, duration: int) -> Track:
        from lens.recordings.mixing import Mixer  # and libav: a third of a second, for those only who mix

        numbers = {name: number for number, name in enumerate(self._voices, 1)}
        mixer = Mixer(numbers.values())
        part = webm.Part(self._spans[0].part.started_at)
        part.add_track(kind=AUDIO, name="sound", codec="opus")
        with self._path.open("wb") as file:
            file.write(part.head())
            since = 0
            for block in _mixed(mixer, _blocks(self._spans, lambda track: numbers.get(track.name)), duration):
                if block.at_ms - since >= CLUSTER_MS:
                    file.write(part.take())
                    since = block.at_ms
                part.add(block)
            file.write(part.take())
        return Track(2, AUDIO, "sound", "opus", codec_private=mixer.codec_private, codec_delay_ns=mixer.delay_ns)


def _mixed(mixer: "Mixer", blocks: Iterator[Block], duration: int) -> Iterator[Block]:
    for block in blocks:
        yield from mixer.feed(block)
    yield from mixer.end(duration)


def _write_file(spans: list[Span], name: str, sound: _Sound, duration: int, path: Path) -> Made:
    size = next(
        ((track.width, track.height) for span in spans for track in span.part.tracks.values() if track.name == name),
        (0, 0),
    )
    kind, _colon, attendee = name.partition(":")
    picture = Track(1, VIDEO, kind, "VP8", *size) if size != (0, 0) else None
    tracks = [track for track in (picture, sound.track) if track is not None]
    blocks = heapq.merge(
        _blocks(spans, lambda track: 1 if track.name == name else None), sound.blocks(), key=lambda block: block.at_ms
    )
    unfinished = path.with_suffix(".new")
    with unfinished.open("wb") as file:
        _Writer(file, tracks, spans[0].part.started_at, duration).write(blocks)
    unfinished.replace(path)
    return Made(path, kind, attendee, path.stat().st_size, duration)


class _Writer:
    """One whole file: head, clusters, cues, and then the head again with what is known only at the end."""

    def __init__(self, file: BinaryIO, tracks: list[Track], started_at: datetime, duration: int) -> None:
        self._file = file
        self._tracks, self._started_at, self._duration = tracks, started_at, duration
        self._cues: list[tuple[int, int, int]] = []  # time, track, position

    def write(self, blocks: Iterable[Block]) -> None:
        file = self._file
        head = webm.file_head()
        info = webm.info(self._started_at, duration_ms=float(self._duration))
        tracks = webm.tracks(self._tracks)
        begin = len(head) + 12  # of the segment's payload: its id and an eight-byte size
        seek_room = len(_seek_head(0, 0, 0))
        file.write(head + bytes(12 + seek_room) + info + tracks)
        at = seek_room + len(info) + len(tracks)
        for group in _clusters(blocks, has_picture=self._tracks[0].kind == VIDEO):
            data = webm.cluster(group)
            self._cues += _cue_of(group, at, self._tracks[0].number)
            file.write(data)
            at += len(data)
        cues = ebml.parent(ebml.CUES, *(_cue_point(*cue) for cue in self._cues))
        file.write(cues)
        segment = ebml.id_bytes(ebml.SEGMENT) + ebml.size_bytes(at + len(cues), width=8)
        file.seek(begin - 12)
        file.write(segment + _seek_head(seek_room, seek_room + len(info), at))


def _seek_head(info_at: int, tracks_at: int, cues_at: int) -> bytes:
    places = ((ebml.INFO, info_at), (ebml.TRACKS, tracks_at), (ebml.CUES, cues_at))
    return ebml.parent(
        ebml.SEEK_HEAD,
        *(
            ebml.parent(
                ebml.SEEK,
                ebml.element(ebml.SEEK_ID, ebml.id_bytes(identity)),
                ebml.unsigned(ebml.SEEK_POSITION, place, width=8),
            )
            for identity, place in places
        ),
    )


def _clusters(blocks: Iterable[Block], *, has_picture: bool) -> Iterator[list[Block]]:
    """A cluster begins at each key frame of the picture and after CLUSTER_MS, so that a seek finds one."""
    group: list[Block] = []
    for block in blocks:
        is_cut = has_picture and block.track == 1 and block.is_key
        if group and (is_cut or block.at_ms - group[0].at_ms >= CLUSTER_MS):
            yield group
            group = []
        group.append(block)
    if group:
        yield group


def _cue_of(group: list[Block], position: int, track: int) -> list[tuple[int, int, int]]:
    """Where a player may begin: at a key frame of the first track, or at any sound if that is all there is."""
    first = next((block for block in group if block.track == track and block.is_key), None)
    return [] if first is None else [(first.at_ms, track, position)]


def _cue_point(at_ms: int, track: int, position: int) -> bytes:
    return ebml.parent(
        ebml.CUE_POINT,
        ebml.unsigned(ebml.CUE_TIME, at_ms),
        ebml.parent(
            ebml.CUE_TRACK_POSITIONS,
            ebml.unsigned(ebml.CUE_TRACK, track),
            ebml.unsigned(ebml.CUE_CLUSTER_POSITION, position),
        ),
    )
