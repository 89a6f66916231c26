"""From Start pressed to the first decoded frame, and the delay of the picture, beside the limit of this machine.

    .venv/bin/python bench/join_to_picture.py [rounds]

Product: a technician's and a customer's browser context, a real server, Start pressed in the console.
Limit: two RTCPeerConnections inside one page with the same source, no server, no signalling.
The source of both is a canvas that moves and carries a 24-bit millisecond clock; the delay is the age of the clock in
each decoded frame. Rounds alternate, so that both see the same machine, and each waits for a moment in which others let
the processors rest; medians and their ratio are printed.
"""

import statistics
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import Browser, Page, sync_playwright

from tests.chromium import launch
from tests.e2e.conftest import LAPTOP, PHONE, close
from tests.e2e.people import Customer, Technician
from tests.served import PASSWORD, Served, serve
from tests.waiting import wait_for

ROUNDS = 7
WATCH_MS = 4000  # how long the delay is watched in each round
AIM = 1.3
IDLE = 0.6  # share of the processors' time that others must leave, over QUIET_S, before a measurement
QUIET_S = 1.5
PATIENCE_S = 10  # then it is measured all the same: two browsers of its own are awake, too

# The camera is replaced by the clock; the microphone stays the fake one.
SOURCE = """
window.now = () => performance.timeOrigin + performance.now();
window.clockTrack = () => {
  const W = 640, H = 480, canvas = document.createElement("canvas");
  canvas.width = W; canvas.height = H;
  const brush = canvas.getContext("2d"), texture = document.createElement("canvas");
  texture.width = W * 2; texture.height = H;
  const paint = texture.getContext("2d");
  for (let y = 0; y < H; y += 8) for (let x = 0; x < W * 2; x += 8) {
    const v = (Math.random() * 90) | 0;
    paint.fillStyle = `rgb(${60 + v},${90 + (v >> 1)},${120 - v})`;
    paint.fillRect(x, y, 8, 8);
  }
  let shift = 0;
  const draw = () => {
    brush.drawImage(texture, -((shift++ * 3) % W), 0);
    const time = Math.round(now()) % 16777216, bit = W / 26;
    brush.fillStyle = "#000"; brush.fillRect(0, 0, W, bit * 1.5);
    for (let i = 0; i < 24; i++) {
      brush.fillStyle = (time >> i) & 1 ? "#fff" : "#000";
      brush.fillRect((i + 1) * bit, 0, bit, bit * 1.5);
    }
  };
  draw();
  const track = canvas.captureStream(0).getVideoTracks()[0];
  setInterval(() => { draw(); track.requestFrame(); }, 1000 / 30);
  return track;
};
const real = navigator.mediaDevices?.getUserMedia?.bind(navigator.mediaDevices);
if (real) navigator.mediaDevices.getUserMedia = async (wanted) => {
  const stream = new MediaStream();
  if (wanted.audio) (await real({ audio: wanted.audio })).getTracks().forEach((track) => stream.addTrack(track));
  if (wanted.video) stream.addTrack(clockTrack());
  return stream;
};
"""
# Watches every video element that gets a stream: when its first frame came, when the page let it be seen, and how old
# the clock in each frame is.
SINK = """
window.seen = { first: 0, shown: 0, delays: [], frames: 0 };
const showing = () => {
  const videos = [...document.querySelectorAll("video")];
  if (videos.some((one) => one.watched && one.videoWidth && one.checkVisibility())) seen.shown = now();
  else requestAnimationFrame(showing);
};
requestAnimationFrame(showing);
const pad = document.createElement("canvas"); pad.width = 260; pad.height = 15;
const ink = pad.getContext("2d", { willReadFrequently: true });
const look = (video) => {
  const at = now();
  if (!seen.frames++) seen.first = at;
  const bit = video.videoWidth / 26;
  ink.drawImage(video, 0, 0, video.videoWidth, bit * 1.5, 0, 0, 260, 15);
  const row = ink.getImageData(0, 5, 260, 1).data;
  let time = 0;
  for (let i = 0; i < 24; i++) if (row[((i + 1) * 10 + 5) * 4] > 127) time |= 1 << i;
  const age = ((Math.round(at) % 16777216) - time + 16777216) % 16777216;
  if (age < 60000) seen.delays.push(age);
  video.requestVideoFrameCallback(() => look(video));
};
const slot = Object.getOwnPropertyDescriptor(HTMLMediaElement.prototype, "srcObject");
Object.defineProperty(HTMLMediaElement.prototype, "srcObject", {
  ...slot,
  set(stream) {
    slot.set.call(this, stream);
    if (!stream || !(this instanceof HTMLVideoElement) || this.watched) return;
    this.watched = true;
    this.requestVideoFrameCallback(() => look(this));
  },
});
addEventListener("click", ({ target }) => {
  if (target.closest("button")?.textContent.trim() === "Start") seen.pressed = now();
}, true);
"""
LIMIT = """async () => {
  const track = clockTrack();
  const sound = (await navigator.mediaDevices.getUserMedia({ audio: true })).getAudioTracks()[0];
  await new Promise((resolve) => setTimeout(resolve, 500));
  const a = new RTCPeerConnection(), b = new RTCPeerConnection();
  a.onicecandidate = (event) => event.candidate && b.addIceCandidate(event.candidate);
  b.onicecandidate = (event) => event.candidate && a.addIceCandidate(event.candidate);
  const video = document.createElement("video");
  video.muted = true; video.autoplay = true; document.body.append(video);
  b.ontrack = ({ track }) => {
    if (track.kind !== "video") return;
    video.srcObject = new MediaStream([track]);
    video.play();
  };
  seen.pressed = now();
  for (const one of [track, sound]) a.addTrack(one, new MediaStream([one]));
  await a.setLocalDescription(); await b.setRemoteDescription(a.localDescription);
  await b.setLocalDescription(); await a.setRemoteDescription(b.localDescription);
}"""


