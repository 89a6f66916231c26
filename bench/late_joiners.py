"""A phone's picture at nine viewers: how soon each of them sees it who comes later, and whether any picture is missing.

    .venv/bin/python bench/late_joiners.py [rounds]

Ten pages of Chromium at one relay: a customer with a moving picture and nine viewers, who come one after the other
while it runs. Printed: ms from the plan and from the connection to a viewer's first picture; then how many pictures
were sent in ten seconds with all inside, and how many arrived whole at each viewer.
"""

import os
import statistics
import sys
import time
from pathlib import Path
from threading import Thread

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings_test")
django.setup()

from playwright.sync_api import Browser, Page, sync_playwright

from tests.browser_units.conftest import CAMERAS, Handler, Server
from tests.browser_units.relay_world import RelayWorld, relay_world
from tests.chromium import launch
from tests.waiting import wait_for

ROUNDS = 3
VIEWERS = 9
WATCH_S = 10
LAST_S = 2  # what is under way arrives within this
AIM_MS = 200  # from the connection to the first picture

OPEN = """async ([url, attendee]) => {
  const { RelayedPage } = await import("units/relayed.js");
  const { movingPicture } = await import("units/media.js");
  window.peers = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(options) {
      super(options);
      window.peers.push(this);
      this.addEventListener("connectionstatechange", () => {
        if (this.connectionState === "connected") window.connectedAt ??= performance.now();
      });
    }
  };
  window.own = await RelayedPage.open(url, attendee);
  own.addEventListener("plan", () => { window.plannedAt = performance.now(); });
  window.show = (on) => own.set.setLocal({ camera: on ? picture : null });
  if (attendee !== "customer") return;
  window.picture = movingPicture();
  show(true);
}"""
COUNT = """async () => {
  let count = 0;
  for (const peer of peers.filter((one) => one.connectionState === "connected"))
    for (const one of (await peer.getStats()).values())
      if (one.kind === "video") count += one.framesSent ?? one.framesReceived ?? 0;
  return count;
}"""


def joined(browser: Browser, world: RelayWorld, address: str, name: str) -> Page:
    page = browser.new_context(permissions=["camera", "microphone"]).new_page()
    page.goto(address)
    page.evaluate(OPEN, [world.url, name])
    return page


def sees(page: Page) -> bool:
    return bool(page.evaluate("own.frames.length > 0"))


def counts(pages: list[Page]) -> list[int]:
    """How many pictures each has sent or received, once nothing is under way."""
    pages[0].evaluate("show(false)")
    time.sleep(LAST_S)
    found = [int(page.evaluate(COUNT)) for page in pages]
    pages[0].evaluate("show(true)")
    return found


def one_round(browser: Browser, address: str) -> tuple[list[float], list[float], list[int]]:
    """From the plan and from the connection (ms, for each viewer); the pictures of ten seconds, sent, then received."""
    planned, connected = [], []
    with relay_world() as world:
        names = ["customer", "desk"]
        pages = [joined(browser, world, address, name) for name in names]
        world.plan(*names, relayed=True)
        wait_for(lambda: sees(pages[-1]), "the first picture")
        for number in range(2, VIEWERS + 1):
            names.append(f"viewer-{number}")
            page = joined(browser, world, address, names[-1])
            pages.append(page)
            time.sleep(1)  # the page has loaded what it needs
            world.plan(*names, relayed=True)
            wait_for(lambda page=page: sees(page), "the picture of one who came later", every_s=0.2)
            first, plan, line = page.evaluate("[own.frames[0], plannedAt, connectedAt]")
            planned.append(first - plan)
            connected.append(first - line)
        before = counts(pages)
        time.sleep(WATCH_S)
        after = counts(pages)
        for page in pages:
            page.context.close()
    return planned, connected, [now - then for now, then in zip(after, before, strict=True)]


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    static = Server(("127.0.0.1", 0), Handler)
    Thread(target=static.serve_forever, daemon=True).start()
    address = f"http://127.0.0.1:{static.server_port}"
    planned: list[float] = []
    connected: list[float] = []
    with sync_playwright() as playwright:
        browser = launch(playwright, camera=CAMERAS)
        for number in range(rounds):
            from_plan, from_line, (sent, *received) = one_round(browser, address)
            planned += from_plan
            connected += from_line
            print(
                f"round {number + 1}: sent {sent} pictures in {WATCH_S} s; received by each viewer: {received}",
                flush=True,
            )
        browser.close()
    static.shutdown()
    for label, found in (("plan", planned), ("connection", connected)):
        each = ", ".join(f"{one:.0f}" for one in sorted(found))
        print(f"first picture after the {label}: median {statistics.median(found):.0f} ms   each: {each}")
    print(f"aim: {AIM_MS} ms from the connection; load {os.getloadavg()[0]:.0f}")


if __name__ == "__main__":
    main()
