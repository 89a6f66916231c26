"""External specialists: a manager allows them, Tess invites, they come by four ways, the sixth waits for a place."""

import re
from collections.abc import Iterator
from urllib.parse import unquote

import pytest
from playwright.sync_api import BrowserContext, Page, Route, expect

from tests.e2e.axe import assert_axe_is_content
from tests.e2e.conftest import LAPTOP, PHONE, Open
from tests.e2e.people import Customer, Manager, Specialist, Technician

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.timeout(900)]  # long stories of many browsers

COPIED = "() => navigator.clipboard.readText()"
MAILTO = """() => {
  window.mailtos = [];
  window.navigation.addEventListener("navigate", (event) => window.mailtos.push(event.destination.url));
}"""


def comes_by_form(context: BrowserContext, link: str, name: str) -> Page:
    """A specialist whose browser is not looked at: the form alone, as without JavaScript."""
    token = link.partition("#")[2]
    page = context.new_page()
    page.goto("/join/")
    page.evaluate(
        """([token, name]) => {
          const form = document.querySelector("#specialist form");
          form.querySelector("[name=token]").value = token;
          form.querySelector("[name=name]").value = name;
          form.submit();
        }""",
        [token, name],
    )
    page.wait_for_url("**/specialist/**")
    return page


@pytest.fixture
def allowed(mara: Manager) -> Iterator[Manager]:
    mara.sets("techniciangroup", "invite_specialists", False)
    yield mara
    mara.sets("portal", "specialists_enabled", False)
    mara.sets("techniciangroup", "invite_specialists", True)


def test_five_come_by_four_ways_and_the_sixth_waits(
    allowed: Manager, tess: Technician, ana: Customer, new_context: Open
) -> None:
    ana.comes_in(tess.creates_pin("Ana"))
    tess.starts("Ana")
    tess.wait_for_flow("framesDecoded", more_than=5)

    # The menu says which of the two switches is missing; it follows the manager's clicks.
    allowed.sets("techniciangroup", "invite_specialists", False)
    menu = tess.page.get_by_role("button", name="Invite to Session")
    menu.click()
    item = tess.page.get_by_role("menuitem", name="External Specialists")
    expect(item).to_contain_text("off for this portal")
    expect(item).to_have_attribute("aria-disabled", "true")
    allowed.sets("portal", "specialists_enabled", True)
    expect(item).to_contain_text("off for your group")
    allowed.sets("techniciangroup", "invite_specialists", True)
    expect(item).to_have_attribute("aria-disabled", "false")
    assert_axe_is_content(tess.page, "menu Invite to Session")
    dialog = tess.page.get_by_role("dialog", name="Invite External Specialists")
    create = dialog.get_by_role("button", name="Create Invitation", exact=True)
    waited = []

    def look_and_go_on(route: Route) -> None:
        waited.append(create.is_disabled())
        route.continue_()

    tess.page.route("**/specialists/", look_and_go_on, times=1)
    item.click()
    expect(create).to_be_enabled()
    assert waited == [True]  # the dialog grows when it is filled in, and a press before would miss
    rights = dialog.get_by_role("group", name="Specialist Access Rights")
    expect(rights.get_by_role("radio", name="Control keyboard and mouse")).to_be_disabled()
    expect(rights.get_by_role("radio", name="View only")).to_be_checked()
    dialog.get_by_label("Comment to the specialist").fill("Which cable goes where?")
    assert_axe_is_content(tess.page, "rights of specialists")
    create.click()
    shown = dialog.get_by_text(re.compile(r"^\d{3}\s\d{3}\s\d{3}$"))
    expect(shown).to_be_visible()
    code = re.sub(r"\D", "", shown.inner_text())
    assert_axe_is_content(tess.page, "invitation of specialists")
    tess.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    dialog.get_by_role("button", name="Copy Link").click()
    link = str(tess.page.evaluate(COPIED))
    dialog.get_by_role("button", name="Copy portal address").click()
    portal = str(tess.page.evaluate(COPIED)).split()[0]
    tess.page.evaluate(MAILTO)
    dialog.get_by_role("button", name="Create Invitation Email").click()
    expect(dialog.get_by_text("The mail stands ready").first).to_be_visible()
    written = unquote(str(tess.page.evaluate("window.mailtos.at(-1)")))
    assert "Access rights: View only" in written
    mailed = re.search(r"Join URL: (\S+)", written)
    assert mailed is not None

    # Closed and opened again it is the same.
    dialog.get_by_role("button", name="Close", exact=True).click()
    menu.click()
    item.click()
    expect(dialog.get_by_text(re.compile(r"^\d{3}\s\d{3}\s\d{3}$"))).to_have_text(shown.inner_text())

    # Sam by the copied link at a laptop, Ida by the join page on a phone; mistakes are said where they are made.
    sam, ida = Specialist(new_context(**LAPTOP).new_page()), Specialist(new_context(**PHONE).new_page())
    sam.page.goto(link)
    expect(sam.page.get_by_text("Which cable goes where?")).to_be_visible()
    assert_axe_is_content(sam.page, "landing of a specialist")
    sam.gives_name("Tess Meyer")
    expect(sam.page.get_by_text("Write your own name.").first).to_be_visible()
    assert_axe_is_content(sam.page, "name with an error")
    sam.gives_name("Sam Okafor")
    sam.is_inside()
    sam.wait_for_flow("framesDecoded", more_than=5)
    ida.types_code("/", code)
    ida.gives_name("Sam Okafor")
    ida.is_inside()
    expect(ida.page.get_by_text("This browser cannot share a screen")).to_be_visible()
    expect(ida.page.get_by_role("button", name="Share my screen")).to_be_hidden()
    for person in (tess, sam, ida):
        attendees = person.page.get_by_role("region", name="Attendees")
        expect(attendees.get_by_text("Sam Okafor (2)")).to_be_visible()
        expect(attendees.get_by_text("View only")).to_have_count(2)
    ana.page.get_by_role("button", name="Chat").click()
    ana.reads("Sam Okafor has joined the session")
    tess.reads("Sam Okafor (2) has joined the session")
    expect(dialog.get_by_text("2 of 5 inside")).to_be_visible()
    for person in (sam, ida):
        listed = person.page.get_by_role("region", name="Attendees").get_by_role("listitem")
        own = listed.filter(has_text="You").locator(".avatar").get_attribute("class")
        assert person.page.locator("#my-mark").get_attribute("class") == own
    assert_axe_is_content(sam.page, "room of a specialist, laptop")
    assert_axe_is_content(ida.page, "room of a specialist, phone")

    # By the portal, by the mail's link, and by the link once more: five, and the sixth is told.
    kim = Specialist(new_context(**LAPTOP).new_page())
    kim.types_code(portal, code)
    kim.gives_name("Kim")
    kim.is_inside()
    comes_by_form(new_context(**LAPTOP), mailed.group(1), "Leo")
    comes_by_form(new_context(**LAPTOP), link, "Mia")
    expect(dialog.get_by_text("5 of 5 inside")).to_be_visible()
    expect(dialog.get_by_text("link in a mail")).to_be_visible()
    expect(dialog.get_by_text("code at the portal")).to_be_visible()
    pat = comes_by_form(new_context(**PHONE), link, "Pat")
    expect(pat.get_by_text("All 5 places for specialists are taken.")).to_be_visible()
    assert_axe_is_content(pat, "before the door")
    dialog.get_by_role("button", name="Close", exact=True).click()

    # Chat with all; lines among technicians reach no specialist.
    tess.page.get_by_role("radio", name=re.compile("[Tt]echnicians only")).check()
    tess.says("Only for us")
    tess.page.get_by_role("radio", name=re.compile("[Ee]verybody|[Aa]ll|[Ee]veryone")).check()
    sam.says("The yellow one")
    for person in (tess, ida, kim):
        person.reads("The yellow one")
    expect(sam.page.get_by_text("Only for us")).to_have_count(0)

    # Removed: out at once, media cut, not back by the same link; the place goes to who waited.
    tess.page.get_by_role("button", name="What to do with Kim").click()
    tess.page.get_by_role("menuitem", name="Remove from the session").click()
    expect(kim.page.get_by_text("removed you from the session")).to_be_visible()
    assert kim.flows()["live"] == 0
    kim.page.goto(link)
    expect(kim.page.get_by_text("You were removed from this session.")).to_be_visible()
    expect(pat.get_by_role("heading", name=re.compile("^Session with"))).to_be_visible()

    # The end is the end for all of them.
    sam.page.get_by_role("button", name="Leave").click()
    expect(sam.page.get_by_role("heading", name="You have left the session")).to_be_visible()
    tess.reads("Sam Okafor has left the session")
    tess.ends()
    expect(ida.page.get_by_role("heading", name="The session has ended")).to_be_visible()
    assert_axe_is_content(ida.page, "the specialist's last page")
    sam.types_code("/", code)
    expect(sam.page.get_by_text(re.compile("cancelled by the technician|has ended")).first).to_be_visible()


