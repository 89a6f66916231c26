"""Transfer between two technicians at their laptops; the customer stays where they are."""

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.keys import press_to
from tests.e2e.people import Customer, Technician
from tests.waiting import wait_for

pytestmark = pytest.mark.browser


def test_a_colleague_takes_over_and_the_customer_never_leaves(tess: Technician, tom: Technician, ana: Customer) -> None:
    ana.comes_in(tess.creates_pin("Ana Moves"))
    tess.starts("Ana Moves")
    tess.wait_for_flow("framesDecoded", more_than=5)
    ana.page.evaluate("window.stillHere = true")
    with tess.page.expect_response("**/notes/"):
        tess.notes.fill("Router restarted.")

    # Tess gives, by keyboard alone.
    press_to(tess.page, "button", "Transfer")
    expect(tess.transferring.get_by_role("searchbox", name="Search")).to_be_focused()
    tess.page.keyboard.type("tom fis")
    expect(tess.transferring.get_by_role("radio")).to_have_count(1)
    press_to(tess.page, "radio", "Tom Fischer Support", "Space")
    press_to(tess.page, "textbox", "Comment", "End")
    tess.page.keyboard.type("Check the blue cable.")
    press_to(tess.page, "button", "Transfer", within=tess.transferring)
    expect(tess.transferring).to_have_count(0)
    expect(tess.row("Ana Moves")).to_contain_text("Outgoing")
    expect(tess.row("Ana Moves")).to_contain_text("to Tom Fischer")
    expect(tess.page.get_by_text("Offered to Tom Fischer since")).to_be_visible()

    # Tom sees who gives and why, and accepts.
    expect(tom.row("Ana Moves")).to_contain_text("Incoming")
    expect(tom.row("Ana Moves")).to_contain_text("from Tess Meyer")
    expect(tom.row("Ana Moves")).to_contain_text("Check the blue cable.")
    expect(tom.page).to_have_title("(1) Technician Console · Sightline")
    tom.starts("Ana Moves")
    expect(tom.row("Ana Moves")).to_contain_text("Active")
    expect(tess.page.get_by_text("Tom Fischer has taken over the session with Ana Moves.")).to_be_visible()
    expect(tess.row("Ana Moves")).to_have_count(0)
    tom.wait_for_flow("framesDecoded", more_than=5)
    expect(tom.notes).to_have_value("Router restarted.")
    expect(tom.notes).to_be_enabled()

    # Ana is on the same page, with the same chat; what was said between technicians is not hers.
    ana.page.get_by_role("button", name="Chat").click()
    ana.reads("Tom Fischer has joined the session")
    tom.says("Tom here.")
    ana.reads("Tom here.")
    tom.reads("Tess Meyer offers the session to Tom Fischer: Check the blue cable.")
    assert "blue cable" not in ana.page.content()
    assert ana.page.evaluate("window.stillHere") is True
    tom.ends()
    expect(ana.page.get_by_role("heading", name="The session has ended")).to_be_visible()


def test_the_giver_takes_it_back_and_who_comes_too_late_is_told_who_has_it(
    tess: Technician, tom: Technician, ana: Customer
) -> None:
    ana.comes_in(tess.creates_pin("Ana Back"))
    tess.starts("Ana Back")
    tess.transfers_to("Tom Fischer")
    start = tess.row("Ana Back").get_by_role("button", name="Start")
    expect(start).to_have_accessible_description("Start takes it back")

    # Both press Start; Tom's request is on its way while Tess's is done.
    late: list[Route] = []
    tom.page.route("**/start/", lambda route: late.append(route))
    tom.starts("Ana Back")
    wait_for(lambda: tom.page.title() and late, "Tom's request")
    tess.starts("Ana Back")
    expect(tess.row("Ana Back")).to_contain_text("Active")
    late[0].continue_()

    notices = tom.page.get_by_role("status", name="Notices")
    expect(notices.get_by_text("Tess Meyer has already started this session.")).to_be_visible()
    expect(tom.row("Ana Back")).to_have_count(0)
    expect(tom.page.get_by_text("This session is not offered to you any more.")).to_be_visible()
    tess.ends()


def test_a_refusal_is_said_in_place_and_nothing_typed_is_lost(tess: Technician, tom: Technician, ana: Customer) -> None:
    ana.comes_in(tess.creates_pin("Ana Stays"))
    tess.starts("Ana Stays")
    press_to(tess.page, "button", "Transfer")
    dialog = tess.transferring
    dialog.get_by_label("Comment").fill("x" * 1001)
    dialog.get_by_role("button", name="Transfer", exact=True).click()
    expect(dialog.get_by_text("Choose to whom the session goes.")).to_be_visible()
    dialog.get_by_role("radio", name="Tom Fischer").check()
    dialog.get_by_role("button", name="Transfer", exact=True).click()
    expect(dialog.get_by_text("The comment is too long: 1001 of 1000 characters.")).to_be_visible()
    dialog.get_by_label("Comment").fill("Please.")

    # Tom goes Away between the look and the press.
    tess.page.route("**/transfer-targets/", lambda route: route.abort())
    with tom.page.expect_response("**/availability/"):
        tom.page.get_by_label("Status").select_option("Away")
    dialog.get_by_role("button", name="Transfer", exact=True).click()
    expect(dialog.get_by_role("alert")).to_have_text("Tom Fischer: away. Choose somebody else.")
    expect(dialog.get_by_label("Comment")).to_have_value("Please.")

    tess.page.unroute("**/transfer-targets/")
    expect(dialog.get_by_role("radio", name="Tom Fischer")).to_be_disabled()
    expect(dialog.get_by_text("Support · away")).to_be_visible()
    with tom.page.expect_response("**/availability/"):
        tom.page.get_by_label("Status").select_option("Online")
    expect(dialog.get_by_role("radio", name="Tom Fischer")).to_be_enabled()
    dialog.get_by_role("button", name="Cancel").click()
    expect(tess.page.get_by_role("button", name="Transfer", exact=True)).to_be_focused()
    tess.ends()
