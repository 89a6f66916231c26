"""The base of our sockets: a plain receive loop, a bounded outbox, and limits on what a browser may send.

Channels' own consumers hop to one shared thread for every event; nothing here does.
"""

import asyncio
import logging
import time
from collections import Counter, deque
from collections.abc import Awaitable
from typing import Any, ClassVar

from channels.consumer import AsyncConsumer
from django.conf import settings

from portals import request_context
from portals.database_away import AWAY, fault
from portals.errors import DomainError
from portals.request_context import RequestContext
from sessions import protocol

logger = logging.getLogger("sightline.sockets")

OUTBOX_MESSAGES = 2000  # waiting for one reader; more and it is told to come back and resume
OUTBOX_BYTES = 1024 * 1024 - 128 * 1024  # the transport holds up to 64 KiB and the message that filled it
WRITE = "sightline.write"  # an ASGI extension: sends a text at once, or says that the reader does not keep up
MESSAGES_PER_S = 20  # of one socket, on average (S-41)
SIGNALS_PER_S = 10  # counted apart: candidates come in bursts, and chat is not to wait for them
BURST = 60
FAULTS_ALLOWED = 10  # messages that are not of the protocol, in the life of one socket
FIRST_MESSAGE_S = 15  # a socket whose page says nothing is closed, where the page has to speak first

_background: set[asyncio.Task[Any]] = set()
_open: "set[SocketConsumer]" = set()
_counted: Counter[str] = Counter()  # open sockets of each source and account
_closing: int | None = None  # the code that everybody is sent away with, once the process ends


def in_background(work: Awaitable[Any]) -> None:
    """Finish `work` even though the socket that asked for it is gone."""
    task = asyncio.ensure_future(work)
    _background.add(task)
    task.add_done_callback(_done_in_background)


def _done_in_background(task: asyncio.Task[Any]) -> None:
    _background.discard(task)
    if not task.cancelled() and (error := task.exception()) is not None:
        logger.error("What a socket left behind was not done: %s", error, exc_info=fault(error))


def close_all(code: int) -> None:
    """The process ends: close every socket, and turn newcomers away, with `code`."""
    global _closing
    _closing = code
    for consumer in list(_open):
        consumer.shut(code)


def are_busy() -> bool:
    """Whether a socket is open or has work left behind that is not done."""
    return bool(_open or _background)


class Refused(Exception):
    """This socket may not stay. `code` None: the browser learns nothing but HTTP 403."""

    def __init__(self, code: int | None = None) -> None:
        super().__init__(code)
        self.code = code


def _try_again(error: BaseException) -> int:
    logger.warning("The database does not answer a socket: %s", error, exc_info=fault(error))
    return protocol.CLOSE_TRY_AGAIN


class TokenBucket:
    __slots__ = ("at", "burst", "per_s", "tokens")

    def __init__(self, *, per_s: float, burst: float) -> None:
        self.per_s, self.burst = per_s, burst
        self.tokens = burst
        self.at = time.monotonic()

    def take(self) -> bool:
        now = time.monotonic()
        self.tokens = min(self.burst, self.tokens + (now - self.at) * self.per_s)
        self.at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True


