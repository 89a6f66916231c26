"""RTCP: what is said, as packets, and what was meant by one that came (RFC 3550, 4585, 5104)."""

import contextlib
import struct
from typing import Any

from aiortc import rtp as aiortc_rtp
from aiortc.rtp import (
    RTCP_PSFB_APP,
    RTCP_PSFB_FIR,
    RTCP_PSFB_PLI,
    RTCP_RTPFB_NACK,
    RtcpPsfbPacket,
    RtcpReceiverInfo,
    RtcpRrPacket,
    RtcpRtpfbPacket,
    RtcpSenderInfo,
    RtcpSrPacket,
)

from lens.relay.reception import Report


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
