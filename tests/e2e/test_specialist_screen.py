"""A specialist's own screen: only where the group of the lead allows it, seen by the others, and gone when it ends."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import LAPTOP, Open
from tests.e2e.people import Customer, Manager, Specialist, Technician
from tests.waiting import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

# A canvas in place of the screen of a machine that has none; the browser's own question is not what is tested.
SCREEN = """() => {
  navigator.mediaDevices.getDisplayMedia = async () => {
    const canvas = document.createElement("canvas");
    canvas.width = 800;
    canvas.height = 500;
    const brush = canvas.getContext("2d");
    let step = 0;
    setInterval(() => {
      brush.fillStyle = "#00f";
      brush.fillRect(0, 0, 800, 500);
      brush.fillStyle = "#fff";
      brush.fillRect((step++ * 8) % 800, 200, 40, 40);
    }, 50);
    return canvas.captureStream(20);
  };
}"""
# Whether the middle of what is shown is blue, which no fake camera is.
IS_BLUE = """() => {
  const video = document.querySelector("video[data-part=video], .their-screen video");
  if (!video?.videoWidth) return false;
  const brush = new OffscreenCanvas(1, 1).getContext("2d");
  brush.drawImage(video, video.videoWidth / 4, 10, 10, 10, 0, 0, 1, 1);
  const [red, green, blue] = brush.getImageData(0, 0, 1, 1).data;
  return blue > 150 && red < 100 && green < 100;
}"""


@pytest.fixture
def allowed(mara: Manager) -> Iterator[Manager]:
    mara.sets("portal", "specialists_enabled", True)
    yield mara
    mara.sets("techniciangroup", "specialists_share_screen", False)
    mara.sets("portal", "specialists_enabled", False)


def test_a_specialist_shows_a_screen_and_takes_it_away(
    allowed: Manager, tess: Technician, ana: Customer, new_context: Open
) -> None:
    ana.comes_in(tess.creates_pin("Ana Screens"))
    tess.starts("Ana Screens")
    tess.wait_for_flow("framesDecoded", more_than=5)
    code = tess.invites_specialists()
    sam = Specialist(new_context(**LAPTOP).new_page())
    sam.types_code("/", code)
    sam.gives_name("Sam Okafor")
    sam.is_inside()
    sam.wait_for_flow("framesDecoded", more_than=5)

    # Off for the group, with the reason; the manager's click turns it on in the running session.
    share = sam.page.get_by_role("button", name="Share my screen")
    expect(share).to_have_attribute("aria-disabled", "true")
    expect(share).to_have_accessible_description("Sharing a screen by specialists is off for the group of the lead.")
    allowed.sets("techniciangroup", "specialists_share_screen", True)
    expect(share).to_have_attribute("aria-disabled", "false")
    expect(share).to_have_accessible_description("")

    sam.page.evaluate(SCREEN)
    share.click()
    expect(sam.page.get_by_text("Everybody in this session sees your screen.")).to_be_visible()
    whose = tess.page.get_by_role("status").filter(has_text=re.compile("^Screen of Sam Okafor$"))
    expect(whose).to_be_visible()
    wait_for(lambda: tess.page.evaluate(IS_BLUE), "Sam's screen")
    anas_view = ana.page.get_by_role("status").filter(has_text=re.compile("^Screen of Sam Okafor$"))
    expect(anas_view).to_be_visible()
    wait_for(lambda: ana.page.evaluate(IS_BLUE), "Sam's screen on the phone")

    sam.page.get_by_role("button", name="Stop sharing").click()
    expect(whose).to_have_count(0)
    expect(anas_view).to_have_count(0)
    expect(ana.page.get_by_label("Your camera")).to_be_visible()
    wait_for(lambda: not tess.page.evaluate(IS_BLUE), "the customer's picture again")
    frames = tess.flows()["framesDecoded"]
    tess.wait_for_flow("framesDecoded", more_than=frames + 5)
    tess.ends()
