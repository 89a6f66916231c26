"""After the end: the survey, and *End and report*, which ends first and then asks."""

import pytest
from playwright.sync_api import expect

from tests.e2e.axe import assert_axe_is_content
from tests.e2e.conftest import PHONE, ConsoleOf, Open
from tests.e2e.people import Customer, Manager, Technician

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_survey_is_answered_once_and_read_in_the_record(tess: Technician, new_context: Open, scheme: str) -> None:
    ana = Customer(new_context(**PHONE, color_scheme=scheme, reduced_motion="reduce").new_page())
    name = f"Ana Survey {scheme}"
    ana.comes_in(tess.creates_pin(name))
    tess.starts(name)
    expect(ana.page.get_by_text("Tess Meyer of Acme Support sees your camera")).to_be_visible()
    tess.ends()
    expect(ana.page.get_by_role("heading", name="How was it?")).to_be_visible()
    assert_axe_is_content(ana.page, "survey")

    # Without a rating nothing is lost.
    ana.page.get_by_role("radio", name="Partly").check()
    ana.page.get_by_label("Anything else?").fill("Quick & friendly.")
    ana.page.get_by_role("button", name="Send answers").click()
    expect(ana.page.get_by_text("Choose 1 to 5.")).to_be_visible()
    expect(ana.page.get_by_role("radio", name="Partly")).to_be_checked()
    expect(ana.page.get_by_label("Anything else?")).to_have_value("Quick & friendly.")
    assert_axe_is_content(ana.page, "survey with an error")

    ana.page.get_by_role("radio", name="4").check()
    ana.page.get_by_role("button", name="Send answers").click()
    expect(ana.page.get_by_text("Thank you. Your answers have been sent.")).to_be_visible()
    assert_axe_is_content(ana.page, "thanks")
    ana.page.reload()
    expect(ana.page.get_by_role("button", name="Send answers")).to_have_count(0)

    tess.page.get_by_role("link", name="Read the record").click()
    expect(tess.page.get_by_text("Help: 4 of 5.")).to_be_visible()
    expect(tess.page.get_by_text("Quick & friendly.")).to_be_visible()


def test_end_and_report_puts_all_off_then_asks_what_happened(tess: Technician, ana: Customer, mara: Manager) -> None:
    ana.comes_in(tess.creates_pin("Ana Reports"))
    tess.starts("Ana Reports")
    tess.wait_for_flow("framesDecoded", more_than=5)

    ana.page.get_by_role("button", name="End and report").press("Enter")

    expect(ana.page.get_by_label("What happened?")).to_be_visible()
    assert not ana.camera_is_live()
    assert_axe_is_content(ana.page, "report")
    ana.page.get_by_label("What happened?").fill("He asked for my card.")
    ana.page.get_by_role("button", name="Send report").click()
    expect(ana.page.get_by_text("Thank you. The company’s managers read what you wrote.")).to_be_visible()

    tess.page.goto("/console/history/")
    tess.page.get_by_role("row").filter(has_text="Ana Reports").get_by_role("link").click()
    expect(tess.page.get_by_text("Reported").first).to_be_visible()
    expect(tess.page.get_by_text("my card")).to_have_count(0)

    mara.page.goto("/admin/support_sessions/supportsession/?q=Ana+Reports")
    mara.page.get_by_role("link", name="Ana Reports").first.click()
    expect(mara.page.get_by_text("He asked for my card.")).to_be_visible()


def test_a_waiting_customer_reports_too_and_needs_no_script_afterwards(
    ana: Customer, console_of: ConsoleOf, new_context: Open
) -> None:
    # Gina's, so that the notice of it does not stand in Tess's console for the tests that follow.
    gina = console_of("gina@globex.example")
    ana.comes_in(gina.creates_pin("Ana Doubts"))
    ana.page.get_by_role("button", name="End and report").press("Enter")
    expect(ana.page.get_by_label("What happened?")).to_be_visible()

    # The browser's cookie is all that the page asks for, a day long; no script is needed.
    plain = new_context(**PHONE, java_script_enabled=False)
    plain.add_cookies(ana.page.context.cookies())  # type: ignore[arg-type]
    page = plain.new_page()
    page.goto(ana.page.url)
    page.get_by_label("What happened?").fill("I never called.")
    page.get_by_role("button", name="Send report").click()
    expect(page.get_by_text("Thank you. The company’s managers read what you wrote.")).to_be_visible()
