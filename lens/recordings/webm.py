"""WebM as this product writes and reads it: one element after the other, readable up to the last whole cluster.

A part is written while a session lives. Its tracks stand in a room of fixed size at its head, which is written anew
when a source is added; behind it clusters are appended, each whole. Whatever kills the writer, all but the last second
is there. A part has no duration and no cues; finished files (finishing.py) have both.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from lens.recordings import ebml

HEAD_ROOM = 8192  # bytes for everything before the first cluster of a part
EPOCH = datetime(2001, 1, 1, tzinfo=UTC)  # of DateUTC
APP = "Sightline"
VIDEO, AUDIO = 1, 2
OPUS_RATE = 48_000
MAX_RELATIVE = 32_000  # ms of a block after its cluster


@dataclass(frozen=True)
class Track:
    number: int
    kind: int  # VIDEO or AUDIO
    name: str
    codec: str  # "VP8" or "opus"
    width: int = 0
    height: int = 0
    codec_private: bytes = b""
    codec_delay_ns: int = 0

    def entry(self) -> bytes:
        common = [
            ebml.unsigned(ebml.TRACK_NUMBER, self.number),
            ebml.unsigned(ebml.TRACK_UID, self.number),
            ebml.unsigned(ebml.TRACK_TYPE, self.kind),
            ebml.unsigned(ebml.FLAG_LACING, 0),
            ebml.text(ebml.NAME, self.name),
        ]
        if self.kind == VIDEO:
            size = (ebml.unsigned(ebml.PIXEL_WIDTH, self.width), ebml.unsigned(ebml.PIXEL_HEIGHT, self.height))
            own = [ebml.text(ebml.CODEC_ID, "V_VP8"), ebml.parent(ebml.VIDEO, *size)]
        else:
            sound = (ebml.float64(ebml.SAMPLING_FREQUENCY, OPUS_RATE), ebml.unsigned(ebml.CHANNELS, self.channels))
            own = [
                ebml.text(ebml.CODEC_ID, "A_OPUS"),
                ebml.element(ebml.CODEC_PRIVATE, self.codec_private),
                ebml.unsigned(ebml.CODEC_DELAY, self.codec_delay_ns),
                ebml.unsigned(ebml.SEEK_PRE_ROLL, 80_000_000),
                ebml.parent(ebml.AUDIO, *sound),
            ]
        return ebml.parent(ebml.TRACK_ENTRY, *common, *own)

    @property
    def channels(self) -> int:
        return self.codec_private[9]


def opus_head(*, channels: int = 2, pre_skip: int = 0) -> bytes:
    """RFC 7845 5.1. A browser's own packets are all to be heard: nothing is skipped."""
    head = b"OpusHead\x01" + bytes([channels]) + pre_skip.to_bytes(2, "little")
    return head + OPUS_RATE.to_bytes(4, "little") + bytes(3)


@dataclass(frozen=True)
class Block:
    track: int
    at_ms: int  # from the beginning of its file
    is_key: bool
    data: bytes


def file_head() -> bytes:
    return ebml.parent(
        ebml.EBML,
        ebml.unsigned(ebml.EBML_VERSION, 1),
        ebml.unsigned(ebml.EBML_READ_VERSION, 1),
        ebml.unsigned(ebml.EBML_MAX_ID_LENGTH, 4),
        ebml.unsigned(ebml.EBML_MAX_SIZE_LENGTH, 8),
        ebml.text(ebml.DOC_TYPE, "webm"),
        ebml.unsigned(ebml.DOC_TYPE_VERSION, 4),
        ebml.unsigned(ebml.DOC_TYPE_READ_VERSION, 2),
    )


