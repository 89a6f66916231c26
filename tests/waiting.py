"""Waiting for a condition instead of sleeping."""

import time
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")
PATIENCE_S = 60  # what never comes is a failure anyway; a busy machine may be slow


def wait_for(look: Callable[[], T | None], what: str, *, timeout_s: float = PATIENCE_S, every_s: float = 0.05) -> T:
    """Return the first truthy answer of `look`; AssertionError after timeout_s."""
    deadline = time.monotonic() + timeout_s
    while True:
        found = look()
        if found:
            return found
        assert time.monotonic() < deadline, f"waited {timeout_s} s for {what}"
        time.sleep(every_s)
