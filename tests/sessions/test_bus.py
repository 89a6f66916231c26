"""Hints that come from other processes: everybody who listens hears them, whoever else came first or failed."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from channels import layers

from sessions import bus
from tests.sessions.pages import PATIENCE_S


class Broker:
    """A channel layer whose every answer takes a turn of the loop, as Redis' does; it can be out of reach."""

    def __init__(self) -> None:
        self.queues: dict[str, asyncio.Queue[Any]] = {}
        self.groups: dict[str, set[str]] = defaultdict(set)
        self.reached = True

    async def new_channel(self, prefix: str) -> str:
        name = f"{prefix}{len(self.queues)}"
        self.queues[name] = asyncio.Queue()
        await asyncio.sleep(0)
        return name

    async def group_add(self, group: str, channel: str) -> None:
        await asyncio.sleep(0)
        if not self.reached:
            raise ConnectionError
        self.groups[group].add(channel)

    async def group_discard(self, group: str, channel: str) -> None:
        if not self.reached:
            raise ConnectionError
        self.groups[group].discard(channel)

    async def receive(self, channel: str) -> Any:
        return await self.queues[channel].get()

    def tell(self, group: str, number: int) -> None:
        """As another process does."""
        for channel in self.groups[group]:
            self.queues[channel].put_nowait({"group": group, "hint": {"number": number}, "origin": "another"})


class Ear:
    def __init__(self) -> None:
        self.heard: list[int] = []

    def __call__(self, hint: bus.Hint, local: Any) -> None:
        self.heard.append(hint["number"])

    async def has_heard(self, *numbers: int) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while self.heard != list(numbers):  # noqa: ASYNC110 (a listener is called, and has nothing to wait for)
                await asyncio.sleep(0.01)


@pytest.fixture
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    broker = Broker()
    monkeypatch.setattr(bus, "_crossing_layer", lambda: broker)
    return broker


@pytest.fixture
async def lines() -> AsyncIterator[bus._Bus]:
    lines = bus._Bus()
    yield lines
    if lines.receiver is not None:
        lines.receiver.cancel()


async def test_of_two_that_listen_first_at_once_both_hear_everything(broker: Broker, lines: bus._Bus) -> None:
    one, two = Ear(), Ear()

    await asyncio.gather(lines.subscribe("one", one), lines.subscribe("two", two))

    for number in range(3):
        broker.tell("one", number)
        broker.tell("two", number)
        await one.has_heard(*range(number + 1))
        await two.has_heard(*range(number + 1))


async def test_who_could_not_listen_is_not_called_and_keeps_nobody_else_from_hearing(
    broker: Broker, lines: bus._Bus
) -> None:
    deaf, ear = Ear(), Ear()
    broker.reached = False
    with pytest.raises(ConnectionError):
        await lines.subscribe("room", deaf)
    broker.reached = True

    await lines.subscribe("room", ear)
    broker.tell("room", 1)

    await ear.has_heard(1)
    assert deaf.heard == []


async def test_the_last_one_that_goes_takes_the_group_along(broker: Broker, lines: bus._Bus) -> None:
    one, two = Ear(), Ear()
    await lines.subscribe("room", one)
    await lines.subscribe("room", two)

    await lines.unsubscribe("room", one)
    assert broker.groups["room"]
    broker.tell("room", 1)
    await two.has_heard(1)

    await lines.unsubscribe("room", two)
    assert not broker.groups["room"]
    assert one.heard == []


async def test_who_goes_while_the_broker_is_away_is_not_called_any_more(broker: Broker, lines: bus._Bus) -> None:
    gone, ear = Ear(), Ear()
    await lines.subscribe("one", gone)
    await lines.subscribe("two", ear)

    broker.reached = False
    await lines.unsubscribe("one", gone)
    broker.tell("one", 1)
    broker.tell("two", 2)

    await ear.has_heard(2)
    assert gone.heard == []


def test_threads_that_ask_first_at_once_get_one_channel_layer(monkeypatch: pytest.MonkeyPatch) -> None:
    class SlowToMake(layers.ChannelLayerManager):  # type: ignore[misc]
        def make_backend(self, name: str) -> object:
            time.sleep(0.05)
            return object()

    monkeypatch.setattr(layers, "channel_layers", SlowToMake())
    with ThreadPoolExecutor(max_workers=4) as threads:
        found = list(threads.map(lambda _number: bus._crossing_layer(), range(4)))

    assert len(set(map(id, found))) == 1
