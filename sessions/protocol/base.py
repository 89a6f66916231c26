"""What all messages share: limits, close codes, the types of fields, and the base of a message."""

from typing import Annotated, Literal

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
CLOSE_TRY_AGAIN = 1013  # the database does not answer; come back soon

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


class Person(Struct, frozen=True):
    id: str
    name: str
    role: Role
