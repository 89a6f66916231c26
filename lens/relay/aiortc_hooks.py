"""The one place that knows aiortc's and aioice's private parts.

A `Link` is an RTCPeerConnection whose media never reaches aiortc's own senders and receivers: what arrives is decrypted
and handed over as it is, what is sent is encrypted and put on the wire at once. version.py says for which aiortc.
"""

import asyncio
import contextlib
import logging
import random
import re
import secrets
import socket
import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import aioice.ice
import pylibsrtp
from aioice import stun
from aioice.candidate import Candidate, candidate_foundation, candidate_priority
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc import rtp as aiortc_rtp
from aiortc.codecs import CODECS as aiortc_codecs
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPacket,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSenderInfo,
    RtcpSrPacket,
)
from aiortc.sdp import SessionDescription

from lens.relay import rtp
from lens.relay.reception import Report

logger = logging.getLogger("sightline.relay")

MediaKind = Literal["audio", "video"]
DATAGRAM_BYTES = 2048
READ_AT_ONCE = 64  # datagrams of one port, before others have their turn
RECEIVE_BYTES = 1024 * 1024  # of the kernel, for each port: a key frame comes as one burst
H264_PROFILE = "42e01f"  # constrained baseline: what every browser can decode
MOST_PACKETS_PER_S = 4000  # of one link; a phone sends 200, a screen in motion 600
OPUS = "a=rtpmap:96 opus/48000/2\r\n"
# Packets are passed on with the extensions they came with; the MID would name a line of the publisher's.
NOT_OFFERED = re.compile(r"a=(extmap:\d+ urn:ietf:params:rtp-hdrext:sdes:mid|fingerprint:sha-(384|512) .*)\r\n")
ADDRESSES = re.compile(r"a=(candidate:.*|end-of-candidates)\r?\n")


class BadAnswer(ValueError):
    """What a page answered is no answer to the offer."""


class MediaPort(aioice.ice.StunProtocol):
    """One UDP port of a link: STUN goes to aioice, all else is heard only from where ICE has let somebody in."""

    on_media: Callable[[bytes], None] | None = None

    def datagram_received(self, data: bytes | str, addr: tuple[Any, ...]) -> None:
        if not isinstance(data, bytes) or len(data) < rtp.HEADER_BYTES:
            return
        source = (addr[0], addr[1])
        if data[0] < 4:
            self._take_stun(data, source)
        elif not self.receiver.has_let_in(source):  # type: ignore[attr-defined]
            return
        elif 127 < data[0] < 192:
            if self.on_media is not None:
                self.on_media(data)
        else:
            self.receiver.data_received(data, self.local_candidate.component)

    def _take_stun(self, data: bytes, source: tuple[str, int]) -> None:
        """As aioice does, which however takes what is not STUN for media, and some nonsense for an error of its own."""
        try:
            message = stun.parse_message(data)
        except (ValueError, struct.error, IndexError, KeyError):
            return
        if message.message_class in (stun.Class.RESPONSE, stun.Class.ERROR):
            transaction = self.transactions.get(message.transaction_id)
            if transaction is not None:
                transaction.response_received(message, source)
        elif message.message_class == stun.Class.REQUEST:
            self.receiver.request_received(message, source, self)


class MediaSocket(asyncio.DatagramTransport):
    """In place of asyncio's own, which reads one datagram each time the loop comes round: on a busy machine packets
    would queue up in the kernel. What cannot be sent at once is dropped, as a full line would.
    """

    def __init__(self, line: socket.socket, port: MediaPort) -> None:
        super().__init__({"socket": line, "sockname": line.getsockname()})
        self._line, self._port = line, port
        self._loop = asyncio.get_running_loop()
        self._loop.add_reader(line.fileno(), self._drain)
        port.connection_made(self)

    def _drain(self) -> None:
        for _each in range(READ_AT_ONCE):
            try:
                data, address = self._line.recvfrom(DATAGRAM_BYTES)
            except OSError:  # nothing more, or word of a page that is gone
                return
            self._port.datagram_received(data, address)

    def sendto(self, data: Any, addr: Any = None) -> None:
        with contextlib.suppress(OSError):
            self._line.sendto(data, addr)

    def is_closing(self) -> bool:
        return self._line.fileno() < 0

    def close(self) -> None:
        if not self.is_closing():
            self._loop.remove_reader(self._line.fileno())
            self._line.close()
            self._loop.call_soon(self._port.connection_lost, None)

    abort = close


