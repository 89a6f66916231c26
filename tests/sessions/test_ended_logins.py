"""Signing out, a new password and an ended login close every socket behind them within 5 s (S-32)."""

from collections.abc import Callable

import pytest
from django.conf import settings
from django.contrib.sessions.models import Session

from portals.models import User
from sessions import console_consumer, protocol, rooms
from sessions.models import SupportSession
from tests import factories
from tests.sessions.pages import Page, Pages, in_thread


def sign_out(user: User) -> None:
    Session.objects.all().delete()


def new_password(user: User) -> None:
    user.set_password("another-long-password")
    user.save(update_fields=["password"])


ENDS: list[Callable[[User], None]] = [sign_out, new_password]


@pytest.fixture(autouse=True)
def look_often(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in (rooms, console_consumer):
        assert module.LOOK_EVERY_S < 5
        monkeypatch.setattr(module, "LOOK_EVERY_S", 0.05)


@pytest.mark.parametrize("end", ENDS)
async def test_the_console_s(pages: Pages, bob: User, end: Callable[[User], None]) -> None:
    console = await pages.console(bob)
    await console.until("console.snapshot")

    await in_thread(end, bob)

    assert await console.until_closed() == protocol.CLOSE_NOT_INSIDE


@pytest.mark.parametrize("end", ENDS)
async def test_the_session_s_but_not_the_customer_s(
    pages: Pages, bob: User, active: SupportSession, end: Callable[[User], None]
) -> None:
    pane = await pages.technician(active, bob)
    customer = await pages.customer(active)

    await in_thread(end, bob)

    assert await pane.until_closed() == protocol.CLOSE_NOT_INSIDE
    await _still_there(customer)


async def test_another_login_of_the_same_person_stays(pages: Pages, bob: User, active: SupportSession) -> None:
    pane = await pages.technician(active, bob)
    pane_key = await in_thread(lambda: Session.objects.get().pk)
    console = await pages.console(bob)

    await in_thread(lambda: Session.objects.filter(pk=pane_key).delete())

    assert await pane.until_closed() == protocol.CLOSE_NOT_INSIDE
    await _still_there(console)


async def _still_there(page: Page) -> None:
    await page.send("presence.ping")
    await page.until("presence.pong")


async def test_a_login_ends_by_itself_in_time(pages: Pages, bob: User) -> None:
    """The age that the cookie tells is the age that the server keeps (S-31)."""
    console = await pages.console(bob)
    await console.until("console.snapshot")
    assert settings.SESSION_COOKIE_AGE == 12 * 3600

    await in_thread(lambda: Session.objects.update(expire_date=factories.timezone.now()))

    assert await console.until_closed() == protocol.CLOSE_NOT_INSIDE
