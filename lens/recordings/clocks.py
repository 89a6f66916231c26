"""When each packet of a source belongs in the recording: the publisher's clock, laid beside ours.

RTP timestamps say how far packets of one source are apart. Where the source begins is judged by the packet that took
the shortest way here. A picture is moved by what the sender reports say that its clock differs from the same person's
voice, so that lips and words go together.
"""

from collections import deque

JUMP_MS = 300  # later than this, each of WINDOW packets, for LASTING_MS: the source itself has paused
WINDOW = 25
LASTING_MS = 300  # after a stall of the network all that waited comes at once, and less late with each packet
EARLY_MS = 40  # earlier than this: the first packet had been slow
LATE_PACKETS = 1 << 31


class SourceClock:
    """Milliseconds of the recording from RTP timestamps of one source."""

    def __init__(self, *, rate: int) -> None:
        self.rate = rate
        self._last: int | None = None  # the newest timestamp, not wrapped
        self._offset_ms = 0.0  # of timestamp 0 in the recording
        self._late: deque[tuple[float, float]] = deque(maxlen=WINDOW)  # when it came, how late
        self._report: tuple[float, int] | None = None  # seconds of NTP, timestamp not wrapped

    def place(self, timestamp: int, arrived_ms: float) -> float:
        """Where a packet belongs that came at `arrived_ms` of the recording."""
        unwrapped = self._unwrap(timestamp)
        if self._last is None:
            self._offset_ms = arrived_ms - self._ms(unwrapped)
        self._last = unwrapped if self._last is None else max(self._last, unwrapped)
        late = arrived_ms - self._ms(unwrapped) - self._offset_ms
        self._late.append((arrived_ms, late))
        if late < -EARLY_MS or self._has_paused():
            self._offset_ms += late if late < 0 else min(each for _at, each in self._late)
            self._late.clear()
        return self._ms(unwrapped) + self._offset_ms

    def report(self, ntp: int, timestamp: int) -> None:
        """A sender report: what the publisher's clock showed at this timestamp."""
        if self._last is not None:
            self._report = (ntp / (1 << 32), self._unwrap(timestamp))

    def behind(self, voice: "SourceClock") -> float:
        """By how many ms this source stands later in the recording than it should beside the voice; 0 if unknown."""
        if self._report is None or voice._report is None:
            return 0.0
        ntp, timestamp = self._report
        voice_ntp, voice_timestamp = voice._report
        own = self._ms(timestamp) + self._offset_ms
        should = voice._ms(voice_timestamp) + voice._offset_ms + (ntp - voice_ntp) * 1000
        return own - should

    def _has_paused(self) -> bool:
        full = len(self._late) == WINDOW and self._late[-1][0] - self._late[0][0] >= LASTING_MS
        return full and min(late for _at, late in self._late) > JUMP_MS

    def _ms(self, unwrapped: int) -> float:
        return unwrapped * 1000 / self.rate

    def _unwrap(self, timestamp: int) -> int:
        if self._last is None:
            return timestamp
        return self._last + ((timestamp - self._last + LATE_PACKETS) & 0xFFFFFFFF) - LATE_PACKETS