class Gate:
    """Makes an aioice.Connection gather as we want, and know who has proven to be the other page."""

    def __init__(self, connection: Any, on_media: Callable[[bytes], None], network: "Network") -> None:
        self._connection = connection
        self._on_media = on_media
        self._network = network
        self._let_in: set[tuple[str, int]] = set()
        self._check_incoming = connection.check_incoming
        connection.check_incoming = self._incoming
        connection.has_let_in = self._has_let_in
        connection.get_component_candidates = self._gather

    def _incoming(self, message: Any, addr: tuple[str, int], protocol: Any) -> None:
        self._let_in.add(addr)  # the check was signed with this link's password
        self._check_incoming(message, addr, protocol)

    def _has_let_in(self, addr: tuple[str, int]) -> bool:
        return addr in self._let_in or any(addr == early[1] for early in self._connection._early_checks)

    async def _gather(self, component: int, addresses: list[str]) -> list[Candidate]:
        candidates: list[Candidate] = []
        for address in addresses or ["127.0.0.1"]:
            port = self._open(address)
            if port is None:
                continue
            number = port.transport.get_extra_info("sockname")[1]
            port.local_candidate = _candidate(address, number, component)
            port.on_media = self._on_media
            self._connection._protocols.append(port)
            candidates.append(port.local_candidate)
        for address in self._network.announced:
            candidates += [_candidate(address, known.port, component) for known in candidates[:1]]
        return candidates

    def _open(self, address: str) -> MediaPort | None:
        for number in self._network.ports_to_try():
            line = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
            try:
                line.bind((address, number))
            except OSError:
                line.close()
                continue
            line.setblocking(False)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
            port = MediaPort(self._connection)
            MediaSocket(line, port)
            return port
        logger.warning("No UDP port of SIGHTLINE_MEDIA_PORTS is free on %s.", address)
        return None


def _candidate(address: str, port: int, component: int) -> Candidate:
    return Candidate(
        foundation=candidate_foundation("host", "udp", address),
        component=component,
        transport="udp",
        priority=candidate_priority(component, "host"),
        host=address,
        port=port,
        type="host",
    )


class Network:
    """Which UDP ports links use (None: any), and addresses they are reached at beside the machine's own (NAT)."""

    def __init__(self, *, ports: tuple[int, int] | None = None, announced: Sequence[str] = ()) -> None:
        self.ports = ports
        self.announced = list(announced)

    def ports_to_try(self) -> list[int]:
        if self.ports is None:
            return [0]
        numbers = list(range(self.ports[0], self.ports[1] + 1))
        start = random.randrange(len(numbers))  # noqa: S311 (where to begin looking is no secret)
        return numbers[start:] + numbers[:start]


class Line:
    """One m-line of a link: it brings what the page sends, or takes one stream to it."""

    def __init__(self, transceiver: RTCRtpTransceiver) -> None:
        self._transceiver = transceiver
        self.kind: MediaKind = transceiver.kind  # type: ignore[assignment]
        self.remote_ssrc: int | None = None
        self.remote_rtx_ssrc: int | None = None
        self.accepted: frozenset[int] = frozenset()  # payload types that the page takes or sends, once it has answered
        transceiver.sender.send = transceiver.receiver.receive = _do_nothing  # type: ignore[method-assign,assignment]
        transceiver.setCodecPreferences(
            [
                codec
                for codec in RTCRtpReceiver.getCapabilities(self.kind).codecs  # type: ignore[union-attr]
                if codec.name in ("opus", "VP8", "rtx") or codec.parameters.get("profile-level-id") == H264_PROFILE
            ]
        )

    @property
    def mid(self) -> str:
        return self._transceiver.mid or ""

    @property
    def ssrc(self) -> int:
        return self._transceiver.sender._ssrc

    @property
    def rtx_ssrc(self) -> int:
        return self._transceiver.sender._rtx_ssrc

    @property
    def in_use(self) -> bool:
        return self._transceiver.direction != "inactive"

    def carry(self, stream: str, track: str) -> None:
        """Offer a stream anew, under numbers of its own; what is in one `stream` is played in step."""
        sender = self._transceiver.sender
        sender._ssrc, sender._rtx_ssrc = secrets.randbits(32), secrets.randbits(32)
        sender._stream_id, sender._track_id = stream, track
        self._transceiver.direction = "sendonly"
        self.accepted = frozenset()

    def rest(self) -> None:
        self._transceiver.direction = "inactive"
        self.accepted = frozenset()


@dataclass(frozen=True)
class Codec:
    name: str
    media: MediaKind
    clock_rate: int
    rtx: int  # the payload type of its retransmissions; 0: it has none


