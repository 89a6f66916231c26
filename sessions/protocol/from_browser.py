"""What a page of a support session sends."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from sessions.protocol.base import MAX_CHAT_CHARACTERS, MAX_SDP_CHARACTERS, PRINTABLE, Audience, Id, Message, PageId


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
