"""RTP packets as bytes: what a relay reads of them and writes into them.

Payload types, sequence numbers and timestamps are the same on all legs, since the server makes every offer; only the
SSRC differs.
"""

import struct

HEADER_BYTES = 12
LONGEST_BYTES = 1500  # as it arrives, encrypted
LONGEST_TO_SEND_ON_BYTES = 1354  # pylibsrtp encrypts 1356, and a retransmission is two longer; browsers send up to 1250
MARKER = 0x80

read_header = struct.Struct("!BBHLL").unpack_from  # flags, marker and type, sequence number, timestamp, SSRC
_pack_ssrc = struct.Struct("!L").pack
_pack_seq = struct.Struct("!H").pack
_read_seq = struct.Struct("!H").unpack_from


def ssrc_bytes(ssrc: int) -> bytes:
    return _pack_ssrc(ssrc)


def payload_offset(packet: bytes) -> int | None:
    """Where the payload begins, after contributing sources and header extensions; None if the packet is malformed."""
    if len(packet) < HEADER_BYTES or packet[0] >> 6 != 2:
        return None
    offset = HEADER_BYTES + 4 * (packet[0] & 0x0F)
    if packet[0] & 0x10:
        if len(packet) < offset + 4:
            return None
        offset += 4 + 4 * int(_read_seq(packet, offset + 2)[0])
    return offset if offset <= len(packet) else None


def wrap_rtx(packet: bytes, *, offset: int, payload_type: int, seq: int) -> bytes:
    """The packet as a retransmission (RFC 4588, 4), still with its own SSRC; `offset` is where its payload begins."""
    return b"".join(
        (
            packet[:1],
            bytes((packet[1] & MARKER | payload_type,)),
            _pack_seq(seq),
            packet[4:offset],
            packet[2:4],
            packet[offset:],
        )
    )


def unwrap_rtx(packet: bytes, *, payload_type: int, ssrc: bytes) -> bytes | None:
    """The packet that was retransmitted; None for padding, which browsers send to probe the line, and for nonsense."""
    offset = payload_offset(packet)
    if offset is None or len(packet) < offset + 2:
        return None
    end = len(packet)
    if packet[0] & 0x20:
        if packet[-1] == 0 or packet[-1] > end - offset:
            return None
        end -= packet[-1]
    if end < offset + 3:
        return None
    return b"".join(
        (
            bytes((packet[0] & ~0x20,)),
            bytes((packet[1] & MARKER | payload_type,)),
            packet[offset : offset + 2],
            packet[4:8],
            ssrc,
            packet[12:offset],
            packet[offset + 2 : end],
        )
    )


def is_newer(seq: int, than: int) -> bool:
    """Whether a 16-bit sequence number lies ahead (RFC 1982)."""
    return 0 < (seq - than) & 0xFFFF < 0x8000
