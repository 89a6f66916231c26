"""What the console's socket sends: its lists, whole each time."""

from msgspec import Struct

from sessions.protocol.base import Connectedness, Kind, MailState, Message, Relation
from sessions.protocol.from_browser import PresencePing
from sessions.protocol.live import Error, PresencePong


class SessionRow(Struct, frozen=True):
    """One row of the console's table *Sessions*: one's own, a queue's, one that is being transferred here, or one in
    which this technician is an agent of another lead, or is asked to be."""

    id: str
    name: str
    kind: Kind
    kind_label: str
    portal: str
    status: str
    status_label: str
    since: str
    status_since: str  # as `since` of the session's own line, so that the later of both can be told
    connection: Connectedness
    relation: Relation
    lead: str
    counterpart: str  # who gives (incoming), to whom (outgoing), or who asks (invited)
    comment: str  # of the transfer, or of who asks
    request: str  # the id of what is to be accepted or declined (invited)
    limit_at: str | None  # when it will be timed out
    counted_ms: int  # active, hold and transfer time up to `since`
    reported: bool
    can_start: bool
    why_not: str
    answers: list[list[str]]  # [[question, answer], ...] of a portal's form; of one's own sessions only
    why_not_specialists: str  # why nobody of these can be invited into it; empty where they can
    why_not_agents: str
    why_not_control: str  # why a specialist inside cannot be given more than View only
    why_not_record: str  # empty where it may be asked for


class PendingCode(Struct, frozen=True):
    """One item of the console's list *Pending codes*."""

    id: str
    session: str
    name: str
    code: str
    link: str
    expires_at: str
    method: str
    progress: str
    delivery: "DeliveryState | None"
    sms: str  # an address that opens the text in the technician's own SMS program; empty for other methods


class DeliveryState(Struct, frozen=True):
    id: str
    to: str
    state: MailState
    label: str
    reason: str
    can_retry: bool


class Notice(Struct, frozen=True):
    """An ended code the technician must hear of: declined, expired, said not to be asked for."""

    session: str
    text: str


class ConsoleSnapshot(Message, frozen=True, tag="console.snapshot"):
    """All that the console's lists show; sent at the start and after each change, never in pieces."""

    sessions: list[SessionRow]
    pending: list[PendingCode]
    notices: list[Notice]
    active: int
    active_limit: int
    why_not_hold: str  # empty where the right is given
    why_not_transfer: str
    why_not_create: dict[str, str]  # by what *Create New Session* offers: private, lens, screen, and each method
    now: str


FromConsole = PresencePing
ToConsole = ConsoleSnapshot | PresencePong | Error
