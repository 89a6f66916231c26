"""Database calls of sockets run in a pool of threads of their own: nobody waits for another's slow query.

`database_sync_to_async` alone runs everything in one shared thread, so that the slowest query of the process becomes
everybody's delay.
"""

import os
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import ParamSpec, TypeVar

from channels.db import database_sync_to_async

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
    return await database_sync_to_async(function, thread_sensitive=False, executor=_pool)(*args, **kwargs)
