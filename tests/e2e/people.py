"""What people do, in the words of DESIGN 9. Controls are found by role and name, as a person finds them."""

import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import BrowserContext, Page, Request, expect

from tests.waiting import wait_for

VIOLATIONS = """
document.addEventListener("securitypolicyviolation", (event) => {
  const { violatedDirective, blockedURI, sourceFile, lineNumber } = event;
  console.error(`policy violation: ${violatedDirective} ${blockedURI} ${sourceFile}:${lineNumber}`);
});
"""
# Peer connections are kept for the tests to look into; nothing of the page changes.
PEERS = """
window.peersOfTest = [];
const RealPeer = window.RTCPeerConnection;
window.RTCPeerConnection = class extends RealPeer {
  constructor(...options) { super(...options); window.peersOfTest.push(this); }
};
"""
FLOWS = """async () => {
  const flows = { videoIn: 0, audioIn: 0, videoOut: 0, audioOut: 0, framesDecoded: 0, live: 0, sending: 0 };
  const add = ({ type, kind, bytesReceived, packetsReceived, framesDecoded, bytesSent, packetsSent }) => {
    if (type === "inbound-rtp" && kind === "video") {
      flows.videoIn += bytesReceived;
      flows.framesDecoded += framesDecoded ?? 0;
    }
    if (type === "inbound-rtp" && kind === "audio") flows.audioIn += packetsReceived;
    if (type === "outbound-rtp" && kind === "video") flows.videoOut += bytesSent;
    if (type === "outbound-rtp" && kind === "audio") flows.audioOut += packetsSent;
  };
  for (const peer of window.peersOfTest) {
    if (peer.connectionState === "connected") flows.live += 1;
    flows.sending += peer.getSenders().filter((sender) => sender.track).length;
    if (peer.connectionState !== "closed") for (const report of (await peer.getStats()).values()) add(report);
  }
  return flows;
}"""
# A small picture of the largest playing video, as a list of numbers: two of them differ when the picture moves.
PICTURE = """() => {
  const videos = [...document.querySelectorAll("video")].filter((one) => one.videoWidth > 0 && one.offsetParent);
  const video = videos.sort((a, b) => b.clientWidth - a.clientWidth)[0];
  if (!video) return null;
  const canvas = new OffscreenCanvas(32, 24);
  const brush = canvas.getContext("2d", { willReadFrequently: true });
  brush.drawImage(video, 0, 0, 32, 24);
  return [...brush.getImageData(0, 0, 32, 24).data];
}"""

CAMERA_IS_LIVE = """() => [...document.querySelectorAll("video")]
  .some((one) => one.srcObject?.getTracks().some((track) => track.readyState === "live"))"""


@dataclass
class Watched:
    """Faults that no test may cause: uncaught errors, refused policies, requests to foreign hosts."""

    origin: str
    faults: list[str] = field(default_factory=list)
    quiet: list[str] = field(default_factory=list)  # parts of faults that a test expects

    def watch(self, context: BrowserContext) -> None:
        context.add_init_script(VIOLATIONS)
        context.add_init_script(PEERS)
        context.on("weberror", lambda error: self._note(f"error: {error.error}"))
        context.on("console", lambda line: self._note(line.text) if "policy" in line.text.lower() else None)
        context.on("request", self._look)

    def _look(self, request: Request) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in {"http", "https", "ws", "wss"} and parts.netloc != urlsplit(self.origin).netloc:
            self._note(f"foreign request: {request.url}")

    def _note(self, fault: str) -> None:
        if not any(part in fault for part in self.quiet):
            self.faults.append(fault)


class Person:
    def __init__(self, page: Page) -> None:
        self.page = page

    def flows(self) -> dict[str, int]:
        return dict(self.page.evaluate(FLOWS))

    def wait_for_flow(self, name: str, *, more_than: int = 0) -> None:
        # Asked from here: a promise counts as true for the browser driver's own waiting.
        wait_for(lambda: self.flows()[name] > more_than, f"{name} to pass {more_than}", every_s=0.1)

    def made_peers(self) -> int:
        return int(self.page.evaluate("window.peersOfTest.length"))

    def picture(self) -> Any:
        return self.page.evaluate(PICTURE)

    def says(self, text: str) -> None:
        self.page.get_by_role("textbox", name="Message").fill(text)
        self.page.get_by_role("button", name="Send", exact=True).click()

    def reads(self, text: str) -> None:
        expect(self.page.get_by_role("log", name="Chat").get_by_text(text)).to_be_visible()


