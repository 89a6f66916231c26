"""A copy of a source for one page: what of a batch it sends on."""

from types import SimpleNamespace
from typing import Any

import pytest

from lens.relay.source import Out
from tests.lens.relay.aiortc_pages import rtp_packet

VP8, H264 = 97, 99


class Wire:
    """In place of a link."""

    def __init__(self) -> None:
        self.sent: list[int] = []

    def send_rtp(self, packets: list[bytes], _ssrc: bytes) -> None:
        self.sent += [int.from_bytes(packet[2:4]) for packet in packets]


def _sent(*batches: list[tuple[int, int]]) -> list[int]:
    """The numbers that a page that takes VP8 only is sent of these: [(number, payload type), ...]."""
    wire = Wire()
    line: Any = SimpleNamespace(accepted=frozenset({VP8}), ssrc=1, rtx_ssrc=2)
    out = Out(source=None, link=wire, line=line)  # type: ignore[arg-type]
    for batch in batches:
        packets = [rtp_packet(seq=seq, ssrc=5, payload_type=payload_type) for seq, payload_type in batch]
        out.send(packets, {payload_type for _seq, payload_type in batch})
    return wire.sent


@pytest.mark.parametrize(
    ("numbers", "sent"),
    [
        ([0xFFDF, 0xFFE0, 0xFFE1], [0xFFDF, 0xFFE0, 0xFFE1]),  # once begun, it goes on
        ([0xFFFE, 0xFFFF, 0, 1], [0, 1]),
        ([0xFFE0, 0xFFFF], []),
    ],
)
def test_a_copy_begins_within_a_batch_as_it_does_packet_by_packet(numbers: list[int], sent: list[int]) -> None:
    together = [(number, VP8) for number in numbers]

    assert _sent(together) == sent
    assert _sent(*([one] for one in together)) == sent


def test_what_the_page_does_not_take_is_left_out_of_a_batch() -> None:
    assert _sent([(1, VP8), (2, H264), (3, VP8)], [(4, H264)]) == [1, 3]
