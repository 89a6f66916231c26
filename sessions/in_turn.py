"""Many sessions are read anew without everybody else waiting for the database meanwhile."""

import asyncio
from collections.abc import Sequence
from typing import Protocol

APART_S = 0.01  # one after the other, between what others ask for
WITHIN_S = 0.5  # however many they are, the last of them is woken that soon


class Sleeper(Protocol):
    """Whoever reads a session when woken."""

    def wake(self) -> None: ...


async def wake_in_turn(sleepers: Sequence[Sleeper]) -> None:
    for sleeper in sleepers:
        sleeper.wake()
        await asyncio.sleep(min(APART_S, WITHIN_S / len(sleepers)))
