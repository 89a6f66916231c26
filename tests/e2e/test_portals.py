"""Portals in real browsers: each mode from the customer's phone to the technician's console; Link and SMS beside."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import unquote

import pytest
import segno
from playwright.sync_api import Page, expect

from tests.e2e.axe import assert_axe_is_content
from tests.e2e.conftest import LAPTOP, PHONE, ConsoleOf, Open
from tests.e2e.people import Customer, Technician, Watched
from tests.served import Served
from tests.waiting import wait_for

pytestmark = pytest.mark.browser

SWITCH = """
from portals.models import Portal
Portal.objects.filter(slug="acme-queue").update(is_open={open})
"""


@pytest.fixture
def queue_is_closed(served: Served) -> Iterator[None]:
    served.manage("shell", "-v0", "-c", SWITCH.format(open=False))
    yield
    served.manage("shell", "-v0", "-c", SWITCH.format(open=True))


def opens(page: Page, address: str, heading: str) -> None:
    page.goto(address)
    expect(page.get_by_role("heading", name=heading, level=1)).to_be_visible()


def with_form(page: Page, address: str) -> None:
    """Load the portal until a technician's console has told the server that it is open."""

    def is_offered() -> bool:
        opens(page, address, "Get help from Acme Support")
        return page.get_by_label("Your name").is_visible()

    wait_for(is_offered, "a technician to be available", every_s=0.3)


def allows_and_accepts(ana: Customer) -> None:
    ana.allows_camera()
    ana.accepts_terms()


def test_through_a_queue_to_whoever_is_free(tess: Technician, ana: Customer) -> None:
    with_form(ana.page, "/p/acme-queue/")
    ana.page.get_by_label("Your name").fill("Ana Queue")
    ana.page.get_by_label("What is wrong?").fill("The light is red.")
    ana.page.get_by_role("button", name="Wait for a technician").click()
    expect(ana.page).to_have_url(re.compile(r"/lens/[0-9a-f-]{36}/$"))
    allows_and_accepts(ana)

    row = tess.row("Ana Queue")
    expect(row).to_contain_text("Waiting")
    tess.starts("Ana Queue")
    tess.wait_for_flow("framesDecoded", more_than=3)
    tess.ends()
    expect(ana.page.get_by_role("heading", name="The session has ended")).to_be_visible()


def test_to_a_technician_of_choice(tess: Technician, ana: Customer) -> None:
    with_form(ana.page, "/p/acme-web/")
    ana.page.get_by_label("Your name").fill("Ana Web")
    ana.page.get_by_label("What is wrong?").fill("The light is red.")
    ana.page.get_by_role("radio", name="Tess Meyer").check()
    ana.page.get_by_role("button", name="Ask for help").click()
    allows_and_accepts(ana)

    expect(tess.row("Ana Web")).to_contain_text("Waiting")
    tess.starts("Ana Web")
    answers = tess.page.get_by_role("region", name="Answers in the portal’s form")
    expect(answers).to_contain_text("What is wrong?")
    expect(answers).to_contain_text("The light is red.")
    assert_axe_is_content(tess.page, "the answers of a form")
    tess.wait_for_flow("framesDecoded", more_than=3)
    tess.ends()


def test_with_a_code_at_the_portal(tess: Technician, ana: Customer) -> None:
    pin = tess.creates_pin("Ana Phone")
    opens(ana.page, "/p/acme/", "Start your support session")
    expect(ana.page.get_by_text("We look at your equipment with you")).to_be_visible()
    ana.page.get_by_label("Session Code").fill(pin)
    ana.page.get_by_role("button", name="Start Support Session").click()
    ana.continues()
    allows_and_accepts(ana)

    expect(tess.row("Ana Phone")).to_contain_text("Waiting")
    tess.row("Ana Phone").click()
    tess.starts("Ana Phone")
    tess.ends()


def test_what_was_wrong_takes_the_focus_and_nothing_typed_is_lost(
    tess: Technician, ana: Customer, watched: Watched
) -> None:
    watched.quiet.append("400")
    with_form(ana.page, "/p/acme-queue/")
    ana.page.get_by_label("Customer number").fill("12345678")
    ana.page.get_by_role("button", name="Wait for a technician").click()

    expect(ana.page).to_have_title(re.compile("^Error:"))
    expect(ana.page.get_by_role("alert")).to_be_focused()
    expect(ana.page.get_by_label("Customer number")).to_have_value("12345678")
    ana.page.get_by_role("link", name="Write your name").click()
    expect(ana.page.get_by_label("Your name")).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("device", [PHONE, LAPTOP], ids=["phone", "laptop"])
