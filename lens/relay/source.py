"""One published stream, and its copies on the way to those who see or hear it."""

import asyncio
import itertools
import secrets
from collections.abc import Callable
from typing import Any, Protocol

from lens.relay import aiortc_hooks as hooks
from lens.relay import rtcp, rtp
from lens.relay.codecs import CODECS, RTX_OF, Codec, MediaKind
from lens.relay.reception import Reception
from lens.relay.taps import SourceKind, Tap, TappedSource

KEY_FRAME_EVERY_S = 0.3  # of one source, however many ask
MOST_BPS = 2_500_000
LEAST_BPS = 300_000  # a viewer with less must not take the picture from all others
REPEATS_PER_S = 500  # to one page, of one source
# Whoever misses the first packets of a copy that comes round right after them counts the rounds from there on, and can
# decrypt nothing for ever (RFC 3711, 3.3.1): a copy begins a moment later then, 0.3 s of a picture or 0.6 s of a voice.
TOO_LATE_TO_BEGIN = b"\xff\xe0"
SILENT_S = 5.0  # a shared screen that sends nothing for so long is not shared any more
MEDIA: dict[SourceKind, MediaKind] = {"camera": "video", "screen": "video", "microphone": "audio"}


def _is_late_to_begin(packet: bytes) -> bool:
    return packet[2:4] >= TOO_LATE_TO_BEGIN


class Publisher(Protocol):
    """The link that a source comes over."""

    def send_rtcp(self, *packets: Any) -> None: ...


class Out:
    """A copy of a source for one page, under numbers of that page's own."""

    def __init__(self, *, source: "Source", link: hooks.Link, line: hooks.Line) -> None:
        self.source = source
        self.line = line
        self.accepted = line.accepted
        self.ssrc = rtp.ssrc_bytes(line.ssrc)
        self.bitrate: int | None = None  # what this page says it can take, in bit/s
        self.may_repeat = REPEATS_PER_S  # in this second; the owner of the page's link refills it
        self.packets = self.repeated = 0
        self._link = link
        self._send = link.send_rtp
        self._rtx_ssrc = rtp.ssrc_bytes(line.rtx_ssrc)
        self._rtx_seq = secrets.randbits(15)

    def send(self, packets: list[bytes], payload_types: set[int]) -> None:
        """Send on what came in one go; `payload_types` are those of the packets."""
        if not payload_types <= self.accepted:
            packets = [packet for packet in packets if packet[1] & 0x7F in self.accepted]
        if not self.packets:
            packets = list(itertools.dropwhile(_is_late_to_begin, packets))
        if packets:
            self.packets += len(packets)
            self._send(packets, self.ssrc)

    def repeat(self, numbers: list[int]) -> None:
        """Send again what the page misses, as far as it came here."""
        again = []
        for seq in numbers:
            packet = self.source.reception.find(seq) if self.source.reception else None
            offset = rtp.payload_offset(packet) if packet is not None else None
            if packet is None or offset is None or packet[1] & 0x7F not in self.accepted:
                continue
            rtx = CODECS[packet[1] & 0x7F].rtx
            if not rtx or self.may_repeat <= 0:
                continue
            self.may_repeat -= 1
            self._rtx_seq = (self._rtx_seq + 1) & 0xFFFF
            self.repeated += 1
            again.append(rtp.wrap_rtx(packet, offset=offset, payload_type=rtx, seq=self._rtx_seq))
        if again:
            self._send(again, self._rtx_ssrc)

    def refill(self) -> None:
        self.may_repeat = REPEATS_PER_S

    def report(self, info: Any) -> None:
        self._link.send_rtcp(rtcp.sender_report(self.line.ssrc, info))


