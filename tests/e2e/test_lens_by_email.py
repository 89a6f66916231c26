"""The main job, from New Session to End, in two browsers."""

import email
import email.policy
import re
from pathlib import Path

import pytest
from playwright.sync_api import Route, expect

from tests.e2e.conftest import Open
from tests.e2e.people import Customer, Technician
from tests.waiting import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.services]

# Before the page has a chance to go anywhere: which tracks live on after the press.
PRESS_AND_LOOK = """(button) => {
  const tracks = [...document.querySelectorAll("video")].flatMap((one) => one.srcObject?.getTracks() ?? []);
  if (!tracks.some(({ readyState }) => readyState === "live")) throw new Error("it was off before");
  button.click();
  return tracks.filter(({ readyState }) => readyState === "live").map(({ label }) => label);
}"""


def mail_to(folder: Path, address: str) -> email.message.EmailMessage:
    def found() -> email.message.EmailMessage | None:
        for path in sorted(folder.glob("*.eml"), reverse=True):
            message = email.message_from_bytes(path.read_bytes(), policy=email.policy.default)
            if message["To"] == address:
                return message  # type: ignore[return-value]
        return None

    return wait_for(found, f"a mail to {address}")


def test_a_mailed_link_leads_to_a_live_picture_and_to_a_record(tess: Technician, ana: Customer, mail_dir: Path) -> None:
    # Tess mails the link; the PIN is shown, listed and mailed.
    tess.emails_link("Ana Pérez", "ana@correo.example")
    pin = tess.shown_pin()
    expect(tess.dialog.get_by_text("Sent", exact=True)).to_be_visible()
    tess.dialog.get_by_role("button", name="Done").click()
    expect(tess.pending("Ana Pérez")).to_contain_text(f"{pin[:3]} {pin[3:]}")

    mail = mail_to(mail_dir, "ana@correo.example")
    text = mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    link = re.search(r"http://\S+", text).group()  # type: ignore[union-attr]
    for part in (link, f"{pin[:3]} {pin[3:]}", "Acme Support", "Tess Meyer", "15 minutes"):
        assert part in text
        assert part in mail.get_body(("html",)).get_content()  # type: ignore[union-attr]

    # Ana opens it on her phone; nobody sees her before Start.
    ana.page.goto(link)
    expect(ana.page.get_by_role("heading", name="Tess Meyer would like to see your camera")).to_be_visible()
    ana.continues()
    ana.allows_camera()
    expect(ana.page.get_by_text("Nobody sees this yet")).to_be_visible()
    expect(tess.row("Ana Pérez")).to_have_count(0)
    ana.accepts_terms()
    expect(tess.row("Ana Pérez")).to_contain_text("Waiting")
    expect(tess.pending("Ana Pérez")).to_have_count(0)
    ana.wait_for_flow("live")  # the line to Tess is up already, so that what is asked next could have been sent
    before = ana.flows()
    assert (before["videoOut"], before["audioOut"], before["sending"]) == (0, 0, 0)
    assert (tess.flows()["videoIn"], tess.flows()["audioIn"]) == (0, 0)

    # Start: picture and sound, both ways.
    tess.starts("Ana Pérez")
    tess.wait_for_flow("framesDecoded", more_than=20)
    tess.wait_for_flow("audioIn", more_than=20)
    ana.wait_for_flow("audioIn", more_than=20)
    assert ana.made_peers() == 1  # the one that was ready
    expect(ana.page.get_by_text("Tess Meyer of Acme Support sees your camera")).to_be_visible()
    first = wait_for(tess.picture, "a picture in the page")
    assert len(set(first)) > 5
    wait_for(lambda: tess.picture() != first, "a moving picture")
    assert ana.page.get_by_role("button", name="Stop").is_visible()

    # Chat, both ways.
    tess.reads("Tess Meyer has joined the session")
    tess.says("Please show me the cable.")
    ana.page.get_by_role("button", name="Chat").click()
    ana.reads("Please show me the cable.")
    ana.says("Here it is <b>now</b>.")
    tess.reads("Here it is <b>now</b>.")

    # End closes it for both, the camera is off.
    tess.ends()
    expect(ana.page.get_by_role("heading", name="The session has ended")).to_be_visible()
    assert not ana.camera_is_live()
    wait_for(lambda: ana.flows()["live"] == 0 and tess.flows()["live"] == 0, "no live peer connection")
    expect(tess.page.get_by_role("toolbar", name="Sound and view")).to_have_count(0)
    tess.page.get_by_role("link", name="Read the record").click()
    expect(tess.page.get_by_text("Here it is <b>now</b>.")).to_be_visible()
    expect(tess.page.get_by_text("Ana Pérez has joined the session").first).to_be_visible()
    expect(tess.page.get_by_text("Closed by technician").first).to_be_visible()


