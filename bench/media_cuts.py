"""R-17: how soon picture and sound are back after the network of the customer's phone was cut for 5 and 15 s.

    sudo .venv/bin/python bench/media_cuts.py [rounds]      (needs iproute2 and socat)

Phone and laptop each have a network namespace of their own, on one bridge with the server; a cut takes the phone's line
off the bridge, so that packets vanish and nobody is told. Direct connections and the relay take turns. Printed: seconds
from the end of the cut to the next decoded pictures and the next packets of sound at the technician, and how many peer
connections the pages made in all.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Browser, BrowserContext, Playwright, sync_playwright

from tests.chromium import chromium_path, launch
from tests.e2e.conftest import LAPTOP, PHONE, close
from tests.e2e.people import PEERS, Customer, Technician
from tests.served import PASSWORD, Served, serve

ROUNDS = 3
CUTS_S = (5, 15)
AIM_S = 6  # the picture is back within 6 s after a cut of 5 s
PATIENCE_S = 60
BRIDGE, HOST = "sl-bridge", "10.77.0.1"
PLACES = {"sl-phone": "10.77.0.2", "sl-desk": "10.77.0.3"}
ALWAYS_RELAY = "from portals.models import Company; Company.objects.update(always_relay={on})"
SETTINGS_S = 6  # what a manager changes is in every room after this


def ip(*words: str) -> None:
    subprocess.run(["ip", *words], check=True)


@contextlib.contextmanager
def network(port: int) -> Iterator[None]:
    """In each place the server answers at localhost, as browsers want it for camera and microphone."""
    forwarders: list[subprocess.Popen[bytes]] = []
    try:
        ip("link", "add", BRIDGE, "type", "bridge")
        ip("addr", "add", f"{HOST}/24", "dev", BRIDGE)
        ip("link", "set", BRIDGE, "up")
        forwarders.append(_forward([], f"{port},bind={HOST}", f"127.0.0.1:{port}"))
        for place, address in PLACES.items():
            ip("netns", "add", place)
            ip("link", "add", place, "type", "veth", "peer", "name", "eth0", "netns", place)
            ip("link", "set", place, "master", BRIDGE, "up")
            ip("-n", place, "addr", "add", f"{address}/24", "dev", "eth0")
            for device in ("lo", "eth0"):
                ip("-n", place, "link", "set", device, "up")
            ip("-n", place, "route", "add", "default", "via", HOST)
            inside = ["ip", "netns", "exec", place]
            forwarders.append(_forward(inside, f"{port},bind=127.0.0.1", f"{HOST}:{port}"))
        yield
    finally:
        for forwarder in forwarders:
            forwarder.kill()
        for place in PLACES:
            subprocess.run(["ip", "netns", "delete", place], check=False)
        subprocess.run(["ip", "link", "delete", BRIDGE], check=False)


def _forward(inside: list[str], listen: str, to: str) -> subprocess.Popen[bytes]:
    return subprocess.Popen([*inside, "socat", f"TCP-LISTEN:{listen},fork,reuseaddr", f"TCP:{to}"])


def browser_in(place: str, playwright: Playwright, folder: Path) -> Browser:
    wrapper = folder / f"chromium-in-{place}"
    wrapper.write_text(f'#!/bin/sh\nexec ip netns exec {place} {chromium_path()} "$@"\n')
    wrapper.chmod(0o755)
    return launch(playwright, path=str(wrapper))


@contextlib.contextmanager
def cut(seconds: int) -> Iterator[None]:
    """The block runs at the very moment in which the line is whole again."""
    ip("link", "set", "sl-phone", "nomaster")
    time.sleep(seconds)
    ip("link", "set", "sl-phone", "master", BRIDGE)
    yield


def back_after(tess: Technician) -> dict[str, float]:
    """Seconds until three more pictures, and as many packets of sound, have come."""
    began, before = time.monotonic(), tess.flows()
    found: dict[str, float] = {}
    while len(found) < 2 and time.monotonic() < began + PATIENCE_S:
        now = tess.flows()
        for name in ("framesDecoded", "audioIn"):
            before[name] = min(before[name], now[name])  # a connection made anew counts from nothing
            if name not in found and now[name] >= before[name] + 3:
                found[name] = time.monotonic() - began
        time.sleep(0.05)
    return {name: found.get(name, float("inf")) for name in ("framesDecoded", "audioIn")}


def context_of(browser: Browser, served: Served, **options: object) -> BrowserContext:
    context = browser.new_context(base_url=served.url, permissions=["camera", "microphone"], **options)  # type: ignore[arg-type]
    context.add_init_script(PEERS)
    return context


def one_session(phone: Browser, desk: Browser, served: Served, *, rounds: int, way: str) -> None:
    served.manage("shell", "-c", ALWAYS_RELAY.format(on=way == "relay"))
    time.sleep(SETTINGS_S)
    laptop, hand = context_of(desk, served, **LAPTOP), context_of(phone, served, **PHONE)
    tess, ana = Technician(laptop.new_page(), "tess@acme.example", PASSWORD), Customer(hand.new_page())
    tess.sign_in()
    ana.comes_in(tess.creates_pin("Ana"))
    tess.starts("Ana")
    tess.wait_for_flow("framesDecoded", more_than=20)
    for seconds in CUTS_S:
        found = []
        for _round in range(rounds):
            with cut(seconds):
                found.append(back_after(tess))
            time.sleep(10)  # whatever else mends itself
        for name, label in (("framesDecoded", "picture"), ("audioIn", "sound")):
            each = sorted(one[name] for one in found)
            print(
                f"{way:8}{seconds:4} s  {label:8} worst {each[-1]:5.1f} s   each: {', '.join(f'{s:.1f}' for s in each)}"
            )
    print(f"{way:8} peer connections made: technician {tess.made_peers()}, customer {ana.made_peers()}", flush=True)
    tess.ends()
    for context in (laptop, hand):
        close(context)


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    if os.geteuid() != 0:
        sys.exit("Network namespaces need root: run it with sudo.")
    folder = Path(tempfile.mkdtemp(prefix="sightline-bench-"))
    with serve(folder) as served, network(served.port), sync_playwright() as playwright:
        phone, desk = (browser_in(place, playwright, folder) for place in PLACES)
        for way in ("direct", "relay"):
            one_session(phone, desk, served, rounds=rounds, way=way)
        for browser in (phone, desk):
            browser.close()
    print(f"aim: the picture within {AIM_S} s after a cut of 5 s")


if __name__ == "__main__":
    main()
