"""What a page of a support session is sent of the moment: never stored, told anew after a drop."""

from typing import Literal

from msgspec import Struct

from sessions.protocol.base import Connectedness, Kind, Message, Person, RightShown, Role, Source
from sessions.protocol.from_browser import Candidate, Description


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


LIVE: tuple[type[Message], ...] = (
    SessionWelcome,
    SessionReady,
    SessionChanged,
    Ack,
    Error,
    PresencePong,
    SignalReceived,
    MediaPlan,
)
