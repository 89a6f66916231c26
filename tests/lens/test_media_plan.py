"""The media plan as a table: status, who is inside with a page open, and what each may do."""

import itertools
from dataclasses import replace
from uuid import uuid4

import msgspec
import pytest
from django.conf import LazySettings
from hypothesis import given
from hypothesis import strategies as st

from lens import media_plan
from lens.media_plan import is_polite, plan_for, wants_relay
from lens.relay.host import orders_for
from sessions import protocol
from sessions.rights import May
from sessions.room_state import Insider, RoomState
from sessions.states import ENDED, Status

HEAD = protocol.SessionState(
    id="s",
    kind="lens",
    name="Dora",
    status="",
    status_label="",
    end_reason="",
    lead=None,
    lead_name="",
    lead_offer=None,
    place=0,
    wait_min=None,
    started_at=None,
    ended_at=None,
    since="",
    active_ms=0,
    held_ms=0,
    transferring_ms=0,
)


def insider(
    role: str,
    *,
    id: str = "",
    page: str | None = None,
    joined: bool = True,
    connected: bool = True,
    lead: bool = False,
    rights: frozenset[str] = frozenset({May.TALK}),
) -> Insider:
    name = id or role
    return Insider(
        id=name,
        role=role,
        lead=lead or name == "technician",
        page=f"page-{name}" if page is None else page,
        joined=joined,
        connected=connected,
        rights=rights,
    )


def room(status: Status, *insiders: Insider) -> RoomState:
    return RoomState(
        session_id=uuid4(),
        status=status,
        ended=status in ENDED,
        last_seq=0,
        head=HEAD,
        attendees=[],
        insiders={one.id: one for one in insiders},
        waiting=[],
    )


DORA, BOB, SAM = insider("customer"), insider("technician"), insider("specialist")
BOB_WAITING = insider("technician", joined=False)  # the lead comes in with the Start
MAY_SEND = {"customer": ["camera", "microphone"], "technician": ["microphone"], "specialist": ["microphone"]}


@pytest.mark.parametrize("status", Status)
@pytest.mark.parametrize("role", MAY_SEND)
def test_who_may_send_what_in_which_status(status: Status, role: str) -> None:
    other = BOB if role == "customer" else DORA

    plan = plan_for(room(status, insider(role), other))[role]

    if status in {Status.ACTIVE, Status.TRANSFERRING}:
        assert [(peer.attendee, peer.page) for peer in plan.peers] == [(other.id, other.page)]
        assert plan.send == MAY_SEND[role]
    elif status == Status.WAITING:
        assert plan.send == []
    else:
        assert (plan.peers, plan.send, plan.ice_servers) == ([], [], [])


def test_a_waiting_customer_and_the_lead_are_connected_and_send_nothing() -> None:
    plans = plan_for(room(Status.WAITING, DORA, BOB_WAITING))

    assert [(peer.attendee, peer.page) for peer in plans["customer"].peers] == [("technician", BOB_WAITING.page)]
    assert [(peer.attendee, peer.page) for peer in plans["technician"].peers] == [("customer", DORA.page)]
    assert plans["customer"].send == plans["technician"].send == []


def test_the_start_keeps_the_connection_and_lets_media_flow() -> None:
    before = plan_for(room(Status.WAITING, DORA, BOB_WAITING))

    after = plan_for(room(Status.ACTIVE, DORA, BOB))

    for name in MAY_SEND.keys() - {"specialist"}:
        assert after[name].peers == before[name].peers
        assert after[name].send == MAY_SEND[name]


@pytest.mark.parametrize(
    "lead",
    [
        insider("technician", joined=False, page=""),
        insider("technician", joined=False, connected=False),
        insider("technician", joined=False, id="another technician"),
        insider("specialist"),
    ],
    ids=["has not opened the session", "has gone away", "is not the lead", "is a specialist"],
)
def test_before_the_start_the_customer_is_connected_with_nobody_but_the_lead(lead: Insider) -> None:
    plans = plan_for(room(Status.WAITING, DORA, lead))

    for plan in plans.values():
        assert (plan.peers, plan.send, plan.ice_servers) == ([], [], [])


