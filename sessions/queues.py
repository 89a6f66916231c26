"""Queues of portals: a waiting customer's place, and how long it may take."""

from dataclasses import dataclass
from statistics import median

from sessions.models import SupportSession
from sessions.states import Status

LOOKED_BACK = 10  # the waiting times of this many last picked up sessions make the estimate


@dataclass(frozen=True)
class Place:
    number: int  # from 1
    wait_min: int | None  # minutes, at least 1; None where nothing is known


def place_of(support_session: SupportSession) -> Place | None:
    """None for a session that waits in no queue."""
    if support_session.status != Status.WAITING or support_session.lead_id is not None:
        return None
    queue = SupportSession.objects.filter(portal_id=support_session.portal_id, status=Status.WAITING, lead=None)
    number = queue.filter(waiting_at__lt=support_session.waiting_at).count() + 1
    return Place(number, _wait_min(support_session))


def _wait_min(support_session: SupportSession) -> int | None:
    """The median of what the last ones waited, who met the same queue and the same people."""
    picked_up = SupportSession.objects.filter(portal_id=support_session.portal_id, started_at__isnull=False)
    times = picked_up.order_by("-created_at").values_list("waiting_at", "started_at")[:LOOKED_BACK]
    waits = [(started - waiting).total_seconds() for waiting, started in times if waiting and started]
    return max(1, round(median(waits) / 60)) if waits else None
