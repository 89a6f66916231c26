"""From text to message and back."""

from typing import Any

import msgspec

from sessions.protocol.base import MAX_MESSAGE_BYTES, Message
from sessions.protocol.console import FromConsole
from sessions.protocol.from_browser import FromBrowser


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
