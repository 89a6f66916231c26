"""Fixtures of the tests about support sessions."""

import os
from collections.abc import AsyncIterator, Callable

import pytest

from portals.models import User
from sessions import bus
from sessions.models import SupportSession
from tests import factories
from tests.sessions.pages import Pages

# About PostgreSQL and Redis going away; embedded there is neither.
collect_ignore = [] if os.environ.get("REDIS_URL") else ["test_outages.py"]


@pytest.fixture
async def pages(transactional_db: None) -> AsyncIterator[Pages]:
    opened = Pages()
    yield opened
    await opened.close()


class HeldHints:
    """Hints wait here, for whoever listens, until they are told."""

    def __init__(self, publish: Callable[..., None]) -> None:
        self._publish = publish
        self._hints: list[tuple[str, bus.Hint, object]] = []

    def __call__(self, group: str, hint: bus.Hint, *, local: object = None) -> None:
        self._hints.append((group, hint, local))

    def tell(self, *, backwards: bool = False) -> None:
        """All of them, once more each time."""
        for group, hint, local in reversed(self._hints) if backwards else self._hints:
            self._publish(group, hint, local=local)


@pytest.fixture
def hold_hints(monkeypatch: pytest.MonkeyPatch) -> Callable[[], HeldHints]:
    """From the call on."""

    def hold() -> HeldHints:
        held = HeldHints(bus.publish)
        monkeypatch.setattr(bus, "publish", held)
        return held

    return hold


@pytest.fixture
def waiting(bob: User) -> SupportSession:
    """Dora has accepted the terms and waits for Bob."""
    return factories.waiting_session(bob)


@pytest.fixture
def active(bob: User) -> SupportSession:
    """Bob has started the session with Dora."""
    return factories.active_session(bob)
