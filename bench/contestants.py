"""The servers that are measured side by side, and the people who talk in them.

Each contestant runs in a process of its own on core 0; the talkers are this process, on core 1.
"""

import asyncio
import contextlib
import itertools
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.fast_line import FastLine, open_line
from tests.served import Served, free_port, rss_kib, serve

ROOT = Path(__file__).resolve().parent.parent

SERVICES = {
    "DATABASE_URL": "postgres://postgres@127.0.0.1:5432/postgres",
    "REDIS_URL": "redis://127.0.0.1:6379/0",
}
PEERS = ROOT / "bench" / "peers"
PAD = "x" * 60
TICKS_S = os.sysconf("SC_CLK_TCK")
STAMP = re.compile(rb"t(\d+\.\d{6})i(\d{5})")
OPENED_AT_ONCE = 20
HEARTBEAT_S = 15  # as the pages do it (portals/live_socket.js)
PING = b'{"type":"presence.ping"}'
_folders = tempfile.TemporaryDirectory(prefix="sightline-bench-")  # the first holds static files for the others


def fresh_folder() -> Path:
    """A server's data folder, which stays until the end."""
    return Path(tempfile.mkdtemp(dir=_folders.name))


Hear = Callable[["Seat", str, float, int], None]  # kind ("line" or "ack"), when it was said, by which seat


@dataclass
class Seat:
    """One person in one room of one contestant."""

    number: int
    room: int
    line: FastLine
    compose: Callable[[str], bytes]  # a text as this contestant's message
    attendee: str = ""
    page: str = ""
    partner: "Seat | None" = None  # whoever gets this seat's signals

    def say(self) -> None:
        self.line.say(self.compose(f"t{time.perf_counter():.6f}i{self.number:05d}{PAD}"))


@dataclass
class Contestant:
    name: str
    port: int
    pid: int
    enter: Callable[["Contestant", int, int], Any]  # rooms, members -> awaitable list of Seats
    stores: bool = False
    served: Served | None = None
    echoes: bool = True  # a speaker hears the own line; else only the partner does
    seats: list[Seat] = field(default_factory=list)

    def cpu_s(self) -> float:
        fields = Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS_S

    def rss_kib(self) -> int:
        return rss_kib(self.pid)


def listen(seat: Seat, hear: Hear) -> None:
    """Call `hear` for what this seat hears from now on."""

    def heard(text: bytes) -> None:
        if text.startswith(b'{"type":"ack"'):
            return hear(seat, "ack", 0.0, seat.number)
        found = STAMP.search(text)
        if found is not None:
            hear(seat, "line", float(found[1]), int(found[2]))
        return None

    seat.line.heard = heard


def make_rooms(served: Served, *sizes: int) -> list[dict[str, Any]]:
    """What bench/rooms_world.py prints: active sessions with everybody's cookies. sizes: its arguments."""
    command = [sys.executable, "bench/rooms_world.py", *map(str, sizes)]
    made = subprocess.run(command, cwd=ROOT, env=served.env, capture_output=True, check=True)
    return list(json.loads(made.stdout))


# ---- Ours ----------------------------------------------------------------------------------------


class Unlimited(Served):
    def _spawn(self, *arguments: str) -> None:
        self._run([sys.executable, "bench/unlimited_server.py", *arguments])


@contextlib.contextmanager
def ours(*, production: bool, chat: bool, slow_s: float = 0) -> Iterator[Contestant]:
    """Sightline: `chat` posts lines that are stored, otherwise signals pass that are not."""
    with contextlib.ExitStack() as stack:
        stack.enter_context(environment(SERVICES if production else dict.fromkeys(SERVICES)))
        many = {"SIGHTLINE_SOCKETS_PER_SOURCE": "100000", "SIGHTLINE_SOCKETS_PER_USER": "100000"}
        served = stack.enter_context(serve(fresh_folder(), kind=Unlimited, BENCH_SLOW_S=str(slow_s), **many))
        pid = served.processes[0].pid
        _pin(pid)
        name = f"Sightline, {'PostgreSQL + Redis' if production else 'embedded'}"
        yield Contestant(name, served.port, pid, _enter_chat if chat else _enter_signals, chat, served, chat)


