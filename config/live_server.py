"""Daphne with back-pressure on sockets and an orderly end.

Daphne buffers without bound: a reader that does not read, or a writer that the application is slower than, costs memory
until it is gone. Here a socket's sender waits while the transport is full, and its reading rests while too much waits.
"""

import asyncio
import logging
import os
import signal
import socket
import struct
import threading
from functools import partial
from typing import Any

from daphne.server import Server
from daphne.ws_protocol import WebSocketProtocol
from django.conf import settings
from twisted.internet.tcp import Connection

from config.body_limit import limit
from config.inbox import Inbox
from config.left_alone import handle_fault
from portals import garbage, readiness
from sessions import sockets
from sessions.protocol import CLOSE_RESTART

logger = logging.getLogger("sightline.server")

WAITING_FRAMES = 32  # of one socket, not yet looked at by the application; with more its reading rests
REST_S = 0.05
KERNEL_BYTES = 128 * 1024  # of one socket, not yet sent; Linux takes twice as much
CLOSE_HANDSHAKE_S = 20  # a reader that was told to come back may first have to read what lies before it
LONGEST_DRAIN_S = 5
GOODBYES_S = 8  # for sockets to close and requests to be answered
EXIT_S = 14  # whatever hangs: a deploy that waits 15 s does not have to kill


class WriteGate:
    """Twisted's push producer of one socket: shut while the transport holds more than 64 KiB.

    Reading rests meanwhile, since answers to pings would fill it further.
    """

    def __init__(self, transport: Any) -> None:
        self.transport = transport
        self.open = True
        self._opened: asyncio.Future[None] | None = None

    def pauseProducing(self) -> None:
        self.open = False
        self.transport.pauseProducing()

    def resumeProducing(self) -> None:
        self.transport.resumeProducing()
        self._let_through()

    def stopProducing(self) -> None:
        self._let_through()

    async def wait(self) -> None:
        if self._opened is None:
            self._opened = asyncio.get_running_loop().create_future()
        await asyncio.shield(self._opened)

    def _let_through(self) -> None:
        self.open = True
        if self._opened is not None:
            self._opened.set_result(None)
            self._opened = None


class LiveProtocol(WebSocketProtocol):
    transport: Any
    application_queue: Inbox
    gate: WriteGate | None = None
    _resting = False

    def onConnect(self, request: Any) -> Any:
        self.unregisterProducer()  # the HTTP channel that this socket came from
        self.gate = WriteGate(self.transport)
        self.registerProducer(self.gate, True)
        self.transport.resumeProducing()  # who sends frames before the handshake is over has made the channel pause it
        line = getattr(self.transport, "socket", None)
        if line is not None:  # else the kernel takes some MiB for a reader that does not read
            line.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, KERNEL_BYTES)
        return super().onConnect(request)

    def onOpen(self) -> None:
        """The handshake is over: what the browser sent for it need not stay as long as the socket does."""
        super().onOpen()
        self.clean_headers.clear()
        self.http_headers.clear()
        self.http_request_data = b""

    def write(self, text: str) -> bool:
        """Send at once, without a hop through the event loop; False while the reader does not keep up."""
        if self.gate is None or not self.gate.open or self.send_queue:
            return False
        if self.state == self.STATE_OPEN:
            self._send_now(_frame(text.encode()))
        return True

    def _send_now(self, data: bytes) -> None:
        """To the kernel, where nothing waits before it.

        Twisted would have the reactor watch the socket for room to write and then no longer: two system calls and a
        turn of the loop for each message, a fifth of what one costs. What the kernel does not take goes that way.
        """
        line, sent = self.transport, 0
        if isinstance(line, Connection) and line.connected and not (line.disconnecting or line.TLS or _waits(line)):
            taken = line.writeSomeData(data)
            sent = taken if isinstance(taken, int) else 0  # else the line is lost, which twisted notices by itself
        if sent < len(data):
            line.write(data[sent:])

    def dataReceived(self, data: bytes) -> None:
        """Autobahn's own colours a line for its debug log here, and in `sendData`, whether it is read or not."""
        self._dataReceived(data)

    def sendData(self, data: bytes, sync: bool = False, chopsize: int | None = None) -> None:
        if sync or chopsize or self.send_queue:
            super().sendData(data, sync, chopsize)
        else:
            self._send_now(data)

    def onMessageEnd(self) -> None:
        """Autobahn's also makes a future for each message, for listeners to its own events, of which there are none."""
        if not self.failedByMe:
            self._onMessage(b"".join(self.message_data), self.message_is_binary)
        self.message_data = None  # type: ignore[assignment]  # as autobahn does

    def onMessage(self, payload: bytes, isBinary: bool) -> None:
        super().onMessage(payload, isBinary)
        if not self._resting and self.application_queue.qsize() > WAITING_FRAMES:
            self._resting = True
            self._rest()

    def serverClose(self, code: int | None = None) -> None:
        """Autobahn's `sendClose` refuses 1008, 1012 and 1013, which are a server's to send."""
        self.sendCloseFrame(code=1000 if code is None else code)

    def _rest(self) -> None:
        """Read nothing until the application has caught up."""
        if self.application_queue.qsize() > WAITING_FRAMES / 2 and self.state == self.STATE_OPEN:
            self.transport.pauseProducing()
            asyncio.get_event_loop().call_later(REST_S, self._rest)
        else:
            self._resting = False
            if self.gate is not None and self.gate.open:
                self.transport.resumeProducing()


