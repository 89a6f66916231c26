"""Rows of the timeline as they travel.

They carry `seq` (gapless in one support session) and `prev`, the seq of the message before it *for this reader*: a
reader who may not see everything still notices a missing one.
"""

from typing import Literal

from sessions.protocol.base import Audience, LeftBecause, Message, Person, RightShown, Role


class Durable(Message, frozen=True):
    seq: int
    prev: int
    at: str
    by: Person
    audience: Audience


class ChatPosted(Durable, frozen=True, tag="chat.posted"):
    id: str
    text: str


class AttendeeJoined(Durable, frozen=True, tag="attendee.joined"):
    attendee: Person


class AttendeeLeft(Durable, frozen=True, tag="attendee.left"):
    attendee: Person
    why: LeftBecause = ""  # where it was not their own doing; `by` removed them then


class RightChanged(Durable, frozen=True, tag="right.changed"):
    """What a guest may do with keyboard and mouse, as the lead has set it."""

    attendee: Person
    right: RightShown
    before: RightShown


class StatusChanged(Durable, frozen=True, tag="status.changed"):
    status: str
    before: str
    reason: str = ""


class TermsAccepted(Durable, frozen=True, tag="terms.accepted"):
    version: int


class TransferOffered(Durable, frozen=True, tag="transfer.offered"):
    """For technicians only: to whom, and why."""

    to: str
    comment: str = ""


class LeadOffered(Durable, frozen=True, tag="lead.offered"):
    """For technicians only: the lead offers the lead to this agent."""

    attendee: Person


class LeadDeclined(Durable, frozen=True, tag="lead.declined"):
    """For technicians only."""


class LeadChanged(Durable, frozen=True, tag="lead.changed"):
    attendee: Person
    before: str  # the former lead's name
    reason: Literal["handed_over", "taken", "left", "offline", "withdrawn"]


class AgentInvited(Durable, frozen=True, tag="agent.invited"):
    """For technicians only: a colleague, a group or a portal is asked in."""

    to: str
    comment: str = ""


class AgentAnswered(Durable, frozen=True, tag="agent.answered"):
    """For technicians only; who accepts has joined, which is told to everybody."""

    name: str  # who said so
    to: str
    answer: Literal["declined", "withdrawn"]


class InvitationCreated(Durable, frozen=True, tag="invitation.created"):
    """For technicians only. `purpose`: for whom; a customer's has a method, the others a right and a comment."""

    method: str
    to: str = ""
    purpose: str = "customer"
    right: RightShown = ""
    comment: str = ""


class InvitationCancelled(Durable, frozen=True, tag="invitation.cancelled"):
    """For technicians only."""

    purpose: str


class DeliveryChanged(Durable, frozen=True, tag="delivery.changed"):
    state: str
    to: str
    reason: str = ""


class RecordingAsked(Durable, frozen=True, tag="recording.asked"):
    """A technician has asked whether picture and sound may be kept."""


class RecordingAgreed(Durable, frozen=True, tag="recording.agreed"):
    """One of those who were asked agrees."""


class RecordingRefused(Durable, frozen=True, tag="recording.refused"):
    """There will be no recording: somebody said no, did not answer in time, or the question was withdrawn."""

    reason: Literal["no", "silence", "withdrawn"]
    role: Role  # whose no or silence it was


class RecordingStarted(Durable, frozen=True, tag="recording.started"):
    """Everybody has agreed."""


class RecordingPaused(Durable, frozen=True, tag="recording.paused"):
    """Nothing is kept while the session is on hold."""


class RecordingResumed(Durable, frozen=True, tag="recording.resumed"):
    """The hold is over."""


class RecordingStopped(Durable, frozen=True, tag="recording.stopped"):
    reason: Literal["stopped", "left", "ended", "withdrawn", "lost"]


DURABLE: tuple[type[Durable], ...] = (
    ChatPosted,
    AttendeeJoined,
    AttendeeLeft,
    RightChanged,
    StatusChanged,
    TermsAccepted,
    TransferOffered,
    LeadOffered,
    LeadDeclined,
    LeadChanged,
    AgentInvited,
    AgentAnswered,
    InvitationCreated,
    InvitationCancelled,
    DeliveryChanged,
    RecordingAsked,
    RecordingAgreed,
    RecordingRefused,
    RecordingStarted,
    RecordingPaused,
    RecordingResumed,
    RecordingStopped,
)