def signs_in(page: Page, email: str, password: str) -> None:
    """Where the page asks for it: who is signed in still is where they wanted to be."""
    sign_in = page.get_by_role("button", name="Sign in", exact=True)
    if sign_in.is_visible():
        page.get_by_label("Email").fill(email)
        page.get_by_label("Password", exact=True).fill(password)
        sign_in.click()


class Member(Person):
    """Somebody with an account."""

    def __init__(self, page: Page, email: str, password: str) -> None:
        super().__init__(page)
        self.email, self.password = email, password

    def sign_in(self, to: str) -> None:
        self.page.goto(to)
        signs_in(self.page, self.email, self.password)


class Technician(Member):
    def sign_in(self, to: str = "/console/") -> None:
        super().sign_in(to)
        expect(self.page.get_by_role("heading", name="Technician Console")).to_be_visible()

    def clears_the_desk(self) -> None:
        """End what a test before left of one's own, whatever its status; what others only offer stays."""
        expect(self.page.get_by_text(re.compile(r"^\d+ of 10 active$"))).to_be_visible()
        rows = self.page.get_by_role("table", name="Sessions").get_by_role("row")
        for name in rows.locator("[data-open]").all_inner_texts():
            rows.get_by_role("button", name=name, exact=True).first.click()
            if self.page.get_by_role("button", name="End", exact=True).count():
                self.ends()

    @property
    def dialog(self) -> Any:
        return self.page.get_by_role("dialog", name="Create New Session")

    def opens_new_session(self, name: str, tab: str) -> None:
        self.page.get_by_role("button", name="New Session").click()
        self.dialog.get_by_role("radio", name="Lens").check()
        self.dialog.get_by_label("Name").fill(name)
        self.dialog.get_by_role("tab", name=tab).click()

    def creates_pin(self, name: str) -> str:
        """Return the six digits that the dialog shows; the dialog is closed again."""
        self.opens_new_session(name, "PIN Code")
        self.dialog.get_by_role("button", name="Create PIN Code").click()
        pin = self.shown_pin()
        self.dialog.get_by_role("button", name="Done").click()
        return pin

    def shown_pin(self) -> str:
        shown = self.dialog.get_by_text(re.compile(r"^\d{3}\s\d{3}$")).first
        expect(shown).to_be_visible()
        return re.sub(r"\D", "", shown.inner_text())

    def emails_link(self, name: str, to: str) -> None:
        self.opens_new_session(name, "Email")
        self.dialog.get_by_role("radio", name="Send email on my behalf via the server").check()
        self.dialog.get_by_label("To", exact=True).fill(to)
        self.dialog.get_by_role("button", name="Email Link").click()

    def row(self, name: str) -> Any:
        return self.page.get_by_role("table", name="Sessions").get_by_role("row").filter(has_text=name)

    def pending(self, name: str) -> Any:
        return self.page.get_by_role("list", name="Pending codes").get_by_role("listitem").filter(has_text=name)

    def starts(self, name: str) -> None:
        self.row(name).get_by_role("button", name="Start").click()

    @property
    def leaving(self) -> Any:
        return self.page.get_by_role("dialog", name="Leave session")

    def ends(self) -> None:
        """Press End and see it done; a page closed before that would take the request with it."""
        self.page.get_by_role("button", name="End", exact=True).click()
        self.leaving.get_by_role("button", name="End session").click()
        expect(self.page.get_by_text("Session ended").filter(visible=True).first).to_be_visible()

    def holds(self) -> None:
        self.page.get_by_role("button", name="Hold", exact=True).click()
        expect(self.page.get_by_text("On hold since").filter(visible=True).first).to_be_visible()

    @property
    def transferring(self) -> Any:
        return self.page.get_by_role("dialog", name="Transfer")

    def transfers_to(self, name: str, comment: str = "") -> None:
        self.page.get_by_role("button", name="Transfer", exact=True).click()
        self.transferring.get_by_role("radio", name=name).check()
        self.transferring.get_by_label("Comment").fill(comment)
        self.transferring.get_by_role("button", name="Transfer", exact=True).click()
        expect(self.transferring).to_have_count(0)

    def invites(self, whom: str, title: str) -> Any:
        """Open the dialog behind an item of *Invite to Session*."""
        self.page.get_by_role("button", name="Invite to Session").click()
        self.page.get_by_role("menuitem", name=whom).click()
        return self.page.get_by_role("dialog", name=title)

    def invites_specialists(self) -> str:
        """View only; returns the nine digits of the code."""
        dialog = self.invites("External Specialists", "Invite External Specialists")
        dialog.get_by_role("button", name="Create Invitation", exact=True).click()
        shown = dialog.get_by_text(re.compile(r"^\d{3}\s\d{3}\s\d{3}$"))
        expect(shown).to_be_visible()
        code = re.sub(r"\D", "", shown.inner_text())
        dialog.get_by_role("button", name="Close", exact=True).click()
        return code

    def does_with(self, name: str, action: str) -> None:
        """An item of the menu of one attendee."""
        self.page.get_by_role("button", name=f"What to do with {name}").click()
        self.page.get_by_role("menuitem", name=action).click()

    def tab(self, name: str) -> Any:
        return self.page.get_by_role("tab").filter(has_text=name)

    @property
    def notes(self) -> Any:
        return self.page.get_by_role("textbox", name="Notes")


