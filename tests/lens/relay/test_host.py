"""The relay follows the support session in the database: from the third attendee on, and not a moment longer."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator

import pytest
from django.conf import LazySettings
from django.db.models import F
from django.utils import timezone

from lens.relay import host as hosts
from lens.relay import taps
from lens.relay.host import host
from lens.relay.room import RelayRoom
from lens.relay.taps import TapRoom
from portals.models import User
from sessions import holds, steps
from sessions.models import Participant, SupportSession
from sessions.protocol import RELAY
from sessions.room_state import RoomState
from tests import factories
from tests.lens.relay.aiortc_pages import until
from tests.sessions.pages import Page, Pages, in_thread
from tests.sessions.rows import attendee

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def one_process(settings: LazySettings) -> None:
    """Whatever the services of this run: the relay is this process's."""
    settings.EMBEDDED = True


@pytest.fixture
async def pages(transactional_db: None) -> AsyncIterator[Pages]:
    opened = Pages()
    yield opened
    await opened.close()
    host.close_all()
    await until(lambda: not host.sessions, "the relay to be closed")


@pytest.fixture
def active(bob: User) -> SupportSession:
    return factories.active_session(bob)


@pytest.fixture
def watched() -> Iterator[list[tuple[RoomState, TapRoom]]]:
    seen: list[tuple[RoomState, TapRoom]] = []

    def watch(state: RoomState, room: TapRoom) -> None:
        seen.append((state, room))

    taps.watch_rooms(watch)
    yield seen
    taps.watchers.remove(watch)


async def three(pages: Pages, bob: User, active: SupportSession) -> tuple[Page, Page, Page, Participant]:
    tom = await in_thread(factories.technician, "Tom", of=bob.company)
    row = await in_thread(attendee, active, tom)
    people = (await pages.customer(active), await pages.technician(active, bob), await pages.technician(active, tom))
    return *people, row


async def relay_of(active: SupportSession, *people: Page) -> RelayRoom:
    room = await until(lambda: host.room_of(active.public_id), "the relay")
    await until(lambda: set(room.legs) == {page.you for page in people}, "all to be in it")
    return room  # type: ignore[no-any-return]


async def test_from_the_third_on_everybody_gets_an_offer_of_the_relay(
    pages: Pages, bob: User, active: SupportSession, watched: list[tuple[RoomState, TapRoom]]
) -> None:
    dora, lead, tom, _row = await three(pages, bob, active)

    room = await relay_of(active, dora, lead, tom)

    for page in (dora, lead, tom):
        while not (plan := await page.until("media.plan"))["relay"]:
            pass
        offer = await page.until("signal.received")
        assert (offer["sender"], offer["page"]) == (RELAY, plan["relay"]["page"])
        assert offer["description"]["type"] == "offer"
        assert {line["source"] for line in offer["lines"] if line["attendee"] is None} == {
            "microphone",
            "camera",
            "screen",
        }
    assert room.legs[dora.you].may_send == {"camera", "microphone"}
    assert room.legs[lead.you].may_send == {"microphone"}
    assert (watched[-1][0].session_id, watched[-1][1]) == (active.public_id, room)


async def three_in_the_relay(pages: Pages, bob: User, active: SupportSession) -> tuple[Page, Page, Page]:
    """Everything of their coming is read, and looked at."""
    dora, lead, tom, _row = await three(pages, bob, active)
    await relay_of(active, dora, lead, tom)
    for page in (dora, lead, tom):
        await page.settle()
    await host.look_after()
    await asyncio.sleep(1)
    return dora, lead, tom


