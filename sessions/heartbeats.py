"""Signs of life of the pages of this process: those that come close together are written with one update.

Each page gives one every 15 s. Written one by one, those of 2,000 pages take a sixth of a core. A page that gives more
than that, as many as it may, waits in line once: it neither fills the memory nor keeps the others from being written.
"""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime

from portals import clock
from sessions import presence
from sessions.batches import Batches

logger = logging.getLogger("sightline.rooms")

GATHERED_S = 0.25  # from one update to the next; a sign of life that comes after a pause is written at once
PAGES_AT_ONCE = 1000  # of one update


def _renew(pages: Sequence[tuple[int, str]]) -> list[datetime]:
    try:
        return [presence.renew_leases(set(pages), now=clock.now())] * len(pages)
    except Exception:
        logger.exception("Signs of life could not be written.")
        raise


_batches = Batches(_renew, pause_s=GATHERED_S, at_once=PAGES_AT_ONCE, merges=True)


def beat(participant_id: int, page_id: str) -> "asyncio.Future[datetime]":
    """A sign of life of this page; the result is the moment until which it lasts, once it is written."""
    return _batches.add((participant_id, page_id))
