"""The camera is refused, absent, busy, or kept back by another app: each has its own words, and a way on."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Playwright, expect

from tests.chromium import launch
from tests.e2e.conftest import PHONE, Open, close
from tests.e2e.people import Customer, Technician, Watched
from tests.served import Served

pytestmark = pytest.mark.browser

# A blank page before the first address has no media devices at all.
FAILS = """if (navigator.mediaDevices) navigator.mediaDevices.getUserMedia = async () => {
  throw new DOMException("test", "%s");
};"""


@pytest.fixture(scope="module")
def plain_chromium(playwright: Playwright) -> Iterator[Browser]:
    """Without the fake camera and without its automatic yes."""
    browser = launch(playwright, camera=())
    yield browser
    browser.close()


def at_the_permission_screen(customer: Customer, tess: Technician, name: str) -> None:
    customer.types_pin(tess.creates_pin(name))
    customer.continues()
    customer.page.get_by_role("button", name="Ask me now").click()


def test_a_refused_camera_is_explained_and_chat_goes_on(
    plain_chromium: Browser, served: Served, tess: Technician, watched: Watched
) -> None:
    context = plain_chromium.new_context(base_url=served.url, **PHONE)  # type: ignore[arg-type]
    watched.watch(context)
    context.add_init_script(FAILS % "NotAllowedError")
    ana = Customer(context.new_page())
    at_the_permission_screen(ana, tess, "Ana Refused")

    expect(ana.page.get_by_role("heading", name="The camera is blocked")).to_be_visible()
    expect(ana.page.get_by_text("Press the sign left of the address").first).to_be_visible()
    ana.page.get_by_role("button", name="Continue without camera").click()
    ana.page.get_by_role("button", name="I accept").click()
    expect(tess.row("Ana Refused")).to_contain_text("Waiting")
    tess.starts("Ana Refused")
    ana.page.get_by_role("button", name="Chat").click()
    ana.says("I have no camera.")
    tess.reads("I have no camera.")
    tess.ends()
    close(context)


def test_without_any_device_the_page_says_that_none_was_found(
    plain_chromium: Browser, served: Served, tess: Technician
) -> None:
    context = plain_chromium.new_context(
        base_url=served.url,
        permissions=["camera", "microphone"],
        **PHONE,  # type: ignore[arg-type]
    )
    ana = Customer(context.new_page())

    at_the_permission_screen(ana, tess, "Ana Absent")

    expect(ana.page.get_by_role("heading", name="No camera was found")).to_be_visible()
    close(context)


def test_a_busy_camera_can_be_tried_again(new_context: Open, tess: Technician) -> None:
    context = new_context(**PHONE)
    context.add_init_script(
        "const real = navigator.mediaDevices?.getUserMedia.bind(navigator.mediaDevices); window.cameraIsBusy = true;"
        "if (real) navigator.mediaDevices.getUserMedia = async (wanted) => {"
        " if (wanted.video && cameraIsBusy) throw new DOMException('test', 'NotReadableError'); return real(wanted); };"
    )
    ana = Customer(context.new_page())
    at_the_permission_screen(ana, tess, "Ana Busy")
    expect(ana.page.get_by_role("heading", name="The camera is in use")).to_be_visible()

    ana.page.get_by_role("button", name="Try again").click()
    expect(ana.page.get_by_role("heading", name="The camera is in use")).to_be_visible()
    ana.page.evaluate("window.cameraIsBusy = false")
    ana.page.get_by_role("button", name="Try again").click()

    expect(ana.page.get_by_role("heading", name="This is your picture")).to_be_visible()


def test_a_page_inside_another_app_says_so(new_context: Open, tess: Technician) -> None:
    inside = PHONE | {"user_agent": f"{PHONE['user_agent']} Instagram 300.0.0.0"}
    context = new_context(**inside)
    context.add_init_script("Object.defineProperty(navigator, 'mediaDevices', { value: undefined });")
    ana = Customer(context.new_page())

    at_the_permission_screen(ana, tess, "Ana Inside")

    expect(ana.page.get_by_role("heading", name="This app keeps the camera from us")).to_be_visible()
