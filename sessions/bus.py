"""Hints between threads and processes: who listens to a group here is called on the event loop, other processes are
reached through the channel layer. Everything that travels is a hint or ephemeral; nothing here is the only copy.
"""

import asyncio
import logging
import os
import secrets
import threading
from collections import defaultdict
from collections.abc import Callable
from typing import Any
from uuid import UUID

from asgiref.sync import async_to_sync
from channels.layers import InMemoryChannelLayer, get_channel_layer

logger = logging.getLogger("sightline.bus")

Hint = dict[str, Any]
Listener = Callable[[Hint, Any], None]


def room_group(public_id: UUID) -> str:
    return f"room.{public_id.hex}"


def console_group(user_id: int) -> str:
    return f"console.{user_id}"


def company_group(company_id: int) -> str:
    return f"company.{company_id}"


class _Bus:
    def __init__(self) -> None:
        self.origin = secrets.token_hex(8)
        self.pid = os.getpid()
        self.loop: asyncio.AbstractEventLoop | None = None
        self.listeners: dict[str, list[Listener]] = defaultdict(list)
        self.channel = ""
        self.opening = asyncio.Lock()
        self.receiver: asyncio.Task[None] | None = None

    # -- listening, on the event loop -------------------------------------------------------------

    async def subscribe(self, group: str, listener: Listener) -> None:
        """Raises what the broker's client raises; the listener is not subscribed then."""
        loop = asyncio.get_running_loop()
        if self.loop is not loop:
            self._adopt(loop)
        self.listeners[group].append(listener)
        layer = _crossing_layer()
        if layer is None:
            return
        try:
            await self._open(layer, loop)
            await layer.group_add(group, self.channel)  # once for all of a group, and again where that has failed
        except BaseException:
            self._forget(group, listener)
            raise

    async def _open(self, layer: Any, loop: asyncio.AbstractEventLoop) -> None:
        async with self.opening:  # of two channels for two that come first at once, one would never be read
            if not self.channel:
                self.channel = await layer.new_channel("bus")
                self.receiver = loop.create_task(self._receive(layer), name="bus")

    async def unsubscribe(self, group: str, listener: Listener) -> None:
        """Never raises what the broker's client raises: at worst its hints still come here, where nobody listens."""
        if not self._forget(group, listener):
            return
        layer = _crossing_layer()
        if layer is not None and self.channel:
            try:
                await layer.group_discard(group, self.channel)
            except Exception as error:
                logger.warning("A group was not left at the broker: %s", error)

    def _forget(self, group: str, listener: Listener) -> bool:
        """Return whether nobody listens to the group any more."""
        found = self.listeners.get(group)
        if not found or listener not in found:
            return False
        found.remove(listener)
        if not found:
            del self.listeners[group]
        return not found

    def _adopt(self, loop: asyncio.AbstractEventLoop) -> None:
        """One loop at a time: a new one (the next test, say) starts with nothing of the old one's."""
        if self.receiver is not None and self.loop is not None and not self.loop.is_closed():
            self.loop.call_soon_threadsafe(self.receiver.cancel)
        self.loop, self.channel, self.receiver, self.opening = loop, "", None, asyncio.Lock()
        self.listeners.clear()

    async def _receive(self, layer: Any) -> None:
        while True:
            try:
                message = await layer.receive(self.channel)
            except asyncio.CancelledError:
                raise
            except Exception:
                logger.exception("The channel layer failed; hints from other processes are late.")
                await asyncio.sleep(1)
                continue
            if message.get("origin") != self.origin:
                self._deliver(message["group"], message["hint"], None)

    def _deliver(self, group: str, hint: Hint, local: Any) -> None:
        for listener in list(self.listeners.get(group, ())):
            listener(hint, local)

    # -- publishing, from any thread --------------------------------------------------------------

    def publish(self, group: str, hint: Hint, local: Any) -> None:
        loop = self.loop
        if loop is not None and loop.is_running():
            loop.call_soon_threadsafe(self._deliver, group, hint, local)
        layer = _crossing_layer()
        if layer is None:
            return
        message = {"type": "bus", "group": group, "hint": hint, "origin": self.origin}
        if loop is not None and loop.is_running():
            asyncio.run_coroutine_threadsafe(_send(layer, group, message), loop)
        else:
            async_to_sync(_send)(layer, group, message)


async def _send(layer: Any, group: str, message: dict[str, Any]) -> None:
    try:
        await layer.group_send(group, message)
    except Exception as error:  # whatever the broker's client raises: a hint may be lost, the work may not fail
        logger.warning("A hint was not sent to other processes: %s", error)


_one_at_a_time = threading.Lock()


def _crossing_layer() -> Any:
    """The channel layer if it reaches other processes; the one in memory does not, and is not needed within one.

    Channels makes the layer when it is first asked for, and two of them for two threads that ask at once. It would keep
    one; who has opened a channel with the other could join no group from then on.
    """
    with _one_at_a_time:
        layer = get_channel_layer()
    return None if layer is None or isinstance(layer, InMemoryChannelLayer) else layer


_bus = _Bus()


def publish(group: str, hint: Hint, *, local: Any = None) -> None:
    """Call the group's listeners with `hint`; those of this process also get `local`, an object that cannot travel."""
    _bus.publish(group, hint, local)


async def subscribe(group: str, listener: Listener) -> None:
    await _bus.subscribe(group, listener)


async def unsubscribe(group: str, listener: Listener) -> None:
    await _bus.unsubscribe(group, listener)
