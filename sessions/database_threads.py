"""Database calls of sockets run in a pool of threads of their own: nobody waits for another's slow query.

`database_sync_to_async` alone runs everything in one shared thread, so that the slowest query of the process becomes
everybody's delay.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from channels.db import database_sync_to_async
from django.db import connections

P = ParamSpec("P")
R = TypeVar("R")

THREADS = 8
_pool = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="socket-database")


def _fresh_pool() -> None:
    global _pool
    _pool = ThreadPoolExecutor(max_workers=THREADS, thread_name_prefix="socket-database")


os.register_at_fork(after_in_child=_fresh_pool)


async def in_database_thread(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run blocking database work without holding up the event loop or other sockets."""
    return await database_sync_to_async(_connected, thread_sensitive=False, executor=_pool)(function, *args, **kwargs)


def _connected(function: Callable[P, R], *args: P.args, **kwargs: P.kwargs) -> R:
    """Run it on a connection that this thread keeps: opening one in SQLite costs more than most queries.

    Django closes the connection of a thread after each call (CONN_MAX_AGE cannot be raised: requests get threads of
    their own, which end), and one that has failed it still does. PostgreSQL's connections are kept by their pool.
    """
    try:
        return function(*args, **kwargs)
    finally:
        for connection in connections.all(initialized_only=True):
            if connection.vendor == "sqlite":
                connection.close_at = None
