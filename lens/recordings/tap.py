"""What a recording hears of the relay: packets go in, whole clusters come out, without decoding anything.

Runs on the event loop of the relay and never waits: what is to be written is handed to `store`.
"""

import logging
from collections.abc import Callable
from datetime import datetime
from typing import Protocol

from lens.recordings import vp8, webm
from lens.recordings.clocks import SourceClock
from lens.relay.taps import TappedSource

logger = logging.getLogger("sightline.recording")

CLUSTER_S = 1.0  # what a killed process may lose
KEY_FRAME_S = 10.0  # a seek decodes from the key frame before
ASK_AGAIN_S = 0.5
SYNC_LIMIT_MS = 500.0  # two clocks of one browser that differ by more are not believed


class Store(Protocol):
    """Writes in the order in which it is asked, and does not let the caller wait."""

    def head(self, data: bytes) -> None: ...
    def append(self, data: bytes) -> None: ...


class _Source:
    def __init__(self, source: TappedSource) -> None:
        self.source = source
        self.clock = SourceClock(rate=source.clock_rate)
        self.track: webm.Track | None = None
        self.pictures = vp8.Depacketizer() if source.codec == "VP8" else None
        self.asked_at = float("-inf")
        self.key_at = float("-inf")

    @property
    def name(self) -> str:
        return f"{self.source.kind}:{self.source.attendee}"


class RecordingTap:
    """Muxes one part. `began` is the monotonic time at which the part begins, `started_at` the same by the calendar."""

    def __init__(
        self,
        *,
        started_at: datetime,
        began: float,
        store: Store,
        ask_key_frame: Callable[[str], None],
        on_closed: Callable[[], None] = lambda: None,
    ) -> None:
        self.part = webm.Part(started_at)
        self._began = began
        self._store = store
        self._ask_key_frame = ask_key_frame
        self._on_closed = on_closed
        self._sources: dict[str, _Source] = {}
        self._flushed_at = began
        self._closed = False
        self._last_ms: dict[int, int] = {}  # by track
        store.head(self.part.head())

    # -- what the relay says ----------------------------------------------------------------------

    def source_added(self, source: TappedSource) -> None:
        if source.codec not in {"VP8", "opus"}:
            logger.warning("A source in %s is not recorded.", source.codec)
            return
        self._sources[source.id] = _Source(source)

    def packet(self, source_id: str, rtp: bytes, arrived_at: float) -> None:
        source = self._sources.get(source_id)
        if source is None or self._closed:
            return
        try:
            packet = vp8.parse_rtp(rtp, arrived_at)
        except vp8.Malformed:
            return
        if source.pictures is None:
            if packet.payload:
                at_ms = source.clock.place(packet.timestamp, self._ms(arrived_at))
                self._put(source, at_ms, True, packet.payload)
        else:
            self._take(source, source.pictures.feed(packet), arrived_at)
        if arrived_at - self._flushed_at >= CLUSTER_S:
            self.flush(arrived_at)

    def sender_report(self, source_id: str, ntp: int, rtp_timestamp: int) -> None:
        if source_id in self._sources:
            self._sources[source_id].clock.report(ntp, rtp_timestamp)

    def source_ended(self, source_id: str) -> None:
        self._sources.pop(source_id, None)

    def closed(self) -> None:
        """Write what there is; nothing is taken any more."""
        if not self._closed:
            self._closed = True
            self._append()
            self._on_closed()

    # -- what the owner says ----------------------------------------------------------------------

    def tick(self, now: float) -> None:
        """Called about twice a second: give up what is lost, ask for key frames, write."""
        for source in list(self._sources.values()):
            if source.pictures is not None:
                self._take(source, source.pictures.tick(now), now)
        if now - self._flushed_at >= CLUSTER_S:
            self.flush(now)

    def flush(self, now: float) -> None:
        self._flushed_at = now
        self._append()

    @property
    def frames_lost(self) -> int:
        return sum(one.pictures.frames_lost for one in self._sources.values() if one.pictures is not None)

    # -- parts of the above -----------------------------------------------------------------------

    def _take(self, source: _Source, frames: list[vp8.Frame], now: float) -> None:
        for frame in frames:
            at_ms = source.clock.place(frame.timestamp, self._ms(frame.arrived_at))
            if frame.is_key:
                source.key_at = now
            self._put(source, at_ms - self._behind_voice(source), frame.is_key, frame.data)
        pictures = source.pictures
        wanted = pictures is not None and (pictures.needs_key_frame or now - source.key_at >= KEY_FRAME_S)
        if wanted and now - source.asked_at >= ASK_AGAIN_S:
            source.asked_at = now
            self._ask_key_frame(source.source.id)

    def _behind_voice(self, source: _Source) -> float:
        for other in self._sources.values():
            if other.pictures is None and other.source.attendee == source.source.attendee:
                behind = source.clock.behind(other.clock)
                return behind if abs(behind) <= SYNC_LIMIT_MS else 0.0
        return 0.0

    def _put(self, source: _Source, at_ms: float, is_key: bool, data: bytes) -> None:
        if source.track is None:
            source.track = self._new_track(source, data)
            if source.track is None:
                return
        # Never back in time within a track, and never before the beginning.
        number = source.track.number
        self._last_ms[number] = max(round(at_ms), self._last_ms.get(number, -1) + 1)
        self.part.add(webm.Block(number, self._last_ms[number], is_key, data))

    def _new_track(self, source: _Source, data: bytes) -> webm.Track | None:
        """The same attendee's camera, say, that comes back after a break goes on in its track."""
        for track in self.part.tracks:
            if track.name == source.name:
                return track
        try:
            if source.pictures is None:
                track = self.part.add_track(kind=webm.AUDIO, name=source.name, codec="opus")
            else:
                width, height = vp8.picture_size(data)
                track = self.part.add_track(kind=webm.VIDEO, name=source.name, codec="VP8", width=width, height=height)
        except (webm.NoRoom, vp8.Malformed):
            return None
        self._store.head(self.part.head())
        return track

    def _append(self) -> None:
        data = self.part.take()
        if data:
            self._store.append(data)

    def _ms(self, moment: float) -> float:
        return (moment - self._began) * 1000
