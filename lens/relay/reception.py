"""What has come of one published stream: for receiver reports (RFC 3550, 6.4.1), and to ask for what is missing."""

import time
from dataclasses import dataclass

from lens.relay.rtp import is_newer

HISTORY = 1024  # packets kept for viewers who miss some; a power of two
MOST_MISSING = 128  # more than that, and a whole picture is cheaper than its pieces
ASK_AGAIN_S = 0.1
MOST_ASKED = 6
MOST_NACKED = 64  # sequence numbers of one message


@dataclass(frozen=True)
class Report:
    """One block of a receiver report."""

    fraction_lost: int
    packets_lost: int
    highest: int
    jitter: int
    lsr: int
    dlsr: int


@dataclass
class _Missing:
    ask_at: float
    asked: int = 0


class Reception:
    """`add` each packet of a stream once; out of order and late ones too."""

    def __init__(self, clock_rate: int, *, keeps: bool) -> None:
        self.clock_rate = clock_rate
        self.packets = 0
        self.octets = 0
        self.highest: int | None = None
        self.overrun = False  # so much is missing that only a whole picture helps
        self.history: list[tuple[int, bytes] | None] = [None] * (HISTORY if keeps else 0)
        self._first = 0
        self._cycles = 0
        self._missing: dict[int, _Missing] = {}
        self._jitter = 0.0
        self._transit: float | None = None
        self._expected_before = self._packets_before = 0
        self._report_ntp = 0
        self._report_at = 0.0

    def add(self, seq: int, timestamp: int, packet: bytes, now: float) -> bool:
        """Return whether the packet is new. `now` is in seconds of time.monotonic()."""
        highest = self.highest
        if highest is None:
            self._first = highest = self.highest = seq
        elif is_newer(seq, highest):
            gap = (seq - highest) & 0xFFFF
            if gap > 1 and self.history:
                self._note_missing(highest, gap, now)
            if seq < highest:
                self._cycles += 1 << 16
            self.highest = seq
        elif not self._is_late(seq, highest):
            return False
        self.packets += 1
        self.octets += len(packet)
        if self.history:
            self.history[seq % HISTORY] = (seq, packet)
        if self.highest == seq:
            self._note_jitter(timestamp, now)
        return True

    def find(self, seq: int) -> bytes | None:
        """The packet of this number, if it came lately."""
        found = self.history[seq % HISTORY] if self.history else None
        return found[1] if found is not None and found[0] == seq else None

    def to_ask(self, now: float) -> list[int]:
        """The sequence numbers to ask for now; each is asked for a few times, and then given up."""
        if not self._missing:
            return []
        due = []
        for seq, missing in list(self._missing.items()):
            if missing.ask_at > now:
                continue
            if missing.asked >= MOST_ASKED:
                del self._missing[seq]
                continue
            missing.asked += 1
            missing.ask_at = now + ASK_AGAIN_S
            due.append(seq)
            if len(due) == MOST_NACKED:
                break
        return sorted(due)

    def heard_sender(self, ntp: int, now: float) -> None:
        """A sender report came; the next receiver report names it."""
        self._report_ntp, self._report_at = (ntp >> 16) & 0xFFFFFFFF, now

    def report(self, now: float) -> Report | None:
        """What to tell the publisher; None before the first packet."""
        if self.highest is None:
            return None
        extended = self._cycles + self.highest
        expected = extended - self._first + 1
        of_late, came = expected - self._expected_before, self.packets - self._packets_before
        self._expected_before, self._packets_before = expected, self.packets
        lost = max(0, of_late - came)
        return Report(
            fraction_lost=min(255, (lost << 8) // of_late) if of_late > 0 else 0,
            packets_lost=max(-(1 << 23), min((1 << 23) - 1, expected - self.packets)),
            highest=extended & 0xFFFFFFFF,
            jitter=int(self._jitter) & 0xFFFFFFFF,
            lsr=self._report_ntp,
            dlsr=int((now - self._report_at) * 65536) & 0xFFFFFFFF if self._report_ntp else 0,
        )

    def _note_missing(self, highest: int, gap: int, now: float) -> None:
        if gap > MOST_MISSING or len(self._missing) + gap > MOST_MISSING:
            self._missing.clear()
            self.overrun = True
            return
        for step in range(1, gap):
            self._missing[(highest + step) & 0xFFFF] = _Missing(ask_at=now)

    def _is_late(self, seq: int, highest: int) -> bool:
        if (highest - seq) & 0xFFFF >= HISTORY or self.find(seq) is not None:
            return False  # too old to be of use, or it came before
        self._missing.pop(seq, None)
        return True

    def _note_jitter(self, timestamp: int, now: float) -> None:
        """RFC 3550, A.8. Packets of one picture share a timestamp; only the first of them counts."""
        transit = (now * self.clock_rate) - timestamp
        if self._transit is not None:
            change = abs(transit - self._transit)
            if change < self.clock_rate:  # the timestamp wrapped, or jumped
                self._jitter += (change - self._jitter) / 16
        self._transit = transit


def now() -> float:
    return time.monotonic()
