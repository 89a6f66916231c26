"""Kind Screen as chat and waiting: the customer's room without a camera, its hold and transfer, and its end."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.axe import assert_axe_is_content
from tests.e2e.conftest import PHONE, Open
from tests.e2e.people import Customer, Technician
from tests.waiting import wait_for

pytestmark = pytest.mark.browser


def creates_screen_pin(tess: Technician, name: str) -> str:
    tess.page.get_by_role("button", name="New Session").click()
    tess.dialog.get_by_role("radio", name="Screen").check()
    tess.dialog.get_by_label("Name").fill(name)
    tess.dialog.get_by_role("tab", name="PIN Code").click()
    tess.dialog.get_by_role("button", name="Create PIN Code").click()
    pin = tess.shown_pin()
    tess.dialog.get_by_role("button", name="Done").click()
    return pin


def waits_in_the_room(customer: Customer, pin: str) -> None:
    customer.types_pin(pin)
    expect(customer.page.get_by_role("heading", name="Tess Meyer would like to help you")).to_be_visible()
    customer.continues()
    customer.page.get_by_role("button", name="I accept").click()
    expect(customer.page.get_by_role("heading", name="Tess will be with you soon")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_screen_session_is_chat_from_waiting_to_the_survey(tess: Technician, new_context: Open, scheme: str) -> None:
    ana = Customer(new_context(**PHONE, color_scheme=scheme, reduced_motion="reduce").new_page())
    name = f"Ana Screen {scheme}"
    ana.types_pin(creates_screen_pin(tess, name))
    expect(ana.page.get_by_text("What you write in the chat")).to_be_visible()
    expect(ana.page.get_by_text("Your voice")).to_be_hidden()
    assert_axe_is_content(ana.page, "landing")
    ana.continues()
    expect(ana.page.get_by_text("Did you ask for this help?")).to_be_visible()
    assert_axe_is_content(ana.page, "terms")
    ana.page.get_by_role("button", name="I accept").click()

    # The chat works before Start, and nothing else is promised.
    expect(ana.page.get_by_role("heading", name="Tess will be with you soon")).to_be_visible()
    expect(ana.page.get_by_text("Your technician does not see your screen.").first).to_be_visible()
    ana.says("The printer hums.")
    assert_axe_is_content(ana.page, "waiting")
    tess.row(name).get_by_role("button").first.click()
    tess.reads("The printer hums.")
    tess.starts(name)
    expect(ana.page.get_by_role("heading", name="Tess Meyer is helping you")).to_be_visible()
    tess.says("Does it print?")
    ana.reads("Does it print?")
    assert_axe_is_content(ana.page, "room")

    # Hold: she reads who holds, and can still write.
    tess.holds()
    expect(ana.page.get_by_role("heading", name="On hold")).to_be_visible()
    ana.says("I wait.")
    tess.reads("I wait.")
    tess.starts(name)
    expect(ana.page.get_by_role("heading", name="Tess Meyer is helping you")).to_be_visible()

    tess.ends()
    expect(ana.page.get_by_role("heading", name="The session has ended")).to_be_visible()
    expect(ana.page.get_by_text("Tess Meyer has ended the session.")).to_be_visible()
    assert_axe_is_content(ana.page, "ended")
    assert ana.flows()["live"] == 0


def test_the_room_is_handed_over_and_says_so(tess: Technician, ana: Customer, tom: Technician) -> None:
    waits_in_the_room(ana, creates_screen_pin(tess, "Ana Moves On"))
    tess.starts("Ana Moves On")
    expect(ana.page.get_by_role("heading", name="Tess Meyer is helping you")).to_be_visible()

    tess.transfers_to("Tom Fischer", "She has the blue one.")
    expect(ana.page.get_by_role("heading", name="Tess Meyer is handing you over to a colleague")).to_be_visible()
    tom.starts("Ana Moves On")

    expect(ana.page.get_by_role("heading", name="Tom Fischer is helping you")).to_be_visible()
    assert "blue one" not in ana.page.content()
    tom.ends()


def test_the_room_is_ended_by_keyboard_alone(tess: Technician, ana: Customer) -> None:
    waits_in_the_room(ana, creates_screen_pin(tess, "Ana Leaves"))
    tess.starts("Ana Leaves")
    expect(ana.page.get_by_role("heading", name="Tess Meyer is helping you")).to_be_visible()

    ana.page.keyboard.press("Tab")
    expect(ana.page.get_by_role("button", name="End", exact=True)).to_be_focused()
    ana.page.keyboard.press("Enter")

    expect(ana.page.get_by_text("You have ended the session.")).to_be_visible()
    expect(tess.page.get_by_text("Session ended").first).to_be_visible()


def test_the_room_comes_back_after_a_reload_with_its_chat(tess: Technician, ana: Customer) -> None:
    waits_in_the_room(ana, creates_screen_pin(tess, "Ana Reloads"))
    ana.says("Still here.")
    expect(ana.page.get_by_role("log", name="Chat").get_by_text(re.compile(r"You, \d"))).to_be_visible()

    ana.page.reload()

    ana.reads("Still here.")
    tess.starts("Ana Reloads")
    expect(ana.page.get_by_role("heading", name="Tess Meyer is helping you")).to_be_visible()
    tess.ends()


def test_hold_ends_the_camera_and_only_her_own_click_turns_it_on_again(tess: Technician, ana: Customer) -> None:
    ana.comes_in(tess.creates_pin("Ana Held"))
    tess.starts("Ana Held")
    tess.wait_for_flow("framesDecoded", more_than=5)
    ana.page.evaluate("""() => {
      window.tracksOfTest = peersOfTest.flatMap((peer) => peer.getSenders()).flatMap(({ track }) => track ?? []);
    }""")

    tess.holds()
    expect(ana.page.get_by_role("heading", name="On hold")).to_be_visible()
    expect(ana.page.get_by_text("Tess Meyer has put the session on hold. Your camera is off.")).to_be_visible()
    assert ana.page.evaluate("tracksOfTest.map((track) => track.readyState)") == ["ended", "ended"]
    assert not ana.camera_is_live()
    ana.says("I am here.")
    tess.reads("I am here.")
    assert_axe_is_content(ana.page, "on hold")

    # Taken up again: she is asked, and nothing is on before she answers; a reload does not answer for her.
    tess.starts("Ana Held")
    asked = ana.page.get_by_text("Tess Meyer of Acme Support is back and asks to see your camera.")
    expect(asked).to_be_visible()
    ana.page.reload()
    button = ana.page.get_by_role("button", name="Show my camera again")
    expect(button).to_be_visible()
    assert not ana.camera_is_live()
    button.click()
    expect(ana.page.get_by_text("Tess Meyer of Acme Support sees your camera")).to_be_visible()
    before = tess.flows()["framesDecoded"]
    tess.wait_for_flow("framesDecoded", more_than=before + 5)
    tess.ends()
    expect(ana.page.get_by_role("heading", name="The session has ended")).to_be_visible()


def test_the_picture_goes_on_during_a_transfer_and_then_to_the_receiver(
    tess: Technician, ana: Customer, tom: Technician
) -> None:
    ana.comes_in(tess.creates_pin("Ana Given"))
    tess.starts("Ana Given")
    tess.wait_for_flow("framesDecoded", more_than=5)

    tess.transfers_to("Tom Fischer")
    expect(ana.page.get_by_text("Tess Meyer is handing you over to a colleague.")).to_be_visible()
    expect(tess.page.get_by_text("Offered to Tom Fischer since")).to_be_visible()
    before = tess.flows()["framesDecoded"]
    tess.wait_for_flow("framesDecoded", more_than=before + 10)
    expect(ana.page.get_by_text("Tess Meyer of Acme Support sees your camera")).to_be_visible()

    tom.starts("Ana Given")
    expect(ana.page.get_by_text("Tom Fischer is helping you now.")).to_be_visible()
    expect(ana.page.get_by_text("Tom Fischer of Acme Support sees your camera")).to_be_visible()
    tom.wait_for_flow("framesDecoded", more_than=5)
    wait_for(lambda: tess.flows()["live"] == 0, "the giver to see nothing more")
    tom.ends()
