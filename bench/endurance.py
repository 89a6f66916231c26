"""Whether a server grows with the hours: memory, open files and threads with 50 sessions in which people talk (R-22).

    .venv/bin/python bench/endurance.py [minutes]      (30 unless told)

A hundred people say a line every ten seconds each, and give signs of life; once a minute the lines of half of them are
cut, and they come back. With DATABASE_URL and REDIS_URL on those, else embedded.
"""

import asyncio
import statistics
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from websockets.asyncio.client import connect

from bench.contestants import Unlimited, fresh_folder, make_rooms
from bench.many_lives import held
from tests.chaos_proxy import ChaosProxy
from tests.returning_pages import Page, stop
from tests.served import Served, serve

ROOMS = 50
EVERY_S = 10  # from one line of a person to the next
WARM_MIN = 5  # not part of the slope: what is made once is made by then
MANY = {"SIGHTLINE_SOCKETS_PER_SOURCE": "1000", "SIGHTLINE_SOCKETS_PER_USER": "1000"}


class Holder:
    """Somebody's cookie, in the place of a browser."""

    def __init__(self, served: Served, cookie: str) -> None:
        self.served = served
        self.cookie = cookie

    def socket(self, path: str, *, port: int | None = None) -> connect:
        return connect(
            f"ws://localhost:{port or self.served.port}{path}",
            origin=self.served.url,  # type: ignore[arg-type]
            additional_headers={"Cookie": self.cookie},
            open_timeout=60,
            close_timeout=1,
        )


async def talk(pages: list[Page]) -> None:
    number = 0
    while True:
        for page in pages:
            number += 1
            page.says(f"line {number}: what can I do for you?")
            await asyncio.sleep(EVERY_S / len(pages))


def slope_mib_an_hour(noted: list[tuple[float, int]]) -> float:
    """Of resident KiB over seconds, by least squares."""
    return statistics.linear_regression(*zip(*noted, strict=True)).slope * 3600 / 1024


async def main() -> None:
    minutes = int(sys.argv[1]) if len(sys.argv) > 1 else 30
    with serve(fresh_folder(), kind=Unlimited, **MANY) as served:
        members: list[dict[str, Any]] = [one for room in make_rooms(served, ROOMS, 2) for one in room["members"]]
        async with ChaosProxy(served.port) as proxy:
            pages = [
                Page(Holder(served, one["cookie"]), one["path"], port=proxy.port if number % 4 < 2 else None)  # type: ignore[arg-type]
                for number, one in enumerate(members)
            ]
            running = [asyncio.create_task(page.run()) for page in pages]
            for page in pages:
                await page.online.wait()
            talking = asyncio.create_task(talk(pages))
            noted: list[tuple[float, int]] = []
            began = time.monotonic()
            for minute in range(1, minutes + 1):
                await asyncio.sleep(began + minute * 60 - time.monotonic())
                rss, files, threads = held(served.processes[0].pid)
                said = sum(len(page.acked) for page in pages)
                print(
                    f"{minute:4} min: {rss / 1024:6.1f} MiB, {files} files, {threads} threads, {said} lines", flush=True
                )
                if minute > WARM_MIN:
                    noted.append((time.monotonic() - began, rss))
                proxy.cut()
            talking.cancel()
            for page in pages:
                await page.all_acked()
            await stop(*pages)
            await asyncio.gather(*running)
        if len(noted) > 1:
            print(f"slope after {WARM_MIN} min: {slope_mib_an_hour(noted):.1f} MiB an hour")


if __name__ == "__main__":
    asyncio.run(main())
