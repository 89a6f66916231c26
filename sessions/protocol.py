"""The live protocol: the only schema of what travels over `/ws/sessions/<public_id>/` and `/ws/console/`.

Imports nothing of ours, so that the applet can use it too. `manage.py write_protocol_js` writes the types for the
browser from it. Types are `noun.verb`; times are ISO 8601 in UTC; durations end in `_ms`; ids are opaque strings.

Durable messages carry `seq` (gapless in one support session) and `prev`, the seq of the message before it *for this
reader*: a reader who may not see everything still notices a missing one.
"""

from typing import Annotated, Any, Literal

import msgspec
from msgspec import Meta, Struct

MAX_MESSAGE_BYTES = 64 * 1024
MAX_CHAT_CHARACTERS = 4000
HEARTBEAT_MS = 15_000
MAX_SDP_CHARACTERS = 48 * 1024

# Close codes of our own (4000 to 4999 are free for applications, RFC 6455 7.4.2).
CLOSE_ENDED = 4000  # the session has ended; do not come back
CLOSE_NOT_INSIDE = 4001  # not (or no longer) in this session; do not come back
CLOSE_ELSEWHERE = 4002  # the same attendee opened it in another tab or device
CLOSE_TOO_SLOW = 4003  # the reader did not keep up; come back and resume
CLOSE_POLICY = 1008  # too large, too many, not understood too often
CLOSE_RESTART = 1012  # the server restarts; come back soon

RELAY = "relay"  # stands for the media relay where a signal names its sender or receiver; attendees have UUIDs
PRINTABLE = r"^[\x21-\x7e]+\Z"  # what becomes a column: a NUL, say, is refused here and not by the database
Id = Annotated[str, Meta(min_length=1, max_length=64, pattern=PRINTABLE)]
PageId = Annotated[str, Meta(min_length=1, max_length=32, pattern=PRINTABLE)]
Audience = Literal["everyone", "technicians"]
Role = Literal["customer", "technician", "specialist", "system"]
Connectedness = Literal["connected", "reconnecting", "offline"]
Kind = Literal["lens", "screen"]
Relation = Literal["own", "queue", "incoming", "outgoing", "agent", "invited"]
RightShown = Literal["", "view_only", "control"]
LeftBecause = Literal["", "removed", "absent", "withdrawn", "alone", "ended"]
Source = Literal["camera", "screen", "microphone"]
MailState = Literal["queued", "sent", "delivered", "bounced", "failed"]
Sdp = Annotated[str, Meta(min_length=1, max_length=MAX_SDP_CHARACTERS)]


class Message(Struct, frozen=True, forbid_unknown_fields=True, tag_field="type", kw_only=True):
    """Base of every message; the tag is the field `type`."""


# ---- From a browser ----------------------------------------------------------------------------


class SessionJoin(Message, frozen=True, tag="session.join"):
    """First message of a socket: which page this is, and the last seq it holds (0 for none)."""

    page: PageId
    last_seq: Annotated[int, Meta(ge=0, le=2**53)] = 0


class ChatPost(Message, frozen=True, tag="chat.post"):
    """A chat line. `id` is the page's own id for it: sent twice, it is stored once."""

    id: Annotated[str, Meta(min_length=8, max_length=36, pattern=PRINTABLE)]
    text: Annotated[str, Meta(max_length=MAX_CHAT_CHARACTERS * 2)]
    audience: Audience = "everyone"


class SignalSend(Message, frozen=True, tag="signal.send"):
    """A description or a candidate for one other attendee's page (perfect negotiation), or for the relay.

    The relay makes every offer: an answer says by `answers` which one it is for (session and version of its o= line),
    and `renew` asks for another connection, since this one is dead.
    """

    to: Id
    page: PageId
    description: "Description | None" = None
    candidate: "Candidate | None" = None
    answers: Annotated[str, Meta(max_length=64)] = ""
    renew: bool = False


