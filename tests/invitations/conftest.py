"""What these tests share: the technician's API calls, the customer's browser, mail server, broker and clock."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from config.celery import app as celery
from invitations import tasks
from portals import clock as product_clock
from portals.models import User
from tests.invitations.scripted_smtp import ScriptedServer, scripted_server

Create = Callable[..., HttpResponse]


@dataclass
class Broker:
    """Keeps the tasks that were handed to the broker. Running one is up to the test; losing it is, too."""

    tasks: list[dict[str, Any]] = field(default_factory=list)

    def take(self, name: str, *, kwargs: dict[str, Any], countdown: float = 0, **options: Any) -> None:
        self.tasks.append({"name": name, "kwargs": kwargs, "countdown": countdown})

    def run_all(self) -> None:
        """Run what has been handed over so far, by the names the worker knows."""
        tasks, self.tasks = self.tasks, []
        for task in tasks:
            celery.tasks[task["name"]].apply(kwargs=task["kwargs"], throw=True)


class Clock:
    """The time that the product sees: it stands still, however busy the machine is, until a test moves it on."""

    def __init__(self) -> None:
        self._now = datetime.now(UTC)

    def now(self) -> datetime:
        return self._now

    def forward(self, **units: float) -> None:
        self._now += timedelta(**units)


@pytest.fixture(autouse=True)
def broker(monkeypatch: pytest.MonkeyPatch) -> Broker:
    taken = Broker()
    celery.loader.import_default_modules()
    monkeypatch.setattr(celery, "send_task", taken.take)
    return taken


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    moved = Clock()
    monkeypatch.setattr(timezone, "now", moved.now)
    monkeypatch.setattr(product_clock, "now", moved.now)
    return moved


@pytest.fixture
def smtp(settings: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[ScriptedServer]:
    """The configured mail server, with more patience than in the product: a busy machine is no slow server."""
    settings.EMAIL_TIMEOUT = 60
    monkeypatch.setattr(tasks, "SWEEP_S", 60)
    with scripted_server() as server:
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", server.port
        settings.EMAIL_HOST_USER = settings.EMAIL_HOST_PASSWORD = ""
        settings.EMAIL_USE_TLS = settings.EMAIL_USE_SSL = False
        yield server


@pytest.fixture
def create(bob: User, client_of: Callable[[User], Client]) -> Create:
    """Bob asks the API for a new session; a PIN for Dora unless the test says otherwise."""
    console = client_of(bob)

    def post(**fields: Any) -> HttpResponse:
        asked = {"kind": "lens", "name": "Dora", "method": "pin"} | fields
        return console.post("/api/v1/sessions/", asked, content_type="application/json")

    return post


@pytest.fixture
def dora(db: None) -> Client:
    """The customer's browser."""
    return Client()
