"""Fixtures of every test, and the rule that a skip is a failure where the environment says so."""

import os
from collections.abc import Callable, Iterator
from datetime import datetime

import pytest
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import Client
from django.utils import timezone

from portals import clock
from portals.models import User
from tests import factories
from tests.browsers_in_turn import BrowsersInTurn
from tests.served import Served, serve

REAL_NOW = clock.now
FAIL_ON_SKIP = os.environ.get("SIGHTLINE_FAIL_ON_SKIP") == "1"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> BrowsersInTurn:
    return BrowsersInTurn(config, log)


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item, call: pytest.CallInfo[None]) -> object:
    report = yield
    if FAIL_ON_SKIP and report.skipped and not hasattr(report, "wasxfail"):
        report.outcome = "failed"
        report.longrepr = f"skipped, but nothing may be skipped here: {item.nodeid}"
    return report


@pytest.fixture(scope="session", autouse=True)
def quick_flush() -> None:
    """Empty PostgreSQL's tables by DELETE after a test: TRUNCATE makes a new file for each of them, a second in all."""

    def delete_all(self: DatabaseOperations, style: object, tables: list[str], **options: object) -> list[str]:
        return [f"DELETE FROM {self.quote_name(table)}" for table in tables]  # noqa: S608

    DatabaseOperations.sql_flush = delete_all  # type: ignore[method-assign]


@pytest.fixture(autouse=True)
def wall_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    """Time passes as a test says, by time-machine or by `now=`; the product's own clock would ride that out."""
    monkeypatch.setattr(clock, "now", timezone.now)


@pytest.fixture
def real_now() -> Callable[[], datetime]:
    """The product's own clock."""
    return REAL_NOW


@pytest.fixture
def bob(db: None) -> User:
    return factories.technician("Bob")


@pytest.fixture
def alice(bob: User) -> User:
    """Bob's manager."""
    assert bob.company is not None
    return factories.manager(bob.company)


@pytest.fixture
def charlie(db: None) -> User:
    """A technician of another company."""
    return factories.technician("Charlie")


@pytest.fixture
def client_of() -> object:
    def make(user: User) -> Client:
        client = Client()
        client.force_login(user)
        return client

    return make


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """One real server process with the demo company, for tests that need a browser or a socket from outside."""
    with serve(tmp_path_factory.mktemp("served")) as running:
        yield running