class Description(Struct, frozen=True, forbid_unknown_fields=True):
    type: Literal["offer", "answer", "pranswer", "rollback"]
    sdp: Annotated[str, Meta(max_length=MAX_SDP_CHARACTERS)] = ""


class Candidate(Struct, frozen=True, forbid_unknown_fields=True, rename="camel"):
    candidate: Annotated[str, Meta(max_length=1024)]
    sdp_mid: Annotated[str, Meta(max_length=32)] | None = None
    sdp_m_line_index: Annotated[int, Meta(ge=0, le=255)] | None = None
    username_fragment: Annotated[str, Meta(max_length=256)] | None = None


class MediaState(Message, frozen=True, tag="media.state"):
    """What this page captures now; others are shown it."""

    camera: bool
    microphone: bool


class RecordingAsk(Message, frozen=True, tag="recording.ask"):
    """A technician wants picture and sound kept; everybody else inside is asked."""


class RecordingAnswer(Message, frozen=True, tag="recording.answer"):
    """The answer of one who was asked; anybody's no is a no."""

    id: Id
    agree: bool


class RecordingStop(Message, frozen=True, tag="recording.stop"):
    """The end of a recording, or of the question for one; the customer's word counts at any time."""

    id: Id


class PresencePing(Message, frozen=True, tag="presence.ping"):
    """A sign of life, every HEARTBEAT_MS."""


FromBrowser = (
    SessionJoin | ChatPost | SignalSend | MediaState | RecordingAsk | RecordingAnswer | RecordingStop | PresencePing
)


# ---- To a browser ------------------------------------------------------------------------------


class Person(Struct, frozen=True):
    id: str
    name: str
    role: Role


class Attendee(Struct, frozen=True):
    """One line of the Attendees pane."""

    id: str
    name: str
    role: Role
    lead: bool
    connection: Connectedness
    camera: bool
    microphone: bool
    company: str
    right: RightShown  # of guests: what they may do with keyboard and mouse
    rights: list[str]  # what they may do, as far as it is everybody's to know; see sessions/rights.py


class RecordingState(Struct, frozen=True):
    """A recording that is asked for, or under way."""

    id: str
    state: Literal["asking", "running", "paused"]
    by: str  # the attendee who asked for it
    by_name: str
    since: str  # when it came to this state
    recorded_ms: int  # up to `since`, pauses not counted
    kept_days: int  # 0: until somebody deletes it
    unanswered: list[str]  # attendees whose answer is missing


class SessionState(Struct, frozen=True):
    """The head of a support session as it stands now."""

    id: str
    kind: Kind
    name: str
    status: str
    status_label: str
    end_reason: str
    lead: str | None
    lead_name: str  # empty while nobody has taken it from a queue
    lead_offer: str | None  # the agent whom the lead offers the lead to
    place: int  # in the portal's queue, from 1; 0 when it is in none
    wait_min: int | None  # how long that may take, as far as can be told
    started_at: str | None
    ended_at: str | None
    since: str  # when it came to this status
    active_ms: int  # the three totals count up to `since`
    held_ms: int
    transferring_ms: int
    recording: RecordingState | None = None


class SessionWelcome(Message, frozen=True, tag="session.welcome"):
    """Answer to session.join; the missed durable messages follow, then `session.ready`.

    With `resync` the page's last_seq makes no sense here: it drops what it holds, and all follows from the start.
    `since` is the seq up to which nothing is this reader's to read: a specialist reads on from the own joining.
    """

    you: str
    session: SessionState
    attendees: list[Attendee]
    waiting: list[Person]
    last_seq: int
    resync: bool = False
    since: int = 0


class SessionReady(Message, frozen=True, tag="session.ready"):
    """Everything missed has been sent; from here on messages are live. `seq` is the last one this reader has."""

    seq: int


class SessionChanged(Message, frozen=True, tag="session.changed"):
    """`waiting`: specialists before the door; only the lead is told of them."""

    session: SessionState
    attendees: list[Attendee]
    waiting: list[Person]