def idle() -> float:
    """The share of time in which the processors had nothing to do, over the next QUIET_S."""

    def times() -> list[int]:
        return [int(word) for word in Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9]]

    before = times()
    time.sleep(QUIET_S)
    spent = [after - first for after, first in zip(times(), before, strict=True)]
    return (spent[3] + spent[4]) / max(1, sum(spent))


def wait_for_quiet() -> None:
    deadline = time.monotonic() + PATIENCE_S
    while idle() < IDLE and time.monotonic() < deadline:
        pass


def watched(page: Page) -> dict[str, float]:
    """First frame decoded and on the page, and delay, in ms, of the page that shows the picture."""
    wait_for(lambda: page.evaluate("seen.frames") > 0, "the first frame", every_s=0.1)
    page.wait_for_timeout(500)  # the jitter buffer settles
    page.evaluate("seen.delays.length = 0")
    page.wait_for_timeout(WATCH_MS)
    seen: dict[str, Any] = page.evaluate("seen")
    first, shown = (seen[name] - seen["pressed"] for name in ("first", "shown"))
    return {"first": first, "shown": shown, "delay": statistics.median(seen["delays"])}


def one_page(browser: Browser, served: Served) -> dict[str, float]:
    context = browser.new_context(base_url=served.url, permissions=["camera", "microphone"])
    context.add_init_script(SOURCE + SINK)
    page = context.new_page()
    page.route(
        "**/bare", lambda route: route.fulfill(body="<!doctype html><title>limit</title>", content_type="text/html")
    )
    page.goto("/bare")
    wait_for_quiet()
    page.evaluate(LIMIT)
    figures = watched(page)
    close(context)
    return figures


def product(browser: Browser, served: Served, number: int) -> dict[str, float]:
    laptop = browser.new_context(base_url=served.url, permissions=["microphone"], **LAPTOP)  # type: ignore[arg-type]
    laptop.add_init_script("window.now = () => performance.timeOrigin + performance.now();" + SINK)
    phone = browser.new_context(base_url=served.url, permissions=["camera", "microphone"], **PHONE)  # type: ignore[arg-type]
    phone.add_init_script(SOURCE)
    tess = Technician(laptop.new_page(), "tess@acme.example", PASSWORD)
    tess.sign_in()
    ana = Customer(phone.new_page())
    name = f"Ana {number}"
    ana.comes_in(tess.creates_pin(name))
    tess.row(name).wait_for()
    wait_for_quiet()  # the customer waits; whatever can be prepared is prepared
    tess.starts(name)
    figures = watched(tess.page)
    tess.ends()
    close(laptop)
    close(phone)
    return figures


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else ROUNDS
    figures: dict[str, list[dict[str, float]]] = {"limit": [], "product": []}
    with serve(Path(tempfile.mkdtemp(prefix="sightline-bench-"))) as served, sync_playwright() as playwright:
        browser = launch(playwright)
        for number in range(rounds):
            figures["limit"].append(one_page(browser, served))
            figures["product"].append(product(browser, served, number))
        browser.close()
    print(f"{'':22}{'limit':>8} {'product':>8} {'ratio':>6}   (ms, medians of {rounds} rounds; aim {AIM})")
    for key, label in (
        ("first", "first decoded frame"),
        ("shown", "the same, on the page"),
        ("delay", "glass to glass"),
    ):
        limit, ours = (statistics.median(one[key] for one in figures[who]) for who in ("limit", "product"))
        spread = ", ".join(f"{one[key]:.0f}" for one in figures["product"])
        print(f"{label:22}{limit:8.0f} {ours:8.0f} {ours / limit:6.2f}   each: {spread}")


if __name__ == "__main__":
    main()
