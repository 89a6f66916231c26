"""The time that expiry is judged by: the database's clock, carried forward by one that nobody can set (R-21).

Every process looks at the database once a minute at most, beside whatever it is doing, and trusts the steady clock of
its machine in between. A host whose wall clock is an hour off, or is put forward or back, therefore ends nothing early
and revives nothing. SQLite has no clock but the host's: an embedded run reads that one and rides out its jumps in the
same way. A jump that stays is followed by a second a minute, and taken at once by a process that starts anew.
"""

import asyncio
import logging
import os
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime

from django.db import DatabaseError, connection

logger = logging.getLogger("sightline.clock")

LOOK_EVERY_S = 60
STEP_S = 1.0  # followed at one look, at most
SLOW_LOOK_S = 1.0  # an answer that took longer says too little


def steady_s() -> float:
    """Seconds that only go forward; sleep of the machine counts where the system can tell."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def database_s() -> float:
    """The database's clock, as a POSIX time. Raises DatabaseError."""
    if connection.vendor != "postgresql":
        return time.time()
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT extract(epoch FROM clock_timestamp())::float8")
            return float(cursor.fetchone()[0])
    finally:
        connection.close()  # of the looking thread, never of a caller


class Clock:
    def __init__(self, *, steady: Callable[[], float] = steady_s, look: Callable[[], float] = database_s) -> None:
        self._steady, self._look = steady, look
        self._lock = threading.Lock()
        self._offset: float | None = None  # database time minus steady time
        self._settled = False  # False while the offset is the host's, for want of an answer
        self._looked = 0.0
        self._last = 0.0
        self._looker = _new_looker()

    def now(self) -> datetime:
        """Never earlier than what was returned before."""
        with self._lock:
            steady = self._steady()
            due = self._offset is None or steady - self._looked >= LOOK_EVERY_S
            if due:
                self._looked = steady
        if due:
            looking = self._looker.submit(self.look)
            if self._offset is None and not _on_event_loop():
                looking.result()
        with self._lock:
            if self._offset is None:
                self._offset = time.time() - self._steady()
            self._last = max(self._last, self._offset + self._steady())
            return datetime.fromtimestamp(self._last, UTC)

    def look(self) -> None:
        """Ask the database. Without an answer the steady clock goes on alone."""
        before = self._steady()
        try:
            found = self._look()
        except (DatabaseError, OSError) as error:
            logger.warning("The database's clock could not be read: %s", type(error).__name__)
            return
        after = self._steady()
        if after - before <= SLOW_LOOK_S:
            self._follow(found - (before + after) / 2)

    def _follow(self, offset: float) -> None:
        with self._lock:
            if self._offset is None or not self._settled:
                self._offset, self._settled, self._last = offset, True, 0.0
                return
            drift = offset - self._offset
            if abs(drift) > STEP_S:
                logger.warning("The database's clock has jumped by %.0f s; it is followed slowly.", drift)
            self._offset += max(-STEP_S, min(STEP_S, drift))

    def after_fork(self) -> None:
        self._looker, self._lock = _new_looker(), threading.Lock()


def _new_looker() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(max_workers=1, thread_name_prefix="clock")


def _on_event_loop() -> bool:
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


_clock = Clock()
os.register_at_fork(after_in_child=_clock.after_fork)


def now() -> datetime:
    """The present moment, for everything that is written or that expires."""
    return _clock.now()
