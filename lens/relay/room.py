"""One relayed support session: who publishes to whom, as the orders say, and who listens beside."""

import asyncio
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from uuid import UUID

from lens.relay import aiortc_hooks as hooks
from lens.relay.leg import Leg
from lens.relay.reception import now as monotonic
from lens.relay.source import SILENT_S, Source
from lens.relay.taps import SourceKind, Tap
from sessions import protocol
from sessions.protocol import RELAY, Description, SignalReceived, SignalSend

logger = logging.getLogger("sightline.relay")

TICK_S = 1.0


@dataclass(frozen=True)
class Order:
    """What one attendee's page may publish; it gets whatever the others publish."""

    page: str
    send: frozenset[SourceKind]


Orders = Mapping[str, Order]  # by attendee; who is not named is neither heard nor sent anything
Post = Callable[[str, str, SignalReceived], None]  # attendee, page, what to tell it


class RelayRoom:
    def __init__(self, session_id: UUID, *, page: str, post: Post, network: hooks.Network) -> None:
        self.session_id = session_id
        self.page = page  # what stands for this room in signals
        self.legs: dict[str, Leg] = {}
        self.taps: list[Tap] = []
        self._post = post
        self._network = network
        self._shown: frozenset[str] = frozenset()  # screens that every page has a line for
        self._ticker = asyncio.create_task(self._tick(), name=f"relay of {session_id}")

    @property
    def sources(self) -> list[Source]:
        return [source for leg in self.legs.values() for source in leg.sources.values()]

    def follow(self, orders: Orders, *, stays: bool = True) -> None:
        """From now on exactly this. With `stays` False pages leave one by one, and who has left is not asked back."""
        for attendee, leg in list(self.legs.items()):
            order = orders.get(attendee)
            if order is None or order.page != leg.page:
                self._end(leg)
        for attendee, order in orders.items():
            if attendee not in self.legs:
                if not stays:
                    continue
                self.legs[attendee] = self._begin(attendee, order)
            self.legs[attendee].allow(order.send)
            self.legs[attendee].stay(stays)

    def signal(self, sender: str, page: str, message: SignalSend) -> None:
        """What a page says; who is not named by the orders is not heard."""
        leg = self.legs.get(sender)
        if leg is not None and leg.page == page:
            leg.signal(message.description, answers=message.answers, renew=message.renew)

    def close(self) -> None:
        self._ticker.cancel()
        for leg in list(self.legs.values()):
            self._end(leg)
        taps, self.taps[:] = list(self.taps), []
        for tap in taps:
            tap.closed()

    # -- taps -------------------------------------------------------------------------------------

    def add_tap(self, tap: Tap) -> None:
        for source in self.sources:
            if source.flows and source.codec is not None:
                tap.source_added(source.tapped(source.codec))
        self.taps.append(tap)

    def remove_tap(self, tap: Tap) -> None:
        if tap in self.taps:
            self.taps.remove(tap)

    def request_key_frame(self, source_id: str) -> None:
        for source in self.sources:
            if source.id == source_id:
                source.ask_key_frame()

    # -- legs -------------------------------------------------------------------------------------

    def _begin(self, attendee: str, order: Order) -> Leg:
        def tell(description: Description, lines: list[protocol.RelayLine]) -> None:
            message = SignalReceived(sender=RELAY, page=self.page, description=description, lines=lines)
            self._post(attendee, order.page, message)

        return Leg(
            attendee=attendee,
            page=order.page,
            network=self._network,
            taps=self.taps,
            tell=tell,
            wanted=self._wanted_by,
            on_sources=self._sources_changed,
        )

    def _end(self, leg: Leg) -> None:
        if self.legs.get(leg.attendee) is leg:
            del self.legs[leg.attendee]
        leg.close()

    def _wanted_by(self, leg: Leg) -> list[Source]:
        others = [other for other in self.legs.values() if other is not leg]
        return [
            source
            for other in others
            for source in other.sources.values()
            if source.kind != "screen" or source.id in self._shown
        ]

    def _sources_changed(self, leg: Leg) -> None:
        self._note_screens()
        live = {source.id for source in self.sources}
        for other in self.legs.values():
            if other is leg:
                continue
            for out in list(other.outs.values()):
                if out.source.id not in live:
                    other.drop(out.source)
            other.changed()

    def _note_screens(self) -> bool:
        """A screen has a line while it is shown: unlike a camera it comes and goes, and there may be many."""
        late = monotonic() - SILENT_S
        shown = frozenset(s.id for s in self.sources if s.kind == "screen" and s.flows and s.heard_at > late)
        changed, self._shown = shown != self._shown, shown
        return changed

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(TICK_S)
            if self._note_screens():
                for leg in self.legs.values():
                    leg.changed()
            for leg in list(self.legs.values()):
                leg.tick()
