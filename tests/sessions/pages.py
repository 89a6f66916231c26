"""Pages as the server sees them: sockets through the whole ASGI application, with a browser's origin and cookies."""

import asyncio
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar
from uuid import UUID, uuid4

from asgiref.testing import ApplicationCommunicator
from channels.testing import WebsocketCommunicator
from django.conf import settings
from django.test import Client

from config.asgi import application
from portals.models import User
from sessions import guest_cookie
from sessions.database_threads import in_database_thread
from sessions.models import Participant, SupportSession

PATIENCE_S = 60  # for one message; a busy machine is slow, and a message that never comes is a failure anyway
ORIGIN = settings.ORIGINS[0]
Message = dict[str, Any]
R = TypeVar("R")


async def in_thread(function: Callable[..., R], *args: Any, **kwargs: Any) -> R:
    """Run an action as a request would: in a thread and a transaction of its own, beside the event loop."""
    return await in_database_thread(function, *args, **kwargs)


async def until_true(found: Callable[[], Any]) -> None:
    """Wait until the database says so."""
    async with asyncio.timeout(PATIENCE_S):
        while not await in_thread(found):  # noqa: ASYNC110
            await asyncio.sleep(0.01)  # a row has no event to wait for


class TurnedAway(Exception):
    """The socket was refused before it opened; a browser sees HTTP 403."""


class Broken(Exception):
    """The application failed, and a real server would have cut the line."""


class Closed(Exception):
    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


@dataclass
class Log:
    """What a page makes of the durable messages: as connection.js does, it never tolerates a gap."""

    last_seq: int = 0
    lines: list[Message] = field(default_factory=list)

    def take(self, message: Message) -> None:
        if message["type"] == "session.welcome" and message.get("resync"):
            self.last_seq, self.lines = 0, []
        if message["type"] == "session.welcome":
            self.last_seq = max(self.last_seq, message["since"])
        if "prev" not in message or message["seq"] <= self.last_seq:
            return
        assert message["prev"] == self.last_seq, f"a gap: {message['prev']} follows {self.last_seq}"
        self.last_seq = message["seq"]
        self.lines.append(message)

    @property
    def texts(self) -> list[str]:
        return [line["text"] for line in self.lines if line["type"] == "chat.posted"]


class Line(WebsocketCommunicator):  # type: ignore[misc]
    """Channels' own keeps database connections open meanwhile; here each is closed after use, as in the product."""

    send_input = ApplicationCommunicator.send_input
    receive_output = ApplicationCommunicator.receive_output

    async def next_event(self) -> dict[str, Any]:
        """What the application sends next. Raises Broken where it ended by an error instead, TimeoutError."""
        event = asyncio.ensure_future(self.output_queue.get())
        await asyncio.wait({event, self.future}, timeout=PATIENCE_S, return_when=asyncio.FIRST_COMPLETED)
        if event.done():
            return event.result()
        event.cancel()
        if self.future.done():
            raise Broken from self.future.exception()
        raise TimeoutError


