"""A recording from the question to the player: everybody agrees, everybody sees the mark, and the file just plays."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import assert_axe_is_content
from tests.e2e.conftest import PHONE, Open
from tests.e2e.people import Customer, Manager, Specialist, Technician
from tests.waiting import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.timeout(600)]

TOOLS = "Sound and view"
PLAYER = """(video) => {
  const canvas = new OffscreenCanvas(8, 6);
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  brush.drawImage(video, 0, 0, 8, 6);
  return { duration: video.duration === Infinity ? 0 : video.duration || 0, at: video.currentTime,
    found: !video.seeking, shows: brush.getImageData(0, 0, 8, 6).data.some((value, at) => at % 4 < 3 && value > 40) };
}"""


@pytest.fixture
def alice(mara: Manager) -> Iterator[Manager]:
    mara.allows_recording(True)
    yield mara
    mara.allows_recording(False)


def tool(tess: Technician, name: str) -> Any:
    return tess.page.get_by_role("toolbar", name=TOOLS).get_by_role("button", name=name, exact=True)


def player(video: Any) -> dict[str, Any]:
    return dict(video.evaluate(PLAYER))


def recorded_ms(tess: Technician) -> int:
    """As the mark tells it."""
    minutes, seconds = tess.page.locator("[data-part=recording-time]").filter(visible=True).inner_text().split(":")
    return (int(minutes) * 60 + int(seconds)) * 1000


def mark(page: Page) -> Any:
    return page.get_by_role("status").filter(has_text=re.compile("^Recording$"), visible=True)


def notices(tess: Technician) -> Any:
    return tess.page.get_by_role("status", name="Notices")


def question(page: Page) -> Any:
    return page.get_by_role("alertdialog", name="Request")


def test_everybody_is_asked_and_sees_the_mark(alice: Manager, tess: Technician, ana: Customer) -> None:
    ana.comes_in(tess.creates_pin("Ana Recorded"))
    tess.starts("Ana Recorded")
    tess.wait_for_flow("framesDecoded", more_than=5)

    # A no is a no, and is said in plain words.
    tool(tess, "Record").click()
    expect(question(ana.page)).to_contain_text("Tess Meyer asks to record. Picture, sound and chat, kept for 90 days.")
    question(ana.page).get_by_role("button", name="No", exact=True).click()
    expect(notices(tess)).to_contain_text("The customer does not want to be recorded. Nothing is recorded.")
    expect(mark(ana.page)).to_have_count(0)

    # Everybody agrees: the mark is on both pages, and the customer can end it.
    tool(tess, "Record").click()
    question(ana.page).get_by_role("button", name="Agree").click()
    for page in (tess.page, ana.page):
        expect(mark(page)).to_be_visible()
    tess.says("Please turn it around.")
    wait_for(lambda: recorded_ms(tess) > 8_000, "eight seconds to be recorded")
    ana.page.get_by_role("button", name="Stop recording").click()
    expect(tool(tess, "Record")).to_be_enabled()
    for page in (tess.page, ana.page):
        expect(mark(page)).to_have_count(0)
    tess.ends()

    # It is ready soon, plays, and is found at any place; the line of the chat leads to its moment.
    tess.page.get_by_role("link", name="Read the record").filter(visible=True).click()
    video = tess.page.get_by_role("region", name="Recording").locator("video")
    expect(video).to_be_visible(timeout=60_000)
    wait_for(lambda: player(video)["duration"] > 1, "a length")
    late = player(video)["duration"] * 0.9
    video.evaluate("(one) => { one.muted = true; return one.play(); }")
    wait_for(lambda: player(video)["at"] > 0.5, "it to play")
    video.evaluate("(one, at) => { one.pause(); one.currentTime = at; }", late)
    wait_for(lambda: player(video)["found"] and abs(player(video)["at"] - late) < 0.1, "the place")
    wait_for(lambda: player(video)["shows"], "a picture there")
    line = tess.page.get_by_role("list", name="Timeline").get_by_role("listitem").filter(has_text="turn it around")
    line.get_by_role("button").click()
    expect(line).to_have_attribute("aria-current", "true")
    wait_for(lambda: player(video)["at"] < late - 0.2, "the moment of the line")
    for scheme in ("light", "dark"):
        tess.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")  # type: ignore[arg-type]
        assert_axe_is_content(tess.page, f"record with a recording, {scheme}")


def test_a_colleague_inside_is_asked_as_well(alice: Manager, tess: Technician, tom: Technician, ana: Customer) -> None:
    ana.comes_in(tess.creates_pin("Ana Asked"))
    tess.starts("Ana Asked")
    inviting = tess.invites("Agents", "Invite Agents")
    inviting.get_by_role("button", name="Invite Tom Fischer").click()
    inviting.get_by_role("button", name="Close", exact=True).click()
    tom.row("Ana Asked").get_by_role("button", name="Accept").click()
    tess.reads("Tom Fischer has joined the session")

    # Everybody but who asks is asked; one no is enough.
    tool(tess, "Record").click()
    question(ana.page).get_by_role("button", name="Agree").click()
    expect(question(tom.page)).to_contain_text("Tess Meyer asks to record.")
    expect(question(tess.page)).to_have_count(0)
    question(tom.page).get_by_role("button", name="No", exact=True).click()
    expect(notices(tess)).to_contain_text("A technician does not want to be recorded. Nothing is recorded.")

    # With everybody's yes the mark is everybody's.
    tool(tess, "Record").click()
    for page in (ana.page, tom.page):
        question(page).get_by_role("button", name="Agree").click()
    for page in (ana.page, tom.page, tess.page):
        expect(mark(page)).to_be_visible()
    tool(tess, "Stop recording").click()
    for page in (ana.page, tom.page, tess.page):
        expect(mark(page)).to_have_count(0)
    tess.ends()


def test_a_specialist_is_asked_and_cannot_end_it(
    alice: Manager, tess: Technician, ana: Customer, new_context: Open
) -> None:
    alice.sets("portal", "specialists_enabled", True)
    ana.comes_in(tess.creates_pin("Ana Three"))
    tess.starts("Ana Three")
    sam = Specialist(new_context(**PHONE).new_page())
    sam.types_code("/", tess.invites_specialists())
    sam.gives_name("Sam Okafor")
    sam.is_inside()
    sam.wait_for_flow("framesDecoded", more_than=5)

    tool(tess, "Record").click()
    question(ana.page).get_by_role("button", name="Agree").click()
    expect(question(sam.page)).to_contain_text("Tess Meyer asks to record.")
    expect(mark(ana.page)).to_have_count(0)
    question(sam.page).get_by_role("button", name="Agree").click()
    for page in (ana.page, sam.page, tess.page):
        expect(mark(page)).to_be_visible()
    expect(sam.page.get_by_role("button", name="Stop recording")).to_have_count(0)

    ana.page.get_by_role("button", name="Stop recording").click()
    for page in (ana.page, sam.page, tess.page):
        expect(mark(page)).to_have_count(0)
    tess.ends()
    alice.sets("portal", "specialists_enabled", False)
