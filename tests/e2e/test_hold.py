"""Hold: the camera goes off, the Lens slot is free, and Start takes the session up where it was."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import PHONE, Open
from tests.e2e.people import Customer, Manager, Technician
from tests.waiting import wait_for

pytestmark = pytest.mark.browser


def test_hold_frees_the_slot_and_start_brings_the_picture_back(
    tess: Technician, ana: Customer, new_context: Open
) -> None:
    ben = Customer(new_context(**PHONE).new_page())
    ana.comes_in(tess.creates_pin("Ana Hold"))
    ben.comes_in(tess.creates_pin("Ben Next"))
    tess.starts("Ana Hold")
    tess.wait_for_flow("framesDecoded", more_than=5)

    # Hold: nothing flows, the row and the pane say so, the next customer can be helped.
    tess.holds()
    expect(tess.page.get_by_text("The camera of Ana Hold is off.")).to_be_visible()
    expect(tess.row("Ana Hold")).to_contain_text("On hold")
    wait_for(lambda: tess.picture() is None, "no picture")
    tess.says("Back in a minute.")
    tess.starts("Ben Next")
    expect(tess.row("Ben Next")).to_contain_text("Active")

    # With another active Lens session, the held one waits for its turn, with the reason.
    start = tess.row("Ana Hold").get_by_role("button", name="Start")
    expect(start).to_be_disabled()
    expect(start).to_have_accessible_description(
        "One Lens session at a time. End or hold the session with Ben Next first."
    )
    tess.ends()

    # Start takes it up: same room, same chat, and a picture again once she turns the camera on herself.
    tess.starts("Ana Hold")
    expect(tess.row("Ana Hold")).to_contain_text("Active")
    tess.reads("Back in a minute.")
    ana.page.get_by_role("button", name="Show my camera again").click()
    wait_for(tess.picture, "a picture")
    tess.ends()
    expect(tess.page.get_by_text("on hold 0:").first).to_be_visible()
    expect(ana.page.get_by_role("heading", name="The session has ended")).to_be_visible()


@pytest.fixture
def alice(mara: Manager) -> Iterator[Manager]:
    yield mara
    mara.sets("techniciangroup", "hold", True)


def test_without_the_right_hold_is_off_with_the_reason_at_once(alice: Manager, tess: Technician, ana: Customer) -> None:
    ana.comes_in(tess.creates_pin("Ana Right"))
    tess.starts("Ana Right")
    hold = tess.page.get_by_role("button", name="Hold", exact=True)
    expect(hold).to_be_enabled()

    alice.sets("techniciangroup", "hold", False)

    expect(hold).to_be_disabled()
    reason = "Hold is off for your group. Your manager can turn it on."
    expect(hold).to_have_accessible_description(reason)
    hold.focus()
    expect(tess.page.get_by_text(reason).first).to_be_visible()
    tess.page.keyboard.press("Enter")
    expect(tess.page.get_by_role("status", name="Notices").get_by_text(reason)).to_be_visible()
    expect(tess.row("Ana Right")).to_contain_text("Active")
    tess.ends()