def test_the_pin_works_as_well_and_either_side_can_mute(tess: Technician, ana: Customer) -> None:
    ana.comes_in(tess.creates_pin("Ana Mute"))
    tess.starts("Ana Mute")
    tess.wait_for_flow("framesDecoded", more_than=5)

    ana.page.get_by_role("button", name="Mute").click()
    expect(ana.page.get_by_role("button", name="Mute")).to_have_attribute("aria-pressed", "true")
    expect(tess.page.get_by_role("region", name="Attendees").get_by_text("microphone off").first).to_be_attached()
    tess.page.get_by_role("button", name="Mute", exact=True).click()
    expect(tess.page.get_by_role("button", name="Mute", exact=True)).to_have_attribute("aria-pressed", "true")

    tess.ends()


def test_a_code_can_be_typed_with_spaces_and_the_switch_keeps_the_picture(tess: Technician, ana: Customer) -> None:
    pin = tess.creates_pin("Ana Switch")
    ana.comes_in(f" {pin[:3]} - {pin[3:]} ")
    tess.starts("Ana Switch")
    tess.wait_for_flow("framesDecoded", more_than=5)
    seen = tess.flows()["framesDecoded"]

    ana.page.get_by_role("button", name="Switch").click()

    tess.wait_for_flow("framesDecoded", more_than=seen + 30)
    tess.ends()


def test_declined_terms_end_it_and_the_technician_is_told_why(tess: Technician, ana: Customer) -> None:
    pin = tess.creates_pin("Ana Decline")
    ana.types_pin(pin)
    ana.continues()
    ana.allows_camera()
    ana.page.get_by_role("button", name="Continue").click()
    ana.page.get_by_role("button", name="Decline").click()

    expect(ana.page.get_by_role("heading", name="The session has ended")).to_be_visible()
    expect(tess.page.get_by_text("Ana Decline declined the terms.")).to_be_visible()
    expect(tess.row("Ana Decline")).to_have_count(0)
    assert not ana.camera_is_live()


def test_a_second_lens_session_is_refused_with_the_reason(tess: Technician, ana: Customer, new_context: Open) -> None:
    from tests.e2e.conftest import PHONE

    ben = Customer(new_context(**PHONE).new_page())
    ana.comes_in(tess.creates_pin("Ana First"))
    ben.comes_in(tess.creates_pin("Ben Second"))
    tess.starts("Ana First")
    tess.wait_for_flow("framesDecoded", more_than=1)

    expect(
        tess.page.get_by_text("One Lens session at a time. End or hold the session with Ana First first.").first
    ).to_be_visible()
    start = tess.row("Ben Second").get_by_role("button", name="Start")
    expect(start).to_be_disabled()
    tess.ends()
    expect(start).to_be_enabled()
    tess.starts("Ben Second")
    tess.wait_for_flow("framesDecoded", more_than=1)
    tess.ends()


def test_stop_ends_it_for_both(tess: Technician, ana: Customer) -> None:
    ana.comes_in(tess.creates_pin("Ana Stop"))
    tess.starts("Ana Stop")
    tess.wait_for_flow("framesDecoded", more_than=5)

    still_on = ana.page.get_by_role("button", name="Stop").evaluate(PRESS_AND_LOOK)

    assert still_on == [], "the camera goes off with the press, whatever the server says"
    expect(ana.page.get_by_role("heading", name="The session has ended")).to_be_visible()
    expect(tess.page.get_by_text("Session ended: Closed by customer")).to_be_visible()


def test_not_asked_for_kills_the_code_and_tells_the_technician(tess: Technician, ana: Customer) -> None:
    pin = tess.creates_pin("Ana Refuse")
    ana.types_pin(pin)

    ana.page.get_by_role("button", name="I did not ask for this").click()

    expect(ana.page.get_by_text("Thank you").first).to_be_visible()
    expect(tess.page.get_by_text("Ana Refuse did not ask for help.")).to_be_visible()
    expect(tess.pending("Ana Refuse")).to_have_count(0)


def test_a_start_before_the_phone_has_loaded_everything_is_followed_up(tess: Technician, ana: Customer) -> None:
    late: list[Route] = []
    ana.page.route("**/lens/peer_set.*.js", lambda route: late.append(route))
    ana.comes_in(tess.creates_pin("Ana Late"))
    tess.starts("Ana Late")
    tess.reads("Tess Meyer has joined the session")
    wait_for(lambda: ana.flows() and late, "the module to be asked for")

    late[0].continue_()

    tess.wait_for_flow("framesDecoded", more_than=5)
    expect(ana.page.get_by_text("Tess Meyer of Acme Support sees your camera")).to_be_visible()
    tess.ends()
