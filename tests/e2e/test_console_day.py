"""A technician's day: several sessions at once, their tabs, notes that save themselves, keys, and the ways out."""

import re
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import assert_axe_is_content
from tests.e2e.conftest import PHONE, Open
from tests.e2e.keys import press_to
from tests.e2e.people import Customer, Technician
from tests.waiting import wait_for

pytestmark = pytest.mark.browser


def start_one(tess: Technician, customer: Customer, name: str) -> None:
    customer.comes_in(tess.creates_pin(name))
    tess.starts(name)
    expect(tess.row(name)).to_contain_text("Active")


def search(tess: Technician) -> Any:
    return tess.page.get_by_role("searchbox", name="Search sessions")


def test_tabs_count_what_is_unread_and_the_list_is_searched(tess: Technician, ana: Customer, new_context: Open) -> None:
    page = tess.page
    ben = Customer(new_context(**PHONE).new_page())
    start_one(tess, ana, "Ana Day")
    tess.holds()
    start_one(tess, ben, "Ben Day")
    expect(tess.tab("Ana Day")).to_contain_text("On hold")
    expect(tess.tab("Ben Day")).to_have_attribute("aria-selected", "true")

    # A line in a tab that is not shown counts, on the tab and in the title; looking at it reads it.
    page.keyboard.press("1")
    expect(tess.tab("Ana Day")).to_have_attribute("aria-selected", "true")
    ben.page.get_by_role("button", name="Chat").click()
    ben.says("Are you there?")
    ben.says("Hello?")
    expect(tess.tab("Ben Day")).to_contain_text(re.compile(r"unread:\s*2"))
    expect(page).to_have_title("(2) Technician Console · Sightline")
    page.keyboard.press("2")
    tess.reads("Hello?")
    expect(tess.tab("Ben Day")).not_to_contain_text("unread")
    expect(page).to_have_title("Technician Console · Sightline")

    # Search and filter, remembered over a reload, which brings the sessions back as well.
    page.keyboard.press("/")
    expect(search(tess)).to_be_focused()
    page.keyboard.type("ana")
    expect(tess.row("Ana Day")).to_be_visible()
    expect(tess.row("Ben Day")).to_have_count(0)
    page.reload()
    expect(search(tess)).to_have_value("ana")
    expect(tess.row("Ana Day")).to_be_visible()
    expect(tess.tab("Ben Day")).to_have_attribute("aria-selected", "true")
    search(tess).press("Escape")
    page.get_by_label("Show").select_option("On hold")
    expect(tess.row("Ana Day")).to_be_visible()
    expect(tess.row("Ben Day")).to_have_count(0)
    page.get_by_label("Show").select_option("All")

    # A waiting customer is announced, and takes the focus from nobody.
    tess.page.get_by_role("textbox", name="Message").focus()
    eva = Customer(new_context(**PHONE).new_page())
    eva.comes_in(tess.creates_pin("Eva Day"))
    expect(page.locator("body > [data-announcer]")).to_have_text("Eva Day is waiting")
    expect(page).to_have_title("(1) Technician Console · Sightline")
    tess.clears_the_desk()


def test_notes_save_themselves_and_survive_tabs_reloads_and_a_lost_line(tess: Technician, ana: Customer) -> None:
    page = tess.page
    start_one(tess, ana, "Ana Notes")
    state = page.locator("section", has=tess.notes).get_by_role("status")

    tess.notes.fill("FritzBox 7590")
    expect(state).to_have_text(re.compile("^Saved "))
    page.reload()
    expect(tess.notes).to_have_value("FritzBox 7590")

    # Without a line the text stays in the page and is sent when the line is back.
    page.route("**/notes/", lambda route: route.abort())
    tess.notes.fill("FritzBox 7590, WAN unplugged")
    expect(state).to_have_text("Not saved yet. Trying again.")
    page.unroute("**/notes/")
    expect(state).to_have_text(re.compile("^Saved "))

    # What was typed a moment before the page goes is sent on its way out.
    tess.notes.fill("FritzBox 7590, WAN plugged in")
    page.reload()
    wait_for(lambda: notes_on_server(page) == "FritzBox 7590, WAN plugged in", "the last words")

    # The dialog at the end has the same notes and the outcome.
    page.get_by_role("button", name="End", exact=True).click()
    expect(tess.leaving.get_by_label("Notes")).to_have_value("FritzBox 7590, WAN plugged in")
    tess.leaving.get_by_label("Notes").fill("Solved.")
    tess.leaving.get_by_role("radio", name="Resolved", exact=True).check()
    with page.expect_request("**/end/") as asked:
        tess.leaving.get_by_role("button", name="End session").click()
    assert asked.value.post_data_json == {"outcome": "resolved"}
    expect(tess.leaving).to_be_hidden()
    expect(page.get_by_text("Session ended").first).to_be_visible()
    expect(page.get_by_text("Total time").first).to_be_visible()
    expect(tess.notes).to_have_value("Solved.")
    wait_for(lambda: notes_on_server(page) == "Solved.", "the notes of the dialog")


def notes_on_server(page: Page) -> str:
    """Read over the API, by the id in the shown panel's own id."""
    panel = page.get_by_role("tab", selected=True).get_attribute("aria-controls") or ""
    answer = page.request.get(f"/api/v1/sessions/{panel.removeprefix('session-')}/notes/")
    return str(answer.json()["text"])