def test_axe_finds_nothing_on_portals(
    tess: Technician, new_context: Open, watched: Watched, scheme: str, device: dict[str, Any]
) -> None:
    watched.quiet.append("400")
    page = new_context(**device, color_scheme=scheme, reduced_motion="reduce").new_page()
    opens(page, "/p/acme/", "Start your support session")
    assert_axe_is_content(page, "Phone mode")
    with_form(page, "/p/acme-web/")
    assert_axe_is_content(page, "Web mode")
    with_form(page, "/p/acme-queue/")
    assert_axe_is_content(page, "Queue mode")
    page.get_by_role("button", name="Wait for a technician").click()
    expect(page.get_by_role("alert")).to_be_visible()
    assert_axe_is_content(page, "Queue mode with errors")
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")


def test_a_closed_portal_says_so_and_leads_to_the_code_field(queue_is_closed: None, ana: Customer) -> None:
    opens(ana.page, "/p/acme-queue/", "Get help from Acme Support")

    expect(ana.page.get_by_text("This entrance is closed at the moment.")).to_be_visible()
    assert_axe_is_content(ana.page, "closed portal")
    ana.page.get_by_role("link", name="Type a session code").click()
    expect(ana.page.get_by_label("Session Code")).to_be_visible()


# ---- Link and SMS, from the console --------------------------------------------------------------

SAMPLE = """async (image) => {
  await image.decode();
  const canvas = document.createElement("canvas");
  const drawn = canvas.getContext("2d");
  canvas.width = canvas.height = 1000;
  drawn.drawImage(image, 0, 0, 1000, 1000);
  const modules = Number(/viewBox='0 0 (\\d+)/.exec(decodeURIComponent(image.src))[1]);
  const dark = (index) => drawn.getImageData(...index.map((at) => ((at + 0.5) * 1000) / modules), 1, 1).data[0] < 128;
  const rows = [];
  for (let y = 4; y < modules - 4; y += 1) {
    rows.push([]);
    for (let x = 4; x < modules - 4; x += 1) rows.at(-1).push(dark([x, y]) ? 1 : 0);
  }
  return rows;
}"""


def test_the_square_code_as_painted_holds_the_link(tess: Technician) -> None:
    tess.opens_new_session("Ana Link", "Link")
    tess.dialog.get_by_role("button", name="Create Link").click()

    link = tess.dialog.get_by_role("textbox", name="Link").input_value()
    painted = tess.dialog.get_by_role("img", name="Square code (QR) with the link above").evaluate(SAMPLE)
    assert "#" in link
    assert painted == [list(row) for row in segno.make(link, error="m", micro=False).matrix]
    tess.dialog.get_by_role("button", name="Cancel code").click()
    tess.dialog.get_by_role("button", name="Done").click()


def test_a_text_for_the_own_phone(console_of: ConsoleOf, watched: Watched) -> None:
    watched.quiet.append("400")
    tess = console_of("tess@acme.example")
    tess.opens_new_session("Ana Text", "SMS")
    tess.dialog.get_by_label("Phone number").fill("0151 23456789")
    tess.dialog.get_by_role("button", name="Create SMS").click()
    expect(tess.dialog.get_by_text("Begin with + and the country code").first).to_be_visible()
    assert_axe_is_content(tess.page, "SMS with an error")

    tess.dialog.get_by_label("Phone number").fill("+49 151 23456789")
    tess.dialog.get_by_role("button", name="Create SMS").click()

    text = tess.dialog.get_by_role("textbox", name="Text to +4915123456789").input_value()
    href = tess.dialog.get_by_role("link", name="Open SMS app").get_attribute("href")
    assert href is not None and href.startswith("sms:+4915123456789?&body=")
    assert unquote(href.partition("body=")[2]) == text
    assert tess.shown_pin() in text.replace(" ", "")
    assert_axe_is_content(tess.page, "the text")
    tess.dialog.get_by_role("button", name="Done").click()

    again = tess.pending("Ana Text").get_by_role("link", name=re.compile("Open SMS app for"))
    expect(again).to_have_attribute("href", href)
    tess.pending("Ana Text").get_by_role("button", name=re.compile("^Cancel")).click()
    expect(tess.pending("Ana Text")).to_have_count(0)