@pytest.mark.parametrize("away", [{"joined": False}, {"page": ""}, {"connected": False}])
def test_before_the_start_the_lead_is_connected_only_with_a_customer_who_is_there(away: dict[str, object]) -> None:
    plans = plan_for(room(Status.WAITING, insider("customer", **away), BOB_WAITING))  # type: ignore[arg-type]

    assert [plan.peers for plan in plans.values()] == [[], []]


def test_a_running_connection_outlives_the_sockets_of_both() -> None:
    dora, bob = insider("customer", connected=False), insider("technician", connected=False)

    assert plan_for(room(Status.ACTIVE, dora, bob)) == plan_for(room(Status.ACTIVE, DORA, BOB))


def test_during_a_transfer_the_picture_goes_on_to_the_giver_and_then_to_the_receiver() -> None:
    receiver = insider("technician", id="receiver", joined=False)

    offered = plan_for(room(Status.TRANSFERRING, DORA, BOB, receiver))
    taken = plan_for(room(Status.ACTIVE, DORA, insider("technician", id="receiver", lead=True)))

    assert offered["customer"] == plan_for(room(Status.ACTIVE, DORA, BOB))["customer"]
    assert (offered["receiver"].peers, offered["receiver"].send) == ([], [])
    assert [peer.attendee for peer in taken["customer"].peers] == ["receiver"]


def test_a_customer_who_is_handed_over_before_any_start_sends_nothing_to_anybody() -> None:
    plans = plan_for(room(Status.TRANSFERRING, DORA, BOB_WAITING))

    assert [(plan.peers, plan.send) for plan in plans.values()] == [([], []), ([], [])]


@pytest.mark.parametrize("status", Status)
def test_a_screen_session_has_no_media_yet(status: Status) -> None:
    state = replace(room(status, DORA, BOB), head=msgspec.structs.replace(HEAD, kind="screen"))

    assert [(plan.peers, plan.send) for plan in plan_for(state).values()] == [([], []), ([], [])]


def test_everybody_inside_is_joined_with_everybody_else() -> None:
    plans = plan_for(room(Status.ACTIVE, DORA, BOB, SAM))

    assert {name: [peer.attendee for peer in plan.peers] for name, plan in plans.items()} == {
        "customer": ["technician", "specialist"],
        "technician": ["customer", "specialist"],
        "specialist": ["customer", "technician"],
    }


@pytest.mark.parametrize("absent", [{"joined": False}, {"page": ""}], ids=["on the way in", "no page open"])
def test_who_is_not_there_is_nobody_s_peer_and_has_none(absent: dict[str, object]) -> None:
    away = insider("specialist", **absent)  # type: ignore[arg-type]

    plans = plan_for(room(Status.ACTIVE, DORA, BOB, away))

    assert [peer.attendee for peer in plans["customer"].peers] == ["technician"]
    assert (plans["specialist"].peers, plans["specialist"].send) == ([], [])


def test_one_alone_sends_nothing() -> None:
    plans = plan_for(room(Status.ACTIVE, DORA))

    assert (plans["customer"].peers, plans["customer"].send) == ([], [])


def test_an_empty_room_has_no_plan() -> None:
    assert plan_for(room(Status.ACTIVE)) == {}


@pytest.mark.parametrize(("one", "other"), list(itertools.permutations([DORA, BOB, SAM], 2)), ids=lambda one: one.role)
def test_of_two_exactly_one_is_polite_and_the_customer_never_is(one: Insider, other: Insider) -> None:
    plans = plan_for(room(Status.ACTIVE, one, other))

    polite = {name: plan.peers[0].polite for name, plan in plans.items()}
    assert sorted(polite.values()) == [False, True]
    assert not polite.get("customer", False)


_anybody = st.builds(insider, st.sampled_from(list(MAY_SEND)), id=st.text(min_size=1, max_size=5))


@given(one=_anybody, other=_anybody)
def test_politeness_is_antisymmetric(one: Insider, other: Insider) -> None:
    if one.id != other.id:
        assert is_polite(one, other) is not is_polite(other, one)


