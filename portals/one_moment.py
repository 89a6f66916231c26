"""Several queries that see the database as it is at one moment, for what is shown together."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connection, transaction


@contextmanager
def one_moment() -> Iterator[None]:
    """Everything read inside is of the moment of its first query, whatever others commit meanwhile.

    Each query of PostgreSQL's usual level (READ COMMITTED), and each of SQLite's outside a transaction, has a moment of
    its own: what moves from one list to another in between is found in both, or in none. Nobody waits for such a
    reading, and it waits for nobody.

    For reading only: PostgreSQL refuses a write inside. Inside another transaction, that one's level holds.
    """
    if connection.in_atomic_block:
        yield
        return
    with _begins_by_reading(), transaction.atomic():
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        yield


@contextmanager
def _begins_by_reading() -> Iterator[None]:
    """Our transactions of SQLite take the write lock at once (settings), which who only reads must not."""
    if connection.vendor != "sqlite":
        yield
        return
    connection.ensure_connection()  # which sets what is read here
    lite: Any = connection  # no attribute of other databases' connections
    usual, lite.transaction_mode = lite.transaction_mode, "DEFERRED"
    try:
        yield
    finally:
        lite.transaction_mode = usual
