"""EBML (RFC 8794) as far as WebM needs it: element ids, sizes, numbers, and reading elements back."""

import struct
from collections.abc import Iterator
from dataclasses import dataclass

UNKNOWN = -1  # the size of an element that is still being written

# Ids of RFC 9559, with their length marker.
EBML = 0x1A45DFA3
EBML_VERSION = 0x4286
EBML_READ_VERSION = 0x42F7
EBML_MAX_ID_LENGTH = 0x42F2
EBML_MAX_SIZE_LENGTH = 0x42F3
DOC_TYPE = 0x4282
DOC_TYPE_VERSION = 0x4287
DOC_TYPE_READ_VERSION = 0x4285
VOID = 0xEC
SEGMENT = 0x18538067
SEEK_HEAD = 0x114D9B74
SEEK = 0x4DBB
SEEK_ID = 0x53AB
SEEK_POSITION = 0x53AC
INFO = 0x1549A966
TIMESTAMP_SCALE = 0x2AD7B1
DURATION = 0x4489
DATE_UTC = 0x4461
MUXING_APP = 0x4D80
WRITING_APP = 0x5741
TRACKS = 0x1654AE6B
TRACK_ENTRY = 0xAE
TRACK_NUMBER = 0xD7
TRACK_UID = 0x73C5
TRACK_TYPE = 0x83
FLAG_LACING = 0x9C
NAME = 0x536E
CODEC_ID = 0x86
CODEC_PRIVATE = 0x63A2
CODEC_DELAY = 0x56AA
SEEK_PRE_ROLL = 0x56BB
VIDEO = 0xE0
PIXEL_WIDTH = 0xB0
PIXEL_HEIGHT = 0xBA
AUDIO = 0xE1
SAMPLING_FREQUENCY = 0xB5
CHANNELS = 0x9F
CLUSTER = 0x1F43B675
TIMESTAMP = 0xE7
SIMPLE_BLOCK = 0xA3
CUES = 0x1C53BB6B
CUE_POINT = 0xBB
CUE_TIME = 0xB3
CUE_TRACK_POSITIONS = 0xB7
CUE_TRACK = 0xF7
CUE_CLUSTER_POSITION = 0xF1


class Truncated(Exception):
    """The bytes end in the middle of an element: whoever wrote them was stopped there."""


def id_bytes(identity: int) -> bytes:
    return identity.to_bytes((identity.bit_length() + 7) // 8, "big")


def size_bytes(size: int, *, width: int = 0) -> bytes:
    """A size as a variable-length number, as short as possible or `width` bytes wide."""
    if size == UNKNOWN:
        return b"\x01\xff\xff\xff\xff\xff\xff\xff"
    length = width or next(n for n in range(1, 9) if size < (1 << 7 * n) - 1)
    return (size | 1 << 7 * length).to_bytes(length, "big")


def element(identity: int, payload: bytes, *, width: int = 0) -> bytes:
    return id_bytes(identity) + size_bytes(len(payload), width=width) + payload


def parent(identity: int, *children: bytes) -> bytes:
    return element(identity, b"".join(children))


def unsigned(identity: int, value: int, *, width: int = 0) -> bytes:
    return element(identity, value.to_bytes(width or max(1, (value.bit_length() + 7) // 8), "big"))


def signed64(identity: int, value: int) -> bytes:
    return element(identity, value.to_bytes(8, "big", signed=True))


def float64(identity: int, value: float) -> bytes:
    return element(identity, struct.pack(">d", value))


def text(identity: int, value: str) -> bytes:
    return element(identity, value.encode())


def void(total: int) -> bytes:
    """An element of `total` bytes (10 at least) that says nothing."""
    return id_bytes(VOID) + size_bytes(total - 9, width=8) + bytes(total - 9)


@dataclass(frozen=True)
class Found:
    """One element in a piece of bytes: where its id begins, where its payload begins and ends."""

    id: int
    start: int
    begin: int
    end: int


def read_head(data: bytes | memoryview, at: int) -> tuple[int, int, int]:
    """The id, the size (or UNKNOWN) and the begin of the payload of the element at `at`. Raises Truncated."""
    identity, at = _number(data, at, keep_marker=True, longest=4)
    start = at
    size, at = _number(data, at, keep_marker=False, longest=8)
    if size == (1 << 7 * (at - start)) - 1:
        size = UNKNOWN
    return identity, size, at


def elements(data: bytes | memoryview, begin: int = 0, end: int | None = None) -> Iterator[Found]:
    """The elements one after the other; one whose size is unknown reaches to the end. Raises Truncated."""
    end = len(data) if end is None else end
    at = begin
    while at < end:
        identity, size, payload = read_head(data, at)
        stop = end if size == UNKNOWN else payload + size
        if stop > end:
            raise Truncated
        yield Found(identity, at, payload, stop)
        at = stop


def _number(data: bytes | memoryview, at: int, *, keep_marker: bool, longest: int) -> tuple[int, int]:
    if at >= len(data):
        raise Truncated
    first = data[at]
    length = 9 - first.bit_length()
    if length > longest or at + length > len(data):
        raise Truncated
    value = int.from_bytes(data[at : at + length], "big")
    return (value if keep_marker else value & ~(1 << 7 * length)), at + length
