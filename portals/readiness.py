"""Whether this process takes new work: a proxy asks `/readyz` and leads people to another process (R-13, R-15)."""

import logging
import threading
from concurrent.futures import Future, ThreadPoolExecutor
from concurrent.futures import TimeoutError as TooLate

from django.db import DatabaseError, connection

logger = logging.getLogger("sightline.readiness")

DATABASE_ANSWERS_S = 2  # a proxy's check is no longer; the pool's own patience is

_leaving = threading.Event()
_looking = threading.Lock()
_look: "Future[bool] | None" = None
_looker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="readiness")


def leave() -> None:
    """From now on this process says that it is not ready; nothing makes it ready again."""
    _leaving.set()


def is_leaving() -> bool:
    return _leaving.is_set()


def database_answers() -> bool:
    """One look at a time, in a thread of its own: asking often holds no more than one connection."""
    global _look
    with _looking:
        if _look is None or _look.done():
            _look = _looker.submit(_ask_database)
        look = _look
    try:
        return look.result(DATABASE_ANSWERS_S)
    except TooLate:
        return False


def _ask_database() -> bool:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1")
        return True
    except (DatabaseError, OSError) as error:  # an exhausted pool is an OperationalError of Django's by then
        logger.warning("The database does not answer: %s", type(error).__name__)
        return False
    finally:
        connection.close()