def _codecs() -> dict[int, Codec]:
    """What links offer, by payload type."""
    found = {codec.payloadType or 0: codec for codecs in aiortc_codecs.values() for codec in codecs}
    rtx = {codec.parameters["apt"]: payload_type for payload_type, codec in found.items() if codec.name == "rtx"}
    return {
        payload_type: Codec(
            name=codec.name,
            media="audio" if codec.name == "opus" else "video",
            clock_rate=codec.clockRate,
            rtx=rtx.get(payload_type, 0),
        )
        for payload_type, codec in found.items()
        if codec.name in ("opus", "VP8", "H264")
    }


CODECS = _codecs()
RTX_OF = {codec.rtx: payload_type for payload_type, codec in CODECS.items() if codec.rtx}


async def _do_nothing(*_arguments: Any) -> None:
    """In place of aiortc's own senders and receivers, with their tasks and decoding threads."""


class Link:
    """An encrypted connection with one page. We make every offer; `offer` and `answer` must not overlap."""

    def __init__(
        self,
        *,
        on_rtp: Callable[[bytes], None],
        on_rtcp: Callable[[Any], None],
        on_state: Callable[[str], None],
        network: Network,
    ) -> None:
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self._on_rtp, self._on_rtcp = on_rtp, on_rtcp
        self._network = network
        self._pc.on("connectionstatechange", lambda: on_state(self.state))
        self._dtls: Any = None
        self._connection: Any = None
        self._pair: Any = None
        self._to: tuple[str, int] = ("", 0)
        self._sendto: Callable[[bytes, tuple[str, int]], None] = lambda _data, _to: None
        self._id = secrets.randbits(62)
        self._offers = 0
        self.lines: list[Line] = []
        self.budget = MOST_PACKETS_PER_S  # packets that may still come in this second; the owner refills it
        self.dropped = 0

    @property
    def state(self) -> str:
        """new, connecting, connected, failed or closed."""
        return self._pc.connectionState

    def add_line(self, kind: MediaKind, direction: Literal["sendonly", "recvonly"]) -> Line:
        transceiver = self._pc.addTransceiver(kind, direction=direction)
        if self._dtls is None:
            self._dtls = transceiver.receiver.transport
            self._connection = self._dtls.transport._connection
            Gate(self._connection, self._take, self._network)
        line = Line(transceiver)
        self.lines.append(line)
        return line

    async def offer(self) -> str:
        """Describe all lines as they are wanted now."""
        await self._pc.setLocalDescription(await self._pc.createOffer())
        self._offers += 1
        return _for_browsers(self._pc.localDescription.sdp, version=f"{self._id} {self._offers}")

    @property
    def offered(self) -> str:
        """Which offer stands: what an answer names."""
        return f"{self._id} {self._offers}"

    async def answer(self, sdp: str) -> None:
        """Raises BadAnswer; the link is then of no further use."""
        try:
            sdp = ADDRESSES.sub("", sdp)  # the page comes to us: we learn its addresses from its checks
            description = SessionDescription.parse(sdp)
            await self._pc.setRemoteDescription(RTCSessionDescription(sdp, "answer"))
        except Exception as error:  # aiortc's parser raises whatever a foreign text makes it stumble over
            raise BadAnswer(type(error).__name__) from error
        by_mid = {media.rtp.muxId: media for media in description.media}
        for line in self.lines:
            media = by_mid.get(line.mid)
            if media is not None:
                _read_answer(line, media)

    async def close(self) -> None:
        self._connection = None
        await self._pc.close()

    # -- in ---------------------------------------------------------------------------------------

    def _take(self, data: bytes) -> None:
        session = self._dtls._rx_srtp
        self.budget -= 1
        if session is None or self.budget < 0 or len(data) > rtp.LONGEST_BYTES:
            self.dropped += 1
            return
        try:
            is_rtcp = 192 <= data[1] <= 208
            packet = b"" if is_rtcp else session.unprotect(data)
            reports = RtcpPacket.parse(session.unprotect_rtcp(data)) if is_rtcp else []
        except (pylibsrtp.Error, ValueError, struct.error, IndexError):
            self.dropped += 1
            return
        if packet:
            self._on_rtp(packet)
        for report in reports:
            self._on_rtcp(report)

    # -- out --------------------------------------------------------------------------------------

    def send_rtp(self, packet: bytes) -> None:
        connection = self._connection
        pair = connection._nominated.get(1) if connection is not None else None
        if pair is None or self._dtls._tx_srtp is None:
            return
        if pair is not self._pair:
            self._pair, self._to, self._sendto = pair, pair.remote_addr, pair.protocol.transport.sendto
        self._sendto(self._dtls._tx_srtp.protect(packet), self._to)

    def send_rtcp(self, *packets: Any) -> None:
        connection = self._connection
        pair = connection._nominated.get(1) if connection is not None else None
        if pair is None or self._dtls._tx_srtp is None:
            return
        data = self._dtls._tx_srtp.protect_rtcp(b"".join(bytes(packet) for packet in packets))
        pair.protocol.transport.sendto(data, pair.remote_addr)