def info(started_at: datetime, *, duration_ms: float | None = None) -> bytes:
    since = started_at - EPOCH
    duration = [] if duration_ms is None else [ebml.float64(ebml.DURATION, duration_ms)]
    return ebml.parent(
        ebml.INFO,
        ebml.unsigned(ebml.TIMESTAMP_SCALE, 1_000_000),
        *duration,
        ebml.signed64(ebml.DATE_UTC, (since // timedelta(microseconds=1)) * 1000),
        ebml.text(ebml.MUXING_APP, APP),
        ebml.text(ebml.WRITING_APP, APP),
    )


def tracks(entries: list[Track]) -> bytes:
    return ebml.parent(ebml.TRACKS, *(track.entry() for track in entries))


def cluster(blocks: list[Block], *, at_ms: int | None = None) -> bytes:
    """The blocks of at most half a minute, in order of time."""
    ordered = sorted(blocks, key=lambda block: block.at_ms)
    begin = ordered[0].at_ms if at_ms is None else at_ms
    parts = [ebml.unsigned(ebml.TIMESTAMP, begin)]
    for block in ordered:
        head = ebml.size_bytes(block.track) + (block.at_ms - begin).to_bytes(2, "big", signed=True)
        parts.append(ebml.element(ebml.SIMPLE_BLOCK, head + (b"\x80" if block.is_key else b"\x00") + block.data))
    return ebml.parent(ebml.CLUSTER, *parts)


class NoRoom(Exception):
    """More tracks than the head of a part can hold."""


@dataclass
class Part:
    """One part under way. What it gives out is to be written by the owner: `head` at 0, everything else behind."""

    started_at: datetime
    tracks: list[Track] = field(default_factory=list)
    _blocks: list[Block] = field(default_factory=list)

    def head(self) -> bytes:
        """All before the first cluster, filled up to HEAD_ROOM. Raises NoRoom."""
        segment = ebml.id_bytes(ebml.SEGMENT) + ebml.size_bytes(ebml.UNKNOWN)
        used = file_head() + segment + info(self.started_at) + tracks(self.tracks)
        if HEAD_ROOM - len(used) < 10:
            raise NoRoom
        return used + ebml.void(HEAD_ROOM - len(used))

    def add_track(self, *, kind: int, name: str, codec: str, width: int = 0, height: int = 0) -> Track:
        """Raises NoRoom; nothing is changed then."""
        private = opus_head() if kind == AUDIO else b""
        track = Track(len(self.tracks) + 1, kind, name, codec, width, height, private)
        self.tracks.append(track)
        try:
            self.head()
        except NoRoom:
            self.tracks.remove(track)
            raise
        return track

    def add(self, block: Block) -> None:
        self._blocks.append(block)

    def take(self) -> bytes:
        """The cluster of all blocks since the last one; empty if there are none."""
        blocks, self._blocks = self._blocks, []
        return cluster(blocks) if blocks else b""


# ---- Reading back --------------------------------------------------------------------------------


@dataclass(frozen=True)
class ReadPart:
    """A part as found on the disk, possibly cut off."""

    path: Path
    started_at: datetime
    tracks: dict[int, Track]

    def blocks(self) -> Iterator[Block]:
        """In the order in which they were written, cluster by cluster; each cluster in order of time."""
        with self.path.open("rb") as file:
            file.seek(HEAD_ROOM)
            while True:
                head = file.read(12)
                try:
                    identity, size, begin = ebml.read_head(head, 0)
                except ebml.Truncated:
                    return
                if identity != ebml.CLUSTER or size == ebml.UNKNOWN:
                    return
                file.seek(begin - len(head), 1)
                payload = file.read(size)
                if len(payload) < size:
                    return
                yield from _blocks_of(payload)


def read_part(path: Path) -> ReadPart | None:
    """None for a file that was cut off before its head was whole."""
    with path.open("rb") as file:
        head = file.read(HEAD_ROOM)
    if len(head) < HEAD_ROOM:
        return None
    try:
        begin = next(found for found in ebml.elements(head) if found.id == ebml.SEGMENT).begin
        found = {element.id: element for element in ebml.elements(head, begin)}
        started_at = _started_at(head, found[ebml.INFO])
        entries = [_track(head, entry) for entry in ebml.elements(head, *_inside(found[ebml.TRACKS]))]
    except (ebml.Truncated, StopIteration, KeyError):
        return None
    return ReadPart(path, started_at, {track.number: track for track in entries})


def _inside(found: ebml.Found) -> tuple[int, int]:
    return found.begin, found.end


def _started_at(data: bytes, found: ebml.Found) -> datetime:
    dates = (each for each in ebml.elements(data, *_inside(found)) if each.id == ebml.DATE_UTC)
    date = next(dates)
    since_ns = int.from_bytes(data[date.begin : date.end], "big", signed=True)
    return EPOCH + timedelta(microseconds=since_ns // 1000)


def _track(data: bytes, entry: ebml.Found) -> Track:
    parts = {each.id: each for each in ebml.elements(data, *_inside(entry))}
    number = _unsigned(data, parts[ebml.TRACK_NUMBER])
    name = data[parts[ebml.NAME].begin : parts[ebml.NAME].end].decode()
    if _unsigned(data, parts[ebml.TRACK_TYPE]) == VIDEO:
        size = {each.id: _unsigned(data, each) for each in ebml.elements(data, *_inside(parts[ebml.VIDEO]))}
        return Track(number, VIDEO, name, "VP8", size[ebml.PIXEL_WIDTH], size[ebml.PIXEL_HEIGHT])
    private = parts[ebml.CODEC_PRIVATE]
    delay = _unsigned(data, parts[ebml.CODEC_DELAY])
    return Track(number, AUDIO, name, "opus", 0, 0, data[private.begin : private.end], delay)


def _unsigned(data: bytes, found: ebml.Found) -> int:
    return int.from_bytes(data[found.begin : found.end], "big")


def _blocks_of(payload: bytes) -> Iterator[Block]:
    begin = 0
    for found in ebml.elements(payload):
        if found.id == ebml.TIMESTAMP:
            begin = _unsigned(payload, found)
        elif found.id == ebml.SIMPLE_BLOCK:
            track = payload[found.begin] & 0x7F
            at = int.from_bytes(payload[found.begin + 1 : found.begin + 3], "big", signed=True)
            is_key = bool(payload[found.begin + 3] & 0x80)
            yield Block(track, begin + at, is_key, payload[found.begin + 4 : found.end])
