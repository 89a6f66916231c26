"""What a page that was closed in the middle of a request leaves behind is no fault, and no page of the log."""

import asyncio
import logging
from typing import Any

from django.core.exceptions import RequestAborted

logger = logging.getLogger("sightline.server")


def handle_fault(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
    """For `set_exception_handler`: asyncio tells of each task and future whose exception nobody has looked at.

    Django cancels the work for a page that is gone; a thread that is in the middle of it ends with that, unseen.
    """
    if isinstance(context.get("exception"), asyncio.CancelledError | RequestAborted):
        logger.debug("A request was left alone by its page.")
    else:
        loop.default_exception_handler(context)
