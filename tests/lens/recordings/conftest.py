"""Fixtures of the tests about recordings."""

from datetime import datetime

import pytest
from django.utils import timezone

from portals.models import User
from sessions.models import SupportSession
from tests import factories
from tests.lens.recordings import people


@pytest.fixture
def now() -> datetime:
    return timezone.now()


@pytest.fixture
def active(bob: User) -> SupportSession:
    """Bob has started the session with Dora and may record it."""
    people.allow(bob)
    return factories.active_session(bob)