class Source:
    """What an attendee publishes of one kind, from the right to do so until it ends."""

    def __init__(
        self, *, attendee: str, kind: SourceKind, publisher: Publisher, line: hooks.Line, taps: list[Tap]
    ) -> None:
        self.id = secrets.token_hex(8)
        self.attendee, self.kind = attendee, kind
        self.line = line
        self.outs: list[Out] = []
        self.ssrc = 0  # until it flows
        self.codec: Codec | None = None
        self.reception: Reception | None = None
        self.heard_at = 0.0
        self.on_first: Callable[[], None] = lambda: None
        self._publisher = publisher
        self._rtcp_ssrc = line.ssrc
        self._taps = taps
        self._ssrc_bytes = b""
        self._key_frame_at = 0.0
        self._key_frame_due: asyncio.TimerHandle | None = None
        self._fresh: list[bytes] = []
        self.key_frames_asked = 0

    @property
    def flows(self) -> bool:
        return self.reception is not None

    def tapped(self, codec: Codec) -> TappedSource:
        return TappedSource(self.id, self.attendee, self.kind, codec.name, codec.clock_rate)

    def take(self, packet: bytes, now: float) -> None:
        """A packet of this source, not retransmitted: kept, given to the taps, and sent on with `send_on`."""
        _flags, second, seq, timestamp, ssrc = rtp.read_header(packet)
        self.heard_at = now
        reception = self.reception or self._begin(second & 0x7F, ssrc)
        if reception is None:
            return
        if not reception.add(seq, timestamp, packet, now):
            return
        self._fresh.append(packet)
        for tap in self._taps:
            tap.packet(self.id, packet, now)
        self._ask_for_missing(reception, now)

    def send_on(self) -> None:
        """Send all viewers what has come since the last time."""
        if not self._fresh:
            return
        packets, self._fresh = self._fresh, []
        payload_types = {packet[1] & 0x7F for packet in packets}
        for out in self.outs:
            out.send(packets, payload_types)

    def take_repeated(self, packet: bytes, now: float) -> None:
        """A packet of this source's retransmissions (RFC 4588)."""
        payload_type = RTX_OF.get(packet[1] & 0x7F)
        if self.reception is None or payload_type is None:
            return
        original = rtp.unwrap_rtx(packet, payload_type=payload_type, ssrc=self._ssrc_bytes)
        if original is not None:
            self.take(original, now)

    def ask_key_frame(self) -> None:
        """Wishes within KEY_FRAME_EVERY_S become one; none is lost."""
        if self.kind == "microphone" or self.reception is None or self._key_frame_due is not None:
            return
        loop = asyncio.get_running_loop()
        wait = self._key_frame_at + KEY_FRAME_EVERY_S - loop.time()
        if wait <= 0:
            self._send_key_frame_wish()
        else:
            self._key_frame_due = loop.call_later(wait, self._send_key_frame_wish)

    def heard_sender_report(self, info: Any, now: float) -> None:
        if self.reception is None:
            return
        self.reception.heard_sender(info.ntp_timestamp, now)
        for out in self.outs:
            out.report(info)
        for tap in self._taps:
            tap.sender_report(self.id, info.ntp_timestamp, info.rtp_timestamp)

    def bitrate_limit(self) -> int:
        """What the publisher may send, in bit/s: what the slowest viewer can take, within bounds."""
        told = [out.bitrate for out in self.outs if out.bitrate is not None]
        return max(LEAST_BPS, min([MOST_BPS, *told]))

    def end(self) -> None:
        self.outs.clear()
        self._fresh.clear()
        if self._key_frame_due is not None:
            self._key_frame_due.cancel()
            self._key_frame_due = None
        if self.flows:
            for tap in self._taps:
                tap.source_ended(self.id)
        self.reception = None

    def _begin(self, payload_type: int, ssrc: int) -> Reception | None:
        codec = CODECS.get(payload_type)
        if codec is None or codec.media != MEDIA[self.kind]:
            return None
        self.codec, self.ssrc, self._ssrc_bytes = codec, ssrc, rtp.ssrc_bytes(ssrc)
        self.reception = reception = Reception(codec.clock_rate, keeps=codec.media == "video")
        for tap in self._taps:
            tap.source_added(self.tapped(codec))
        self.on_first()
        return reception

    def _ask_for_missing(self, reception: Reception, now: float) -> None:
        if reception.overrun:
            reception.overrun = False
            self.ask_key_frame()
        numbers = reception.to_ask(now)
        if numbers:
            self._publisher.send_rtcp(rtcp.missing(self._rtcp_ssrc, self.ssrc, numbers))

    def _send_key_frame_wish(self) -> None:
        self._key_frame_due = None
        if self.reception is None:
            return
        self._key_frame_at = asyncio.get_running_loop().time()
        self.key_frames_asked += 1
        self._publisher.send_rtcp(rtcp.key_frame_wish(self._rtcp_ssrc, self.ssrc))