class Customer(Person):
    def types_pin(self, pin: str) -> None:
        self.page.goto("/")
        self.page.get_by_label("Session Code").fill(pin)
        self.page.get_by_role("button", name="Start Support Session").click()

    def continues(self) -> None:
        self.page.get_by_role("button", name="Continue").click()

    def allows_camera(self) -> None:
        self.page.get_by_role("button", name="Ask me now").click()
        expect(self.page.get_by_role("heading", name="This is your picture")).to_be_visible()

    def accepts_terms(self) -> None:
        self.page.get_by_role("button", name="Continue").click()
        self.page.get_by_role("button", name="I accept").click()
        expect(self.page.get_by_text("Nobody sees your camera yet.")).to_be_visible()

    def comes_in(self, pin: str) -> None:
        """From the PIN to the waiting room."""
        self.types_pin(pin)
        self.continues()
        self.allows_camera()
        self.accepts_terms()

    def camera_is_live(self) -> bool:
        return bool(self.page.evaluate(CAMERA_IS_LIVE))


class Specialist(Person):
    def gives_name(self, name: str) -> None:
        self.page.get_by_label("Your name").fill(name)
        self.page.get_by_role("button", name="Continue").click()

    def types_code(self, address: str, code: str) -> None:
        self.page.goto(address)
        self.page.get_by_label("Session Code").fill(code)
        self.page.get_by_role("button", name="Start Support Session").click()

    def is_inside(self) -> None:
        expect(self.page.get_by_role("heading", name=re.compile("^Session with"))).to_be_visible()


class Manager(Member):
    def sign_in(self, to: str = "/admin/") -> None:
        super().sign_in(to)
        self.page.wait_for_url(f"**{to}")

    def sets(self, model: str, switch: str, on: bool) -> None:
        """Toggle one switch of every row in the list, as a person does, and save."""
        self.page.goto(f"/admin/portals/{model}/")
        boxes = self.page.locator(f"input[type=checkbox][name^=form-][name$=-{switch}]")
        for box in boxes.all():
            box.set_checked(on)
        self.page.get_by_role("button", name="Save").click()
        for box in boxes.all():
            expect(box).to_be_checked(checked=on)

    def allows_recording(self, on: bool) -> None:
        self.page.goto("/admin/portals/company/")
        self.page.locator("#result_list tbody th a").click()
        self.page.get_by_label("Recording allowed").set_checked(on)
        with self.page.expect_navigation():
            self.page.get_by_role("button", name="Save", exact=True).click()
