"""Fixtures of the tests about support sessions."""

from collections.abc import AsyncIterator

import pytest

from portals.models import User
from sessions.models import SupportSession
from tests import factories
from tests.sessions.pages import Pages


@pytest.fixture
async def pages(transactional_db: None) -> AsyncIterator[Pages]:
    opened = Pages()
    yield opened
    await opened.close()


@pytest.fixture
def waiting(bob: User) -> SupportSession:
    """Dora has accepted the terms and waits for Bob."""
    return factories.waiting_session(bob)


@pytest.fixture
def active(bob: User) -> SupportSession:
    """Bob has started the session with Dora."""
    return factories.active_session(bob)
