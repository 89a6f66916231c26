"""SQLite whose writers of one process take turns in the order in which they come (R-18).

SQLite lets a writer that finds another one sleep and look again up to 0.1 s later, and who comes at the right moment
passes it: of twenty who write all the time, some wait for seconds. Writers of other processes are still met that way.
"""

import threading
from collections import deque
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db.backends.sqlite3 import base

WRITES = ("INSERT", "UPDATE", "DELETE", "REPLAC")  # how a statement begins that takes the lock by itself


class Turns:
    """A lock that is handed on in the order of asking."""

    def __init__(self) -> None:
        self._guard = threading.Lock()
        self._waiting: deque[threading.Event] = deque()
        self._taken = False

    def take(self, timeout_s: float) -> bool:
        """Wait for one's turn; False when it has not come by then."""
        with self._guard:
            if not self._taken:
                self._taken = True
                return True
            mine = threading.Event()
            self._waiting.append(mine)
        if mine.wait(timeout_s):
            return True
        with self._guard:
            if not mine.is_set():
                self._waiting.remove(mine)
            return mine.is_set()

    def hand_on(self) -> None:
        with self._guard:
            if self._waiting:
                self._waiting.popleft().set()
            else:
                self._taken = False


_turns: dict[str, Turns] = {}  # by database


class DatabaseWrapper(base.DatabaseWrapper):
    """Has its turn from BEGIN IMMEDIATE until commit, rollback or the loss of its connection."""

    transaction_mode: str | None
    _held: Turns | None = None  # while it has its turn

    def _start_transaction_under_autocommit(self) -> None:
        if self.transaction_mode != "DEFERRED":  # who only reads waits for nobody
            self._take_turn()
        try:
            super()._start_transaction_under_autocommit()  # type: ignore[misc]
        except BaseException:
            self._hand_on()
            raise

    def _commit(self) -> None:
        super()._commit()  # type: ignore[misc]
        self._hand_on()  # a commit that fails is followed by a rollback

    def _rollback(self) -> None:
        try:
            super()._rollback()  # type: ignore[misc]
        finally:
            self._hand_on()

    def _close(self) -> None:
        try:
            super()._close()  # type: ignore[misc]
        finally:
            self._hand_on()

    def create_cursor(self, name: Any = None) -> "Cursor":
        cursor: Cursor = self.connection.cursor(factory=Cursor)
        cursor.line = self
        return cursor

    @contextmanager
    def turn_for(self, query: str) -> Iterator[None]:
        """A statement outside a transaction that writes has a turn for itself."""
        if self._held or self.in_atomic_block or query[:6].upper() not in WRITES:
            yield
            return
        self._take_turn()
        try:
            yield
        finally:
            self._hand_on()

    def _take_turn(self) -> None:
        """Without one after the time that SQLite itself would wait, it is tried as SQLite does it."""
        turns = _turns.setdefault(str(self.settings_dict["NAME"]), Turns())
        self._held = turns if turns.take(self.settings_dict["OPTIONS"].get("timeout", 5)) else None

    def _hand_on(self) -> None:
        if self._held:
            held, self._held = self._held, None
            held.hand_on()


class Cursor(base.SQLiteCursorWrapper):
    line: DatabaseWrapper

    def execute(self, query: str, params: Any = None) -> Any:
        with self.line.turn_for(query):
            return super().execute(query, params)

    def executemany(self, query: str, param_list: Any) -> Any:
        with self.line.turn_for(query):
            return super().executemany(query, param_list)