def _waits(line: Connection) -> bool:
    """Whether something is still to be written; twisted keeps what has come since its last turn apart."""
    return bool(line.dataBuffer or line._tempDataBuffer)


def _frame(payload: bytes) -> bytes:
    """One whole text frame of a server (RFC 6455, 5.2); nothing is compressed here."""
    size = len(payload)
    if size < 126:
        return bytes((0x81, size)) + payload
    if size < 65536:
        return struct.pack("!BBH", 0x81, 126, size) + payload
    return struct.pack("!BBQ", 0x81, 127, size) + payload


class LiveServer(Server):
    """`run` returns after SIGTERM or SIGINT, when everybody has been told to come back elsewhere (R-15)."""

    def __init__(self, **options: Any) -> None:
        self._greet = options.pop("ready_callable")
        super().__init__(**options, signal_handlers=False, ready_callable=self._begin)
        self._ports: list[Any] = []
        self._ending: asyncio.Task[None] | None = None

    def listen_success(self, port: Any) -> None:
        super().listen_success(port)
        self._ports.append(port)

    def create_application(self, protocol: Any, scope: dict[str, Any]) -> Any:
        """As daphne does it, with an inbox that costs nothing while it is empty."""
        if not isinstance(protocol, LiveProtocol):
            return super().create_application(protocol, scope)
        scope |= {"asgi": {"version": "3.0"}, "extensions": {sockets.WRITE: protocol.write}}
        inbox = Inbox()
        application = self.application(scope=scope, receive=inbox.get, send=partial(self.handle_reply, protocol))
        self.connections[protocol]["application_instance"] = asyncio.ensure_future(application)
        return inbox

    async def handle_reply(self, protocol: Any, message: Any) -> None:
        if not isinstance(protocol, LiveProtocol):
            return await super().handle_reply(protocol, message)
        found = self.connections.get(protocol)
        if found is None or "disconnected" in found:
            return None
        protocol.handle_reply(message)
        if protocol.gate is not None and not protocol.gate.open and message["type"] == "websocket.send":
            await protocol.gate.wait()
        return None

    def _begin(self) -> None:
        build = self.http_factory.buildProtocol
        self.http_factory.buildProtocol = lambda address: limit(build(address))  # type: ignore[method-assign]
        self.ws_factory.protocol = LiveProtocol
        self.ws_factory.setProtocolOptions(closeHandshakeTimeout=CLOSE_HANDSHAKE_S)
        loop = asyncio.get_event_loop()
        loop.set_exception_handler(handle_fault)
        for number, drain_s in ((signal.SIGTERM, settings.DRAIN_S), (signal.SIGINT, 0)):
            loop.add_signal_handler(number, self._told_to_end, min(drain_s, LONGEST_DRAIN_S))
        garbage.look_seldom()
        self._greet()

    def _told_to_end(self, drain_s: float) -> None:
        if self._ending is not None:
            return self.stop()  # told twice: at once
        readiness.leave()
        watchdog = threading.Timer(EXIT_S, _exit_now)
        watchdog.daemon = True
        watchdog.start()
        self._ending = asyncio.get_event_loop().create_task(self._end(drain_s), name="end of the server")
        return None

    async def _end(self, drain_s: float) -> None:
        """Not ready; then deaf to new connections; then goodbye to all sockets; then gone."""
        await asyncio.sleep(drain_s)
        for port in self._ports:
            port.stopListening()
        sockets.close_all(CLOSE_RESTART)
        try:
            async with asyncio.timeout(GOODBYES_S):
                while self._busy() or sockets.are_busy():  # noqa: ASYNC110 (daphne has no event for it)
                    await asyncio.sleep(0.02)
        except TimeoutError:
            logger.warning("Some connections did not end in time and are cut.")
        self.stop()

    def _busy(self) -> bool:
        applications = (details.get("application_instance") for details in self.connections.values())
        return any(application is not None and not application.done() for application in applications)


def exit_within(seconds: float) -> None:
    """Everything has been said and written: a thread that still waits for something does not keep the process."""
    end = threading.Timer(seconds, os._exit, [0])
    end.daemon = True
    end.start()


def _exit_now() -> None:
    logger.error("The server did not end within %s s and is stopped.", EXIT_S)
    os._exit(1)