def _for_browsers(sdp: str, *, version: str) -> str:
    """The offer as pages get it: with a version of its own, and without what must not be negotiated."""
    sdp = NOT_OFFERED.sub("", sdp.replace(OPUS, f"{OPUS}a=fmtp:96 minptime=10;useinbandfec=1\r\n"))
    return re.sub(r"o=\S+ \d+ \d+", f"o=- {version}", sdp, count=1)


def _read_answer(line: Line, media: Any) -> None:
    line.accepted = frozenset(codec.payloadType for codec in media.rtp.codecs if codec.payloadType in CODECS)
    if media.direction not in ("recvonly", "sendonly", "sendrecv"):
        line.accepted = frozenset()
    line.remote_ssrc = media.ssrc[0].ssrc if media.ssrc else None
    for group in media.ssrc_group:
        if group.semantic == "FID" and len(group.items) == 2:
            line.remote_ssrc, line.remote_rtx_ssrc = group.items


# ---- RTCP: what is said, as packets, and what was meant by one that came -------------------------


def key_frame_wish(ssrc: int, media_ssrc: int) -> RtcpPsfbPacket:
    return RtcpPsfbPacket(fmt=RTCP_PSFB_PLI, ssrc=ssrc, media_ssrc=media_ssrc)


def missing(ssrc: int, media_ssrc: int, numbers: list[int]) -> RtcpRtpfbPacket:
    return RtcpRtpfbPacket(fmt=RTCP_RTPFB_NACK, ssrc=ssrc, media_ssrc=media_ssrc, lost=numbers)


def bitrate_limit(ssrc: int, media_ssrcs: list[int], bps: int) -> RtcpPsfbPacket:
    return RtcpPsfbPacket(fmt=RTCP_PSFB_APP, ssrc=ssrc, media_ssrc=0, fci=aiortc_rtp.pack_remb_fci(bps, media_ssrcs))


def receiver_report(ssrc: int, reports: dict[int, Report]) -> RtcpRrPacket:
    return RtcpRrPacket(
        ssrc=ssrc,
        reports=[
            RtcpReceiverInfo(
                ssrc=media_ssrc,
                fraction_lost=report.fraction_lost,
                packets_lost=report.packets_lost,
                highest_sequence=report.highest,
                jitter=report.jitter,
                lsr=report.lsr,
                dlsr=report.dlsr,
            )
            for media_ssrc, report in reports.items()
        ],
    )


def sender_report(ssrc: int, info: RtcpSenderInfo) -> RtcpSrPacket:
    return RtcpSrPacket(ssrc=ssrc, sender_info=info)


class Heard:
    """One RTCP packet in the relay's words; whatever else pages say is passed over."""

    def __init__(self, packet: Any) -> None:
        self.sender_info: RtcpSenderInfo | None = None
        self.wants_key_frame = False
        self.missing: list[int] = []
        self.bitrate: int | None = None
        self.ssrcs: list[int] = []  # of the streams it speaks of
        if isinstance(packet, RtcpSrPacket):
            self.sender_info, self.ssrcs = packet.sender_info, [packet.ssrc]
        elif isinstance(packet, RtcpRtpfbPacket) and packet.fmt == RTCP_RTPFB_NACK:
            self.missing, self.ssrcs = packet.lost, [packet.media_ssrc]
        elif isinstance(packet, RtcpPsfbPacket) and packet.fmt == RTCP_PSFB_PLI:
            self.wants_key_frame, self.ssrcs = True, [packet.media_ssrc]
        elif isinstance(packet, RtcpPsfbPacket) and packet.fmt == RTCP_PSFB_FIR:
            self.wants_key_frame = True
            self.ssrcs = [struct.unpack_from("!L", packet.fci, at)[0] for at in range(0, len(packet.fci) - 7, 8)]
        elif isinstance(packet, RtcpPsfbPacket) and packet.fmt == RTCP_PSFB_APP:
            with contextlib.suppress(ValueError, struct.error, IndexError):
                self.bitrate, self.ssrcs = aiortc_rtp.unpack_remb_fci(packet.fci)
