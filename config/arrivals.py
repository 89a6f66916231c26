"""Middlewares of a socket that go once they have found its consumer.

Channels wraps a consumer in its middlewares: as long as a socket is open, the frame and the copy of the scope of each
of them stay in memory, with the headers, the account and its session, for each browser that is connected.
"""

import logging
from functools import wraps
from typing import Any

from portals.database_away import AWAY, fault
from sessions.protocol import CLOSE_TRY_AGAIN

logger = logging.getLogger("sightline.sockets")

FOUND = "sightline.found"


class Arrivals:
    """An ASGI application that asks `middlewares`, then runs what they found outside of them.

    They may turn the socket away by themselves. What they wrap notes itself with `found`. Where the database does not
    answer them, the page is told to come again.
    """

    def __init__(self, middlewares: Any) -> None:
        self.middlewares = middlewares

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        notes: list[tuple[Any, dict[str, Any]]] = []
        try:
            await self.middlewares(scope | {FOUND: notes}, receive, send)
        except AWAY as error:
            logger.warning("The database does not answer who opens a socket: %s", error, exc_info=fault(error))
            await send({"type": "websocket.accept"})  # a close before it would reach the browser without its code
            await send({"type": "websocket.close", "code": CLOSE_TRY_AGAIN})
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
