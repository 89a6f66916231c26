"""Presence: a lease renewed by signs of life; connected, reconnecting or offline is computed from it."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
import time_machine
from django.utils import timezone

from portals.models import User
from sessions import bus, chat, presence, rooms
from sessions.models import LEASE, OFFLINE_AFTER, Participant, SupportSession
from sessions.protocol import HEARTBEAT_MS
from tests.sessions.conftest import HeldHints
from tests.sessions.pages import Page, Pages, in_thread, until_true

NOW = datetime(2026, 3, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.mark.parametrize(
    ("joined_at", "lease_until", "connection"),
    [
        (None, None, "reconnecting"),  # on the way in
        (NOW, None, "reconnecting"),  # inside, and no page has opened a line yet
        (NOW - OFFLINE_AFTER, None, "offline"),
        (NOW - OFFLINE_AFTER, NOW + LEASE, "connected"),
        (NOW - OFFLINE_AFTER, NOW + SECOND, "connected"),
        (NOW - OFFLINE_AFTER, NOW, "reconnecting"),
        (NOW - OFFLINE_AFTER, NOW - OFFLINE_AFTER + SECOND, "reconnecting"),
        (NOW - OFFLINE_AFTER, NOW - OFFLINE_AFTER, "offline"),
        (NOW - OFFLINE_AFTER, NOW - timedelta(days=14), "offline"),
    ],
)
def test_the_connection_is_computed_from_the_lease(
    joined_at: datetime | None, lease_until: datetime | None, connection: str
) -> None:
    assert Participant(joined_at=joined_at, lease_until=lease_until).connection(NOW) == connection


def test_a_lease_outlives_two_lost_heartbeats() -> None:
    assert timedelta(milliseconds=3 * HEARTBEAT_MS) == LEASE


# ---- Over sockets -------------------------------------------------------------------------------

pytestmark = pytest.mark.django_db(transaction=True)


def shown(message: dict[str, object], name: str) -> str:
    [found] = [person["connection"] for person in message["attendees"] if person["name"] == name]  # type: ignore[attr-defined]
    return str(found)


async def until_shown(page: Page, name: str, connection: str) -> None:
    while shown(await page.until("session.changed"), name) != connection:
        pass


async def test_others_see_one_come_drop_and_come_back(pages: Pages, bob: User, active: SupportSession) -> None:
    lead = await pages.technician(active, bob)
    assert shown(lead.came("session.welcome")[0], "Dora") == "reconnecting"

    dora = await pages.customer(active)
    await until_shown(lead, "Dora", "connected")
    await dora.drop()
    await until_shown(lead, "Dora", "reconnecting")
    await dora.connect()
    await dora.join()
    await until_shown(lead, "Dora", "connected")


async def test_a_page_that_fell_silent_is_seen_to_be_gone(
    pages: Pages, bob: User, active: SupportSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Half-open: no goodbye ever comes, and no hint; the lease lapses."""
    monkeypatch.setattr(rooms, "LOOK_EVERY_S", 0.05)
    lead, _dora = await pages.technician(active, bob), await pages.customer(active)
    await until_shown(lead, "Dora", "connected")

    with time_machine.travel(timezone.now() + LEASE + SECOND):
        await until_shown(lead, "Dora", "reconnecting")
    with time_machine.travel(timezone.now() + LEASE + OFFLINE_AFTER + SECOND):
        await until_shown(lead, "Dora", "offline")


async def test_a_ping_renews_the_lease(pages: Pages, active: SupportSession) -> None:
    dora = await pages.customer(active)
    later = timezone.now() + timedelta(minutes=1)

    with time_machine.travel(later, tick=False):
        await dora.settle()

    lease_until = await in_thread(lambda: active.participants.get(role="customer").lease_until)
    assert lease_until == later + LEASE


async def test_what_a_page_captures_is_shown_to_others_and_ends_with_its_line(
    pages: Pages, bob: User, active: SupportSession
) -> None:
    lead, dora = await pages.technician(active, bob), await pages.customer(active)

    await dora.send("media.state", camera=True, microphone=True)
    while not (await lead.until("session.changed"))["attendees"][0]["camera"]:
        pass
    await dora.drop()
    while (message := await lead.until("session.changed"))["attendees"][0]["camera"]:
        pass

    assert not message["attendees"][0]["microphone"]


async def test_a_late_goodbye_of_the_old_line_does_not_mark_the_page_as_gone(
    pages: Pages, bob: User, active: SupportSession
) -> None:
    """The same page is back before the server finishes with its dead socket."""
    dora = await in_thread(lambda: active.participants.get(role="customer"))
    first = await in_thread(presence.open_page, participant=dora, page_id="same", now=timezone.now())
    second = await in_thread(presence.open_page, participant=dora, page_id="same", now=timezone.now() + SECOND)

    await in_thread(presence.close_page, participant=dora, page_id="same", lease_until=first, now=timezone.now())

    await in_thread(dora.refresh_from_db)
    assert dora.lease_until == second


async def test_an_old_page_does_not_renew_the_lease_of_the_new_one(active: SupportSession) -> None:
    dora = await in_thread(lambda: active.participants.get(role="customer"))
    lease_until = await in_thread(presence.open_page, participant=dora, page_id="new", now=timezone.now())

    await in_thread(presence.renew_leases, {(dora.pk, "old")}, now=timezone.now() + SECOND)

    await in_thread(dora.refresh_from_db)
    assert dora.lease_until == lease_until


async def test_a_drop_is_stored_even_when_the_room_is_empty(pages: Pages, active: SupportSession) -> None:
    dora = await pages.customer(active)

    await dora.drop()

    await until_true(lambda: active.participants.filter(role="customer", lease_until__lte=timezone.now()).exists())


# ---- Between processes ---------------------------------------------------------------------------


async def test_what_another_process_wrote_is_found_without_a_hint(
    pages: Pages, bob: User, active: SupportSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Hints may be lost: the broker's restart, a full channel. The room looks by itself."""
    monkeypatch.setattr(rooms, "LOOK_EVERY_S", 0.05)
    dora = await pages.customer(active)
    monkeypatch.setattr(bus, "publish", lambda *arguments, **named: None)

    lead = await in_thread(lambda: active.participants.get(user=bob))
    for number in range(3):
        await in_thread(
            chat.post_chat,
            participant=lead,
            client_msg_id=f"line-{number:04}",
            text=f"{number}",
            audience="everyone",
            now=timezone.now(),
        )

    await dora.until("chat.posted", text="2")
    assert dora.log.texts == ["0", "1", "2"]


async def test_hints_out_of_order_and_twice_change_nothing_for_the_reader(
    pages: Pages, bob: User, active: SupportSession, hold_hints: Callable[[], HeldHints]
) -> None:
    dora = await pages.customer(active)
    held = hold_hints()
    lead = await in_thread(lambda: active.participants.get(user=bob))
    for number in range(4):
        await in_thread(
            chat.post_chat,
            participant=lead,
            client_msg_id=f"line-{number:04}",
            text=f"{number}",
            audience="everyone",
            now=timezone.now(),
        )

    held.tell(backwards=True)
    held.tell()
    await dora.until("chat.posted", text="3")
    await dora.settle()

    assert dora.log.texts == ["0", "1", "2", "3"]