async def test_what_is_said_does_not_have_the_relay_read_the_session(
    pages: Pages,
    bob: User,
    active: SupportSession,
    watched: list[tuple[RoomState, TapRoom]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Neither for each line nor at the look at all sessions, which would be each time where people talk."""
    monkeypatch.setattr(hosts, "LOOK_EVERY_S", 60)
    dora, lead, _tom = await three_in_the_relay(pages, bob, active)
    watched.clear()

    for number in range(10):
        await dora.post(f"{number}")
    await lead.until("chat.posted", text="9")
    await dora.settle()
    await host.look_after()
    await asyncio.sleep(0.5)

    assert watched == []


@pytest.mark.parametrize(
    "changes",
    [
        lambda active: active.participants.filter(role="customer").update(camera_on=True),
        lambda active: SupportSession.objects.filter(pk=active.pk).update(last_seq=F("last_seq") + 1),
    ],
    ids=["what is shown", "the log"],
)
async def test_what_no_hint_told_is_found_at_the_next_look(
    pages: Pages,
    bob: User,
    active: SupportSession,
    watched: list[tuple[RoomState, TapRoom]],
    monkeypatch: pytest.MonkeyPatch,
    changes: Callable[[SupportSession], object],
) -> None:
    monkeypatch.setattr(hosts, "LOOK_EVERY_S", 60)
    await three_in_the_relay(pages, bob, active)
    watched.clear()

    await in_thread(changes, active)
    await host.look_after()

    await until(lambda: watched, "the session to be read")


async def test_who_leaves_is_out_of_the_relay_whatever_the_page_does(
    pages: Pages, bob: User, active: SupportSession
) -> None:
    dora, lead, tom, row = await three(pages, bob, active)
    room = await relay_of(active, dora, lead, tom)

    await in_thread(put_out, active, row)

    await until(lambda: tom.you not in room.legs, "Tom to be out")
    assert not room.legs[dora.you].stays  # two are left: they go over to a direct connection at their own pace


def put_out(session: SupportSession, row: Participant) -> None:
    from django.db import transaction

    with transaction.atomic():
        fresh = SupportSession.objects.select_for_update().get(pk=session.pk)
        steps.put_out(fresh, fresh.participants.get(pk=row.pk), now=timezone.now())


async def test_a_hold_ends_all_forwarding(pages: Pages, bob: User, active: SupportSession) -> None:
    people = (await three(pages, bob, active))[:3]
    room = await relay_of(active, *people)

    await in_thread(holds.hold_session, technician=bob, session_id=active.public_id, now=timezone.now())

    await until(lambda: not room.legs, "nobody to be in the relay")


async def test_two_are_direct_again_and_the_relay_ends_after_a_while(
    pages: Pages, bob: User, active: SupportSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(hosts, "RETIRED_S", 0.3)
    dora, lead, tom, row = await three(pages, bob, active)
    await relay_of(active, dora, lead, tom)

    await in_thread(put_out, active, row)

    while not (plan := await dora.until("media.plan"))["peers"]:
        pass
    assert plan["relay"] is None
    await until(lambda: not host.sessions, "the relay to be closed")


async def test_a_page_s_answer_reaches_the_relay_and_another_s_does_not(
    pages: Pages, bob: User, active: SupportSession
) -> None:
    dora, lead, tom, _row = await three(pages, bob, active)
    room = await relay_of(active, dora, lead, tom)
    heard: list[str] = []
    room.signal = lambda sender, page, message: heard.append(sender)  # type: ignore[method-assign,assignment]

    await dora.send("signal.send", to=RELAY, page=room.page, renew=True)
    await lead.send("signal.send", to=RELAY, page="another relay", renew=True)
    await tom.send("signal.send", to=RELAY, page=room.page, description={"type": "answer", "sdp": "v=0"}, answers="1 1")

    await until(lambda: sorted(heard) == sorted([dora.you, tom.you]), "two signals")


async def test_without_a_relay_in_the_plan_nothing_is_passed_to_it(
    pages: Pages, bob: User, active: SupportSession
) -> None:
    dora, _lead = await pages.customer(active), await pages.technician(active, bob)
    await dora.settle()

    await dora.send("signal.send", to=RELAY, page="any", renew=True)
    await dora.settle()

    assert dora.came("error") == []
    assert not host.sessions


async def test_always_relay_relays_two(pages: Pages, bob: User, active: SupportSession) -> None:
    company = active.company
    company.always_relay = True
    await in_thread(company.save)

    dora, lead = await pages.customer(active), await pages.technician(active, bob)

    await relay_of(active, dora, lead)
    while not (plan := await dora.until("media.plan"))["relay"]:
        pass
    assert plan["peers"] == []
