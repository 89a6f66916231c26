"""Pages of a relayed session without a browser: aiortc's own peer connection, fed with packets that a test makes."""

import asyncio
import random
import struct
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from typing import Any
from uuid import uuid4

from aiortc import RTCBundlePolicy, RTCConfiguration, RTCPeerConnection, RTCSessionDescription
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpRtpfbPacket,
    pack_remb_fci,
)

from lens.relay.aiortc_hooks import Network
from lens.relay.codecs import CODECS, RTX_OF
from lens.relay.reception import Reception
from lens.relay.room import Order, RelayRoom
from lens.relay.rtp import unwrap_rtx
from sessions.protocol import RELAY, Description, RelayLine, SignalReceived, SignalSend

PATIENCE_S = 60
TYPES = {codec.name: payload_type for payload_type, codec in CODECS.items()}
SENDS = {"customer": ("camera", "microphone")}


async def until(condition: Callable[[], Any], what: str) -> Any:
    try:
        async with asyncio.timeout(PATIENCE_S):
            while not (found := condition()):  # noqa: ASYNC110 (what is waited for has no event)
                await asyncio.sleep(0.01)
            return found
    except TimeoutError:
        raise AssertionError(f"in vain: {what}") from None


def rtp_packet(*, seq: int, ssrc: int, payload_type: int, timestamp: int = 0, payload: bytes = b"payload") -> bytes:
    return struct.pack("!BBHLL", 0x80, payload_type, seq & 0xFFFF, timestamp, ssrc) + payload


def nack(ssrc: int, lost: list[int]) -> RtcpRtpfbPacket:
    """The wish to have the packets of these sequence numbers again."""
    return RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=1, media_ssrc=ssrc, lost=lost)


class World:
    """A relay's room and the pages inside it."""

    def __init__(self) -> None:
        self.pages: dict[str, Page] = {}
        self.room = RelayRoom(uuid4(), page="relay-page", post=self._post, network=Network())
        self.passes: Callable[[SignalReceived], bool] = lambda _message: True

    def page(self, attendee: str, *, loss: float = 0, sends: Iterable[str] = ("camera", "microphone")) -> "Page":
        page = self.pages[attendee] = Page(self, attendee, loss=loss, sends=frozenset(sends))
        return page

    def follow(self, *, stays: bool = True) -> None:
        self.room.follow(
            {name: Order(page=page.page_id, send=page.sends) for name, page in self.pages.items()}, stays=stays
        )

    async def ready(self) -> None:
        """Follow, and wait until every page gets what every other may publish (a screen, from its first packet on)."""
        self.follow()
        for page in self.pages.values():
            wanted = sum(len(other.sends - {"screen"}) for other in self.pages.values() if other is not page)
            await until(
                lambda page=page, wanted=wanted: (  # type: ignore[misc]
                    page.state == "connected" and len(self.room.legs[page.attendee].outs) >= wanted
                ),
                f"{page.attendee} to be connected",
            )

    def _post(self, attendee: str, page_id: str, message: SignalReceived) -> None:
        page = self.pages.get(attendee)
        if page is not None and page.page_id == page_id and self.passes(message):
            page.hear(message)

    async def close(self) -> None:
        self.room.close()
        for page in self.pages.values():
            await page.close()