async def _enter_chat(one: Contestant, rooms: int, members: int) -> list[Seat]:
    return await _enter_ours(one, rooms, members, _chat_line)


async def enter_largest(one: Contestant, rooms: int, members: int) -> list[Seat]:
    """Rooms with five specialists, one customer, and technicians."""
    return await _enter_ours(one, rooms, members, _chat_line, specialists=5)


async def _enter_signals(one: Contestant, rooms: int, members: int) -> list[Seat]:
    seats = await _enter_ours(one, rooms, members, lambda _number: lambda _text: b"")
    for a, b in itertools.batched(seats, 2) if hasattr(itertools, "batched") else zip(seats[::2], seats[1::2]):  # noqa: B905
        a.partner, b.partner = b, a
    for seat in seats:
        assert seat.partner is not None
        head = f'{{"type":"signal.send","to":"{seat.partner.attendee}","page":"{seat.partner.page}"'
        seat.compose = lambda text, head=head: f'{head},"candidate":{{"candidate":"{text}"}}}}'.encode()  # type: ignore[misc]
    await asyncio.sleep(1)  # for the rooms to have heard of everybody, so that the plans join them
    return seats


def _chat_line(number: int) -> Callable[[str], bytes]:
    count = itertools.count()
    return lambda text: f'{{"type":"chat.post","id":"bench-{number}-{next(count)}","text":"{text}"}}'.encode()


async def _enter_ours(
    one: Contestant,
    rooms: int,
    members: int,
    composer: Callable[[int], Callable[[str], bytes]],
    *,
    specialists: int = 0,
) -> list[Seat]:
    assert one.served is not None
    places = [
        (room, number, place)
        for room, told in enumerate(await asyncio.to_thread(make_rooms, one.served, rooms, members, specialists))
        for number, place in enumerate(told["members"])
    ]

    async def enter(number: int, room: int, place: dict[str, str]) -> Seat:
        assert one.served is not None
        line = await open_line(one.port, place["path"], origin=one.served.url, cookie=place["cookie"])
        seat = Seat(number, room, line, composer(number), page=f"page-{number}")
        ready = asyncio.get_running_loop().create_future()

        def heard(text: bytes) -> None:
            message = json.loads(text)
            if message["type"] == "session.welcome":
                seat.attendee = message["you"]
            elif message["type"] == "session.ready" and not ready.done():
                ready.set_result(None)

        line.heard = heard
        line.say(json.dumps({"type": "session.join", "page": seat.page, "last_seq": 0}).encode())
        await asyncio.wait_for(ready, 60)
        _keep_alive(seat)
        return seat

    return await _gather([enter(n, room, place) for n, (room, _member, place) in enumerate(places)])


def _keep_alive(seat: Seat) -> None:
    """Give the signs of life of a page; without them each attendee is told to all as gone while others are measured."""
    loop = asyncio.get_running_loop()

    def beat() -> None:
        if not seat.line.transport.is_closing():
            seat.line.say(PING)
            loop.call_later(HEARTBEAT_S, beat)

    loop.call_later(HEARTBEAT_S * (seat.number % 100) / 100, beat)


# ---- Others --------------------------------------------------------------------------------------


@contextlib.contextmanager
def stock_channels(*, redis: bool = False, stores: bool = False, slow_s: float = 0) -> Iterator[Contestant]:
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="sightline-bench-") as folder:
        env = os.environ | {
            "PEER_LAYER": "redis" if redis else "memory",
            "REDIS_URL": SERVICES["REDIS_URL"],
            "PEER_STORES": "1" if stores else "0",
            "PEER_SQLITE": f"{folder}/lines.sqlite3",
            "PEER_SLOW_S": str(slow_s),
        }
        command = [sys.executable, "-m", "daphne", "-v", "0", "-b", "127.0.0.1", "-p", str(port)]
        name = f"stock Channels, {'Redis' if redis else 'in memory'}{', stores in SQLite' if stores else ''}"
        with _running([*command, "stock_channels:application"], port, env) as pid:
            yield Contestant(name, port, pid, _enter_plain, stores)


