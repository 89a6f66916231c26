"""A real SMTP server on the loopback, which takes every mail unless a test tells it to be difficult."""

import asyncio
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.served import free_port

ANSWER_S = 60


@dataclass
class Disconnect:
    """The server hangs up without a word, after calling the test."""

    before: Callable[[], object] | None = None


@dataclass
class Hold:
    """The server says nothing until the test releases it."""

    reached: threading.Event = field(default_factory=threading.Event)
    released: threading.Event = field(default_factory=threading.Event)


@dataclass
class Take:
    """The server takes the mail and, before it says so, calls the test."""

    and_then: Callable[[], object]


Step = str | Disconnect | Hold | Take


class ScriptedServer:
    """`received` has the mails that were accepted; scripted steps are used up in order, one for each attempt."""

    def __init__(self) -> None:
        self.port = free_port()
        self.received: list[EmailMessage] = []
        self.refused = 0
        self._steps: dict[tuple[str, str], list[Step]] = defaultdict(list)
        self._controller: Controller | None = None

    def on_recipient(self, address: str, *steps: Step) -> None:
        self._steps["RCPT", address] += steps

    def on_data(self, address: str, *steps: Step) -> None:
        self._steps["DATA", address] += steps

    @property
    def recipients(self) -> list[str]:
        return [str(mail["To"]) for mail in self.received]

    def start(self) -> None:
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()

    def stop(self) -> None:
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, rcpt_options: list[str]
    ) -> str:
        answer = await self._answer(server, ("RCPT", address))
        if answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return answer

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        mail = message_from_bytes(envelope.content or b"", EmailMessage, policy=default)
        return await self._answer(server, ("DATA", envelope.rcpt_tos[0]), mail)

    async def _answer(self, server: SMTP, stage: tuple[str, str], mail: EmailMessage | None = None) -> str:
        steps = self._steps[stage]
        step = steps.pop(0) if steps else None
        match step:
            case str():
                self.refused += 1
                return step
            case Disconnect():
                self.refused += 1
                if step.before is not None:
                    await asyncio.to_thread(step.before)
                transport: Any = server.transport
                transport.abort()
                return "421 gone"
            case Hold():
                step.reached.set()
                await asyncio.to_thread(step.released.wait, ANSWER_S)
        if mail is not None:
            self.received.append(mail)
        if isinstance(step, Take):
            await asyncio.to_thread(step.and_then)
        return "250 OK"


@contextmanager
def scripted_server() -> Iterator[ScriptedServer]:
    server = ScriptedServer()
    server.start()
    try:
        yield server
    finally:
        server.stop()
