"""Memory of an attendee who is connected and does nothing: Sightline beside others, in one run.

    .venv/bin/python bench/idle_sockets.py [connections]      (2,000 unless told)

The growth of the server process's resident memory, divided by its connections; rooms of two, everybody joined.
"""

import asyncio
import gc
import sys
from contextlib import AbstractContextManager
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.contestants import Contestant, bare_websockets, ours, stock_channels

AIM_KIB = 40
SETTLE_S = 6  # longer than the rooms' own look at the database


async def weigh(entry: AbstractContextManager[Contestant], connections: int) -> tuple[str, float, float, float]:
    with entry as one:
        warm = await one.enter(one, 20, 2)  # what is loaded and made for the first ones is not theirs
        await asyncio.sleep(SETTLE_S)
        before = one.rss_kib()
        seats = await one.enter(one, connections // 2, 2)
        await asyncio.sleep(SETTLE_S)
        after, cpu = one.rss_kib(), one.cpu_s()
        await asyncio.sleep(SETTLE_S)
        idle = (one.cpu_s() - cpu) / SETTLE_S
        for seat in [*warm, *seats]:
            seat.line.transport.abort()
        gc.collect()
        return one.name, (after - before) / len(seats), before / 1024, idle * 100


async def main() -> None:
    connections = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    print(f"{connections} idle connections, rooms of 2; aim {AIM_KIB} KiB each")
    print(f"  {'':42}{'KiB each':>10}{'before, MiB':>13}{'idle % of a core':>18}")
    for entry in (bare_websockets(), stock_channels(), ours(production=False, chat=True)):
        name, each, before, idle = await weigh(entry, connections)
        print(f"  {name:42}{each:10.1f}{before:13.1f}{idle:18.1f}", flush=True)


if __name__ == "__main__":
    asyncio.run(main())
