"""Bodies of requests, no longer than anything Sightline asks for (S-79).

Daphne takes a body of any length, on disk while it comes and then in memory, before Django can say that it is too long.
"""

import asyncio
from typing import Any

from daphne.http_protocol import WebRequest

# More than Django takes (DATA_UPLOAD_MAX_MEMORY_SIZE), so that a picture too large for a logo gets the form's sentence.
MOST_BYTES = 4 * 1024 * 1024
LINGER_S = 2  # what still comes is read and forgotten, since a line that is cut at once may take the answer with it
SENTENCE = b"This request is too large.\n"
REFUSAL = b"\r\n".join(
    [
        b"HTTP/1.1 413 Content Too Large",
        b"Connection: close",
        b"Content-Length: %d" % len(SENTENCE),
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Security-Policy: default-src 'none'",
        b"X-Content-Type-Options: nosniff",
        b"",
        SENTENCE,
    ]
)


class LimitedRequest(WebRequest):
    """Answers as soon as the body is seen, or said, to be too long, and never reaches the application then."""

    _received = 0
    _refused = False

    def gotLength(self, length: int | None) -> None:
        super().gotLength(length)
        if length is not None and length > MOST_BYTES:
            self._refuse()

    def handleContentChunk(self, data: bytes) -> None:
        self._received += len(data)
        if self._received > MOST_BYTES:
            self._refuse()
        if not self._refused:
            super().handleContentChunk(data)

    def requestReceived(self, command: bytes, path: bytes, version: bytes) -> None:
        if not self._refused:
            super().requestReceived(command, path, version)

    def _refuse(self) -> None:
        if self._refused:
            return
        self._refused = True
        line: Any = self.channel.transport
        line.write(REFUSAL)
        asyncio.get_event_loop().call_later(LINGER_S, line.loseConnection)


def limit(channel: Any) -> Any:
    """Have an HTTP channel of daphne's make limited requests."""
    channel.requestFactory = LimitedRequest
    return channel
