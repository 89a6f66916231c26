"""The main flow by keyboard alone, on both sides."""

import pytest
from playwright.sync_api import expect

from tests.e2e.keys import press_to
from tests.e2e.people import Customer, Technician

pytestmark = pytest.mark.browser


def test_a_whole_session_without_a_pointer(tess: Technician, ana: Customer) -> None:
    press_to(tess.page, "button", "New Session")
    expect(tess.dialog.get_by_label("Name")).to_be_visible()
    press_to(tess.page, "textbox", "Name", "End")
    tess.page.keyboard.type("Ana Keys")
    press_to(tess.page, "button", "Create PIN Code")
    pin = tess.shown_pin()
    press_to(tess.page, "button", "Done")

    ana.page.goto("/")
    press_to(ana.page, "textbox", "Session Code", "End")
    ana.page.keyboard.type(pin)
    ana.page.keyboard.press("Enter")
    press_to(ana.page, "button", "Continue")
    press_to(ana.page, "button", "Ask me now")
    expect(ana.page.get_by_role("heading", name="This is your picture")).to_be_visible()
    press_to(ana.page, "button", "Continue")
    press_to(ana.page, "button", "I accept")
    expect(ana.page.get_by_text("Nobody sees your camera yet.")).to_be_visible()

    expect(tess.row("Ana Keys")).to_contain_text("Waiting")
    press_to(tess.page, "button", "Start")
    tess.wait_for_flow("framesDecoded", more_than=5)
    press_to(ana.page, "button", "Chat", exact=False)
    press_to(ana.page, "textbox", "Message", "End")
    ana.page.keyboard.type("by keys")
    ana.page.keyboard.press("Enter")
    tess.reads("by keys")
    press_to(tess.page, "button", "End")
    expect(tess.leaving.get_by_role("button", name="End session")).to_be_focused()
    tess.page.keyboard.press("Enter")
    expect(tess.page.get_by_text("Session ended").first).to_be_visible()
    expect(ana.page.get_by_role("heading", name="The session has ended")).to_be_visible()


def test_stop_is_first_in_the_tab_order_while_live(tess: Technician, ana: Customer) -> None:
    ana.comes_in(tess.creates_pin("Ana Order"))
    tess.starts("Ana Order")
    tess.wait_for_flow("framesDecoded", more_than=5)

    ana.page.evaluate("document.activeElement?.blur(); getSelection().removeAllRanges(); scrollTo(0, 0)")
    ana.page.keyboard.press("Tab")

    assert ana.page.evaluate("document.activeElement.textContent.trim()") == "Stop"
    tess.ends()
