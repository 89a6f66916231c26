"""The life of a support session: its statuses, the one table of moves, and the reasons for an end (DESIGN 4)."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Status(models.TextChoices):
    CONNECTING = "connecting", _("Connecting")
    WAITING = "waiting", _("Waiting")
    ACTIVE = "active", _("Active")
    ON_HOLD = "on_hold", _("On hold")
    TRANSFERRING = "transferring", _("Transferring")
    CLOSED = "closed", _("Closed")
    TIMED_OUT = "timed_out", _("Timed out")
    ABORTED = "aborted", _("Aborted")


NEXT_STATUS: dict[Status, frozenset[Status]] = {
    Status.CONNECTING: frozenset({Status.WAITING, Status.TIMED_OUT, Status.CLOSED}),
    Status.WAITING: frozenset({Status.ACTIVE, Status.TRANSFERRING, Status.TIMED_OUT, Status.CLOSED}),
    Status.ACTIVE: frozenset({Status.ON_HOLD, Status.TRANSFERRING, Status.CLOSED, Status.TIMED_OUT, Status.ABORTED}),
    Status.ON_HOLD: frozenset({Status.ACTIVE, Status.CLOSED}),
    Status.TRANSFERRING: frozenset({Status.ACTIVE, Status.CLOSED, Status.TIMED_OUT}),
    Status.CLOSED: frozenset(),
    Status.TIMED_OUT: frozenset(),
    Status.ABORTED: frozenset(),
}

ENDED = frozenset({Status.CLOSED, Status.TIMED_OUT, Status.ABORTED})
LIVE = frozenset(Status) - ENDED
LISTED = LIVE - {Status.CONNECTING}  # a code that nobody used yet is no row of the session list


class EndReason(models.TextChoices):
    BY_TECHNICIAN = "by_technician", _("Closed by technician")
    BY_CUSTOMER = "by_customer", _("Closed by customer")
    BY_WAITING_CUSTOMER = "by_waiting_customer", _("Closed by waiting customer")
    TERMS_DECLINED = "terms_declined", _("Terms declined")
    NOT_REQUESTED = "not_requested", _("The customer did not ask for it")
    CODE_CANCELLED = "code_cancelled", _("Code cancelled")
    CODE_EXPIRED = "code_expired", _("Code expired")
    WAITED_TOO_LONG = "waited_too_long", _("Waited too long")
    IDLE = "idle", _("Idle for too long")
    HELD_TOO_LONG = "held_too_long", _("On hold for too long")
    NOT_PICKED_UP = "not_picked_up", _("Transfer not picked up")
    NEVER_ARRIVED = "never_arrived", _("The customer did not finish joining")
    TECHNICIAN_DISABLED = "technician_disabled", _("Technician disabled")
    RIGHT_WITHDRAWN = "right_withdrawn", _("Right withdrawn by a manager")


TIMED_OUT_REASONS = frozenset(
    {
        EndReason.CODE_EXPIRED,
        EndReason.WAITED_TOO_LONG,
        EndReason.IDLE,
        EndReason.NOT_PICKED_UP,
        EndReason.NEVER_ARRIVED,
    }
)
ABORTED_REASONS = frozenset({EndReason.TECHNICIAN_DISABLED, EndReason.RIGHT_WITHDRAWN})


def end_status(before: Status, reason: EndReason) -> Status:
    """The end that a reason leads to; Closed where the table has no such move (a waiting session is not aborted)."""
    if reason in TIMED_OUT_REASONS:
        wanted = Status.TIMED_OUT
    else:
        wanted = Status.ABORTED if reason in ABORTED_REASONS else Status.CLOSED
    return wanted if wanted in NEXT_STATUS[before] else Status.CLOSED
