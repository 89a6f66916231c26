"""What leaves for one page, encrypted in memory that is used again."""

import pylibsrtp

from lens.relay import rtp
from lens.relay.aiortc_hooks.sealing import PLACES, seal
from tests.lens.relay.aiortc_pages import rtp_packet

KEY = bytes(range(28))  # 16 of key, 12 of salt
SSRC = rtp.ssrc_bytes(0xABCDEF01)


def _session(kind: int) -> pylibsrtp.Session:
    profile = pylibsrtp.Policy.SRTP_PROFILE_AEAD_AES_128_GCM
    return pylibsrtp.Session(pylibsrtp.Policy(key=KEY, ssrc_type=kind, srtp_profile=profile))


def test_a_copy_differs_in_its_ssrc_only() -> None:
    numbers = range(1, 2 * PLACES + 3)  # more than there are places
    packets = [rtp_packet(seq=number, ssrc=1, payload_type=97, payload=bytes([number]) * number) for number in numbers]
    page = _session(pylibsrtp.Policy.SSRC_ANY_INBOUND)

    copies = []
    for datagrams in seal(_session(pylibsrtp.Policy.SSRC_ANY_OUTBOUND), packets, SSRC):
        copies += [page.unprotect(bytes(datagram)) for datagram in datagrams]

    assert copies == [packet[:8] + SSRC + packet[12:] for packet in packets]


def test_the_longest_packet_that_is_let_through_has_room() -> None:
    packet = rtp_packet(seq=1, ssrc=1, payload_type=97, payload=bytes(rtp.LONGEST_TO_SEND_ON_BYTES + 2 - 12))

    [[datagram]] = seal(_session(pylibsrtp.Policy.SSRC_ANY_OUTBOUND), [packet], SSRC)

    assert _session(pylibsrtp.Policy.SSRC_ANY_INBOUND).unprotect(bytes(datagram))[12:] == packet[12:]


def test_what_cannot_be_encrypted_is_left_out() -> None:
    session = _session(pylibsrtp.Policy.SSRC_ANY_OUTBOUND)
    packets = [rtp_packet(seq=seq, ssrc=1, payload_type=97) for seq in (2, 2, 3)]  # no number twice (RFC 3711, 9.1)

    [datagrams] = seal(session, packets, SSRC)

    assert [bytes(datagram[2:4]) for datagram in datagrams] == [b"\x00\x02", b"\x00\x03"]
