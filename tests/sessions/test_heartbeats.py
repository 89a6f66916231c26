"""Signs of life: those that come close together are written with one update, and each is answered."""

import asyncio
from datetime import datetime
from typing import Any

import pytest
from django.db import OperationalError
from django.utils import timezone

from portals.models import User
from sessions import heartbeats, presence
from sessions.batches import Batches
from sessions.models import LEASE, SupportSession
from tests.sessions.pages import Page, Pages, in_thread


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> list[set[tuple[int, str]]]:
    """The pages of each update."""
    updates: list[set[tuple[int, str]]] = []
    renew = presence.renew_leases

    def noted(pages: Any, *, now: datetime) -> datetime:
        updates.append(set(pages))
        return renew(pages, now=now)

    monkeypatch.setattr(presence, "renew_leases", noted)
    return updates


async def answered(page: Page) -> None:
    await page.until("presence.pong")


async def test_many_pages_take_two_updates_and_each_is_answered(
    pages: Pages, bob: User, active: SupportSession, written: list[set[tuple[int, str]]]
) -> None:
    both = [await pages.customer(active), await pages.technician(active, bob)]

    for _round in range(5):
        for page in both:
            await page.send("presence.ping")
    for page in both:
        for _round in range(5):
            await answered(page)

    attendees = {pk for update in written for pk, _page in update}
    assert len(attendees) == 2
    assert len(written) <= 3  # the first at once, then those that came meanwhile


async def test_one_right_after_another_waits_for_more(pages: Pages, active: SupportSession) -> None:
    dora = await pages.customer(active)

    began = asyncio.get_running_loop().time()
    await dora.send("presence.ping")
    await answered(dora)
    await dora.send("presence.ping")
    await answered(dora)

    assert asyncio.get_running_loop().time() - began >= heartbeats.GATHERED_S


async def test_a_page_that_gives_many_waits_in_line_once(
    pages: Pages, active: SupportSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeats._batches, "_pause_s", 2)
    dora = await pages.customer(active)
    await dora.send("presence.ping")
    await answered(dora)

    for _each in range(40):
        await dora.send("presence.ping")
    await dora.send("chat.post", id="line-0001", text="Hello")
    await dora.until("ack")  # what it said before has been heard

    assert len(heartbeats._batches._waiting) == 1
    for _each in range(40):
        await answered(dora)


async def test_a_page_that_goes_right_after_its_sign_of_life_is_gone(pages: Pages, active: SupportSession) -> None:
    """Else the update would come after the goodbye, and keep who left for another lease."""
    dora = await pages.customer(active)
    for _each in range(3):
        await dora.send("presence.ping")
    await dora.drop()

    await asyncio.sleep(4 * heartbeats.GATHERED_S)

    assert await in_thread(lambda: active.participants.get(role="customer").lease_until <= timezone.now())


async def test_what_cannot_be_written_is_not_answered_and_the_next_is(
    pages: Pages, active: SupportSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    dora = await pages.customer(active)
    renew = presence.renew_leases
    fails = True

    def sometimes(pages: Any, *, now: datetime) -> datetime:
        if fails:
            raise OperationalError("the database is away")
        return renew(pages, now=now)

    monkeypatch.setattr(presence, "renew_leases", sometimes)
    await dora.send("presence.ping")
    await asyncio.sleep(2 * heartbeats.GATHERED_S)
    fails = False
    await dora.send("presence.ping")
    await answered(dora)

    assert len(dora.came("presence.pong")) == 1
    assert await in_thread(lambda: active.participants.get(role="customer").lease_until) > timezone.now() + LEASE / 2


async def test_chat_does_not_wait_for_a_sign_of_life(
    pages: Pages, active: SupportSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(heartbeats, "_batches", Batches(heartbeats._renew, pause_s=2))
    dora = await pages.customer(active)
    await dora.send("presence.ping")
    await answered(dora)

    await dora.send("presence.ping")
    await dora.send("chat.post", id="line-0001", text="Hello")
    await dora.until("ack")

    assert len(dora.came("presence.pong")) == 1