class Page:
    def __init__(self, world: World, attendee: str, *, loss: float, sends: frozenset[Any]) -> None:
        self.attendee, self.page_id, self.sends = attendee, f"page-of-{attendee}", sends
        self.loss = loss
        self.lines: list[RelayLine] = []
        self.offers: list[str] = []
        self.answers = True
        self.received: dict[tuple[str, str], list[bytes]] = defaultdict(list)  # by attendee and source, as they came
        self.rtcp: list[Any] = []
        self.repeated: Counter[tuple[str, str]] = Counter()
        self.lost = 0
        self._world = world
        self._random = random.Random(attendee)
        self._pc: RTCPeerConnection | None = None
        self._fingerprint = ""
        self._seq: Counter[str] = Counter()
        self._receptions: dict[int, Reception] = {}
        self._work: asyncio.Queue[SignalReceived] = asyncio.Queue()
        self._task = asyncio.create_task(self._negotiate())

    @property
    def state(self) -> str:
        return self._pc.connectionState if self._pc is not None else "none"

    @property
    def transport(self) -> Any:
        assert self._pc is not None
        return self._pc.getTransceivers()[0].receiver.transport

    def hear(self, message: SignalReceived) -> None:
        self._work.put_nowait(message)

    def say(self, **signal: Any) -> None:
        self._world.room.signal(self.attendee, self.page_id, SignalSend(to=RELAY, page=self._world.room.page, **signal))

    async def close(self) -> None:
        self._task.cancel()
        if self._pc is not None:
            await self._pc.close()

    # -- sending ----------------------------------------------------------------------------------

    def ssrc_of(self, source: str) -> int:
        assert self._pc is not None
        mid = next(line.mid for line in self.lines if line.attendee is None and line.source == source)
        return next(t for t in self._pc.getTransceivers() if t.mid == mid).sender._ssrc

    async def send(self, source: str, *, count: int = 1, ssrc: int | None = None, **fields: Any) -> None:
        """Packets of a source, numbered on; some get lost on the way."""
        payload_type = TYPES["opus" if source == "microphone" else fields.pop("codec", "VP8")]
        for _each in range(count):
            self._seq[source] += 1
            packet = rtp_packet(
                seq=self._seq[source],
                ssrc=self.ssrc_of(source) if ssrc is None else ssrc,
                payload_type=payload_type,
                timestamp=self._seq[source] * 3000,
                **fields,
            )
            await self.send_raw(packet)

    async def send_raw(self, packet: bytes) -> None:
        if self._random.random() < self.loss:
            self.lost += 1
        else:
            await self.transport._send_rtp(packet)

    def seq_of(self, source: str) -> int:
        return self._seq[source]

    def goes_on_from(self, source: str, number: int) -> None:
        """The next packet of this source has this sequence number."""
        self._seq[source] = number - 1

    async def send_rtcp(self, *packets: Any) -> None:
        await self.transport._send_rtp(b"".join(bytes(packet) for packet in packets))

    async def wish_key_frame(self, attendee: str, source: str = "camera") -> None:
        ssrc = self.out_ssrc(attendee, source)
        await self.send_rtcp(RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=1, media_ssrc=ssrc))

    async def tell_bitrate(self, attendee: str, bps: int) -> None:
        fci = pack_remb_fci(bps, [self.out_ssrc(attendee, "camera")])
        await self.send_rtcp(RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=1, media_ssrc=0, fci=fci))

    def out_ssrc(self, attendee: str, source: str) -> int:
        """Under which number this page gets what another publishes."""
        return self._world.room.legs[self.attendee].outs[self._source_id(attendee, source)].line.ssrc

    def _source_id(self, attendee: str, source: Any) -> str:
        return self._world.room.legs[attendee].sources[source].id

    # -- receiving --------------------------------------------------------------------------------

    def sequence(self, attendee: str, source: str) -> list[int]:
        return [int.from_bytes(packet[2:4]) for packet in self.received[attendee, source]]

    def wishes(self, packet_type: type, fmt: int) -> list[Any]:
        return [packet for packet in self.rtcp if isinstance(packet, packet_type) and packet.fmt == fmt]

    async def _take(self, data: bytes, arrival_time_ms: int) -> None:
        if self._random.random() < self.loss:
            self.lost += 1
            return
        ssrc = int.from_bytes(data[8:12])
        payload_type = data[1] & 0x7F
        for out in self._world.room.legs[self.attendee].outs.values():
            key = (out.source.attendee, out.source.kind)
            if ssrc == out.line.ssrc:
                break
            if ssrc == out.line.rtx_ssrc and payload_type in RTX_OF:
                original = unwrap_rtx(data, payload_type=RTX_OF[payload_type], ssrc=out.ssrc)
                assert original is not None
                data = original
                self.repeated[key] += 1
                break
        else:
            self.received["", "unknown"].append(data)
            return
        reception = self._receptions.setdefault(out.line.ssrc, Reception(90000, keeps=True))
        now = asyncio.get_running_loop().time()
        if reception.add(int.from_bytes(data[2:4]), 0, data, now):
            self.received[key].append(data)
        numbers = reception.to_ask(now)
        if numbers:
            await self.send_rtcp(nack(out.line.ssrc, numbers))

    async def _hear_rtcp(self, data: bytes) -> None:
        self.rtcp += RtcpPacket.parse(data)

    # -- agreeing ---------------------------------------------------------------------------------

    async def _negotiate(self) -> None:
        while True:
            message = await self._work.get()
            assert message.description is not None
            sdp = message.description.sdp
            self.offers.append(sdp)
            if self.answers:
                await self.answer(message)

    async def answer(self, message: SignalReceived) -> None:
        assert message.description is not None
        sdp = message.description.sdp
        fingerprint = sdp.split("a=fingerprint:")[1].splitlines()[0]
        if fingerprint != self._fingerprint:
            if self._pc is not None:
                await self._pc.close()
            self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
            self._fingerprint = fingerprint
        pc = self._pc
        assert pc is not None
        await pc.setRemoteDescription(RTCSessionDescription(sdp, "offer"))
        self.lines = message.lines
        own = {line.mid for line in message.lines if line.attendee is None}
        for transceiver in pc.getTransceivers():
            transceiver.sender.send = transceiver.receiver.receive = _nothing  # type: ignore[assignment,method-assign]
            transceiver.direction = "sendonly" if transceiver.mid in own else "recvonly"
        self.transport._handle_rtp_data = self._take
        self.transport._handle_rtcp_data = self._hear_rtcp
        await pc.setLocalDescription(await pc.createAnswer())
        version = sdp.split("o=- ")[1].split(" IN")[0]
        self.say(description=Description(type="answer", sdp=pc.localDescription.sdp), answers=version)


async def _nothing(*_arguments: Any) -> None:
    """As in the relay: no task and no thread of aiortc's for media that is never decoded."""
