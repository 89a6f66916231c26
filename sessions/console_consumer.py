"""The console's socket: the whole state of a technician's lists, again after each change."""

import asyncio
import logging
from datetime import datetime
from typing import Any

import msgspec

from portals import clock, logins
from portals.logins import Login
from portals.models import User
from portals.one_moment import one_moment
from sessions import bus, console_state, presence, protocol
from sessions.database_threads import in_database_thread
from sessions.sockets import Refused, SocketConsumer, in_background

logger = logging.getLogger("sightline.console")

SETTLE_S = 0.15  # changes that come together are read once, and a Start has its picture first
LOOK_EVERY_S = 4  # connections lapse and rights change without a hint; within 5 s they show (S-07)
AGAIN_S = 1  # after the database has failed


class ConsoleConsumer(SocketConsumer):
    user: User
    open_until: datetime
    keeper: asyncio.Task[None] | None = None

    async def enter(self) -> None:
        user = await in_database_thread(_technician, self.scope)
        if user is None:
            raise Refused
        self.user = user
        self.changed = asyncio.Event()
        self.changed.set()
        self.last = ""
        self.login = logins.login_of(self.scope)
        await self._renew()
        try:
            for group in self._groups():
                await bus.subscribe(group, self._hear)
        except BaseException:
            in_background(self.leave())
            raise
        self.keeper = asyncio.create_task(self._keep(), name="console")

    async def leave(self) -> None:
        if self.keeper is not None:
            self.keeper.cancel()
        for group in self._groups():
            await bus.unsubscribe(group, self._hear)
        await in_database_thread(presence.close_console, technician=self.user, until=self.open_until, now=clock.now())

    async def _renew(self) -> None:
        self.open_until = await in_database_thread(presence.renew_console, technician=self.user, now=clock.now())

    def _groups(self) -> list[str]:
        company_id = self.user.company_id
        company = [] if company_id is None else [bus.company_group(company_id)]
        return [bus.console_group(self.user.pk), *company]

    def parse(self, text: str) -> protocol.FromConsole:
        return protocol.parse_from_console(text)

    async def handle(self, message: protocol.FromConsole) -> None:
        await self._renew()
        self.push(protocol.encode(protocol.PresencePong()))

    def _hear(self, hint: bus.Hint, local: Any) -> None:
        self.changed.set()

    async def _keep(self) -> None:
        while True:
            try:
                async with asyncio.timeout(LOOK_EVERY_S):
                    await self.changed.wait()
                await asyncio.sleep(SETTLE_S)
            except TimeoutError:
                pass
            self.changed.clear()
            try:
                snapshot = await in_database_thread(_snapshot, self.user.pk, self.login)
            except Exception:
                logger.exception("A console could not be read.")
                await asyncio.sleep(AGAIN_S)
                self.changed.set()
                continue
            if snapshot is None:
                return self.shut(protocol.CLOSE_NOT_INSIDE)
            shape = repr(msgspec.structs.replace(snapshot, now=""))
            if shape != self.last:
                self.last = shape
                self.push(protocol.encode(snapshot))


def _technician(scope: dict[str, Any]) -> User | None:
    user = scope["user"]
    if not user.is_authenticated:
        return None
    return User.objects.technicians().filter(pk=user.pk).first()


def _snapshot(user_id: int, login: Login | None) -> protocol.ConsoleSnapshot | None:
    """None when the account may not work here any more, or has signed out."""
    with one_moment():
        if login is not None and logins.ended({login}):
            return None
        user = User.objects.technicians().select_related("company", "technician_group").filter(pk=user_id).first()
        return None if user is None else console_state.snapshot(user, now=clock.now())
