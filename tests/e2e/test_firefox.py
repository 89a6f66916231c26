"""Each of the people in Firefox, the others in Chromium: codes, pictures and voices both ways, chat, End."""

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.people import FLOWS, PICTURE, Customer, Manager, Technician
from tests.firefox import Firefox, FirefoxPage, running_firefox
from tests.served import PASSWORD, Served
from tests.waiting import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def firefox() -> Iterator[Firefox]:
    with running_firefox() as browser:
        yield browser


def wait_for_flow(page: FirefoxPage, name: str, *, more_than: int = 5) -> None:
    wait_for(lambda: page.evaluate(FLOWS)[name] > more_than, f"{name} in Firefox", every_s=0.2)


def sees_motion(page: FirefoxPage) -> None:
    first = wait_for(lambda: page.evaluate(PICTURE), "a picture in Firefox", every_s=0.2)
    wait_for(lambda: page.evaluate(PICTURE) != first, "another picture in Firefox", every_s=0.2)


def comes_in(page: FirefoxPage, served: Served, pin: str) -> None:
    """The customer, from the PIN to the waiting room."""
    page.goto(f"{served.url}/")
    page.fill("Session Code", pin)
    page.click("button", "Start Support Session")
    page.click("button", "Continue")
    page.click("button", "Ask me now")
    page.reads("This is your picture")
    page.click("button", "Continue")
    page.click("button", "I accept")
    page.reads("Nobody sees your camera yet.")


def says(page: FirefoxPage, text: str) -> None:
    page.fill("Message", text)
    page.click("button", "Send")


@pytest.fixture
def allowed(mara: Manager) -> Iterator[None]:
    mara.sets("portal", "specialists_enabled", True)
    yield
    mara.sets("portal", "specialists_enabled", False)


def test_customer_and_specialist_in_firefox(allowed: None, tess: Technician, served: Served, firefox: Firefox) -> None:
    ana = firefox.new_page(390, 844)
    comes_in(ana, served, tess.creates_pin("Ana in Firefox"))
    assert ana.evaluate(FLOWS)["videoOut"] == 0
    tess.starts("Ana in Firefox")
    tess.wait_for_flow("framesDecoded", more_than=5)
    tess.wait_for_flow("audioIn", more_than=5)
    wait_for_flow(ana, "audioIn")
    ana.reads("sees your camera")
    ana.click("button", "Chat")
    says(ana, "Is it the red light?")
    tess.reads("Is it the red light?")

    # A third one comes in: from now on through the relay.
    sam = firefox.new_page(1366, 768)
    code = tess.invites_specialists()
    sam.goto(f"{served.url}/")
    sam.fill("Session Code", code)
    sam.click("button", "Start Support Session")
    sam.fill("Your name", "Sam Okafor")
    sam.click("button", "Continue")
    sam.reads("Session with")
    sees_motion(sam)
    wait_for_flow(sam, "audioIn")
    frames = tess.flows()["framesDecoded"]
    tess.wait_for_flow("framesDecoded", more_than=frames + 10)
    says(sam, "Hold the button for ten seconds.")
    tess.reads("Hold the button for ten seconds.")
    ana.reads("Hold the button for ten seconds.")

    tess.ends()
    ana.reads("The session has ended")
    sam.reads("ended")
    assert ana.evaluate("() => faultsOfTest") == sam.evaluate("() => faultsOfTest") == []


def test_technician_in_firefox(served: Served, firefox: Firefox, ana: Customer) -> None:
    tess = firefox.new_page(1366, 768)
    tess.goto(f"{served.url}/console/")
    tess.fill("Email", "tom@acme.example")
    tess.fill("Password", PASSWORD)
    tess.click("button", "Sign in")
    tess.reads("Technician Console")
    tess.click("button", "New Session")
    tess.fill("Name", "Ana for Firefox")
    tess.click("tab", "PIN Code")
    tess.click("button", "Create PIN Code")
    shown = wait_for(
        lambda: re.search(
            r"\b(\d{3})\s(\d{3})\b", tess.evaluate("() => document.querySelector('dialog[open]').innerText")
        ),
        "the PIN",
    )
    tess.click("button", "Done")
    ana.comes_in(shown[1] + shown[2])
    tess.reads("Ana for Firefox")
    tess.click("button", "Start")
    sees_motion(tess)
    wait_for_flow(tess, "audioIn")
    ana.wait_for_flow("audioIn", more_than=5)
    ana.page.get_by_role("button", name="Chat").click()
    says(tess, "What do you see?")
    ana.reads("What do you see?")

    tess.click("button", "End")
    tess.click("button", "End session")
    expect(ana.page.get_by_role("heading", name="The session has ended")).to_be_visible()
    tess.reads("Session ended")
    assert tess.evaluate("() => faultsOfTest") == []
