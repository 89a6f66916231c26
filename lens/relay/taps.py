"""What listens to the packets of a relayed session beside its viewers: a recording, say.

All of this runs on the event loop of the process that holds the relay. A tap may not block and may not raise; what it
is given it may keep (bytes are immutable). Imports nothing of the relay, so that taps can be tested without it.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol
from uuid import UUID

from sessions.room_state import RoomState

SourceKind = Literal["camera", "screen", "microphone"]


@dataclass(frozen=True)
class TappedSource:
    """One published stream. An attendee who comes back, or starts anew, is a new source with a new id."""

    id: str
    attendee: str
    kind: SourceKind
    codec: str  # "VP8", "H264" or "opus"
    clock_rate: int  # ticks of the RTP timestamp in a second


class Tap(Protocol):
    """Hears each source from its first packet on; `source_added` comes before anything else of that source."""

    def source_added(self, source: TappedSource) -> None: ...

    def packet(self, source_id: str, rtp: bytes, arrived_at: float) -> None:
        """One decrypted RTP packet: header, extensions, payload. `arrived_at` is in seconds of time.monotonic().

        Packets come as they arrive: a retransmitted one is late, in its original form; one that came twice comes once.
        """

    def sender_report(self, source_id: str, ntp: int, rtp_timestamp: int) -> None:
        """The publisher's clock (64-bit NTP, RFC 3550 6.4.1) at an RTP timestamp: what lip sync is computed from."""

    def source_ended(self, source_id: str) -> None: ...

    def closed(self) -> None:
        """The room is no longer here: ended, direct again, or moved to another process. Nothing comes after it."""


class TapRoom(Protocol):
    """What a relayed session offers to taps."""

    session_id: UUID

    def add_tap(self, tap: Tap) -> None:
        """From now on; sources that flow already are told first."""

    def remove_tap(self, tap: Tap) -> None:
        """At once, and without a further word to the tap."""

    def request_key_frame(self, source_id: str) -> None:
        """Ask the publisher for a whole picture; joined with the viewers' requests, and throttled."""


Watcher = Callable[[RoomState, TapRoom], None]
watchers: list[Watcher] = []


def watch_rooms(watcher: Watcher) -> None:
    """Called once at start: `watcher` hears of each relayed session of this process, first when it opens, and again
    whenever its state was read afresh. It adds and removes taps as the state demands.
    """
    watchers.append(watcher)
