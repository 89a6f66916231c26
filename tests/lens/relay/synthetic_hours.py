"""Hours of a session's packets in seconds, through what the relay keeps of a stream; no sockets, own clock."""

import asyncio
import random
import struct
import tracemalloc
from collections import deque
from types import SimpleNamespace
from typing import Any

from lens.relay.codecs import CODECS, RTX_OF
from lens.relay.source import Out, Source
from lens.relay.taps import SourceKind

VIEWERS = 9
PICTURES_PER_S, PACKETS_PER_PICTURE, PICTURE_BYTES = 30, 4, 1100
SOUNDS_PER_S, SOUND_BYTES = 50, 80
LOSS = 0.01
TYPES = {codec.name: payload_type for payload_type, codec in CODECS.items()}
NTP_S = 1 << 32
FIRST_NUMBER = 60_000  # sequence numbers soon come round


class Wire:
    """In place of a link: counts what is sent, and keeps what a publisher is asked to send again."""

    def __init__(self) -> None:
        self.packets = self.bytes = 0
        self.asked: deque[int] = deque(maxlen=1000)

    def send_rtp(self, packets: list[bytes], _ssrc: bytes) -> None:
        self.packets += len(packets)
        self.bytes += sum(map(len, packets))

    def send_rtcp(self, *packets: Any) -> None:
        for packet in packets:
            self.asked.extend(getattr(packet, "lost", ()))


class Stream:
    """One source, its viewers, and the page that publishes it over a line that loses some."""

    def __init__(self, kind: SourceKind, codec: str, ssrc: int) -> None:
        self.payload_type = TYPES[codec]
        self.rtx_type = next((rtx for rtx, apt in RTX_OF.items() if apt == self.payload_type), 0)
        self.ssrc = ssrc
        self.wire, self.viewers = Wire(), [Wire() for _viewer in range(VIEWERS)]
        self.sent = self.rtx_sent = 0
        self.number = FIRST_NUMBER
        line: Any = SimpleNamespace(ssrc=ssrc + 1)
        self.source = Source(attendee="customer", kind=kind, publisher=self.wire, line=line, taps=[])
        for number, viewer in enumerate(self.viewers):
            to: Any = SimpleNamespace(
                accepted=frozenset({self.payload_type}), ssrc=1000 * ssrc + number, rtx_ssrc=2000 * ssrc + number
            )
            self.source.outs.append(Out(source=self.source, link=viewer, line=to))  # type: ignore[arg-type]
        self._random = random.Random(ssrc)
        self._clock_rate = CODECS[self.payload_type].clock_rate

    def send(self, size: int, at: float) -> None:
        self.sent += 1
        self.number = (self.number + 1) & 0xFFFF
        if self._random.random() >= LOSS:
            self.source.take(self._packet(size, at), at)
            self.source.send_on()

    def answer(self, size: int, at: float) -> None:
        """Send again what the relay asked for."""
        while self.wire.asked:
            seq = self.wire.asked.popleft()
            self.rtx_sent += 1
            again = struct.pack("!BBHLL", 0x80, self.rtx_type, self.rtx_sent & 0xFFFF, 0, self.ssrc + 1)
            self.source.take_repeated(again + struct.pack("!H", seq) + bytes(size), at)
            self.source.send_on()

    def second(self, at: float) -> None:
        self.source.heard_sender_report(
            SimpleNamespace(ntp_timestamp=int(at * NTP_S), rtp_timestamp=0, packet_count=0, octet_count=0), at
        )
        if self.source.reception is not None:
            self.source.reception.report(at)
        self.source.ask_key_frame()
        for out in self.source.outs:
            out.repeat([(self.number - back) & 0xFFFF for back in range(3)])
            out.refill()

    def _packet(self, size: int, at: float) -> bytes:
        timestamp = int(at * self._clock_rate) & 0xFFFFFFFF
        return struct.pack("!BBHLL", 0x80, self.payload_type, self.number, timestamp, self.ssrc) + bytes(size)


class Hours:
    """A camera and a microphone with VIEWERS viewers; `run` lets time pass."""

    def __init__(self) -> None:
        self.camera, self.sound = Stream("camera", "VP8", 10), Stream("microphone", "opus", 20)
        self.at = 0.0

    async def run(self, seconds: int) -> None:
        for _second in range(seconds):
            for tick in range(PICTURES_PER_S):
                at = self.at + tick / PICTURES_PER_S
                for _packet in range(PACKETS_PER_PICTURE):
                    self.camera.send(PICTURE_BYTES, at)
                self.camera.answer(PICTURE_BYTES, at)
            for tick in range(SOUNDS_PER_S):
                self.sound.send(SOUND_BYTES, self.at + tick / SOUNDS_PER_S)
            self.at += 1
            for stream in (self.camera, self.sound):
                stream.second(self.at)
            await asyncio.sleep(0)

    async def growth(self, *, warm_up_s: int, seconds: int) -> int:
        """Bytes of Python's memory that `seconds` of packets leave behind, once histories are full."""
        tracemalloc.start()
        try:
            await self.run(warm_up_s)
            before, _peak = tracemalloc.get_traced_memory()
            await self.run(seconds)
            after, _peak = tracemalloc.get_traced_memory()
        finally:
            tracemalloc.stop()
        return after - before
