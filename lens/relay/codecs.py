"""What links offer, as aiortc lists it: payload types, which are the same on all legs."""

from dataclasses import dataclass
from typing import Literal

from aiortc.codecs import CODECS as aiortc_codecs

MediaKind = Literal["audio", "video"]


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
