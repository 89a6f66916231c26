"""How long until all fourteen of the largest room have a chat line, beside a relay that stores nothing.

    .venv/bin/python bench/room_fanout.py

Eight technicians, five specialists and the customer of one support session; each says a line in turn, far below
saturation. Time runs from the moment in which a line is said to that in which the last of the fourteen has it, the one
who said it among them. The server is on one core, the talkers on another. Production settings need PostgreSQL and Redis
(BENCH_DATABASE_URL, BENCH_REDIS_URL).
"""

import asyncio
import gc
import os
import sys
import time
from contextlib import AbstractContextManager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.chat_fanout import services_answer
from bench.contestants import Contestant, Seat, bare_websockets, enter_largest, listen, ours, stock_channels

EVERYBODY = 14
SECONDS = float(os.environ.get("BENCH_SECONDS", "20"))
LINES_PER_S = 5.0


async def measure(entry: AbstractContextManager[Contestant]) -> None:
    with entry as one:
        enter = enter_largest if one.served is not None else one.enter
        seats: list[Seat] = await enter(one, 1, EVERYBODY)
        took = await times(seats)
        for seat in seats:
            seat.line.transport.abort()
    p50, p99 = took[len(took) // 2], took[int(len(took) * 0.99)]
    print(f"  {one.name:42}{len(took):7}{p50 * 1000:10.1f}{p99 * 1000:10.1f}{took[-1] * 1000:10.1f}", flush=True)


async def times(seats: list[Seat]) -> list[float]:
    """From said to heard by the last, in seconds, sorted; the first second warms up and does not count."""
    heard: dict[float, list[float]] = {}

    def hear(_seat: Seat, kind: str, said: float, _by: int) -> None:
        if kind == "line":
            heard.setdefault(said, []).append(time.perf_counter())

    for seat in seats:
        listen(seat, hear)
    gc.disable()
    began, said = time.perf_counter(), 0
    while (now := time.perf_counter() - began) < SECONDS:
        while said / LINES_PER_S <= now:
            seats[said % len(seats)].say()
            said += 1
        await asyncio.sleep(0.001)
    await asyncio.sleep(2)
    gc.enable()
    complete = {at: moments for at, moments in heard.items() if len(moments) == len(seats)}
    if len(complete) != said:
        print(f"  {said - len(complete)} of {said} lines did not reach everybody in time.")
    return sorted(max(moments) - at for at, moments in complete.items() if at - began > 1)


async def run() -> None:
    load = os.getloadavg()[0]
    print(f"{EVERYBODY} in one room, {LINES_PER_S:.0f} lines a second, load {load:.0f} at the start")
    print(f"  {'':42}{'lines':>7}{'p50 ms':>10}{'p99 ms':>10}{'max ms':>10}")
    entries = [bare_websockets(), stock_channels(), ours(production=False, chat=True)]
    if services_answer():
        entries.append(ours(production=True, chat=True))
    for entry in entries:
        await measure(entry)


if __name__ == "__main__":
    asyncio.run(run())
