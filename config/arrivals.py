"""Middlewares of a socket that go once they have found its consumer.

Channels wraps a consumer in its middlewares: as long as a socket is open, the frame and the copy of the scope of each
of them stay in memory, with the headers, the account and its session, for each browser that is connected.
"""

from functools import wraps
from typing import Any

FOUND = "sightline.found"


class Arrivals:
    """An ASGI application that asks `middlewares`, then runs what they found outside of them.

    They may turn the socket away by themselves. What they wrap notes itself with `found`.
    """

    def __init__(self, middlewares: Any) -> None:
        self.middlewares = middlewares

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        notes: list[tuple[Any, dict[str, Any]]] = []
        await self.middlewares(scope | {FOUND: notes}, receive, send)
        scope.clear()  # whoever called holds it as well
        if notes:
            application, scope = notes.pop()
            del scope[FOUND]
            await application(scope, receive, send)


def found(application: Any) -> Any:
    """Return what stands for a consumer inside the middlewares of `Arrivals`."""

    @wraps(application)
    async def note(scope: dict[str, Any], receive: Any, send: Any) -> None:
        scope[FOUND].append((application, scope))

    return note
