"""A page asks for all of its modules at once: none has to arrive before another one is known of."""

from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.people import Customer, Technician

pytestmark = pytest.mark.browser
NAMED = """() => [...document.querySelectorAll("link[rel=modulepreload], script[type=module]")]
  .map((one) => one.href || one.src)"""


def scripts_of(page: Page) -> list[str]:
    """The addresses of all scripts that the page asks for from now on."""
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url) if request.resource_type == "script" else None)
    return asked


def test_the_console_and_a_phone_know_their_modules_at_once(tess: Technician, ana: Customer) -> None:
    asked = scripts_of(tess.page)
    tess.page.reload()
    tess.clears_the_desk()
    named: Any = tess.page.evaluate(NAMED)
    assert sorted(set(asked)) == sorted(named)
    assert len(named) > 50

    ana.types_pin(tess.creates_pin("Ana"))
    expect(ana.page.get_by_role("button", name="Continue")).to_be_visible()
    asked = scripts_of(ana.page)
    ana.continues()
    expect(ana.page.get_by_role("heading", name="Allow camera and microphone")).to_be_visible()
    assert sorted(set(asked)) == sorted(ana.page.evaluate(NAMED))
