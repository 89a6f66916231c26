"""Messages acknowledged and delivered per second, and how late: Sightline beside others, in one run.

    .venv/bin/python bench/chat_fanout.py [signals] [big] [chat] [latency] [stall]

Everything is on this machine: the server on one core, the talkers on another. Rates are per second of processor time
of the server process, so that a slow talker does not hide a fast server; the rate by the clock stands beside. Node's
socket.io is installed into a temporary folder. Production settings need PostgreSQL and Redis (BENCH_DATABASE_URL,
BENCH_REDIS_URL).
"""

import asyncio
import contextlib
import gc
import os
import sqlite3
import sys
import tempfile
import time
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

import psycopg

from bench.contestants import (
    SERVICES,
    Contestant,
    Seat,
    bare_websockets,
    listen,
    ours,
    socket_io,
    socket_io_modules,
    stock_channels,
)

SECONDS = float(os.environ.get("BENCH_SECONDS", "4"))
SLOW_S = 0.1
SETTLE_S = 60  # at most
BUSY = 0.5  # of a core; the heartbeats of 2,000 pages take half of that
Entry = AbstractContextManager[Contestant]


@dataclass
class Result:
    name: str
    messages_s: float = 0  # by the clock; acknowledged ones where the server acknowledges
    deliveries_s: float = 0
    per_cpu_s: float = 0  # deliveries per second of the server's processor time
    p50_ms: float = 0
    p99_ms: float = 0


async def settle(one: Contestant) -> None:
    """Wait until the server has done what the coming of so many has left it to do."""
    for _each in range(SETTLE_S):
        cpu = one.cpu_s()
        await asyncio.sleep(1)
        if one.cpu_s() - cpu < BUSY:
            return


async def saturate(one: Contestant, seats: list[Seat], *, window: int) -> Result:
    """Everybody keeps `window` messages of their own on the way."""
    count = {"line": 0, "own": 0}
    waits_for_ack = one.stores and one.served is not None

    def hear(seat: Seat, kind: str, _said: float, by: int) -> None:
        if kind == "line":
            count["line"] += 1
        if not one.echoes:
            speaker = seat.partner
        elif by == seat.number and (kind == "ack" or not waits_for_ack):
            speaker = seat
        else:
            return
        count["own"] += 1
        assert speaker is not None
        speaker.say()

    for seat in seats:
        listen(seat, hear)
    for _each in range(window):
        for seat in seats:
            seat.say()
    await asyncio.sleep(1)
    gc.disable()
    before, cpu, began = dict(count), one.cpu_s(), time.perf_counter()
    await asyncio.sleep(SECONDS)
    took, cpu = time.perf_counter() - began, one.cpu_s() - cpu
    gc.enable()
    lines, own = count["line"] - before["line"], count["own"] - before["own"]
    return Result(one.name, messages_s=own / took, deliveries_s=lines / took, per_cpu_s=lines / max(cpu, 0.01))


