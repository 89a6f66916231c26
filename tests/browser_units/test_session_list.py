"""What the table Sessions shows: filter, alarms, times, arrivals. Pure modules, without an element."""

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

NOON = "2026-03-01T12:00:00Z"
MINUTE_MS = 60_000


def row(name: str = "Ana", **more: Any) -> dict[str, Any]:
    return {
        "id": name,
        "name": name,
        "portal": "Main line",
        "lead": "Tess Meyer",
        "counterpart": "",
        "status": "waiting",
        "relation": "own",
        "since": NOON,
        "status_since": NOON,
        "limit_at": None,
        "counted_ms": 0,
    } | more


def run(page: Page, module: str, script: str, argument: object = None) -> Any:
    return page.evaluate(
        f"async (argument) => {{ const it = await import('sessions/{module}.js'); {script} }}", argument
    )


ROWS = [
    row("Ana Pérez"),
    row("Ben", status="active"),
    row("Cyd", relation="queue", portal="Field line", lead=""),
    row("Dov", relation="incoming", status="transferring", counterpart="Tom Fischer", lead="Tom Fischer"),
    row("Eva", relation="outgoing", status="transferring", counterpart="Back office"),
    row("Flo", status="on_hold"),
]


FILTERS = [
    ("", "all", ["Ana Pérez", "Ben", "Cyd", "Dov", "Eva", "Flo"]),
    ("perez", "all", ["Ana Pérez"]),
    ("  PEREZ   ana ", "all", ["Ana Pérez"]),
    ("field", "all", ["Cyd"]),
    ("fischer", "all", ["Dov"]),
    ("back office", "all", ["Eva"]),
    ("nobody", "all", []),
    ("", "mine", ["Ana Pérez", "Ben", "Eva", "Flo"]),
    ("", "waiting", ["Ana Pérez", "Cyd"]),
    ("", "incoming", ["Dov"]),
    ("", "outgoing", ["Eva"]),
    ("", "active", ["Ben"]),
    ("", "on_hold", ["Flo"]),
    ("line", "waiting", ["Ana Pérez", "Cyd"]),
    ("", "something new", ["Ana Pérez", "Ben", "Cyd", "Dov", "Eva", "Flo"]),
]


def test_the_filter_finds_what_matches_words_and_status(page: Page) -> None:
    found = run(
        page,
        "list_filter",
        """
        const [rows, filters] = argument;
        return filters.map(([text, show]) => it.filtered(rows, { text, show }).map((row) => row.name));
        """,
        [ROWS, FILTERS],
    )

    for (text, show, names), shown in zip(FILTERS, found, strict=True):
        assert shown == names, (text, show)


ALARMS = [  # status, limit in minutes (0: none), minutes passed, level
    ("waiting", 0, 500, "none"),  # 0: no limit
    ("waiting", 60, 47, "none"),
    ("waiting", 60, 48, "soon"),
    ("waiting", 60, 53, "soon"),
    ("waiting", 60, 54, "late"),
    ("waiting", 60, 61, "late"),
    ("transferring", 10, 7, "none"),
    ("transferring", 10, 8, "soon"),
    ("transferring", 10, 9, "late"),
    ("on_hold", 14 * 24 * 60, 12 * 24 * 60, "none"),
    ("on_hold", 14 * 24 * 60, 13 * 24 * 60, "late"),
    ("active", 60, 54, "none"),
    ("active", 60, 55, "soon"),
    ("active", 60, 58, "late"),
]


def test_alarms_come_before_the_limit(page: Page) -> None:
    found = run(
        page,
        "alarm",
        """
        const { since, alarms } = argument;
        const start = Date.parse(since);
        return alarms.map(([status, limitMin, passedMin]) => {
          const limit_at = limitMin ? new Date(start + limitMin * 60_000).toISOString() : null;
          return it.alarmOf({ status, since, limit_at }, start + passedMin * 60_000);
        });
        """,
        {"since": NOON, "alarms": ALARMS},
    )

    for case, alarm in zip(ALARMS, found, strict=True):
        _status, limit_min, passed_min, level = case
        assert alarm["level"] == level, case
        if limit_min:
            assert alarm["leftMs"] == max(0, limit_min - passed_min) * MINUTE_MS, case


def test_a_row_shows_the_running_total_of_one_s_own_and_the_wait_of_others(page: Page) -> None:
    cases = {
        ("waiting", "own"): 5_000,
        ("waiting", "queue"): 5_000,
        ("active", "own"): 65_000,
        ("on_hold", "own"): 65_000,
        ("transferring", "outgoing"): 65_000,
        ("transferring", "incoming"): 5_000,
    }
    rows = [row(status=status, relation=relation, counted_ms=60_000) for status, relation in cases]
    script = "return argument.map((row) => it.rowTimeMs(row, Date.parse(row.since) + 5_000));"

    assert dict(zip(cases, run(page, "session_time", script, rows), strict=True)) == cases


@pytest.mark.parametrize(("status", "total_ms"), [("active", 11_000), ("on_hold", 11_000), ("closed", 6_000)])
def test_totals_stand_still_after_the_end(page: Page, status: str, total_ms: int) -> None:
    session = {"status": status, "since": NOON, "active_ms": 3_000, "held_ms": 2_000, "transferring_ms": 1_000}
    script = "return it.totalMs(argument, Date.parse(argument.since) + 5_000);"
    assert run(page, "session_time", script, session) == total_ms


def test_durations_read_well(page: Page) -> None:
    script = """
    const space = (text) => text.replaceAll("\\u00a0", " ");
    const h = 3600_000;
    return {
      durations: [0, 9_400, 580_000, 4_368_000, 52 * h].map((ms) => space(it.durationText(ms))),
      roughly: [0, 78_000, 180_000, 59 * 60_000, 5 * h].map((ms) => space(it.roughlyText(ms))),
    };
    """
    assert run(page, "server_clock", script) == {
        "durations": ["0:00", "0:09", "9:40", "1:12:48", "2d 4h"],
        "roughly": ["0:00", "1:18", "3 min", "59 min", "5 hr"],
    }


def test_arrivals_are_those_who_have_begun_to_wait(page: Page) -> None:
    before = [row("Ana"), row("Ben", status="active")]
    now = [
        row("Ana"),
        row("Ben", status="active"),
        row("Cyd", relation="queue"),
        row("Dov", relation="incoming", status="transferring"),
        row("Eva", status="active"),
        row("Flo", relation="outgoing", status="transferring"),
    ]
    script = "return it.arrivals(argument[0], argument[1]).map((row) => row.name);"

    assert run(page, "arrivals", script, [before, now]) == ["Cyd", "Dov"]
    assert run(page, "arrivals", script, [None, now]) == [], "the first list tells of nobody"
    assert run(page, "arrivals", script, [[row("Dov", relation="outgoing", status="transferring")], now[3:4]]) == [
        "Dov"
    ], "what comes back has arrived"
