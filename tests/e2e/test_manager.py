"""A manager's work in a real browser: the forms, the lists, and no refused policy on any page."""

import secrets
from collections.abc import Iterator

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.e2e.conftest import LAPTOP, PHONE, Open
from tests.e2e.people import Manager, signs_in
from tests.served import PASSWORD

pytestmark = pytest.mark.browser

PASSWORD_OF_PAT = "correct-horse-battery"


def sign_in(page: Page, email: str, password: str, to: str = "/admin/") -> None:
    page.goto(to)
    signs_in(page, email, password)


@pytest.fixture
def page(mara: Manager) -> Page:
    """The administration, open for Mara on her laptop."""
    expect(mara.page.get_by_role("heading", name="Administration")).to_be_visible()
    return mara.page


def in_list(page: Page, name: str) -> Locator:
    return page.get_by_role("rowheader", name=name, exact=True).get_by_role("link")


def types_new_password(page: Page, password: str) -> None:
    for label in ("Password:", "Password confirmation:"):
        page.get_by_label(label, exact=True).fill(password)


@pytest.fixture
def second_line(page: Page) -> Iterator[str]:
    """A technician group made by the form, and deleted by it afterwards."""
    name = f"Second line {secrets.token_hex(4)}"
    page.get_by_role("link", name="Add: technician groups").click()
    page.get_by_label("Name").fill(name)
    page.get_by_label("Record", exact=True).check()
    page.get_by_role("button", name="Save", exact=True).click()
    expect(in_list(page, name)).to_be_visible()
    yield name
    page.goto("/admin/portals/techniciangroup/")
    in_list(page, name).click()
    page.get_by_role("link", name="Delete").click()
    page.get_by_role("button", name="Yes, I’m sure").click()
    expect(page.get_by_text("was deleted successfully")).to_be_visible()


def test_a_switch_is_turned_by_its_name_and_its_state_is_told(page: Page, second_line: str) -> None:
    box = page.get_by_role("checkbox", name=f"{second_line}: Start Lens sessions")

    box.uncheck()
    page.get_by_role("button", name="Save").click()

    expect(page.get_by_text(f"{second_line}: Start Lens sessions is now off.")).to_be_visible()
    expect(box).not_to_be_checked()
    page.goto("/admin/portals/auditevent/?about=techniciangroup")
    expect(page.get_by_role("row").filter(has_text="group.changed").first).to_contain_text("start lens: on → off")


def test_a_switch_is_turned_by_keyboard_alone(page: Page, second_line: str) -> None:
    page.get_by_role("checkbox", name=f"{second_line}: Record").focus()
    page.keyboard.press("Space")
    page.get_by_role("button", name="Save").focus()
    page.keyboard.press("Enter")

    expect(page.get_by_text(f"{second_line}: Record is now off.")).to_be_visible()


def test_a_list_left_open_turns_nothing_back_on(page: Page, second_line: str, new_context: Open) -> None:
    other = new_context(**LAPTOP).new_page()
    sign_in(other, "manager@acme.example", PASSWORD, "/admin/portals/techniciangroup/")
    name = f"{second_line}: Start Lens sessions"
    expect(other.get_by_role("checkbox", name=name)).to_be_checked()
    page.get_by_role("checkbox", name=name).uncheck()
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_text("is now off")).to_be_visible()

    other.get_by_role("checkbox", name=f"{second_line}: Remote control").uncheck()
    other.get_by_role("button", name="Save").click()

    expect(other.get_by_text(f"{second_line}: Remote control is now off.")).to_be_visible()
    expect(other.get_by_role("checkbox", name=name)).not_to_be_checked()


def test_a_person_is_made_signs_in_and_is_deactivated(page: Page, new_context: Open) -> None:
    page.get_by_role("link", name="Add: people").click()
    page.get_by_label("Name").fill("Pat of the test")
    page.get_by_label("Email").fill("pat@acme.example")
    page.get_by_label("Holds a seat").check()
    types_new_password(page, PASSWORD_OF_PAT)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(page.get_by_text("Choose a technician group")).to_be_visible()

    page.get_by_label("Technician group").select_option(label="Support")
    types_new_password(page, PASSWORD_OF_PAT)
    page.get_by_role("button", name="Save", exact=True).click()
    expect(in_list(page, "Pat of the test")).to_be_visible()

    console = new_context(**LAPTOP).new_page()
    sign_in(console, "pat@acme.example", PASSWORD_OF_PAT, "/console/")
    expect(console.get_by_role("heading", name="Technician Console")).to_be_visible()

    page.get_by_role("checkbox", name="Pat of the test").check()
    page.get_by_label("Action:").select_option(label="Deactivate: may not sign in")
    page.get_by_role("button", name="Go").click()
    expect(page.get_by_text("1 person changed.")).to_be_visible()
    console.goto("/console/")
    expect(console.get_by_role("button", name="Sign in")).to_be_visible()


def test_a_password_is_given(page: Page) -> None:
    page.goto("/admin/portals/user/?q=nora")
    in_list(page, "Nora Santos").click()
    page.get_by_role("link", name="Set password").click()
    types_new_password(page, PASSWORD)
    page.get_by_role("button", name="Set password").click()

    expect(page.get_by_text("Nora Santos has a new password.")).to_be_visible()


def test_new_terms_are_published(page: Page) -> None:
    page.get_by_role("link", name="Add: terms").click()
    text = page.get_by_label("Text")
    text.fill(text.input_value() + "\nA sentence more.")
    page.get_by_role("button", name="Save", exact=True).click()

    expect(page.get_by_text("holds now for every customer")).to_be_visible()
    expect(in_list(page, "2")).to_be_visible()


def test_a_portal_gets_its_address_from_its_name(page: Page) -> None:
    page.get_by_role("link", name="Add: portals").click()
    page.get_by_label("Name").press_sequentially("Hotline North")

    expect(page.get_by_label("Address")).to_have_value("hotline-north")


def test_every_page_fits_a_phone(new_context: Open) -> None:
    page = new_context(**PHONE, color_scheme="dark").new_page()
    sign_in(page, "manager@acme.example", PASSWORD)
    expect(page.get_by_role("heading", name="Administration")).to_be_visible()
    addresses = ["/admin/", *page.locator(".place a").evaluate_all("links => links.map((link) => link.pathname)")]

    for address in addresses:
        page.goto(address)
        wider = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert wider <= 0, address


def test_logging_out_leads_to_sign_in(page: Page) -> None:
    page.get_by_role("button", name="Log out").click()

    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