class SocketConsumer(AsyncConsumer):
    """Subclasses implement `enter`, `parse`, `handle` and `leave`; none runs beside another of the same socket.

    `scope` is there for `enter` alone: an open socket that does nothing should cost little.
    """

    first_message_s: ClassVar[float | None] = None

    async def __call__(self, scope: dict[str, Any], receive: Any, send: Any) -> None:
        self.scope = scope
        self._send = send
        self._write_now = scope.get("extensions", {}).get(WRITE)
        self._outbox: deque[str | int] | None = None  # none while nothing waits, which is nearly always
        self._outbox_bytes = 0
        self._writer: asyncio.Task[None] | None = None
        self._bucket = TokenBucket(per_s=MESSAGES_PER_S, burst=BURST)
        self._signals = TokenBucket(per_s=SIGNALS_PER_S, burst=BURST)
        self._faults = 0
        self._shut = False
        context = _context_of(scope)
        request_context.enter(context)
        await receive()  # websocket.connect
        counted, most = self._counted_as(context.address)
        _counted[counted] += 1
        try:
            if _counted[counted] > most:
                logger.warning("Too many sockets of %s; another was refused.", counted)
                raise Refused(protocol.CLOSE_POLICY)
            await self._enter()
            scope.clear()  # the frames below hold it as well
            del context
            if _closing is not None:
                raise Refused(_closing)
            await self._stay(receive)
        except Refused as refused:
            await self._turn_away(refused)
        finally:
            _counted[counted] -= 1
            if not _counted[counted]:
                del _counted[counted]

    async def _enter(self) -> None:
        try:
            await self.enter()
        except AWAY as error:
            raise Refused(_try_again(error)) from None

    async def _stay(self, receive: Any) -> None:
        await self._send({"type": "websocket.accept"})
        _open.add(self)
        self._begin_to_write()
        try:
            await self._read(receive)
        finally:
            _open.discard(self)
            if self._writer is not None:
                self._writer.cancel()
            in_background(self.leave())

    def _counted_as(self, address: str) -> tuple[str, int]:
        """Under which name this socket counts, and how many of that name may be open (S-43).

        An office of technicians may share one address; an account stands for itself.
        """
        user = self.scope.get("user")
        if user is not None and user.is_authenticated:
            return f"{type(self).__name__} of user {user.pk}", settings.SOCKETS_PER_USER
        return request_context.source_of(address), settings.SOCKETS_PER_SOURCE

    async def enter(self) -> None:
        """Look who is there. Raises Refused."""

    def parse(self, text: str) -> Any:
        """Return the message that `text` is. Raises ProtocolError."""
        raise NotImplementedError

    async def handle(self, message: Any) -> None:
        """Do what a message asks for. Raises DomainError, ProtocolError, Refused."""
        raise NotImplementedError

    async def leave(self) -> None:
        """Clean up after the socket is gone; runs once for every socket that was accepted."""

    # -- out --------------------------------------------------------------------------------------

    def push(self, text: str) -> None:
        """Queue one text frame; never blocks. A reader that falls behind is closed and resumes later."""
        if self._shut:
            return
        if self._outbox is None and self._write_now is not None and self._write_now(text):
            return
        size = _size_of(text)
        if self._waiting >= OUTBOX_MESSAGES or self._outbox_bytes + size > OUTBOX_BYTES:
            self._give_up()
            return
        self._outbox_bytes += size
        self._queue(text)

    async def room_to_push(self) -> None:
        """Return when half of what may wait is free: a long history is sent as fast as it is read."""
        while not self._shut and self._is_half_full():  # noqa: ASYNC110 (a queue has no event for it)
            await asyncio.sleep(0.01)

    def _is_half_full(self) -> bool:
        return self._waiting > OUTBOX_MESSAGES / 2 or self._outbox_bytes > OUTBOX_BYTES / 2

    @property
    def _waiting(self) -> int:
        return len(self._outbox or ())

    def shut(self, code: int) -> None:
        """Close after what is queued has been sent."""
        if not self._shut:
            self._shut = True
            self._queue(code)

    def _give_up(self) -> None:
        """Close a reader that does not keep up, and forget what waits for it: it is told again when it resumes."""
        logger.info("A reader did not keep up and was told to come back.")
        self._shut = True
        self._outbox = None
        if self._writer is not None:
            self._writer.cancel()  # it may be waiting for this very reader
        in_background(self._send({"type": "websocket.close", "code": protocol.CLOSE_TOO_SLOW}))

    def _queue(self, item: str | int) -> None:
        if self._outbox is None:
            self._outbox = deque()
        self._outbox.append(item)
        self._begin_to_write()

    def _begin_to_write(self) -> None:
        """What waits is written once the socket is accepted, by a task that ends when nothing waits any more."""
        if self._outbox is not None and self._writer is None and self in _open:
            self._writer = asyncio.create_task(self._write(self._outbox), name="socket writer")

    async def _write(self, outbox: deque[str | int]) -> None:
        while outbox:
            item = outbox.popleft()
            if isinstance(item, int):
                await self._send({"type": "websocket.close", "code": item})
                return
            self._outbox_bytes -= _size_of(item)
            await self._send({"type": "websocket.send", "text": item})
        self._outbox = self._writer = None

    # -- in ---------------------------------------------------------------------------------------

    async def _read(self, receive: Any) -> None:
        patience_s = self.first_message_s
        while True:
            if patience_s is None:
                event = await receive()
            else:
                event = await self._first(receive, patience_s)
                patience_s = None
            if event["type"] == "websocket.disconnect":
                return
            if self._shut:
                continue
            await self._take(event.get("text"))

    async def _first(self, receive: Any, patience_s: float) -> Any:
        try:
            async with asyncio.timeout(patience_s):
                return await receive()
        except TimeoutError:
            self.shut(protocol.CLOSE_POLICY)
            return {"type": "silence"}

    async def _take(self, text: str | None) -> None:
        try:
            if text is None:
                raise protocol.ProtocolError("binary", "Only text frames are understood.")
            message = self.parse(text)
        except protocol.ProtocolError as error:
            if self._may_go_on(self._bucket):
                self._blame(error)
            return
        if self._may_go_on(self._signals if isinstance(message, protocol.SignalSend) else self._bucket):
            await self._perform(message)

    def _may_go_on(self, bucket: TokenBucket) -> bool:
        if bucket.take():
            return True
        logger.warning("A socket sent too many messages and was closed.")
        self.shut(protocol.CLOSE_POLICY)
        return False

    async def _perform(self, message: Any) -> None:
        try:
            await self.handle(message)
        except protocol.ProtocolError as error:
            self._blame(error)
        except Refused as refused:
            self.shut(refused.code or protocol.CLOSE_POLICY)
        except DomainError as error:
            self.push(protocol.encode(protocol.Error(code=error.code, message=str(error))))
        except AWAY as error:  # nothing is acknowledged: the page says it again when it is back
            self.shut(_try_again(error))

    def _blame(self, error: protocol.ProtocolError) -> None:
        self.push(protocol.encode(protocol.Error(code=error.code, message=error.message)))
        self._faults += 1
        if error.code == "too_large" or self._faults > FAULTS_ALLOWED:
            self.shut(protocol.CLOSE_POLICY)

    async def _turn_away(self, refused: Refused) -> None:
        """Before accept a close reaches the browser as HTTP 403; one that must know why is accepted first."""
        if refused.code is not None:
            await self._send({"type": "websocket.accept"})
        await self._send({"type": "websocket.close", "code": refused.code or protocol.CLOSE_POLICY})


def _size_of(text: str) -> int:
    return len(text) if text.isascii() else len(text.encode())


def _context_of(scope: dict[str, Any]) -> RequestContext:
    headers = dict(scope.get("headers", ()))
    client = scope.get("client") or ("", 0)
    return RequestContext(
        address=request_context.client_address(
            peer=str(client[0]), forwarded_for=headers.get(b"x-forwarded-for", b"").decode("latin1")
        )
    )
