"""Collaborative sessions: agents of two companies join by name and by URL, one takes the lead, the giver leaves."""

import re

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import LAPTOP, PHONE, Open
from tests.e2e.crowd import Crowd
from tests.e2e.people import Customer, Technician
from tests.served import PASSWORD, Served

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.timeout(900)]  # long stories of many browsers


def test_agents_of_two_companies_fill_the_room_and_one_takes_over(
    tess: Technician, tom: Technician, ana: Customer, new_context: Open, served: Served
) -> None:
    ana.comes_in(tess.creates_pin("Ana Room"))
    tess.starts("Ana Room")
    ana.wait_for_flow("videoOut")

    # Tess opens the dialog: a code, a URL, and her colleagues.
    inviting = tess.invites("Agents", "Invite Agents")
    expect(inviting.get_by_text(re.compile(r"^\d{4} \d{4}$"))).to_be_visible()
    tess.page.context.grant_permissions(["clipboard-read", "clipboard-write", "camera", "microphone"])
    inviting.get_by_role("button", name="Copy Session URL").click()
    url = tess.page.evaluate("navigator.clipboard.readText()")
    code = re.sub(r"\D", "", inviting.get_by_text(re.compile(r"^\d{4} \d{4}$")).inner_text())
    colleague = inviting.get_by_role("listitem").filter(has_text="Tom Fischer")
    expect(colleague).to_contain_text("Support · Online · 0 active sessions")
    inviting.get_by_label("Comment").fill("You know this router.")
    inviting.get_by_role("button", name="Invite Tom Fischer").click()
    expect(inviting.get_by_role("button", name="Withdraw the invitation of Tom Fischer")).to_be_visible()
    inviting.get_by_role("button", name="Close", exact=True).click()

    # Tom sees it at once, with the comment, and is in the session with a press.
    expect(tom.row("Ana Room")).to_contain_text("Invitation")
    expect(tom.row("Ana Room")).to_contain_text("from Tess Meyer")
    expect(tom.row("Ana Room")).to_contain_text("You know this router.")
    tom.row("Ana Room").get_by_role("button", name="Accept").click()
    expect(tom.row("Ana Room")).to_contain_text("Collaborating")
    tom.wait_for_flow("framesDecoded", more_than=5)
    tess.reads("Tom Fischer has joined the session")
    expect(ana.page.get_by_text("Tess Meyer of Acme Support and Tom Fischer see your camera")).to_be_visible()

    # Gina of Globex opens the URL on her phone, signs in, and is there.
    gina = Technician(new_context(**PHONE).new_page(), "gina@globex.example", PASSWORD)
    gina.page.goto(url)
    gina.page.get_by_role("button", name="Continue").click()
    gina.page.get_by_label("Email").fill(gina.email)
    gina.page.get_by_label("Password", exact=True).fill(gina.password)
    gina.page.get_by_role("button", name="Sign in").click()
    expect(gina.row("Ana Room")).to_contain_text("Collaborating")
    gina.wait_for_flow("framesDecoded", more_than=5)
    expect(gina.page.get_by_role("button", name="End", exact=True)).to_have_attribute("aria-disabled", "true")
    guest = tess.page.get_by_role("region", name="Attendees").get_by_role("listitem").filter(has_text="Gina Rossi")
    expect(guest).to_contain_text("Agent · Globex")
    expect(ana.page.get_by_text("Tess Meyer of Acme Support and 2 others see your camera")).to_be_visible()

    # What technicians say among themselves is not Ana's.
    tom.page.get_by_role("radio", name="Technicians only").check()
    tom.says("Careful with this one.")
    for technician in (tess, gina):
        technician.reads("Careful with this one.")
    tom.page.get_by_role("radio", name="Everyone").check()
    tom.says("Hello, Tom here.")
    ana.page.get_by_role("button", name="Chat").click()
    ana.reads("Hello, Tom here.")
    ana.reads("Gina Rossi has joined the session")
    assert "Careful with" not in ana.page.content()
    assert "router" not in ana.page.content()

    # Tess offers Tom the lead, who takes it, and hands it back.
    tess.does_with("Tom Fischer", "Hand over the lead")
    expect(tess.page.get_by_text("You have offered the lead to Tom Fischer.")).to_be_visible()
    tom.page.get_by_role("button", name="Accept").click()
    expect(tess.row("Ana Room")).to_contain_text("Collaborating")
    expect(tom.row("Ana Room")).to_contain_text("Active")
    ana.reads("Tom Fischer leads the session now")
    tom.does_with("Tess Meyer", "Hand over the lead")
    tess.page.get_by_role("button", name="Accept").click()
    expect(tom.row("Ana Room")).to_contain_text("Collaborating")

    # Ten more come without browsers, five of them specialists: the largest room there is.
    session_id = str(tess.row("Ana Room").locator("[data-open]").get_attribute("data-open"))
    crowd = Crowd(served, session_id, technicians=5, specialists=5)
    talking = crowd.talk("Everybody here?")
    for technician in (tess, tom, gina):
        expect(technician.page.get_by_text("14 inside")).to_be_visible()
        for number in range(10):
            technician.reads(f"Crowd line {number}.")
    tess.says("Everybody here?")
    for (who, _cookie), heard in zip(crowd.cookies, talking.result(), strict=True):
        assert {f"Crowd line {number}." for number in range(10)} <= set(heard)
        assert ("Careful with this one." in heard) == (who == "user")
    ana.reads("Everybody here?")
    for person in (tess, tom, gina):
        decoded = person.flows()["framesDecoded"]
        person.wait_for_flow("framesDecoded", more_than=decoded)

    # A ninth technician finds no place, and is told so.
    inviting = tess.invites("Agents", "Invite Agents")
    expect(inviting.get_by_text("8 technicians are inside: nobody else can join until one leaves.")).to_be_visible()
    inviting.get_by_role("button", name="Close", exact=True).click()

    # Tess leaves it to Tom by the dialog that closing the page leads to; Ana and her picture go on undisturbed.
    ana.page.evaluate("window.stillHere = true")
    asked = []
    tess.page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.dismiss()))
    tess.page.close(run_before_unload=True)
    expect(tess.leaving).to_be_visible()
    assert asked == ["beforeunload"]
    tess.leaving.get_by_label("If you leave, this technician leads").select_option(label="Tom Fischer")
    tess.leaving.get_by_role("button", name="Leave", exact=True).click()
    expect(tess.page.get_by_text("You have left the session with Ana Room. It goes on without you.")).to_be_visible()
    expect(tess.row("Ana Room")).to_have_count(0)
    expect(tom.row("Ana Room")).to_contain_text("Active")
    ana.reads("Tess Meyer has left the session")
    expect(gina.page.get_by_role("log", name="Chat").get_by_text("Tom Fischer leads the session now")).to_have_count(2)
    expect(tom.page.get_by_role("button", name="End", exact=True)).not_to_have_attribute("aria-disabled", "true")
    decoded = tom.flows()["framesDecoded"]
    tom.wait_for_flow("framesDecoded", more_than=decoded)
    assert ana.page.evaluate("window.stillHere") is True

    # Gina leaves and comes back by the code; then Tom ends it for all.
    gina.page.get_by_role("button", name="Leave", exact=True).click()
    gina.leaving.get_by_role("button", name="Leave", exact=True).click()
    expect(gina.row("Ana Room")).to_have_count(0)
    gina.page.get_by_role("button", name="Join Session").click()
    joining = gina.page.get_by_role("dialog", name="Join Session")
    joining.get_by_label("Session code").fill("1234567")
    joining.get_by_role("button", name="Join", exact=True).click()
    expect(joining.get_by_role("alert")).to_have_text("You've not entered enough numbers: the code must be 8 numbers.")
    joining.get_by_label("Session code").fill(code)
    joining.get_by_role("button", name="Join", exact=True).click()
    expect(gina.row("Ana Room")).to_contain_text("Collaborating")
    gina.wait_for_flow("framesDecoded", more_than=5)
    tom.does_with("Gina Rossi", "Remove from the session")
    expect(gina.page.get_by_text("You are not in this session any more.")).to_be_visible()
    expect(gina.row("Ana Room")).to_have_count(0)
    tom.ends()
    expect(ana.page.get_by_role("heading", name="The session has ended")).to_be_visible()


def test_without_a_seat_it_is_said(tess: Technician, ana: Customer, new_context: Open) -> None:
    ana.comes_in(tess.creates_pin("Ana Alone"))
    tess.starts("Ana Alone")
    inviting = tess.invites("Agents", "Invite Agents")
    code = re.sub(r"\D", "", inviting.get_by_text(re.compile(r"^\d{4} \d{4}$")).inner_text())
    inviting.get_by_role("button", name="Close", exact=True).click()

    nora = new_context(**LAPTOP).new_page()
    nora.goto("/")
    nora.get_by_label("Session Code").fill(code)
    nora.get_by_role("button", name="Start Support Session").click()
    nora.get_by_role("button", name="Continue").click()
    nora.get_by_label("Email").fill("nora@acme.example")
    nora.get_by_label("Password", exact=True).fill(PASSWORD)
    nora.get_by_role("button", name="Sign in").click()

    expect(nora.get_by_text("You need a seat to work here.")).to_be_visible()
    tess.ends()
