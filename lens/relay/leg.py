"""The connection of one attendee's page with the relay: what it publishes, what it is sent, and how both are agreed."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterable
from typing import Any

from lens.relay import aiortc_hooks as hooks
from lens.relay import rtcp
from lens.relay.codecs import CODECS
from lens.relay.reception import now as monotonic
from lens.relay.source import MEDIA, Out, Source
from lens.relay.taps import SourceKind, Tap
from sessions.protocol import Description, RelayLine

logger = logging.getLogger("sightline.relay")

KINDS: tuple[SourceKind, ...] = ("microphone", "camera", "screen")
FIRST_REPEAT_S = 1.0  # an offer may get lost: it is said again until it is answered, ever less often
LONGEST_REPEAT_S = 8.0
TOGETHER_S = 0.03  # what changes within this time is agreed in one offer
RENEW_EVERY_S = 0.5

Tell = Callable[[Description, list[RelayLine]], None]


class Renew(Exception):
    """The link is dead, or the page asks for another: begin anew."""


class Leg:
    def __init__(
        self,
        *,
        attendee: str,
        page: str,
        network: hooks.Network,
        taps: list[Tap],
        tell: Tell,
        wanted: Callable[["Leg"], list[Source]],
        on_sources: Callable[["Leg"], None],
    ) -> None:
        self.attendee, self.page = attendee, page
        self.sources: dict[SourceKind, Source] = {}
        self.may_send: frozenset[SourceKind] = frozenset()
        self.outs: dict[str, Out] = {}  # by source id
        self.closed = False
        self.stays = True  # False: a link that ends is not made anew
        self.link: hooks.Link | None = None
        self._network, self._taps = network, taps
        self._tell, self._wanted, self._on_sources = tell, wanted, on_sources
        self._own: dict[SourceKind, hooks.Line] = {}
        self._carried: dict[hooks.Line, Source] = {}
        self._by_ssrc: dict[int, Source] = {}
        self._by_rtx_ssrc: dict[int, Source] = {}
        self._outs_by_ssrc: dict[int, Out] = {}
        self._changed = asyncio.Event()
        self._answer: asyncio.Future[str] | None = None
        self._task = asyncio.create_task(self._negotiate(), name=f"relay leg of {attendee}")

    # -- what the room says -----------------------------------------------------------------------

    def allow(self, kinds: Iterable[SourceKind]) -> None:
        """What this page may publish from now on; what it may not any more ends here and now."""
        may_send = frozenset(kinds)
        if may_send == self.may_send:
            return
        self.may_send = may_send
        if self.link is not None:
            self._set_sources()

    def stay(self, stays: bool) -> None:
        """Whether a link that ends is made anew; one that has ended already is, if so."""
        self.stays = stays
        if stays and self.link is None:
            self.changed()

    def changed(self) -> None:
        """There may be something new to send to this page, or less."""
        self._changed.set()

    def drop(self, source: Source) -> None:
        """The source has ended; the page is told when there is time."""
        out = self.outs.pop(source.id, None)
        if out is not None:
            self._outs_by_ssrc.pop(out.line.ssrc, None)
        self.changed()

    def signal(self, description: Description | None, *, answers: str, renew: bool) -> None:
        if renew:
            self.renew()
        elif description is not None and description.type == "answer":
            link, answer = self.link, self._answer
            if link is not None and answer is not None and not answer.done() and answers == link.offered:
                answer.set_result(description.sdp)

    def renew(self) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_exception(Renew())
        else:
            self._forget_link()
            self.changed()

    def close(self) -> None:
        """At once; what takes time goes on by itself."""
        if self.closed:
            return
        self.closed = True
        self._task.cancel()
        self._forget_link()

    def tick(self) -> None:
        """Once a second: reports to the publisher, and new budgets."""
        link = self.link
        if link is None:
            return
        link.refill()
        for out in self.outs.values():
            out.refill()
        self._report(link)

    # -- agreeing ---------------------------------------------------------------------------------

    async def _negotiate(self) -> None:
        self._changed.set()
        while not self.closed:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._agree()
            except (Renew, hooks.BadAnswer) as error:
                logger.info("The link with a page is made anew: %s.", type(error).__name__)
                self._forget_link()
                self._changed.set()
                await asyncio.sleep(RENEW_EVERY_S)
            except Exception:
                logger.exception("The link with a page failed.")
                self._forget_link()
                self._changed.set()
                await asyncio.sleep(LONGEST_REPEAT_S)

    async def _agree(self) -> None:
        """One offer and its answer."""
        link = self.link
        if link is None and not self.stays:
            return
        if link is not None:
            await asyncio.sleep(TOGETHER_S)
            self._changed.clear()
        made = link is None or link is not self.link
        link = self.link or self._make_link()
        if made:
            await asyncio.sleep(0)  # those who come at the same time are there now, too
        if not self._arrange(link) and not made:
            return
        sdp = await link.offer()
        self._answer = asyncio.get_running_loop().create_future()
        answer = await self._ask(Description(type="offer", sdp=sdp), self._describe(), self._answer)
        if link is not self.link:
            return
        await link.answer(answer)
        if link is self.link:
            self._agreed(link)

    async def _ask(self, offer: Description, lines: list[RelayLine], answer: asyncio.Future[str]) -> str:
        wait = FIRST_REPEAT_S
        while True:
            self._tell(offer, lines)
            with contextlib.suppress(TimeoutError):
                return await asyncio.wait_for(asyncio.shield(answer), wait)
            wait = min(wait * 2, LONGEST_REPEAT_S)

    def _make_link(self) -> hooks.Link:
        link = hooks.Link(
            on_rtp=lambda packet: self._take(link, packet),
            on_all_read=self._send_on,
            on_rtcp=lambda packet: self._hear(link, packet),
            on_state=lambda state: self._watch(link, state),
            network=self._network,
        )
        self.link = link
        for kind in KINDS:
            self._own[kind] = link.add_line(MEDIA[kind], "recvonly")
        self._set_sources()
        return link

    def _arrange(self, link: hooks.Link) -> bool:
        """Give each wanted source a line; return whether anything is to be agreed."""
        wanted = {source.id: source for source in self._wanted(self)}
        changed = False
        for line, source in list(self._carried.items()):
            if source.id not in wanted:
                del self._carried[line]
                line.rest()
                changed = True
        carried = {source.id for source in self._carried.values()}
        free = [line for line in link.lines if not line.in_use]
        for source in wanted.values():
            if source.id in carried:
                continue
            media = MEDIA[source.kind]
            line = next((line for line in free if line.kind == media), None) or link.add_line(media, "sendonly")
            if line in free:
                free.remove(line)
            line.carry(source.attendee, source.id)
            self._carried[line] = source
            changed = True
        return changed

    def _describe(self) -> list[RelayLine]:
        own = [RelayLine(mid=line.mid, attendee=None, source=kind) for kind, line in self._own.items()]
        return own + [
            RelayLine(mid=line.mid, attendee=source.attendee, source=source.kind)
            for line, source in self._carried.items()
        ]

    def _agreed(self, link: hooks.Link) -> None:
        self._set_ssrcs()
        for line, source in self._carried.items():
            if source.id in self.outs or not line.accepted:
                continue
            out = Out(source=source, link=link, line=line)
            self.outs[source.id] = out
            self._outs_by_ssrc[line.ssrc] = out
            source.outs.append(out)
            # Not earlier: it would be lost before the link stands, and browsers send one at most every 300 ms.
            if link.state == "connected":
                source.ask_key_frame()

    def _watch(self, link: hooks.Link, state: str) -> None:
        if link is not self.link:
            return
        if state == "connected":
            for out in self.outs.values():
                out.source.ask_key_frame()
        elif state in ("failed", "closed") and not self.closed:
            if self.stays:
                self.renew()
            else:
                self._forget_link()

    def _forget_link(self) -> None:
        link, self.link = self.link, None
        for out in self.outs.values():
            if out in out.source.outs:
                out.source.outs.remove(out)
        for forgotten in (self.outs, self._outs_by_ssrc, self._carried, self._own):
            forgotten.clear()
        self._set_sources()
        if link is not None:
            _in_background(link.close())

    # -- what this page publishes -----------------------------------------------------------------

    def _set_sources(self) -> None:
        """Sources for what may be published over the link there is, and none for anything else."""
        before = dict(self.sources)
        for kind, source in before.items():
            line = self._own.get(kind)
            if line is None or kind not in self.may_send or source.line is not line:
                del self.sources[kind]
                source.end()
        for kind, line in self._own.items():
            if kind in self.may_send and kind not in self.sources and self.link is not None:
                source = Source(attendee=self.attendee, kind=kind, publisher=self.link, line=line, taps=self._taps)
                source.on_first = lambda: self._flows()
                self.sources[kind] = source
        self._set_ssrcs()
        if self.sources != before:
            self._on_sources(self)

    def _set_ssrcs(self) -> None:
        sources = self.sources.values()
        self._by_ssrc = {s.line.remote_ssrc: s for s in sources if s.line.remote_ssrc is not None}
        self._by_rtx_ssrc = {s.line.remote_rtx_ssrc: s for s in sources if s.line.remote_rtx_ssrc is not None}

    def _flows(self) -> None:
        if self.link is not None:
            self._report(self.link)
        self._on_sources(self)

    def _take(self, link: hooks.Link, packet: bytes) -> None:
        ssrc = int.from_bytes(packet[8:12])
        source = self._by_ssrc.get(ssrc)
        if source is not None:
            source.take(packet, monotonic())
        elif (source := self._by_rtx_ssrc.get(ssrc)) is not None:
            source.take_repeated(packet, monotonic())
        elif not self._recognise(packet, ssrc):
            link.dropped += 1

    def _send_on(self) -> None:
        for source in self.sources.values():
            source.send_on()

    def _recognise(self, packet: bytes, ssrc: int) -> bool:
        """A page that did not say its SSRCs: only one source can be meant, or the packet is nobody's."""
        codec = CODECS.get(packet[1] & 0x7F)
        if codec is None:
            return False
        unknown = [kind for kind, line in self._own.items() if line.remote_ssrc is None and MEDIA[kind] == codec.media]
        if len(unknown) != 1 or unknown[0] not in self.sources:
            return False
        self._own[unknown[0]].remote_ssrc = ssrc
        self._set_ssrcs()
        self._by_ssrc[ssrc].take(packet, monotonic())
        return True

    def _hear(self, link: hooks.Link, packet: Any) -> None:
        heard = rtcp.Heard(packet)
        for ssrc in heard.ssrcs:
            source, out = self._by_ssrc.get(ssrc), self._outs_by_ssrc.get(ssrc)
            if heard.sender_info is not None and source is not None:
                source.heard_sender_report(heard.sender_info, monotonic())
            elif out is None:
                continue
            elif heard.wants_key_frame:
                out.source.ask_key_frame()
            elif heard.missing:
                out.repeat(heard.missing)
            elif heard.bitrate is not None:
                out.bitrate = heard.bitrate // max(1, self._pictures())

    def _pictures(self) -> int:
        """How many pictures share what this page can take."""
        return sum(1 for out in self.outs.values() if out.source.kind != "microphone" and out.source.flows)

    def _report(self, link: hooks.Link) -> None:
        """To the publisher: what came, and how much may come."""
        at = monotonic()
        flowing = [source for source in self.sources.values() if source.reception is not None]
        reports = {source.ssrc: source.reception.report(at) for source in flowing if source.reception is not None}
        if not reports:
            return
        own_ssrc = self._own["microphone"].ssrc
        link.send_rtcp(rtcp.receiver_report(own_ssrc, {k: r for k, r in reports.items() if r is not None}))
        pictures = [source for source in flowing if source.kind != "microphone"]
        if pictures:
            limit = sum(source.bitrate_limit() for source in pictures)
            link.send_rtcp(rtcp.bitrate_limit(own_ssrc, [source.ssrc for source in pictures], limit))


_closing: set[asyncio.Task[None]] = set()


def _in_background(work: Any) -> None:
    task = asyncio.ensure_future(work)
    _closing.add(task)
    task.add_done_callback(_closing.discard)


async def all_closed() -> None:
    """Returns when the links that were given up have said good-bye."""
    while _closing:
        await asyncio.wait(set(_closing))