async def at_rate(one: Contestant, seats: list[Seat], *, per_s: float) -> Result:
    """A calm flow, far below saturation; how late each hearer hears."""
    late: list[float] = []

    def hear(_seat: Seat, kind: str, said: float, _by: int) -> None:
        if kind == "line":
            late.append(time.perf_counter() - said)

    for seat in seats:
        listen(seat, hear)
    began, said = time.perf_counter(), 0
    gc.disable()
    while (now := time.perf_counter() - began) < SECONDS:
        while said / per_s <= now:
            seats[said * 7919 % len(seats)].say()
            said += 1
        await asyncio.sleep(0.001)
    await asyncio.sleep(1)
    gc.enable()
    late.sort()
    result = Result(one.name)
    if late:
        result.p50_ms, result.p99_ms = late[len(late) // 2] * 1000, late[int(len(late) * 0.99)] * 1000
    return result


def commits_per_s() -> dict[str, float]:
    """What the databases alone can do: one small row and one commit after the other."""
    rates = {}
    with tempfile.TemporaryDirectory(prefix="sightline-bench-") as folder:
        lite = sqlite3.connect(f"{folder}/commits.sqlite3", isolation_level=None)
        lite.execute("PRAGMA journal_mode=WAL")
        lite.execute("PRAGMA synchronous=FULL")
        lite.execute("CREATE TABLE line (id INTEGER PRIMARY KEY, text TEXT)")
        rates["SQLite, one writer"] = _rate(lambda: lite.execute("INSERT INTO line (text) VALUES ('hello')"))
    with contextlib.suppress(psycopg.OperationalError):
        url = os.environ.get("BENCH_DATABASE_URL", SERVICES["DATABASE_URL"])
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute("DROP TABLE IF EXISTS bench_line; CREATE TABLE bench_line (id serial, text text)")
            rates["PostgreSQL, one writer"] = _rate(
                lambda: connection.execute("INSERT INTO bench_line (text) VALUES ('hello')")
            )
            connection.execute("DROP TABLE bench_line")
    return rates


def _rate(write: object) -> float:
    began, count = time.perf_counter(), 0
    while time.perf_counter() - began < 2:
        write()  # type: ignore[operator]
        count += 1
    return count / (time.perf_counter() - began)


def services_answer() -> bool:
    try:
        psycopg.connect(os.environ.get("BENCH_DATABASE_URL", SERVICES["DATABASE_URL"]), connect_timeout=3).close()
    except psycopg.OperationalError as error:
        print(f"Production settings are left out: {error}")
        return False
    return True


def show(title: str, results: list[Result], *, first: str = "") -> None:
    """`first`: whose rate is the 1 of the ratios."""
    print(f"\n{title}")
    base = next((result for result in results if result.name == first), results[0])
    print(f"  {'':42}{'msg/s':>9}{'deliv/s':>9}{'deliv/cpu-s':>13}{'ratio':>7}{'p50 ms':>9}{'p99 ms':>9}")
    for one in results:
        ratio = one.per_cpu_s / base.per_cpu_s if base.per_cpu_s else 0
        print(
            f"  {one.name:42}{one.messages_s:9.0f}{one.deliveries_s:9.0f}{one.per_cpu_s:13.0f}{ratio:7.2f}"
            f"{one.p50_ms:9.2f}{one.p99_ms:9.2f}",
            flush=True,
        )


async def measure(entry: Entry, *, rooms: int, members: int, window: int = 1, per_s: float = 0) -> Result:
    with entry as one:
        seats = await one.enter(one, rooms, members)
        await settle(one)
        result = await at_rate(one, seats, per_s=per_s) if per_s else Result(one.name)
        if window:
            full = await saturate(one, seats, window=window)
            full.p50_ms, full.p99_ms = result.p50_ms, result.p99_ms
            result = full
        for seat in seats:
            seat.line.transport.abort()
        return result


def others(modules: Path | None, *, redis: bool) -> list[Entry]:
    entries: list[Entry] = [stock_channels()]
    if redis:
        entries.append(stock_channels(redis=True))
    entries.append(bare_websockets())
    if modules is not None:
        entries.append(socket_io(modules))
    return entries


async def stall(entry: Entry, *, rooms: int) -> Result:
    """Calm flow in all rooms but one, in which a 100 ms query runs all the time."""
    with entry as one:
        seats = await one.enter(one, rooms, 2)
        await settle(one)
        slow, rest = seats[0], seats[2:]
        per_s = 20 if one.stores else 100  # far below saturation
        calm = await at_rate(one, rest, per_s=per_s)
        name = f"{one.name}, chat" if one.stores else one.name
        running = asyncio.create_task(_keep_slow(slow))
        busy = await at_rate(one, rest, per_s=per_s)
        running.cancel()
        print(
            f"  {name:42} p50 {calm.p50_ms:7.2f} -> {busy.p50_ms:7.2f} ms ({busy.p50_ms / calm.p50_ms:5.2f})"
            f"   p99 {calm.p99_ms:7.2f} -> {busy.p99_ms:7.2f} ms",
            flush=True,
        )
        return busy


async def _keep_slow(seat: Seat) -> None:
    while True:
        if seat.attendee:
            seat.line.say(b'{"type":"media.state","camera":true,"microphone":true}')
        else:
            seat.line.say(b'{"type":"chat","slow":true,"text":""}')
        await asyncio.sleep(SLOW_S)


async def run(parts: set[str]) -> None:
    everything = not parts
    production = services_answer()
    with tempfile.TemporaryDirectory(prefix="sightline-bench-") as folder:
        modules = socket_io_modules(Path(folder))
        if everything or "signals" in parts:
            results = [
                await measure(one, rooms=50, members=2, window=4, per_s=300)
                for one in [*others(modules, redis=production), ours(production=False, chat=False)]
                + ([ours(production=True, chat=False)] if production else [])
            ]
            show("Delivery without storing, 100 connections, rooms of 2", results)
        if everything or "big" in parts:
            results = [
                await measure(one, rooms=1000, members=2, window=1)
                for one in [*others(modules, redis=False), ours(production=False, chat=False)]
                + ([ours(production=True, chat=False)] if production else [])
            ]
            show("Delivery without storing, 2,000 connections, rooms of 2", results)
        if everything or "chat" in parts:
            for members in (2, 10):
                results = [
                    await measure(one, rooms=100 // members, members=members, window=1, per_s=50)
                    for one in [
                        stock_channels(stores=True),
                        *others(modules, redis=production),
                        ours(production=False, chat=True),
                    ]
                    + ([ours(production=True, chat=True)] if production else [])
                ]
                show(f"Chat, 100 connections, rooms of {members}; Sightline commits before it acknowledges", results)
            for name, rate in commits_per_s().items():
                print(f"  {name + ' alone':42}{rate:9.0f} commits/s")
    if everything or "stall" in parts:
        print("\nWhile a 100 ms query runs in another room")
        await stall(stock_channels(slow_s=SLOW_S), rooms=20)
        await stall(ours(production=False, chat=False, slow_s=SLOW_S), rooms=20)
        await stall(ours(production=False, chat=True, slow_s=SLOW_S), rooms=20)
        if production:
            await stall(ours(production=True, chat=True, slow_s=SLOW_S), rooms=20)


if __name__ == "__main__":
    asyncio.run(run(set(sys.argv[1:])))
