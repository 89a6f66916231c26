"""The media plan: who holds a connection with whom or with the relay, and what may be sent (DESIGN 7).

Two people: direct. From the third on, while the session is recorded, or where the company says so: through the relay,
which gives everybody everything that the others may send. Without a relay (production without a `manage.py media`
process) the pages hold connections with each other, as long as the company does not forbid it. Nothing flows before
Start, on hold or after the end, whatever a page does. While a session is being transferred it goes on for those who are
inside, until the receiver's Start puts the giver out. A Screen session has no media yet.

The connection of a waiting customer and the lead is set up while they wait, with nothing to send, so that Start only
lets media flow. ICE tells each the other's network addresses: the lead, whom the invitation names, learns those of the
customer once the terms are accepted, before pressing Start. Where that is too early, "always relay" hides them (S-52).
A customer of a queue has no lead yet, and is connected at Start.
"""

from django.conf import settings

from lens.ice import ice_servers
from sessions.protocol import MediaPlan, PeerPlan, RelayPlan, Source
from sessions.rights import May
from sessions.room_state import Insider, RoomState
from sessions.states import Status

FLOWING = frozenset({Status.ACTIVE, Status.TRANSFERRING})
DIRECT = 2  # people who are connected without the relay


def plan_for(state: RoomState) -> dict[str, MediaPlan]:
    """Return each attendee's plan by attendee id; without peers where nobody is to be connected."""
    joined = together(state)
    relayed = wants_relay(state)
    if state.always_relay and not state.relay:
        joined = []
    return {
        insider.id: _plan(
            insider,
            [other for other in joined if other.id != insider.id] if insider in joined else [],
            state,
            relay=state.relay if relayed and insider in joined else "",
        )
        for insider in state.insiders.values()
    }


def together(state: RoomState) -> list[Insider]:
    """Those who are connected with each other."""
    present = [insider for insider in state.insiders.values() if insider.page and state.head.kind == "lens"]
    if state.status in FLOWING:
        return [insider for insider in present if insider.joined]
    if state.status == Status.WAITING:
        return [insider for insider in present if insider.connected and _is_of_the_start(insider)]
    return []


def wants_relay(state: RoomState) -> bool:
    joined = together(state)
    if len(joined) > DIRECT:
        return True
    return bool(joined) and (state.recording or (state.always_relay and len(joined) > 1))


def may_send(insider: Insider, state: RoomState) -> list[Source]:
    """What the attendee may send to those it is connected with."""
    if state.status not in FLOWING:
        return []
    given: list[tuple[Source, bool]] = [
        ("camera", insider.role == "customer"),
        ("microphone", May.TALK in insider.rights),
        ("screen", insider.role == "specialist" and May.SHARE_SCREEN in insider.rights),
    ]
    return [source for source, may in given if may]


def _is_of_the_start(insider: Insider) -> bool:
    return insider.lead or (insider.role == "customer" and insider.joined)


def _plan(insider: Insider, others: list[Insider], state: RoomState, *, relay: str) -> MediaPlan:
    peers = [] if relay else others
    connected = bool(others or relay)
    return MediaPlan(
        peers=[PeerPlan(attendee=other.id, page=other.page, polite=is_polite(insider, other)) for other in peers],
        relay=RelayPlan(page=relay, attendees=[other.id for other in others]) if relay else None,
        send=may_send(insider, state) if connected else [],
        ice_servers=ice_servers(insider.id) if connected else [],
        relay_only=state.always_relay and bool(settings.TURN_URLS),
    )


def is_polite(insider: Insider, other: Insider) -> bool:
    """Exactly one of two is polite. The customer is not: whoever has the picture makes the first offer."""
    return (insider.role == "customer", insider.id) < (other.role == "customer", other.id)
