"""Links and codes that were used: the same browser comes back, another one is told, reloading keeps the place."""

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PHONE, Open
from tests.e2e.people import Customer, Technician
from tests.waiting import wait_for

pytestmark = pytest.mark.browser


def link_for(tess: Technician, name: str) -> str:
    tess.opens_new_session(name, "Link")
    with tess.page.expect_response("**/api/v1/sessions/") as answer:
        tess.dialog.get_by_role("button", name="Create Link").click()
    tess.dialog.get_by_role("button", name="Done").click()
    return str(answer.value.json()["invitation"]["link"])


def test_a_link_is_for_one_browser_which_may_come_back(tess: Technician, ana: Customer, new_context: Open) -> None:
    link = link_for(tess, "Ana Twice")
    ana.page.goto(link)
    ana.continues()
    ana.allows_camera()
    ana.accepts_terms()

    other = Customer(new_context(**PHONE).new_page())
    other.page.goto(link)
    expect(other.page.get_by_text("already been used on another device")).to_be_visible()
    ana.page.goto("about:blank")
    ana.page.goto(link)
    expect(ana.page.get_by_text("Nobody sees your camera yet.")).to_be_visible()


def test_a_reload_in_the_live_view_brings_the_picture_back(tess: Technician, ana: Customer) -> None:
    ana.comes_in(tess.creates_pin("Ana Reload"))
    tess.starts("Ana Reload")
    tess.wait_for_flow("framesDecoded", more_than=5)

    ana.page.reload()

    expect(ana.page.get_by_text("Tess Meyer of Acme Support sees your camera")).to_be_visible()
    wait_for(lambda: tess.page.evaluate("window.peersOfTest.length") > 1, "a new peer connection")
    seen = tess.flows()["framesDecoded"]
    tess.wait_for_flow("framesDecoded", more_than=seen + 20)
    tess.ends()


def test_a_reload_of_the_console_brings_the_picture_back(tess: Technician, ana: Customer) -> None:
    ana.comes_in(tess.creates_pin("Ana Console"))
    tess.starts("Ana Console")
    tess.wait_for_flow("framesDecoded", more_than=5)

    tess.page.reload()
    tess.row("Ana Console").click()

    tess.wait_for_flow("framesDecoded", more_than=20)
    expect(tess.page.get_by_role("log", name="Chat").get_by_text("Tess Meyer has joined the session")).to_have_count(1)
    tess.ends()


def test_a_session_open_in_two_tabs_is_used_in_one(tess: Technician, ana: Customer) -> None:
    ana.comes_in(tess.creates_pin("Ana Tabs"))
    tess.starts("Ana Tabs")
    tess.wait_for_flow("framesDecoded", more_than=5)

    second = Technician(tess.page.context.new_page(), tess.email, tess.password)
    second.page.goto("/console/")
    second.row("Ana Tabs").click()

    second.wait_for_flow("framesDecoded", more_than=5)
    expect(tess.page.get_by_text("This session is open in another tab.")).to_be_visible()
    tess.page.get_by_role("button", name="Use here").click()
    expect(second.page.get_by_text("This session is open in another tab.")).to_be_visible()
    tess.ends()
