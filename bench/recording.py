"""Recording one session beside aiortc's MediaRecorder, in one run.

    .venv/bin/python bench/recording.py [seconds of each measurement] [rounds]

One publisher (VP8 640x480, 30 pictures a second, about 1.1 Mbit/s, and sound). CPU seconds of the whole server process
for each minute recorded, the reception included; "relay" is the same process with nobody recording. Then what is done
once the session is over: a file with duration and cues, with one voice and with two that are mixed. At last the file is
opened in Chromium: its length, and a picture after a seek. Contestants take turns in the same minutes: read the ratios.
MediaRecorder encodes on the event loop: on a busy machine it falls behind, and what it had not got to is not kept.
"""

import asyncio
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.relay import cpu_s
from bench.relay_client import Server, picture_payloads
from lens.recordings import finishing, webm
from tests.chromium import launch
from tests.served import free_port

SECONDS, ROUNDS = 20.0, 2
WARM_S = 3.0
AIM = 20
LOOK = """async (at) => {
  const video = document.querySelector("video");
  video.currentTime = at;
  await new Promise((done) => video.requestVideoFrameCallback(done));
  return { length: video.duration, at: video.currentTime, width: video.videoWidth, height: video.videoHeight };
}"""


async def measure(kind: str, seconds: float, payloads: list[list[bytes]], folder: Path) -> dict[str, Any]:
    """CPU of one contestant, and the pictures that were sent to it."""
    port = free_port()
    script = str(Path(__file__).with_name("recording_server.py"))
    with (folder / "log").open("wb") as log:
        command = [sys.executable, script, kind, str(port), str(folder)]
        process = subprocess.Popen(command, stdout=log, stderr=log)  # noqa: ASYNC220
    client = Server(port)
    try:
        await _listening(port)
        publisher = await client.join("room", "publish")
        done = asyncio.Event()
        sending = asyncio.create_task(publisher.publish(payloads, stamped=False, until=done))
        await asyncio.sleep(WARM_S)
        before, begun = cpu_s(process.pid), time.monotonic()
        await asyncio.sleep(seconds)
        spent, took = cpu_s(process.pid) - before, time.monotonic() - begun
        done.set()
        await sending
        await asyncio.sleep(1)  # the last packets arrive
        await client.close()
        while kind != "relay" and not (folder / "done").exists():  # noqa: ASYNC110
            await asyncio.sleep(0.1)
    finally:
        process.kill()
        process.wait()
    return {"cpu_s_per_min": spent / took * 60, "sent": int((WARM_S + took) * 30), "took": took}


async def _listening(port: int) -> None:
    for _each in range(600):
        try:
            _reader, writer = await asyncio.open_connection("127.0.0.1", port)
        except OSError:
            await asyncio.sleep(0.1)
        else:
            writer.close()
            return
    raise RuntimeError("The server does not listen.")


def pictures_in(path: Path) -> int:
    import av

    with av.open(str(path)) as container:
        return sum(1 for _frame in container.decode(video=0))


def finished(part: webm.ReadPart, folder: Path) -> tuple[finishing.Made, float]:
    """The file of a part, and the CPU seconds it took for each minute of it."""
    before = time.process_time()
    spans = finishing.lay_out([part], until=datetime.now(UTC) + timedelta(days=1))
    [made] = finishing.make_files(spans, folder)
    return made, (time.process_time() - before) / made.duration_ms * 60_000


def with_second_voice(part: webm.ReadPart, path: Path) -> webm.ReadPart:
    """The same part as if somebody else had talked as much."""
    copy = webm.Part(part.started_at, list(part.tracks.values()))
    voice = next(track for track in part.tracks.values() if track.kind == webm.AUDIO)
    second = copy.add_track(kind=webm.AUDIO, name="microphone:other", codec="opus")
    data = [copy.head()]
    for number, block in enumerate(part.blocks()):
        copy.add(block)
        if block.track == voice.number:
            copy.add(webm.Block(second.number, block.at_ms, True, block.data))
        if number % 100 == 99:
            data.append(copy.take())
    path.write_bytes(b"".join([*data, copy.take()]))
    found = webm.read_part(path)
    assert found is not None
    return found


def in_chromium(path: Path, at_s: float) -> dict[str, Any]:
    from playwright.sync_api import sync_playwright

    page_path = path.with_name("page.html")
    page_path.write_text(f"<!doctype html><video src='{path.name}' preload='auto' muted></video>")
    with sync_playwright() as playwright:
        browser = launch(playwright)
        page = browser.new_page()
        page.goto(page_path.as_uri())
        page.wait_for_function("document.querySelector('video').readyState >= 2")
        seen = dict(page.evaluate(LOOK, at_s))
        browser.close()
    return seen


def main(seconds: float, rounds: int) -> None:
    payloads = picture_payloads()
    found: dict[str, list[tuple[int, float]]] = {"relay": [], "recording": [], "media-recorder": []}
    with tempfile.TemporaryDirectory(prefix="recording-bench-") as temporary:
        made, mixed_cpu, one_cpu = None, 0.0, 0.0
        for number in range(rounds):
            for kind, figures in found.items():
                folder = Path(temporary) / f"{kind}-{number}"
                folder.mkdir()
                figure = asyncio.run(measure(kind, seconds, payloads, folder))
                kept = 0
                line = f"{kind:15} {figure['cpu_s_per_min']:6.2f} CPU s per minute"
                if kind == "recording":
                    part = webm.read_part(next(folder.glob("part-*.webm")))
                    assert part is not None
                    made, one_cpu = finished(part, folder)
                    _both, mixed_cpu = finished(with_second_voice(part, folder / "two.webm"), _new(folder / "two"))
                    keys = sum(block.is_key for block in part.blocks() if part.tracks[block.track].kind == webm.VIDEO)
                    kept = pictures_in(made.path)
                    line += f", {kept} pictures of about {figure['sent']} sent ({keys} whole ones)"
                elif kind == "media-recorder":
                    [path] = folder.glob("*.webm")
                    kept = pictures_in(path)
                    line += f", {kept} pictures of about {figure['sent']} sent"
                figures.append((kept, figure["cpu_s_per_min"]))
                if kept:
                    spent_s = figure["cpu_s_per_min"] / 60 * (figure["took"] + WARM_S)
                    line += f": {spent_s / kept * 1000:.2f} CPU s for each 1,000 kept"
                print(line, flush=True)
        assert made is not None
        # Of each the round in which it kept most: MediaRecorder costs little where it cannot keep up.
        best = {kind: max(figures)[1] for kind, figures in found.items()}
        ratio, more = best["media-recorder"] / best["recording"], best["recording"] - best["relay"]
        print(f"recording costs 1/{ratio:.0f} of MediaRecorder (aim: 1/{AIM}); {more:.2f} over relaying")
        print(f"finishing: {one_cpu:.2f} CPU s per minute with one voice, {mixed_cpu:.2f} with two that are mixed")
        place = made.duration_ms / 1000 - 2.5
        seen = in_chromium(made.path, place)
        print(f"in Chromium: {made.duration_ms / 1000:.1f} s long, after a seek to {place:.1f}: {seen}")


def _new(folder: Path) -> Path:
    folder.mkdir()
    return folder


if __name__ == "__main__":
    given = sys.argv[1:]
    main(float(given[0]) if given else SECONDS, int(given[1]) if len(given) > 1 else ROUNDS)
