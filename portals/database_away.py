"""The database does not answer, or not in time: how that is told from a fault of ours (R-13)."""

import sqlite3

from django.db import InterfaceError, OperationalError

AWAY = (OperationalError, InterfaceError)  # what Django raises then; see is_away


def is_away(error: BaseException | None) -> bool:
    """Whether to try again a little later may help. SQLite has the same exception for a query that is wrong."""
    code = getattr(getattr(error, "__cause__", None), "sqlite_errorcode", None)
    return isinstance(error, AWAY) and code != sqlite3.SQLITE_ERROR


def fault(error: BaseException) -> BaseException | None:
    """What a log shows as a traceback: nothing of a database that is away, for which one line is enough."""
    return None if is_away(error) else error
