"""A `Link` is an RTCPeerConnection whose media never reaches aiortc's own senders and receivers.

What arrives is decrypted and handed over as it is, what is sent is encrypted and put on the wire at once. A picture
comes in several packets: `on_all_read` says that those which had come are handed over, and can be sent on together.
"""

import re
import secrets
import struct
from collections.abc import Callable, Sequence
from typing import Any, Literal

import pylibsrtp
from aiortc import (
    RTCBundlePolicy,
    RTCConfiguration,
    RTCPeerConnection,
    RTCRtpReceiver,
    RTCRtpTransceiver,
    RTCSessionDescription,
)
from aiortc.rtp import RtcpPacket
from aiortc.sdp import SessionDescription

from lens.relay import rtp
from lens.relay.aiortc_hooks.ports import Gate, Network
from lens.relay.aiortc_hooks.sealing import seal
from lens.relay.codecs import CODECS, MediaKind

H264_PROFILE = "42e01f"  # constrained baseline: what every browser can decode
MOST_PACKETS_PER_S = 4000  # of one link; a phone sends 200, a screen in motion 600
OPUS = "a=rtpmap:96 opus/48000/2\r\n"
# Packets are passed on with the extensions they came with; the MID would name a line of the publisher's.
NOT_OFFERED = re.compile(r"a=(extmap:\d+ urn:ietf:params:rtp-hdrext:sdes:mid|fingerprint:sha-(384|512) .*)\r\n")
ADDRESSES = re.compile(r"a=(candidate:.*|end-of-candidates)\r?\n")


class BadAnswer(ValueError):
    """What a page answered is no answer to the offer."""


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


async def _do_nothing(*_arguments: Any) -> None:
    """In place of aiortc's own senders and receivers, with their tasks and decoding threads."""


class Link:
    """An encrypted connection with one page. We make every offer; `offer` and `answer` must not overlap."""

    def __init__(
        self,
        *,
        on_rtp: Callable[[bytes], None],
        on_all_read: Callable[[], None],
        on_rtcp: Callable[[Any], None],
        on_state: Callable[[str], None],
        network: Network,
    ) -> None:
        self._pc = RTCPeerConnection(RTCConfiguration(iceServers=[], bundlePolicy=RTCBundlePolicy.MAX_BUNDLE))
        self._on_rtp, self._on_all_read, self._on_rtcp = on_rtp, on_all_read, on_rtcp
        self._network = network
        self._pc.on("connectionstatechange", lambda: on_state(self.state))
        self._dtls: Any = None
        self._connection: Any = None
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
            Gate(self._connection, on_media=self._take, on_all_read=self._on_all_read, network=self._network)
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

    def refill(self) -> None:
        """A new second."""
        self.budget = MOST_PACKETS_PER_S

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
        if len(packet) > rtp.LONGEST_TO_SEND_ON_BYTES:
            self.dropped += 1
        elif packet:
            self._on_rtp(packet)
        for report in reports:
            self._on_rtcp(report)

    # -- out --------------------------------------------------------------------------------------

    def send_rtp(self, packets: Sequence[bytes], ssrc: bytes) -> None:
        """Send them under this SSRC."""
        connection = self._connection
        pair = connection._nominated.get(1) if connection is not None else None
        if pair is None or self._dtls._tx_srtp is None:
            return
        for datagrams in seal(self._dtls._tx_srtp, packets, ssrc):
            pair.protocol.transport.send_together(datagrams, pair.remote_addr)

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
