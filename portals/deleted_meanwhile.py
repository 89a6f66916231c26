"""A row is deleted while somebody else begins to refer to it: how that is told from a fault of ours.

Both databases look at foreign keys when a transaction commits, and whoever commits last is refused.
"""

import sqlite3

from django.db import IntegrityError

FOREIGN_KEY_VIOLATION = "23503"  # PostgreSQL, appendix A, "PostgreSQL Error Codes"


def refers_to_deleted(error: BaseException | None) -> bool:
    """Whether it is a foreign key that kept the transaction from its commit."""
    cause = error.__cause__ if isinstance(error, IntegrityError) else None
    return (
        getattr(cause, "sqlstate", None) == FOREIGN_KEY_VIOLATION
        or getattr(cause, "sqlite_errorcode", None) == sqlite3.SQLITE_CONSTRAINT_FOREIGNKEY
    )
