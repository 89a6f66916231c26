"""Real browsers against a real server process. Nothing here touches Django: Playwright's loop is running."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

import pytest
from playwright.sync_api import Browser, BrowserContext, Playwright, expect, sync_playwright

from tests.chromium import launch
from tests.e2e.people import Customer, Manager, Technician, Watched
from tests.served import PASSWORD, Served

PATIENCE_MS = 45_000  # a page may be in the longest pause of its reconnects, on a machine that does much else
expect.set_options(timeout=PATIENCE_MS)
PHONE = {
    "viewport": {"width": 390, "height": 844},
    "is_mobile": True,
    "has_touch": True,
    "user_agent": "Mozilla/5.0 (Linux; Android 15; Pixel 9) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/142.0.0.0 Mobile Safari/537.36",
}
LAPTOP = {"viewport": {"width": 1366, "height": 768}}


@pytest.fixture(scope="package")
def playwright() -> Iterator[Playwright]:
    with sync_playwright() as running:
        yield running


@pytest.fixture(scope="package")
def chromium(playwright: Playwright) -> Iterator[Browser]:
    browser = launch(playwright)
    yield browser
    browser.close()


@pytest.fixture
def watched(served: Served) -> Iterator[Watched]:
    """Collects what no page may do: errors, refused policies, foreign hosts. Checked at the end of each test."""
    notes = Watched(origin=served.url)
    yield notes
    assert notes.faults == []


def close(context: BrowserContext) -> None:
    """Chromium never closes a page that is just going to another one, unless nothing answers it any more."""
    context.set_offline(True)
    context.close()


Open = Callable[..., BrowserContext]


@pytest.fixture
def new_context(chromium: Browser, served: Served, watched: Watched) -> Iterator[Open]:
    contexts: list[BrowserContext] = []

    def make(**options: object) -> BrowserContext:
        context = chromium.new_context(base_url=served.url, permissions=["camera", "microphone"], **options)  # type: ignore[arg-type]
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        watched.watch(context)
        return context

    yield make
    for context in contexts:
        close(context)


@pytest.fixture(scope="package")
def cookies() -> dict[str, list[Any]]:
    """By address: what the browser of somebody keeps who has signed in on the server of this run."""
    return {}


Someone = TypeVar("Someone", Technician, Manager)
Enter = Callable[..., Any]
ConsoleOf = Callable[..., Technician]


@pytest.fixture
def enter(new_context: Open, cookies: dict[str, list[Any]]) -> Enter:
    """Somebody at a laptop, signed in, on the page where they begin."""

    def sign_in(kind: type[Someone], email: str, **options: object) -> Someone:
        context = new_context(**LAPTOP, **options)
        context.add_cookies(cookies.get(email, []))
        person = kind(context.new_page(), email, PASSWORD)
        person.sign_in()
        cookies[email] = list(context.cookies())
        return person

    return sign_in


@pytest.fixture
def console_of(enter: Enter) -> ConsoleOf:
    """Open a technician's console."""
    return partial(enter, Technician)


@pytest.fixture
def tess(console_of: ConsoleOf) -> Technician:
    """Tess at her laptop, signed in, the console open."""
    person = console_of("tess@acme.example")
    person.clears_the_desk()
    return person


@pytest.fixture
def tom(console_of: ConsoleOf) -> Technician:
    """Tom of the same company, his console open: that makes him free."""
    person = console_of("tom@acme.example")
    person.clears_the_desk()
    return person


@pytest.fixture
def mara(enter: Enter) -> Manager:
    """Their manager, the administration open."""
    return enter(Manager, "manager@acme.example")


@pytest.fixture
def ana(new_context: Open) -> Customer:
    """Ana with her phone."""
    return Customer(new_context(**PHONE).new_page())


@pytest.fixture
def mail_dir(served: Served) -> Path:
    return served.mail_dir
