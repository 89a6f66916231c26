"""R-18: the writers of one process write in the order in which they come, and nobody is told of a locked database."""

import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.db import IntegrityError, connections, transaction
from django.db.utils import ConnectionHandler

from config.sqlite_in_turn.base import Turns, _turns
from tests.waiting import wait_for

WRITERS = 20
ALTOGETHER = 600  # transactions


def in_threads(count: int, work: Callable[[int], None]) -> None:
    """Begin together, so that nobody is ahead."""
    together = threading.Barrier(count)

    def begin(number: int) -> None:
        together.wait(60)
        work(number)

    threads = [threading.Thread(target=begin, args=(number,)) for number in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    assert not any(thread.is_alive() for thread in threads)


# ---- Turns ---------------------------------------------------------------------------------------


def test_turns_come_in_the_order_of_asking() -> None:
    turns, came = Turns(), []
    assert turns.take(1)

    def wait(number: int) -> None:
        assert turns.take(60)
        came.append(number)
        turns.hand_on()

    threads = [threading.Thread(target=wait, args=(number,)) for number in range(6)]
    for number, thread in enumerate(threads, start=1):
        thread.start()
        wait_for(lambda number=number: len(turns._waiting) == number, "the next in the line")
    turns.hand_on()
    for thread in threads:
        thread.join(60)

    assert came == list(range(6))
    assert turns.take(0)


def test_who_waits_in_vain_leaves_the_line() -> None:
    turns = Turns()
    turns.take(1)

    assert not turns.take(0.05)

    turns.hand_on()
    assert turns.take(0)


# ---- A database ----------------------------------------------------------------------------------


@pytest.fixture
def databases(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, django_db_blocker: Any) -> Iterator[ConnectionHandler]:
    """A file of its own with one table; each thread has its own connection."""
    made = ConnectionHandler(
        {
            "default": {
                "ENGINE": "config.sqlite_in_turn",
                "NAME": str(tmp_path / "lines.sqlite3"),
                "OPTIONS": {
                    "transaction_mode": "IMMEDIATE",
                    "timeout": 60,
                    "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=OFF;",
                },
            }
        }
    )
    monkeypatch.setattr(transaction, "get_connection", lambda using=None: made["default"])
    with django_db_blocker.unblock():
        with made["default"].cursor() as cursor:
            cursor.execute("CREATE TABLE line (id INTEGER PRIMARY KEY, text TEXT)")
            cursor.execute("CREATE TABLE child (parent INTEGER REFERENCES line (id) DEFERRABLE INITIALLY DEFERRED)")
        yield made
        made.close_all()
    _turns.pop(str(tmp_path / "lines.sqlite3"), None)


def write(databases: ConnectionHandler, text: str = "hello") -> None:
    databases["default"].cursor().execute("INSERT INTO line (text) VALUES (%s)", [text])


def count(databases: ConnectionHandler) -> int:
    found = databases["default"].cursor().execute("SELECT count(*) FROM line").fetchone()
    return int(found[0])


def is_free(databases: ConnectionHandler) -> bool:
    """Whether another thread could write at once."""
    turns = _turns.setdefault(str(databases["default"].settings_dict["NAME"]), Turns())
    took = turns.take(0)
    if took:
        turns.hand_on()
    return took


def shares(databases: ConnectionHandler, work: Callable[[], None]) -> list[int]:
    """How often each of the writers has done its work, when all of them together have done enough."""
    done = [0] * WRITERS

    def write_on(number: int) -> None:
        while sum(done) < ALTOGETHER:
            work()
            done[number] += 1
        databases["default"].close()

    in_threads(WRITERS, write_on)
    return done


def test_many_writers_get_as_much_as_each_other(databases: ConnectionHandler) -> None:
    def work() -> None:
        with transaction.atomic():
            write(databases)
            time.sleep(0.001)  # as other work of a transaction

    done = shares(databases, work)

    assert min(done) >= max(done) / 2
    assert count(databases) == sum(done)


def test_statements_outside_transactions_take_turns_as_well(databases: ConnectionHandler) -> None:
    done = shares(databases, lambda: write(databases))

    assert min(done) >= 1
    assert count(databases) == sum(done)


def test_a_turn_is_over_however_a_transaction_ends(databases: ConnectionHandler) -> None:
    with transaction.atomic():
        write(databases)
        assert not is_free(databases)
    assert is_free(databases)

    with pytest.raises(ZeroDivisionError), transaction.atomic():
        write(databases)
        raise ZeroDivisionError
    assert is_free(databases)

    with pytest.raises(IntegrityError), transaction.atomic():  # told at the commit
        databases["default"].cursor().execute("INSERT INTO child VALUES (99)")
    assert is_free(databases)

    with transaction.atomic():
        write(databases)
        databases["default"].close()
    assert is_free(databases)
    assert count(databases) == 1


def test_an_inner_transaction_does_not_end_the_outer_one_s_turn(databases: ConnectionHandler) -> None:
    with transaction.atomic():
        with transaction.atomic():
            write(databases)
        assert not is_free(databases)
    assert is_free(databases)


def test_who_only_reads_takes_no_turn(databases: ConnectionHandler) -> None:
    line: Any = databases["default"]
    line.ensure_connection()
    line.transaction_mode = "DEFERRED"
    with transaction.atomic():
        assert count(databases) == 0
        assert is_free(databases)


def test_embedded_runs_have_it() -> None:
    if connections["default"].vendor == "sqlite":
        assert connections["default"].settings_dict["ENGINE"] == "config.sqlite_in_turn"
