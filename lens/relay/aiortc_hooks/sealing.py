"""Encrypts what leaves for one page in one go: each packet in a place of its own, in memory that is used again.

pylibsrtp's own `protect` takes memory for each packet and copies it twice, which costs as much as the encryption. To be
used by one thread only, that of the process's event loop.
"""

from collections.abc import Iterator, Sequence
from typing import Any

import pylibsrtp

PLACES = 32
PLACE_BYTES = 1536  # a whole number of words, as libsrtp wants them to begin, and room for the longest packet's tag

_memory = pylibsrtp.ffi.new("char[]", PLACES * PLACE_BYTES)
_places = [_memory + number * PLACE_BYTES for number in range(PLACES)]
_views = [memoryview(pylibsrtp.ffi.buffer(place, PLACE_BYTES)) for place in _places]
_length = pylibsrtp.ffi.new("int *")
_protect, _DONE = pylibsrtp.lib.srtp_protect, pylibsrtp.lib.srtp_err_status_ok


def seal(session: pylibsrtp.Session, packets: Sequence[bytes], ssrc: bytes) -> Iterator[list[memoryview]]:
    """Packets of RTP as datagrams in their order, with this SSRC (4 bytes) in place of their own.

    A list of them is to be sent before the next one is asked for. What cannot be encrypted (a key that is used up, a
    number that is too old) is left out. Packets are as long as lens.relay.rtp lets through, at most.
    """
    handle: Any = session._srtp[0]
    for first in range(0, len(packets), PLACES):
        sealed = []
        for packet, place, view in zip(packets[first : first + PLACES], _places, _views, strict=False):
            length = len(packet)
            view[:length] = packet
            view[8:12] = ssrc
            _length[0] = length
            if _protect(handle, place, _length) == _DONE:
                sealed.append(view[: _length[0]])
        yield sealed
