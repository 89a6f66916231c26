"""From the third attendee on picture and sound go through the server's relay, and nobody sees the change."""

import signal

import pytest
from playwright.sync_api import expect

from tests.e2e.conftest import ConsoleOf
from tests.e2e.people import Customer, Technician
from tests.served import Served
from tests.waiting import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.timeout(600)]

COMES_IN = """
from portals import clock
from portals.models import User
from sessions import steps
from sessions.models import SupportSession
session = SupportSession.objects.get(customer_name="{name}", ended_at=None)
attendee = steps.attend(session, User.objects.get(email="tom@acme.example"))
steps.let_in(session, attendee, now=clock.now())
"""
GOES = """
from portals import clock
from sessions import steps
from sessions.models import SupportSession
session = SupportSession.objects.get(customer_name="{name}", ended_at=None)
steps.put_out(session, session.participants.get(user__email="tom@acme.example"), now=clock.now())
"""
# When frames of the stage's picture were shown, in ms, as long as the page lives.
WATCH_FRAMES = """() => {
  window.framesOfTest = [];
  const video = document.querySelector("video[data-part=video]");
  const next = (now) => { window.framesOfTest.push(now); video.requestVideoFrameCallback(next); };
  video.requestVideoFrameCallback(next);
}"""
LONGEST_GAP = """() => Math.round(Math.max(...window.framesOfTest.slice(1).map(
  (at, index) => at - window.framesOfTest[index])))"""


def sees_more(person: Technician, frames: int = 20) -> None:
    person.wait_for_flow("framesDecoded", more_than=person.flows()["framesDecoded"] + frames)


def kill_the_relay(served: Served) -> None:
    """In production it is a process of its own: another takes its sessions. Embedded there is nothing to kill."""
    if "REDIS_URL" not in served.env:
        return
    [first] = [process for process in served.processes if "media" in process.args]
    served._spawn("media")
    wait_for(lambda: served.log.count("The media relay is ready.") == 2, "a second media process")
    first.send_signal(signal.SIGKILL)
    first.wait(10)


def test_a_third_attendee_moves_everybody_to_the_relay_and_back(
    tess: Technician, ana: Customer, console_of: ConsoleOf, served: Served
) -> None:
    ana.comes_in(tess.creates_pin("Ana Relayed"))
    tess.starts("Ana Relayed")
    sees_more(tess)
    expect(tess.page.get_by_text("Encrypted to the other browser")).to_be_visible()
    tess.page.evaluate(WATCH_FRAMES)

    # Tom comes in: all go through the relay, and the direct connection is closed when nobody looks at it any more.
    served.manage("shell", "-c", COMES_IN.format(name="Ana Relayed"))
    tom = console_of("tom@acme.example")
    tom.row("Ana Relayed").get_by_role("button", name="Ana Relayed").click()
    for technician in (tess, tom):
        expect(technician.page.get_by_text("Through the relay")).to_be_visible()
        expect(technician.page.get_by_text("Encrypted to the other browser")).to_be_hidden()
        sees_more(technician)
    wait_for(lambda: ana.flows()["live"] == tess.flows()["live"] == 1, "the direct connection to be closed")
    for person in (ana, tess, tom):
        person.wait_for_flow("audioIn", more_than=10)
    sees_more(tess)
    print("longest gap between two frames, ms:", tess.page.evaluate(LONGEST_GAP))

    kill_the_relay(served)
    for technician in (tess, tom):
        sees_more(technician)

    # Tom is put out: he gets nothing more, and the two are direct again.
    before = ana.made_peers()
    served.manage("shell", "-c", GOES.format(name="Ana Relayed"))
    wait_for(lambda: tom.flows()["live"] == 0, "no connection of one who was put out")
    expect(tess.page.get_by_text("Encrypted to the other browser")).to_be_visible()
    wait_for(lambda: ana.flows()["live"] == tess.flows()["live"] == 1, "the relay to be left")
    sees_more(tess)
    assert ana.made_peers() == before + 1
    assert ana.camera_is_live()
    tess.ends()