class Ack(Message, frozen=True, tag="ack"):
    """The message with the page's own `id` is committed under `seq`."""

    id: str
    seq: int


class Error(Message, frozen=True, omit_defaults=True, tag="error"):
    """What was sent is refused; `id` names the page's message where there was one."""

    code: str
    message: str
    id: str = ""


class PresencePong(Message, frozen=True, tag="presence.pong"):
    """Answer to presence.ping."""


class SignalReceived(Message, frozen=True, tag="signal.received"):
    """A signal from another attendee's page; `sender` is written by the server."""

    sender: str
    page: str
    description: Description | None = None
    candidate: Candidate | None = None
    lines: "list[RelayLine]" = []


class RelayLine(Struct, frozen=True):
    """What one m-line of the relay's offer is for; without an attendee it takes what this page sends."""

    mid: str
    attendee: str | None
    source: Source


class IceServer(Struct, frozen=True, omit_defaults=True):
    urls: list[str]
    username: str = ""
    credential: str = ""


class PeerPlan(Struct, frozen=True):
    """Hold one peer connection with this attendee's page."""

    attendee: str
    page: str
    polite: bool


class RelayPlan(Struct, frozen=True):
    """Hold one connection with the server's relay, which passes on what these attendees send, and to them."""

    page: str  # which relay: another one is another connection
    attendees: list[str]


class MediaPlan(Message, frozen=True, tag="media.plan"):
    """With whom to hold a peer connection and what may be sent; replaces the plan before it.

    Between two plans of the same attendees, one with and one without `relay`, what was held stays until the new
    connection brings the picture.
    """

    peers: list[PeerPlan]
    relay: RelayPlan | None
    send: list[Source]
    ice_servers: list[IceServer]
    relay_only: bool  # reach the other side through TURN alone, so that it learns no address (S-52)


# Durable messages: rows of the timeline.


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

ToBrowser = (
    SessionWelcome
    | SessionReady
    | SessionChanged
    | Ack
    | Error
    | PresencePong
    | SignalReceived
    | MediaPlan
    | ChatPosted
    | AttendeeJoined
    | AttendeeLeft
    | RightChanged
    | StatusChanged
    | TermsAccepted
    | TransferOffered
    | LeadOffered
    | LeadDeclined
    | LeadChanged
    | AgentInvited
    | AgentAnswered
    | InvitationCreated
    | InvitationCancelled
    | DeliveryChanged
    | RecordingAsked
    | RecordingAgreed
    | RecordingRefused
    | RecordingStarted
    | RecordingPaused
    | RecordingResumed
    | RecordingStopped
)


# ---- The console's socket ----------------------------------------------------------------------


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


class ProtocolError(Exception):
    """What came over the socket is not a message of this protocol."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


_from_browser = msgspec.json.Decoder(FromBrowser)
_from_console = msgspec.json.Decoder(FromConsole)
_encoder = msgspec.json.Encoder()


def parse_from_browser(text: str) -> FromBrowser:
    """Parse one text frame of a session's socket. Raises ProtocolError."""
    return _parse(_from_browser, text)


def parse_from_console(text: str) -> FromConsole:
    """Parse one text frame of the console's socket. Raises ProtocolError."""
    return _parse(_from_console, text)


def encode(message: Message) -> str:
    return _encoder.encode(message).decode()


def _parse(decoder: Any, text: str) -> Any:
    if len(text) > MAX_MESSAGE_BYTES or len(text.encode(errors="replace")) > MAX_MESSAGE_BYTES:
        raise ProtocolError("too_large", f"A message may have {MAX_MESSAGE_BYTES} bytes at most.")
    try:
        return decoder.decode(text)
    except msgspec.ValidationError as error:
        raise ProtocolError("bad_message", str(error)) from None
    except (msgspec.DecodeError, UnicodeEncodeError, RecursionError):
        raise ProtocolError("bad_json", "This is not JSON.") from None