def test_the_lead_admits_one_by_one(allowed: Manager, tess: Technician, ana: Customer, new_context: Open) -> None:
    allowed.sets("portal", "specialists_enabled", True)
    allowed.sets("techniciangroup", "invite_specialists", True)
    allowed.page.goto("/admin/portals/portal/")
    allowed.page.get_by_role("link", name="Main line").click()
    allowed.page.get_by_label("Admit specialists one by one").check()
    allowed.page.get_by_role("button", name="Save", exact=True).click()
    ana.comes_in(tess.creates_pin("Ana"))
    tess.starts("Ana")
    dialog = tess.invites("External Specialists", "Invite External Specialists")
    expect(dialog.get_by_text("You let in each of them")).to_be_visible()
    dialog.get_by_role("button", name="Close", exact=True).click()
    code = tess.invites_specialists()

    sam, kim = Specialist(new_context(**LAPTOP).new_page()), Specialist(new_context(**PHONE).new_page())
    for one, name in ((sam, "Sam"), (kim, "Kim")):
        one.types_code("/", code)
        one.gives_name(name)
        expect(one.page.get_by_text("has been told that you are here")).to_be_visible()
    tess.page.get_by_role("button", name="Admit…").click()
    admit = tess.page.get_by_role("dialog", name="Admit specialists")
    expect(admit.get_by_text("by code on the join page").first).to_be_visible()
    assert_axe_is_content(tess.page, "dialog Admit specialists")
    admit.get_by_role("button", name="Admit Sam").click()
    admit.get_by_role("button", name="Turn away Kim").click()

    sam.is_inside()
    expect(kim.page.get_by_text("did not let you in")).to_be_visible()
    expect(admit.get_by_text("Nobody waits any more.")).to_be_visible()
    admit.get_by_role("button", name="Close", exact=True).click()
    allowed.page.goto("/admin/portals/portal/")
    allowed.page.get_by_role("link", name="Main line").click()
    allowed.page.get_by_label("Admit specialists one by one").uncheck()
    allowed.page.get_by_role("button", name="Save", exact=True).click()
    # Switched off in mid-session: out within seconds (S-07).
    allowed.sets("portal", "specialists_enabled", False)
    expect(sam.page.get_by_text("External specialists are not let in any more.")).to_be_visible()
    tess.ends()