def test_keys_act_unless_they_are_switched_off_or_typed(tess: Technician, ana: Customer) -> None:
    page = tess.page
    keys = page.get_by_role("dialog", name="Keyboard shortcuts")
    page.keyboard.press("?")
    expect(keys).to_be_visible()
    page.keyboard.press("n")
    expect(tess.dialog).to_be_hidden()
    page.keyboard.press("Escape")
    expect(keys).to_have_count(0)
    page.keyboard.press("n")
    expect(tess.dialog).to_be_visible()
    page.keyboard.press("Escape")
    expect(tess.dialog).to_be_hidden()

    ana.comes_in(tess.creates_pin("Ana Keys"))
    tess.row("Ana Keys").get_by_role("button", name="Ana Keys").click()
    page.keyboard.press("s")
    expect(tess.row("Ana Keys")).to_contain_text("Active")
    page.keyboard.press("h")
    expect(tess.row("Ana Keys")).to_contain_text("On hold")
    press_to(page, "textbox", "Message", "End")
    page.keyboard.type("then n e t h s m ?")
    expect(page.get_by_role("textbox", name="Message")).to_have_value("then n e t h s m ?")
    page.keyboard.press("Enter")
    tess.reads("then n e t h s m ?")
    expect(page.get_by_role("dialog")).to_have_count(0)
    press_to(page, "button", "Ana Keys")
    page.keyboard.press("m")
    sound = page.get_by_role("button", name="Sound for new arrivals")
    expect(sound).to_have_attribute("aria-pressed", "false")

    # The way out: e, then Enter.
    page.keyboard.press("e")
    expect(tess.leaving.get_by_role("button", name="End session")).to_be_focused()
    expect(tess.leaving.get_by_role("button", name="Leave", exact=True)).to_have_count(0)
    page.keyboard.press("Enter")
    expect(page.get_by_text("Session ended").first).to_be_visible()

    # Switched off, they stay off after a reload; so does the sound.
    page.get_by_role("heading", name="Technician Console").click()
    page.keyboard.press("?")
    keys.get_by_role("checkbox").uncheck()
    keys.get_by_role("button", name="Close").last.click()
    page.reload()
    expect(page.get_by_role("button", name="New Session")).to_be_enabled()
    expect(sound).to_have_attribute("aria-pressed", "false")
    page.keyboard.press("n")
    expect(tess.dialog).to_be_hidden()
    page.get_by_role("button", name="Tess Meyer").click()
    page.get_by_role("button", name="Keyboard shortcuts").click()
    expect(keys.get_by_role("checkbox")).not_to_be_checked()


def test_the_browser_asks_before_an_active_session_is_left_alone(tess: Technician, ana: Customer) -> None:
    start_one(tess, ana, "Ana Alone")
    tess.says("One moment.")  # a browser asks only for a page that somebody has used
    asked: list[str] = []

    def stay(dialog: Any) -> None:
        asked.append(dialog.type)
        dialog.dismiss()

    tess.page.on("dialog", stay)
    tess.page.close(run_before_unload=True)
    wait_for(lambda: tess.page.title() and asked, "the browser's question")

    assert asked == ["beforeunload"]
    expect(tess.row("Ana Alone")).to_contain_text("Active")
    tess.leaving.get_by_role("button", name="End session").click()  # who stays is asked what is to become of it
    expect(tess.page.get_by_text("Session ended").filter(visible=True).first).to_be_visible()
    tess.page.close(run_before_unload=True)
    wait_for(lambda: tess.page.is_closed() or tess.page.wait_for_event("close"), "the page to close")
    assert asked == ["beforeunload"], "with nothing open it asks nothing"


def assert_axe_likes(page: Page, where: str) -> None:
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        assert_axe_is_content(page, f"{where}, {scheme}")


def test_axe_finds_nothing_in_the_console_s_own_states(tess: Technician, ana: Customer, new_context: Open) -> None:
    ben = Customer(new_context(**PHONE).new_page())
    page = tess.page
    start_one(tess, ana, "Ana Axe")
    ben.comes_in(tess.creates_pin("Ben Axe"))
    expect(tess.row("Ben Axe")).to_contain_text("Waiting")

    page.get_by_role("button", name="Transfer", exact=True).click()
    expect(tess.transferring.get_by_role("radio").first).to_be_attached()
    tess.transferring.get_by_role("button", name="Transfer", exact=True).click()
    expect(tess.transferring.get_by_role("alert")).to_be_visible()
    assert_axe_likes(page, "Transfer")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="End", exact=True).click()
    assert_axe_likes(page, "Leave session")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Tess Meyer").click()
    assert_axe_likes(page, "the menu")
    page.get_by_role("button", name="Keyboard shortcuts").click()
    assert_axe_likes(page, "Keyboard shortcuts")
    page.keyboard.press("Escape")
    page.get_by_role("button", name="Join Session").click()
    expect(page.get_by_role("dialog", name="Join Session")).to_be_visible()
    assert_axe_likes(page, "Join Session")
    page.keyboard.press("Escape")
    tess.holds()
    search(tess).fill("nobody")
    expect(page.get_by_text("No session matches.")).to_be_visible()
    assert_axe_likes(page, "a held session, an empty search")
    search(tess).fill("")
    tess.row("Ben Axe").click()
    assert_axe_likes(page, "two tabs")
    tess.clears_the_desk()
