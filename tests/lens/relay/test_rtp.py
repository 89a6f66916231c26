"""Packets as bytes: rewritten, retransmitted, and nonsense among them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lens.relay import rtp
from tests.lens.relay.aiortc_pages import rtp_packet

EXTENDED = b"\x90\x61\x00\x07\x00\x00\x00\x01\x00\x00\x00\x02" + b"\xbe\xde\x00\x01\x10\xff\x00\x00" + b"picture"
SSRC = rtp.ssrc_bytes(0xABCDEF01)


@pytest.mark.parametrize("packet", [rtp_packet(seq=7, ssrc=1, payload_type=97), EXTENDED])
def test_a_retransmission_brings_the_packet_back(packet: bytes) -> None:
    offset = rtp.payload_offset(packet)
    assert offset is not None

    rtx = rtp.wrap_rtx(packet, offset=offset, payload_type=98, seq=500)

    assert (rtx[1] & 0x7F, int.from_bytes(rtx[2:4])) == (98, 500)
    assert rtp.unwrap_rtx(rtx, payload_type=packet[1] & 0x7F, ssrc=packet[8:12]) == packet


def test_the_marker_survives_a_retransmission() -> None:
    packet = bytearray(rtp_packet(seq=7, ssrc=1, payload_type=97))
    packet[1] |= rtp.MARKER

    rtx = rtp.wrap_rtx(bytes(packet), offset=12, payload_type=98, seq=1)

    assert rtp.unwrap_rtx(rtx, payload_type=97, ssrc=bytes(packet[8:12])) == bytes(packet)


@pytest.mark.parametrize(
    "nonsense",
    [
        b"",
        b"\x80",
        b"\x00" * 12,  # another version
        b"\x8f" + b"\x00" * 11,  # fifteen sources that are not there
        b"\x90" + b"\x00" * 13 + b"\xff\xff",  # an extension longer than the packet
        rtp_packet(seq=1, ssrc=1, payload_type=98, payload=b""),
        rtp_packet(seq=1, ssrc=1, payload_type=98, payload=b"\x00\x01"),  # nothing but the number
        b"\xa0" + rtp_packet(seq=1, ssrc=1, payload_type=98, payload=b"\x00\x01\x00\x00\x04")[1:],  # padding, to probe
        b"\xa0" + rtp_packet(seq=1, ssrc=1, payload_type=98, payload=b"\x00\x01\xff")[1:],
    ],
)
def test_what_is_no_retransmission_is_passed_over(nonsense: bytes) -> None:
    assert rtp.unwrap_rtx(nonsense, payload_type=97, ssrc=SSRC) is None


@given(st.binary(max_size=80))
def test_nothing_makes_the_reader_stumble(packet: bytes) -> None:
    offset = rtp.payload_offset(packet)

    assert offset is None or 12 <= offset <= len(packet)
    rtp.unwrap_rtx(packet, payload_type=97, ssrc=SSRC)


@given(st.integers(0, 0xFFFF), st.integers(1, 0x7FFF))
def test_numbers_go_on_after_the_last_one(seq: int, ahead: int) -> None:
    later = (seq + ahead) & 0xFFFF

    assert rtp.is_newer(later, seq)
    assert not rtp.is_newer(seq, later)
    assert not rtp.is_newer(seq, seq)
