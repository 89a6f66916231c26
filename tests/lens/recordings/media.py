"""Real VP8 and Opus in small, cut into RTP packets as a browser cuts them."""

import functools
from collections.abc import Iterator
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av

PAYLOAD = 200  # bytes of a packet: small, so that each frame takes several


@functools.cache
def vp8_frames(count: int, *, width: int = 64, height: int = 48, key_every: int = 10) -> tuple[bytes, ...]:
    encoder = av.CodecContext.create("libvpx", "w")
    encoder.width, encoder.height, encoder.pix_fmt = width, height, "yuv420p"
    encoder.time_base = Fraction(1, 30)
    encoder.bit_rate = 400_000
    encoder.options = {"lag-in-frames": "0", "deadline": "realtime", "cpu-used": "8", "error-resilient": "1"}
    encoder.gop_size = key_every
    found: list[bytes] = []
    for number in range(count):
        frame = av.VideoFrame(width, height, "yuv420p")
        for index, plane in enumerate(frame.planes):
            shades = [(number * 7 + (row * 13 if index == 0 else 0)) % 256 for row in range(plane.height)]
            plane.update(b"".join(bytes([shade]) * plane.line_size for shade in shades))
        frame.pts = number
        frame.time_base = Fraction(1, 30)
        found += [bytes(packet) for packet in encoder.encode(frame)]
    found += [bytes(packet) for packet in encoder.encode(None)]
    return tuple(found)


@functools.cache
def opus_packets(count: int) -> tuple[bytes, ...]:
    encoder = av.CodecContext.create("libopus", "w")
    encoder.sample_rate, encoder.layout, encoder.format = 48_000, "stereo", "s16"
    encoder.time_base = Fraction(1, 48_000)
    found: list[bytes] = []
    for number in range(count):
        frame = av.AudioFrame(format="s16", layout="stereo", samples=960)
        wave = bytes((number * 31 + at) % 64 for at in range(960 * 4))
        frame.planes[0].update(wave)
        frame.sample_rate, frame.pts, frame.time_base = 48_000, number * 960, Fraction(1, 48_000)
        found += [bytes(packet) for packet in encoder.encode(frame)]
    return tuple(found[:count])


def rtp(sequence: int, timestamp: int, payload: bytes, *, marker: bool = False, extension: bytes = b"") -> bytes:
    first = 0x80 | (0x10 if extension else 0)
    head = bytes([first, 96 | (0x80 if marker else 0)])
    head += (sequence & 0xFFFF).to_bytes(2, "big") + (timestamp & 0xFFFFFFFF).to_bytes(4, "big") + b"\x00\x00\x00\x07"
    if extension:
        head += b"\xbe\xde" + (len(extension) // 4).to_bytes(2, "big") + extension
    return head + payload


@dataclass
class Camera:
    """Cuts frames into packets; counts sequence numbers from wherever it is told."""

    sequence: int = 65_530
    timestamp: int = (1 << 32) - 9_000
    sent: list[bytes] = field(default_factory=list)

    def packets(self, frame: bytes) -> list[bytes]:
        pieces = [frame[at : at + PAYLOAD] for at in range(0, len(frame), PAYLOAD)]
        made = []
        for number, piece in enumerate(pieces):
            # X with a 15-bit picture id, S on the first: what Chromium sends.
            descriptor = bytes([0x90 if number == 0 else 0x80, 0x80, 0x80, 0x01])
            last = number == len(pieces) - 1
            made.append(rtp(self.sequence, self.timestamp, descriptor + piece, marker=last, extension=b"\x10\x30\0\0"))
            self.sequence += 1
        self.timestamp += 3_000
        return made


@dataclass
class Microphone:
    sequence: int = 100
    timestamp: int = 5_000

    def packet(self, data: bytes) -> bytes:
        made = rtp(self.sequence, self.timestamp, data)
        self.sequence += 1
        self.timestamp += 960
        return made


@dataclass
class Memory:
    """A store that keeps what a part would write to the disk."""

    first: bytes = b""
    rest: bytes = b""

    def head(self, data: bytes) -> None:
        self.first = data

    def append(self, data: bytes) -> None:
        self.rest += data

    def save(self, path: Path) -> Path:
        path.write_bytes(self.first + self.rest)
        return path


def decoded(path: Path, kind: str) -> Iterator[av.VideoFrame | av.AudioFrame]:
    with av.open(str(path)) as container:
        yield from container.decode(**{kind: 0})  # type: ignore[misc]
