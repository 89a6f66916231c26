"""Time to open the console and the history among many sessions, beside few and none, with the queries counted.

    .venv/bin/python bench/console_list.py
    DATABASE_URL=postgres://… REDIS_URL=redis://… .venv/bin/python bench/console_list.py

10,000 past and 200 live sessions of five technicians. Each page is asked for through the whole of Django, by the test
client, in this process; the console's list is what its socket sends first. Databases are made for the run and dropped.
"""

import os
import sys
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings_test")

import django

django.setup()

from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from portals.models import User
from sessions import console_state, history
from sessions.history import HistoryFilter
from tests import factories
from tests.many_sessions import fill

PAGE = (60, 8)  # just enough to fill a page
PAST, LIVE = 10_000, 200
SIZES = [(0, 0), PAGE, (PAST - PAGE[0], LIVE - PAGE[1])]
TECHNICIANS = 5
ROUNDS = 30


def main() -> None:
    warnings.filterwarnings("ignore", "No directory at")
    name = connection.creation.create_test_db(verbosity=0, autoclobber=True)
    results = []
    try:
        bob, manager, others = people()
        for past, live in SIZES:
            fill([bob, *others], past=past, live=live, now=timezone.now())
            with connection.cursor() as cursor:
                cursor.execute("ANALYZE")
            results.append(measure(bob, manager))
    finally:
        connection.creation.destroy_test_db(name, verbosity=0)
    tell(results)


def tell(results: list[dict[str, tuple[float, int]]]) -> None:
    """A page full of rows takes time to write whatever lies behind it: the ratio that counts is that to one page."""
    empty, page, full = results
    print(f"{connection.vendor}: empty; {PAGE[0]} past, {PAGE[1]} live; {PAST} past, {LIVE} live; {ROUNDS} rounds each")
    print(f"{'':<36} {'queries':>12} {'empty ms':>9} {'page ms':>8} {'full ms':>8} {'to empty':>9} {'to page':>8}")
    for what, (full_ms, count) in full.items():
        (empty_ms, empty_count), (page_ms, page_count) = empty[what], page[what]
        counts = f"{empty_count}, {page_count}, {count}"
        ratios = f"{full_ms / empty_ms:>9.2f} {full_ms / page_ms:>8.2f}"
        print(f"{what:<36} {counts:>12} {empty_ms:>9.1f} {page_ms:>8.1f} {full_ms:>8.1f} {ratios}")


def people() -> tuple[User, User, list[User]]:
    bob = factories.technician("Bob")
    assert bob.company is not None
    group = bob.technician_group
    others = [
        factories.user(bob.company, f"Technician {number}", has_seat=True, technician_group=group)
        for number in range(TECHNICIANS - 1)
    ]
    manager = factories.user(bob.company, "Mona", is_manager=True, has_seat=True, technician_group=group)
    return bob, manager, others


def measure(bob: User, manager: User) -> dict[str, tuple[float, int]]:
    """Median in ms and number of queries, by what is opened."""
    tech, lead = Client(), Client()
    tech.force_login(bob)
    lead.force_login(manager)
    history_url, admin_url = "/console/history/", "/admin/support_sessions/supportsession/"
    every = HistoryFilter({}, reader=bob).sessions()
    oldest = history.newest_first(every).last()
    last = {"before": str(oldest.public_id)} if oldest else {}
    tasks: dict[str, Callable[[], Any]] = {
        "console, the page": lambda: tech.get("/console/"),
        "console, its list": lambda: console_state.snapshot(bob, now=timezone.now()),
        "history, the technician's own": lambda: tech.get(history_url),
        "history, the company's (a manager)": lambda: lead.get(history_url),
        "history, searched by a rare name": lambda: tech.get(history_url, {"q": "brandt 99"}),
        "history, the last page": lambda: tech.get(history_url, last),
        "sessions over the API": lambda: tech.get("/api/v1/sessions/"),
        "administration, the list": lambda: lead.get(admin_url),
    }
    return {what: _median(task) for what, task in tasks.items()}


def _median(task: Callable[[], Any]) -> tuple[float, int]:
    task()
    with CaptureQueriesContext(connection) as queries:
        task()
        count = len(queries.captured_queries)
    times = []
    for _round in range(ROUNDS):
        started = time.perf_counter()
        task()
        times.append(time.perf_counter() - started)
    return median(times) * 1000, count


if __name__ == "__main__":
    main()
