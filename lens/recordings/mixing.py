"""Everybody's voice in one track: browsers play one, and no more.

The only place where anything is decoded. It is done once the session is over, by a task, and only where more than one
voice was heard.
"""

from collections.abc import Iterable, Iterator
from fractions import Fraction

import av
from av.audio.frame import AudioFrame
from av.filter import Graph
from av.filter.context import FilterContext

from lens.recordings.webm import OPUS_RATE, Block

FRAME = 960  # samples of 20 ms
BIT_RATE = 48_000
GAP_MS = 100  # a voice that is further off than this is put in its place: silence filled in, or an overlap dropped
PULL_MS = 500  # the sum is taken out this often: each try costs more than the sum itself
AHEAD_MS = 400  # a voice that says nothing is taken to be silent this long before what the others say
MS = OPUS_RATE // 1000
TICK = Fraction(1, OPUS_RATE)


class Voice:
    """One Opus track as an unbroken stream of samples, silent where nothing came."""

    def __init__(self) -> None:
        self._decoder = av.CodecContext.create("opus", "r")
        self._decoder.sample_rate = OPUS_RATE
        self._decoder.layout = "stereo"
        self._format = av.AudioResampler(format="flt", layout="mono", rate=OPUS_RATE)
        self.samples = 0  # given out so far

    def say(self, at_ms: int, data: bytes) -> Iterator[AudioFrame]:
        off_ms = at_ms - self.samples / MS
        if off_ms > GAP_MS:
            yield from self.silence(at_ms)
        elif off_ms < -GAP_MS:
            return
        try:
            decoded = self._decoder.decode(av.Packet(data))
        except av.FFmpegError:  # a packet that is no Opus: silence stands for it
            return
        for frame in decoded:
            frame.pts = None
            for mono in self._format.resample(frame):
                yield self._placed(mono)

    def silence(self, until_ms: float) -> Iterator[AudioFrame]:
        while (until_ms * MS) - self.samples >= FRAME:
            frame = AudioFrame(format="flt", layout="mono", samples=FRAME)
            for plane in frame.planes:
                plane.update(bytes(plane.buffer_size))
            frame.sample_rate = OPUS_RATE
            yield self._placed(frame)

    def _placed(self, frame: AudioFrame) -> AudioFrame:
        frame.pts, frame.time_base = self.samples, TICK
        self.samples += frame.samples
        return frame


class Mixer:
    """Adds up voices and encodes the sum; feed blocks in order of time."""

    def __init__(self, tracks: Iterable[int]) -> None:
        self.voices = {track: Voice() for track in tracks}
        self._graph = Graph()
        self._inputs = {track: self._input() for track in self.voices}
        self._output = self._wire()
        self._encoder = av.CodecContext.create("libopus", "w")
        self._encoder.sample_rate = OPUS_RATE
        self._encoder.layout = "mono"
        self._encoder.format = "flt"
        self._encoder.bit_rate = BIT_RATE
        self._encoder.time_base = TICK
        self._encoder.options = {"application": "voip", "compression_level": "5"}
        self._encoder.open()
        self._encoded = 0
        self._pulled_ms = 0

    @property
    def codec_private(self) -> bytes:
        return bytes(self._encoder.extradata or b"")

    @property
    def delay_ns(self) -> int:
        """How much of the beginning is not to be heard: the encoder looks ahead."""
        return int.from_bytes(self.codec_private[10:12], "little") * 1_000_000_000 // OPUS_RATE

    def feed(self, block: Block) -> Iterator[Block]:
        for track, voice in self.voices.items():
            frames = (
                voice.say(block.at_ms, block.data) if track == block.track else voice.silence(block.at_ms - AHEAD_MS)
            )
            for frame in frames:
                self._inputs[track].push(frame)
        if block.at_ms - self._pulled_ms >= PULL_MS:
            self._pulled_ms = block.at_ms
            yield from self._pull()

    def end(self, at_ms: int) -> Iterator[Block]:
        for track, voice in self.voices.items():
            for frame in voice.silence(at_ms):
                self._inputs[track].push(frame)
            self._inputs[track].push(None)
        yield from self._pull()
        yield from self._encode(None)

    def _input(self) -> FilterContext:
        return self._graph.add_abuffer(format="flt", sample_rate=OPUS_RATE, layout="mono", time_base=TICK)

    def _wire(self) -> FilterContext:
        mix = self._graph.add("amix", f"inputs={len(self._inputs)}:normalize=0:dropout_transition=0")
        for number, source in enumerate(self._inputs.values()):
            source.link_to(mix, 0, number)
        limit = self._graph.add("alimiter", "limit=0.95:level=disabled")
        shape = self._graph.add("aformat", f"sample_fmts=flt:sample_rates={OPUS_RATE}:channel_layouts=mono")
        cut = self._graph.add("asetnsamples", f"n={FRAME}:p=1")
        sink = self._graph.add("abuffersink")
        mix.link_to(limit)
        limit.link_to(shape)
        shape.link_to(cut)
        cut.link_to(sink)
        self._graph.configure()
        return sink

    def _pull(self) -> Iterator[Block]:
        while True:
            try:
                frame = self._output.pull()
            except (BlockingIOError, EOFError):
                return
            assert isinstance(frame, AudioFrame)  # noqa: S101 (what a sink of sound gives)
            frame.pts, frame.time_base = self._encoded, TICK
            self._encoded += frame.samples
            yield from self._encode(frame)

    def _encode(self, frame: AudioFrame | None) -> Iterator[Block]:
        for packet in self._encoder.encode(frame):
            at_ms = ((packet.pts or 0) + int(self.delay_ns * OPUS_RATE / 1e9)) // MS
            yield Block(1, max(0, at_ms), True, bytes(packet))