class Page:
    """One page load; `connect` again after `drop` is the same page coming back."""

    def __init__(self, path: str, *, cookies: dict[str, str] | None = None, origin: str | None = ORIGIN) -> None:
        self.path = path
        self.page_id = uuid4().hex
        self.headers = [(b"host", b"testserver")]
        if origin is not None:
            self.headers.append((b"origin", origin.encode()))
        if cookies:
            crumbs = "; ".join(f"{name}={value}" for name, value in cookies.items())
            self.headers.append((b"cookie", crumbs.encode()))
        self.frames: list[str] = []  # everything that ever came
        self.log = Log()
        self.you = ""
        self._line: Line | None = None

    async def connect(self) -> "Page":
        """Raises TurnedAway, Broken."""
        self._line = Line(application, self.path, headers=self.headers)
        await self._line.send_input({"type": "websocket.connect"})
        if (await self._line.next_event())["type"] != "websocket.accept":
            self._line = None
            raise TurnedAway
        return self

    async def join(self, *, last_seq: int | None = None) -> Message:
        """Say who is here, and read all that was missed; return the welcome."""
        await self.send("session.join", page=self.page_id, last_seq=self.log.last_seq if last_seq is None else last_seq)
        welcome = await self.until("session.welcome")
        self.you = welcome["you"]
        await self.until("session.ready")
        return welcome

    async def join_again_from_the_start(self) -> None:
        """As a page load that holds nothing."""
        await self.drop()
        self.log = Log()
        await self.connect()
        await self.join()

    async def send(self, kind: str, **fields: Any) -> None:
        await self.send_text(json.dumps({"type": kind, **fields}))

    async def send_text(self, text: str) -> None:
        assert self._line is not None
        await self._line.send_input({"type": "websocket.receive", "text": text})

    async def send_bytes(self, frame: bytes) -> None:
        assert self._line is not None
        await self._line.send_input({"type": "websocket.receive", "bytes": frame})

    async def receive(self) -> Message:
        """The next message. Raises Closed, Broken, TimeoutError."""
        assert self._line is not None
        event = await self._line.next_event()
        if event["type"] == "websocket.close":
            await self.drop()
            raise Closed(event["code"])
        self.frames.append(event["text"])
        message: Message = json.loads(event["text"])
        self.log.take(message)
        return message

    async def receive_within(self, seconds: float) -> Message:
        """The next message, which may not be long in coming. Raises TimeoutError."""
        async with asyncio.timeout(seconds):
            return await self.receive()

    async def until(self, kind: str, **fields: Any) -> Message:
        """Read on until a message of this kind with these fields has come. Raises Closed."""
        while True:
            message = await self.receive()
            if message["type"] == kind and fields.items() <= message.items():
                return message

    async def until_closed(self) -> int:
        """Read on until the server closes; return the code."""
        try:
            while True:
                await self.receive()
        except Closed as closed:
            return closed.code

    async def settle(self) -> list[Message]:
        """Return once everything that was on its way has come; with all messages that came meanwhile."""
        await self.send("presence.ping")
        came = []
        while (message := await self.receive())["type"] != "presence.pong":
            came.append(message)
        return came

    async def post(self, text: str, *, audience: str = "everyone", id: str = "") -> Message:
        """Post a chat line and return the answer: ack or error."""
        message_id = id or str(uuid4())
        await self.send("chat.post", id=message_id, text=text, audience=audience)
        while True:
            message = await self.receive()
            if message["type"] in {"ack", "error"} and message.get("id") == message_id:
                return message

    async def drop(self) -> None:
        """The line is cut: no goodbye, and nothing more is read."""
        line, self._line = self._line, None
        if line is not None and not line.future.done():
            await line.send_input({"type": "websocket.disconnect", "code": 1006})
            await line.wait(timeout=PATIENCE_S)

    def came(self, kind: str) -> list[Message]:
        return [message for message in map(json.loads, self.frames) if message["type"] == kind]


def session_path(support_session: SupportSession | UUID, *, who: str = "") -> str:
    public_id = support_session if isinstance(support_session, UUID) else support_session.public_id
    return f"/ws/sessions/{public_id}/" + (f"?as={who}" if who else "")


def sign_in(user: User) -> dict[str, str]:
    """Return the cookies of a browser in which `user` is signed in."""
    client = Client()
    client.force_login(user)
    return {settings.SESSION_COOKIE_NAME: client.cookies[settings.SESSION_COOKIE_NAME].value}


def guest(participant: Participant) -> dict[str, str]:
    """Return the cookies of the attendee's browser, with a token made anew, since only digests are stored."""
    token = guest_cookie.new_token()
    Participant.objects.filter(pk=participant.pk).update(token_digest=guest_cookie.digest(token))
    return {guest_cookie.cookie_name(participant.support_session.public_id): token}


class Pages:
    """Opens pages and, at the end of the test, closes them and waits until the server has said its goodbyes."""

    def __init__(self) -> None:
        self._pages: list[Page] = []

    def make(self, path: str, *, cookies: dict[str, str] | None = None, origin: str | None = ORIGIN) -> Page:
        page = Page(path, cookies=cookies, origin=origin)
        self._pages.append(page)
        return page

    async def customer(self, support_session: SupportSession) -> Page:
        """The customer's page, joined."""
        cookies = await in_thread(_customer_cookies, support_session)
        page = await self.make(session_path(support_session, who="guest"), cookies=cookies).connect()
        await page.join()
        return page

    async def specialist(self, participant: Participant) -> Page:
        """A specialist's page, joined."""
        cookies = await in_thread(guest, participant)
        path = session_path(participant.support_session, who="guest")
        page = await self.make(path, cookies=cookies).connect()
        await page.join()
        return page

    async def technician(self, support_session: SupportSession, user: User) -> Page:
        """A technician's pane of the session, joined."""
        cookies = await in_thread(sign_in, user)
        page = await self.make(session_path(support_session, who="user"), cookies=cookies).connect()
        await page.join()
        return page

    async def console(self, user: User) -> Page:
        return await self.make("/ws/console/", cookies=await in_thread(sign_in, user)).connect()

    async def close(self) -> None:
        await asyncio.gather(*(page.drop() for page in self._pages))
        await goodbyes()


def _customer_cookies(support_session: SupportSession) -> dict[str, str]:
    return guest(support_session.participants.get(role=Participant.Role.CUSTOMER))


async def goodbyes() -> None:
    """Wait until the server has finished what closed sockets left it to do."""
    from sessions.sockets import _background

    while _background:
        await asyncio.wait(set(_background))
