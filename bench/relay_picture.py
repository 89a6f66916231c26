"""The age of the clock in the picture: one page shows what another films, directly and through the relay in turn."""

import os
import statistics
import time
from threading import Thread

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings_test")
django.setup()

from playwright.sync_api import Page, sync_playwright

from bench.join_to_picture import SINK, SOURCE
from tests.browser_units.conftest import CAMERAS, Handler, Server
from tests.browser_units.relay_world import RelayWorld, relay_world
from tests.chromium import launch
from tests.waiting import wait_for

ROUNDS = 4
WATCH_S = 3.0

OPEN = """async ([url, attendee]) => {
  const { RelayedPage } = await import("units/relayed.js");
  window.own = await RelayedPage.open(url, attendee);
  if (attendee === "customer") own.set.setLocal({ camera: clockTrack() });
}"""


def picture_delays() -> None:
    static = Server(("127.0.0.1", 0), Handler)
    Thread(target=static.serve_forever, daemon=True).start()
    delays: dict[bool, list[float]] = {False: [], True: []}
    with sync_playwright() as playwright, relay_world() as world:
        browser = launch(playwright, camera=CAMERAS)
        pages = {}
        for name in ("customer", "desk"):
            page = pages[name] = browser.new_context(permissions=["camera", "microphone"]).new_page()
            page.add_init_script(SOURCE + SINK)
            page.goto(f"http://127.0.0.1:{static.server_port}")
            page.evaluate(OPEN, [world.url, name])
        for _round in range(ROUNDS):
            for relayed in (False, True):
                delays[relayed] += _delays(pages["desk"], world, relayed)
        browser.close()
    static.shutdown()
    direct, through = (statistics.median(delays[relayed]) for relayed in (False, True))
    print(f"glass to glass: direct {direct:.0f} ms, through the relay {through:.0f} ms, {through - direct:+.0f} ms")


def _delays(desk: Page, world: RelayWorld, relayed: bool) -> list[float]:
    world.plan("customer", "desk", relayed=relayed)
    wanted = {"attendee": "customer", "state": "connected", "relayed": relayed}
    wait_for(lambda: desk.evaluate("own.states.at(-1)") == wanted, "the change", timeout_s=30)
    time.sleep(3)  # the old connection is gone then, and the new one has its bitrate
    desk.evaluate("seen.delays = []")
    time.sleep(WATCH_S)
    return list(desk.evaluate("seen.delays"))
