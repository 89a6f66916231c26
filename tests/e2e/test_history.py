"""The history as a technician and a manager use it: search, filters, pages, exports, outcome and notes."""

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.axe import assert_axe_is_content
from tests.e2e.conftest import ConsoleOf
from tests.e2e.people import Manager, Technician

pytestmark = pytest.mark.browser


def cancelled(tess: Technician, name: str) -> str:
    """A code that was taken back: the shortest session there is. Return the code."""
    pin = tess.creates_pin(name)
    tess.pending(name).get_by_role("button", name="Cancel").click()
    expect(tess.pending(name)).to_have_count(0)
    return pin


def rows(page: Page) -> list[str]:
    return page.get_by_role("region", name="Sessions").get_by_role("link").all_inner_texts()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_session_is_found_by_name_code_and_filters(console_of: ConsoleOf, scheme: str) -> None:
    tess = console_of("tess@acme.example", color_scheme=scheme, reduced_motion="reduce", timezone_id="Pacific/Auckland")
    tess.clears_the_desk()
    name = f"Zoe {scheme}"
    pin = cancelled(tess, name)
    page = tess.page
    page.goto("/console/history/")
    assert_axe_is_content(page, "history")

    search = page.get_by_role("searchbox", name="Search")
    for words in (name.lower(), pin, f"{pin[:3]} {pin[3:]}"):
        search.fill(words)
        search.press("Enter")
        expect(page.get_by_role("link", name=name)).to_be_visible()
        expect(search).to_have_value(words)
        assert rows(page) == [name]
    page.get_by_role("combobox", name="Status").select_option("Code cancelled")
    page.get_by_role("combobox", name="Technician").select_option("Tess Meyer")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("1 session", exact=True)).to_be_visible()

    page.get_by_role("combobox", name="Status").select_option("Active")
    page.get_by_role("button", name="Show").click()
    expect(page.get_by_text("No session fits.")).to_be_visible()
    assert_axe_is_content(page, "nothing found")

    # A value that means nothing, as from a link that somebody has changed.
    page.goto(f"/console/history/?q={name}&from=yesterday")
    expect(page.get_by_text("Write a day as 2026-11-24.")).to_be_visible()
    expect(search).to_have_value(name)
    assert_axe_is_content(page, "history with an error")
    page.goto(f"/console/history/?q={name}")
    page.get_by_role("link", name="Clear filters").click()
    expect(page).to_have_url("/console/history/")


def test_what_is_shown_is_exported(tess: Technician, tmp_path: Path) -> None:
    cancelled(tess, "=Yan")
    page = tess.page
    page.goto("/console/history/?q=Yan")

    with page.expect_download() as csv:
        page.get_by_role("link", name="Export as CSV").click()
    with page.expect_download() as whole:
        page.get_by_role("link", name="Export as JSON").click()

    csv.value.save_as(tmp_path / "sessions.csv")
    text = (tmp_path / "sessions.csv").read_text(encoding="utf-8-sig")
    assert text.startswith("Start (UTC),End (UTC),")
    assert ",'=Yan," in text
    whole.value.save_as(tmp_path / "sessions.json")
    assert '"name": "=Yan"' in (tmp_path / "sessions.json").read_text()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_outcome_and_notes_are_written_on_the_record(console_of: ConsoleOf, scheme: str) -> None:
    tess = console_of("tess@acme.example", color_scheme=scheme, reduced_motion="reduce")
    cancelled(tess, f"Xia {scheme}")
    page = tess.page
    page.goto(f"/console/history/?q=Xia+{scheme}")
    page.get_by_role("link", name=f"Xia {scheme}").first.click()
    page.get_by_role("combobox", name="Outcome").select_option("Unresolved")
    page.get_by_role("textbox", name="Notes").fill("She calls again.\nTicket 7.")
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_role("textbox", name="Notes")).to_have_value("She calls again.\nTicket 7.")
    expect(page.get_by_role("combobox", name="Outcome")).to_have_value("unresolved")
    page.get_by_role("radio", name="People").check()
    expect(page.get_by_text("created a code")).to_be_hidden()
    assert_axe_is_content(page, "record")


def test_the_manager_has_the_same_in_the_administration(tess: Technician, mara: Manager) -> None:
    pin, page = cancelled(tess, "Wim"), mara.page
    page.goto(f"/admin/support_sessions/supportsession/?q={pin}")

    expect(page.get_by_role("link", name="Wim")).to_be_visible()
    assert_axe_is_content(page, "administration, sessions")
    with page.expect_download() as csv:
        page.get_by_role("link", name="Export as CSV").click()
    assert csv.value.suggested_filename.endswith(".csv")