@given(st.lists(_anybody, unique_by=lambda one: one.id, max_size=6), st.sampled_from(Status))
def test_plans_agree_with_each_other(insiders: list[Insider], status: Status) -> None:
    """Nobody is asked for a connection that the other side is not asked for as well, with the page it really has."""
    plans = plan_for(room(status, *insiders))
    pages = {one.id: one.page for one in insiders}

    for name, plan in plans.items():
        for peer in plan.peers:
            assert peer.page == pages[peer.attendee]
            [back] = [theirs for theirs in plans[peer.attendee].peers if theirs.attendee == name]
            assert back.polite is not peer.polite
        assert bool(plan.send) == (bool(plan.peers) and status in media_plan.FLOWING)


# ---- Through the relay ---------------------------------------------------------------------------

RELAY = "page-of-the-relay"


def related(plan: protocol.MediaPlan) -> tuple[list[str], list[str] | None]:
    """With whom a page is connected directly, and with whom through the relay."""
    return [peer.attendee for peer in plan.peers], plan.relay.attendees if plan.relay else None


def test_two_are_direct_and_three_go_through_the_relay_and_back() -> None:
    two = replace(room(Status.ACTIVE, DORA, BOB), relay="")
    three = replace(room(Status.ACTIVE, DORA, BOB, SAM), relay=RELAY)

    assert not wants_relay(two)
    assert wants_relay(three)
    for state in (two, replace(two, relay=RELAY)):
        assert related(plan_for(state)["customer"]) == (["technician"], None)
    plans = plan_for(three)
    assert related(plans["customer"]) == ([], ["technician", "specialist"])
    assert related(plans["specialist"]) == ([], ["customer", "technician"])
    assert {name: plan.send for name, plan in plans.items()} == MAY_SEND
    assert {plan.relay.page for plan in plans.values() if plan.relay} == {RELAY}


def test_a_recorded_session_goes_through_the_relay_even_with_two_and_while_one_is_alone() -> None:
    for people in ((DORA, BOB), (DORA,)):
        state = replace(room(Status.ACTIVE, *people), recording=True, relay=RELAY)

        assert wants_relay(state)
        assert related(plan_for(state)["customer"]) == ([], [one.id for one in people[1:]])
        assert plan_for(state)["customer"].send == MAY_SEND["customer"]


def test_always_relay_goes_through_the_relay_from_the_waiting_room_on(settings: LazySettings) -> None:
    settings.TURN_URLS, settings.TURN_SECRET = ["turn:turn.example:3478"], "s" * 40
    state = replace(room(Status.WAITING, DORA, BOB_WAITING), always_relay=True, relay=RELAY)

    plan = plan_for(state)["customer"]

    assert related(plan) == ([], ["technician"])
    assert plan.send == []
    assert plan.relay_only  # S-52: not even the relay learns the page's address, where there is a TURN server
    settings.TURN_URLS = []
    assert not plan_for(state)["customer"].relay_only


def test_always_relay_without_a_relay_connects_nobody() -> None:
    plans = plan_for(replace(room(Status.ACTIVE, DORA, BOB), always_relay=True))

    assert [(related(plan), plan.send, plan.ice_servers) for plan in plans.values()] == [(([], None), [], [])] * 2


def test_without_a_relay_three_hold_connections_with_each_other() -> None:
    plans = plan_for(room(Status.ACTIVE, DORA, BOB, SAM))

    assert related(plans["customer"]) == (["technician", "specialist"], None)


@pytest.mark.parametrize("status", [status for status in Status if status not in media_plan.FLOWING])
def test_the_relay_forwards_nothing_outside_of_a_running_session(status: Status) -> None:
    state = replace(room(status, DORA, BOB, SAM), relay=RELAY, recording=True)

    assert {kinds for order in orders_for(state).values() for kinds in order.send} == set()
    assert all(plan.send == [] for plan in plan_for(state).values())


def test_the_relay_s_orders_say_the_same_as_the_plans() -> None:
    on_the_way = insider("specialist", id="on the way", joined=False)
    state = replace(room(Status.ACTIVE, DORA, BOB, SAM, on_the_way), relay=RELAY)

    orders, plans = orders_for(state), plan_for(state)

    assert {name: (order.page, order.send) for name, order in orders.items()} == {
        name: (state.insiders[name].page, frozenset(plan.send)) for name, plan in plans.items() if plan.relay
    }
    assert "on the way" not in orders
