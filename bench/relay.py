"""The media relay beside Janus and beside MediaRelay, in one run.

    .venv/bin/python bench/relay.py [seconds of each measurement] [rooms]

CPU: one publisher (VP8 640x480, 30 pictures a second, 1.1 Mbit/s, and sound) and 1, 3 and 9 viewers, in CPU seconds of
the server per minute of the session. Transit: rooms of one publisher and nine viewers; the age of packets when they
arrive at 24 of the viewers (others are not read, so that the client's own work does not count). Picture: the clock in
the picture between two Chromium contexts, directly and through the relay. Contestants take turns in the same minutes on
the same machine: read the ratios. Janus is left out where it is not installed (Debian: janus).
"""

import asyncio
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.relay_client import Janus, Peer, Server, janus_configuration, picture_payloads
from tests.served import free_port

SECONDS = 8.0
ROOMS = 20
JANUS_ROOMS = 8
VIEWERS = (1, 3, 9)
WARM_S = 2.0
TIMED = 24
TICKS_PER_S = 100


def cpu_s(pid: int) -> float:
    """User and system time of a process so far."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


class Contestant:
    def __init__(self, name: str) -> None:
        self.name = name
        self.port = free_port()
        self.folder = tempfile.TemporaryDirectory(prefix="relay-bench-")
        if name == "janus":
            command = janus_configuration(Path(self.folder.name), self.port)
        else:
            command = [sys.executable, str(Path(__file__).with_name("relay_server.py")), name, str(self.port)]
        with (Path(self.folder.name) / "log").open("wb") as log:
            self.process = subprocess.Popen(command, stdout=log, stderr=log)
        self.client: Any = Janus(self.port) if name == "janus" else Server(self.port)

    async def __aenter__(self) -> "Contestant":
        for _each in range(600):
            try:
                _reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
                writer.close()
                return self
            except OSError:
                await asyncio.sleep(0.1)
        raise RuntimeError(f"{self.name} does not listen:\n{(Path(self.folder.name) / 'log').read_text()}")

    async def __aexit__(self, *_error: object) -> None:
        await self.client.close()
        self.process.kill()
        self.process.wait()
        self.folder.cleanup()

    async def join(self, room: str, viewers: int) -> tuple[Peer, list[Peer]]:
        publisher = await self.client.join(room, "publish")
        return publisher, [await self.client.join(room, "view") for _each in range(viewers)]


async def cpu_case(name: str, viewers: int, payloads: list[list[bytes]], seconds: float) -> dict[str, float]:
    async with Contestant(name) as server:
        publisher = await server.client.join("room", "publish")
        done = asyncio.Event()
        task = asyncio.create_task(publisher.publish(payloads, stamped=False, until=done))
        await asyncio.sleep(0.5)
        seen = [await server.client.join("room", "view") for _each in range(viewers)]
        await asyncio.sleep(WARM_S)
        began, cpu, pictures = time.monotonic(), cpu_s(server.process.pid), [peer.pictures for peer in seen]
        await asyncio.sleep(seconds)
        took = time.monotonic() - began
        used = cpu_s(server.process.pid) - cpu
        fps = min((peer.pictures - before) / took for peer, before in zip(seen, pictures, strict=True))
        done.set()
        await task
        await asyncio.gather(*(peer.pc.close() for peer in [publisher, *seen]))
        return {"cpu": used / took * 60, "fps": fps}


async def transit_case(name: str, rooms: int, payloads: list[list[bytes]], seconds: float) -> dict[str, float]:
    async with Contestant(name) as server:
        done = asyncio.Event()
        joined = [await server.join(f"room {number}", 9) for number in range(rooms)]
        timed = []
        for _publisher, viewers in joined:
            count = max(1, TIMED // rooms)
            timed += viewers[:count]
            for peer in viewers[:count]:
                peer.read_all()
            for peer in viewers[count:]:
                peer.stop_reading()
        tasks = [
            asyncio.create_task(publisher.publish(payloads, stamped=True, until=done, phase=number / rooms))
            for number, (publisher, _seen) in enumerate(joined)
        ]
        await asyncio.sleep(WARM_S)
        for peer in timed:
            peer.transits.clear()
        began, cpu = time.monotonic(), cpu_s(server.process.pid)
        await asyncio.sleep(seconds)
        used, took = cpu_s(server.process.pid) - cpu, time.monotonic() - began
        transits = sorted(transit for peer in timed for transit in peer.transits)
        done.set()
        await asyncio.gather(*tasks)
        forwarded = len(transits) / len(timed) * rooms * 9
        return {
            "core": used / took * 100,
            "us": used / forwarded * 1e6,
            "p50": transits[len(transits) // 2] * 1000,
            "p99": transits[len(transits) * 99 // 100] * 1000,
        }


def load() -> str:
    return Path("/proc/loadavg").read_text().split()[0]


async def main(seconds: float, rooms: int) -> None:
    payloads = picture_payloads()
    octets, packets = sum(len(one) for frame in payloads for one in frame), sum(map(len, payloads))
    per_s = 30 / len(payloads)
    print(f"picture: {octets * 8 * per_s / 1e6:.2f} Mbit/s, {packets * per_s:.0f} packets/s")
    names = ["ours", "media-relay"] + (["janus"] if shutil.which("janus") else [])
    for viewers in VIEWERS:
        found = {}
        for name in names:
            case = found[name] = await cpu_case(name, viewers, payloads, seconds)
            say(f"1+{viewers} {name:12} {case['cpu']:6.2f} CPU s/min, {case['fps']:.1f} fps, load {load()}")
        for name in names[1:]:
            say(f"1+{viewers} ours / {name}: {found['ours']['cpu'] / found[name]['cpu']:.3f}")
    few = min(rooms, JANUS_ROOMS)  # more than that Janus does not set up for this client
    for name, count in [("ours", rooms), ("ours", few), *([("janus", few)] if "janus" in names else [])]:
        case = await transit_case(name, count, payloads, seconds)
        say(
            f"{count}x9 {name:6} {case['core']:.1f} % of a core, {case['us']:.1f} us per packet forwarded, "
            f"transit p50 {case['p50']:.2f} ms, p99 {case['p99']:.2f} ms, load {load()}"
        )


def say(line: str) -> None:
    print(line, flush=True)


if __name__ == "__main__":
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else SECONDS
    asyncio.run(main(seconds, int(sys.argv[2]) if len(sys.argv) > 2 else ROOMS))
    from bench.relay_picture import picture_delays

    picture_delays()
