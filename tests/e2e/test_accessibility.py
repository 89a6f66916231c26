"""Axe finds nothing on any page and in any state of the main flow, in light and dark, on phone and laptop."""

import pytest
from playwright.sync_api import expect

from tests.e2e.axe import assert_axe_is_content
from tests.e2e.conftest import LAPTOP, PHONE, Open
from tests.e2e.people import Customer, Technician
from tests.served import PASSWORD

pytestmark = pytest.mark.browser


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_main_flow(new_context: Open, scheme: str) -> None:
    tess = Technician(
        new_context(**LAPTOP, color_scheme=scheme, reduced_motion="reduce").new_page(), "tess@acme.example", PASSWORD
    )
    ana = Customer(new_context(**PHONE, color_scheme=scheme, reduced_motion="reduce").new_page())
    tess.page.goto("/console/")
    assert_axe_is_content(tess.page, "sign-in")
    tess.sign_in()
    tess.clears_the_desk()
    assert_axe_is_content(tess.page, "empty console")
    for tab in ("PIN Code", "Email", "Link"):
        tess.page.get_by_role("button", name="New Session").click() if tab == "PIN Code" else None
        tess.dialog.get_by_role("tab", name=tab).click()
        assert_axe_is_content(tess.page, f"dialog, {tab}")
    tess.dialog.get_by_role("tab", name="Email").click()
    tess.dialog.get_by_label("To", exact=True).fill("ana@")
    tess.dialog.get_by_role("button", name="Email Link").click()
    expect(tess.dialog.get_by_text("This address is not complete.").first).to_be_visible()
    assert_axe_is_content(tess.page, "dialog with an error")
    tess.dialog.get_by_label("Name").fill(f"Ana {scheme}")
    tess.dialog.get_by_label("To", exact=True).fill("ana@correo.example")
    tess.dialog.get_by_role("button", name="Email Link").click()
    pin = tess.shown_pin()
    assert_axe_is_content(tess.page, "dialog with the code")
    tess.dialog.get_by_role("button", name="Done").click()
    assert_axe_is_content(tess.page, "console with a pending code")

    ana.page.goto("/")
    assert_axe_is_content(ana.page, "join")
    ana.types_pin("12345")
    expect(ana.page.get_by_text("not entered enough numbers").first).to_be_visible()
    assert_axe_is_content(ana.page, "join with an error")
    ana.types_pin(pin)
    expect(ana.page.get_by_role("button", name="Continue")).to_be_visible()
    assert_axe_is_content(ana.page, "landing")
    ana.continues()
    expect(ana.page.get_by_role("button", name="Ask me now")).to_be_visible()
    assert_axe_is_content(ana.page, "permission")
    ana.allows_camera()
    assert_axe_is_content(ana.page, "own picture")
    ana.page.get_by_role("button", name="Continue").click()
    expect(ana.page.get_by_role("button", name="I accept")).to_be_visible()
    assert_axe_is_content(ana.page, "terms")
    ana.page.get_by_role("button", name="I accept").click()
    expect(ana.page.get_by_text("Nobody sees your camera yet.")).to_be_visible()
    assert_axe_is_content(ana.page, "waiting room")

    tess.row(f"Ana {scheme}").click()
    assert_axe_is_content(tess.page, "console, waiting")
    tess.starts(f"Ana {scheme}")
    tess.wait_for_flow("framesDecoded", more_than=5)
    tess.says("Hello")
    assert_axe_is_content(tess.page, "console, live")
    inviting = tess.invites("Agents", "Invite Agents")
    expect(inviting.get_by_text("1 of 8 technicians inside")).to_be_visible()
    assert_axe_is_content(tess.page, "dialog Invite Agents")
    inviting.get_by_role("button", name="Close", exact=True).click()
    tess.page.get_by_role("button", name="Join Session").click()
    joining = tess.page.get_by_role("dialog", name="Join Session")
    joining.get_by_role("button", name="Join", exact=True).click()
    expect(joining.get_by_role("alert")).to_have_text("Enter the session code.")
    assert_axe_is_content(tess.page, "dialog Join Session with an error")
    joining.get_by_role("button", name="Cancel").click()
    assert_axe_is_content(ana.page, "live view")
    ana.page.get_by_role("button", name="Chat").click()
    ana.reads("Hello")
    assert_axe_is_content(ana.page, "live view with chat")
    tess.ends()
    expect(ana.page.get_by_role("heading", name="The session has ended")).to_be_visible()
    assert_axe_is_content(ana.page, "ended")
    assert_axe_is_content(tess.page, "console, ended")
    tess.page.get_by_role("link", name="Read the record").click()
    expect(tess.page.get_by_text("Closed by technician").first).to_be_visible()
    assert_axe_is_content(tess.page, "record")
    for path in ("/console/history/", "/accounts/logout/", "/accounts/password/change/", "/nothing-here/"):
        tess.page.goto(path)
        assert_axe_is_content(tess.page, path)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_the_administration(new_context: Open, scheme: str) -> None:
    page = new_context(**LAPTOP, color_scheme=scheme, reduced_motion="reduce").new_page()
    page.goto("/admin/")
    page.get_by_label("Email").fill("manager@acme.example")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url("**/admin/")
    paths = ["/admin/"] + [
        f"/admin/{name}/"
        for name in (
            "portals/techniciangroup",
            "portals/portal",
            "portals/user",
            "portals/company",
            "portals/terms",
            "portals/auditevent",
            "support_sessions/supportsession",
            "portals/techniciangroup/add",
            "portals/portal/add",
            "portals/user/add",
            "portals/terms/add",
        )
    ]
    for path in paths:
        answer = page.goto(path)
        assert answer is not None and answer.status == 200, path
        assert_axe_is_content(page, path)