@contextlib.contextmanager
def bare_websockets() -> Iterator[Contestant]:
    port = free_port()
    with _running([sys.executable, "bare_websockets.py", str(port)], port, dict(os.environ)) as pid:
        yield Contestant("bare websockets relay", port, pid, _enter_plain)


@contextlib.contextmanager
def socket_io(modules: Path) -> Iterator[Contestant]:
    port = free_port()
    with _running(["node", "socket_io.cjs", str(port)], port, os.environ | {"NODE_PATH": str(modules)}) as pid:
        yield Contestant("Node socket.io", port, pid, _enter_socket_io)


def socket_io_modules(folder: Path) -> Path | None:
    """Install socket.io into `folder`; None, with a sentence, where that is not possible."""
    npm = shutil.which("npm")
    if npm is None:
        print("Node socket.io is left out: npm was not found.")
        return None
    installed = subprocess.run(
        [npm, "install", "--prefix", str(folder), "--no-audit", "--no-fund", "--silent", "socket.io@4"],
        capture_output=True,
    )
    if installed.returncode:
        print("Node socket.io is left out: npm could not install it.")
        return None
    return folder / "node_modules"


async def _enter_plain(one: Contestant, rooms: int, members: int) -> list[Seat]:
    async def enter(number: int, room: int) -> Seat:
        line = await open_line(one.port, f"/ws/room-{room}/")
        return Seat(number, room, line, lambda text: f'{{"type":"chat","text":"{text}"}}'.encode())

    return await _gather([enter(r * members + m, r) for r in range(rooms) for m in range(members)])


async def _enter_socket_io(one: Contestant, rooms: int, members: int) -> list[Seat]:
    async def enter(number: int, room: int) -> Seat:
        line = await open_line(one.port, f"/socket.io/?EIO=4&transport=websocket&room=room-{room}")
        joined = asyncio.get_running_loop().create_future()

        def heard(text: bytes) -> None:
            if text.startswith(b"40") and not joined.done():
                joined.set_result(None)

        line.heard = heard
        line.say(b"40")
        await asyncio.wait_for(joined, 30)
        return Seat(number, room, line, lambda text: f'42["m",{{"text":"{text}"}}]'.encode())

    return await _gather([enter(r * members + m, r) for r in range(rooms) for m in range(members)])


# ---- Processes -----------------------------------------------------------------------------------


@contextlib.contextmanager
def _running(command: list[str], port: int, env: dict[str, str]) -> Iterator[int]:
    import socket

    process = subprocess.Popen(command, cwd=PEERS, env=env, stdout=subprocess.DEVNULL)
    try:
        for _attempt in range(200):
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), 0.3):
                break
            time.sleep(0.1)
        else:
            raise RuntimeError(f"{command[0]} did not listen")
        _pin(process.pid)
        yield process.pid
    finally:
        process.terminate()
        try:
            process.wait(5)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _pin(pid: int) -> None:
    """Server on one core, talkers on another, where there are two."""
    cores = sorted(os.sched_getaffinity(0) | set(range(os.cpu_count() or 1)))
    if len(cores) > 1:
        for thread in Path(f"/proc/{pid}/task").iterdir():
            with contextlib.suppress(OSError):
                os.sched_setaffinity(int(thread.name), {cores[0]})
        os.sched_setaffinity(0, {cores[1]})


@contextlib.contextmanager
def environment(wanted: Mapping[str, str | None]) -> Iterator[None]:
    """Names of services with these values, or those that BENCH_… gives; None takes a name away."""
    before = {name: os.environ.get(name) for name in wanted}
    set_environment({name: value and os.environ.get(f"BENCH_{name}", value) for name, value in wanted.items()})
    try:
        yield
    finally:
        set_environment(before)


def set_environment(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


async def _gather(entering: list[Any]) -> list[Seat]:
    gate = asyncio.Semaphore(OPENED_AT_ONCE)

    async def one(coroutine: Any) -> Seat:
        async with gate:
            found: Seat = await coroutine
            return found

    return list(await asyncio.gather(*(one(coroutine) for coroutine in entering)))
