"""VP8 over RTP (RFC 7741): frames put together from packets that may be late, doubled or missing.

A frame that lost a packet is left out, and so is everything up to the next key frame: what follows would be broken.
"""

from dataclasses import dataclass

KEY_FRAME_START = b"\x9d\x01\x2a"
MOST_PACKETS = 4096  # of one frame, or waiting for a missing one


@dataclass(frozen=True)
class Frame:
    data: bytes
    timestamp: int  # RTP, 32 bits
    is_key: bool
    arrived_at: float  # of its first packet


@dataclass(frozen=True)
class Packet:
    sequence: int
    timestamp: int
    marker: bool
    payload: bytes
    arrived_at: float


class Malformed(Exception):
    """Not an RTP packet, or not of VP8."""


def parse_rtp(data: bytes, arrived_at: float) -> Packet:
    """Take off header, contributing sources, extension and padding (RFC 3550 5.1). Raises Malformed."""
    if len(data) < 12 or data[0] >> 6 != 2:
        raise Malformed
    begin = 12 + 4 * (data[0] & 0x0F)
    if data[0] & 0x10:
        if len(data) < begin + 4:
            raise Malformed
        begin += 4 + 4 * int.from_bytes(data[begin + 2 : begin + 4], "big")
    end = len(data) - (data[-1] if data[0] & 0x20 else 0)
    if begin > end:
        raise Malformed
    return Packet(
        sequence=int.from_bytes(data[2:4], "big"),
        timestamp=int.from_bytes(data[4:8], "big"),
        marker=bool(data[1] & 0x80),
        payload=data[begin:end],
        arrived_at=arrived_at,
    )


def descriptor_length(payload: bytes) -> int:
    """How long the VP8 payload descriptor is (RFC 7741 4.2). Raises Malformed."""
    try:
        at = 1
        if payload[0] & 0x80:
            extensions = payload[1]
            at = 2
            if extensions & 0x80:
                at += 2 if payload[at] & 0x80 else 1
            at += bool(extensions & 0x40) + bool(extensions & 0x30)
    except IndexError:
        raise Malformed from None
    if at > len(payload):
        raise Malformed
    return at


def picture_size(frame: bytes) -> tuple[int, int]:
    """Width and height of a key frame, in pixels (RFC 6386 9.1). Raises Malformed."""
    if len(frame) < 10 or frame[0] & 1 or frame[3:6] != KEY_FRAME_START:
        raise Malformed
    return (frame[6] | frame[7] << 8) & 0x3FFF, (frame[8] | frame[9] << 8) & 0x3FFF


class Depacketizer:
    """Frames in order, from packets as they arrive. `wait_s`: how long a missing packet is waited for."""

    def __init__(self, *, wait_s: float = 0.5) -> None:
        self.wait_s = wait_s
        self.needs_key_frame = True  # nothing can be shown before one; asked for by the owner
        self.frames_lost = 0
        self._next: int | None = None  # the sequence number that comes next, not wrapped
        self._waiting: dict[int, Packet] = {}  # by sequence number, not wrapped
        self._parts: list[bytes] = []
        self._first: Packet | None = None
        self._broken = False  # the frame under construction misses something

    def feed(self, packet: Packet) -> list[Frame]:
        """Take a packet in; return the frames that are whole now."""
        if self._next is None:
            self._next = packet.sequence
        sequence = _unwrap(packet.sequence, self._next)
        if sequence < self._next - MOST_PACKETS:  # not late: the source counts anew
            self._lose()
            self._waiting.clear()
            self._next = sequence = packet.sequence
        if sequence < self._next or sequence in self._waiting:
            return []  # too late, or doubled
        self._waiting[sequence] = packet
        return self._drain(packet.arrived_at)

    def tick(self, now: float) -> list[Frame]:
        """Time has passed: what is missing for too long is given up."""
        return self._drain(now)

    def _drain(self, now: float) -> list[Frame]:
        found: list[Frame] = []
        while self._waiting and self._next is not None:
            packet = self._waiting.pop(self._next, None)
            if packet is None:
                oldest = min(self._waiting)
                late = now - self._waiting[oldest].arrived_at >= self.wait_s
                if not late and len(self._waiting) < MOST_PACKETS:
                    break
                self._lose()
                self._next = oldest
                continue
            self._next += 1
            frame = self._add(packet)
            if frame is not None:
                found.append(frame)
        return found

    def _lose(self) -> None:
        """Packets are gone for good: the frame they belonged to is broken, and so are those that build on it."""
        if not self.needs_key_frame:
            self.frames_lost += 1
        self._broken = True
        self.needs_key_frame = True

    def _add(self, packet: Packet) -> Frame | None:
        try:
            skip = descriptor_length(packet.payload)
        except Malformed:  # a probe of padding only carries nothing
            return None
        starts = packet.payload[0] & 0x10 and not packet.payload[0] & 0x0F
        if self._first is None or packet.timestamp != self._first.timestamp:
            if self._first is not None and self._parts and not self._broken:
                self._lose()  # the frame before never had its last packet
            self._first, self._parts, self._broken = packet, [], not starts
        self._parts.append(packet.payload[skip:])
        if not packet.marker:
            return None
        data, first, broken = b"".join(self._parts), self._first, self._broken
        self._first, self._parts, self._broken = None, [], False
        if broken or not data:
            return None
        is_key = not data[0] & 1
        if self.needs_key_frame:
            if not is_key:
                self.frames_lost += 1
                return None
            self.needs_key_frame = False
        return Frame(data, first.timestamp, is_key, first.arrived_at)


def _unwrap(sequence: int, near: int) -> int:
    """The number that has these 16 low bits and is nearest to `near`."""
    return near + ((sequence - near + 0x8000) & 0xFFFF) - 0x8000
