"""Twenty technicians who write all the time: how long each write takes, and how the slowest fare (R-18).

    .venv/bin/python bench/many_writers.py [seconds]      (20 unless told)

Each leads a session of their own and saves notes, holds and starts it again, over the API. Embedded, beside the same
server on Django's own SQLite backend, whose writers do not take turns; with PostgreSQL and Redis where they answer.
"""

import json
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from bench.chat_fanout import services_answer
from bench.contestants import SERVICES, environment, fresh_folder, make_rooms
from tests.served import Served, serve

WRITERS = 20
CSRF = "a" * 32


class PlainSqlite(Served):
    def _spawn(self, *arguments: str) -> None:
        self._run([sys.executable, "bench/plain_sqlite_server.py", *arguments])


class Writers:
    def __init__(self, served: Served) -> None:
        self.served = served
        self.took_s: list[float] = []
        self.answers: Counter[int] = Counter()

    def write(self, seconds: float) -> None:
        rooms = [(room["id"], room["members"][-1]["cookie"]) for room in make_rooms(self.served, WRITERS, 2)]
        end = time.monotonic() + seconds
        threads = [threading.Thread(target=self._write, args=(*room, end)) for room in rooms]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    def _write(self, session_id: str, cookie: str, end: float) -> None:
        number = 0
        while time.monotonic() < end:
            number += 1
            self._ask(cookie, "PUT", f"{session_id}/notes/", {"text": f"Note {number}"})
            self._ask(cookie, "POST", f"{session_id}/hold/", {})
            self._ask(cookie, "POST", f"{session_id}/start/", {})

    def _ask(self, cookie: str, method: str, path: str, data: dict[str, str]) -> None:
        headers = {
            "Content-Type": "application/json",
            "Cookie": f"{cookie}; csrf={CSRF}",
            "Origin": self.served.url,
            "X-CSRFToken": CSRF,
        }
        url = f"{self.served.url}/api/v1/sessions/{path}"
        request = urllib.request.Request(url, json.dumps(data).encode(), headers, method=method)  # noqa: S310
        began = time.perf_counter()
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:  # noqa: S310
                status = answer.status
        except urllib.error.HTTPError as refusal:
            status = refusal.code
        self.took_s.append(time.perf_counter() - began)
        self.answers[status] += 1


def measure(name: str, kind: type[Served], *, seconds: float, production: bool = False) -> None:
    with (
        environment(SERVICES if production else dict.fromkeys(SERVICES)),
        serve(fresh_folder(), kind=kind) as served,
    ):
        writers = Writers(served)
        writers.write(seconds)
    took = sorted(writers.took_s)
    p50, p95, slowest = (1000 * took[int(len(took) * share)] for share in (0.5, 0.95, 0.9999))
    print(
        f"{name:32}{len(took) / seconds:8.1f} writes/s   p50 {p50:6.0f}   p95 {p95:6.0f}   slowest {slowest:6.0f} ms"
        f"   answers {dict(writers.answers)}",
        flush=True,
    )


def main() -> None:
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else 20.0
    production = services_answer()
    for _round in range(2):
        measure("Django's SQLite", PlainSqlite, seconds=seconds)
        measure("Sightline, embedded", Served, seconds=seconds)
    if production:
        measure("Sightline, PostgreSQL + Redis", Served, seconds=seconds, production=True)


if __name__ == "__main__":
    main()
