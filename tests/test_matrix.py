"""Every address and every message against everybody (S-01, S-02), from the one table in matrix_table.py.

What is not in the table fails: a new route, message, table or job has to be thought about first.
"""

import inspect
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from celery import current_app
from channels.security.websocket import OriginValidator
from django.apps import apps
from django.conf import settings
from django.contrib import admin
from django.db import connection, models, transaction
from django.urls import URLPattern, URLResolver, get_resolver
from rest_framework.views import APIView

from config import asgi
from config.arrivals import Arrivals
from portals.api_permissions import IsTechnician
from portals.models import AuditEvent, Company
from sessions import protocol
from sessions.console_consumer import ConsoleConsumer
from sessions.consumers import SupportSessionConsumer
from sessions.models import SupportSession
from sessions.sockets import SocketConsumer
from tests import matrix_requests, matrix_table
from tests.cast import ROLES, World, make_world
from tests.matrix_requests import address, ask
from tests.sessions.pages import Page, Pages, TurnedAway, in_thread, session_path

TABLE = matrix_table.answers()
ROUTES = sorted({route for _method, route in TABLE})
SIGN_IN = ("/accounts/login/", "/admin/login/")
REFUSED = {"in", "403", "404", "405"}
# What a refusal may leave behind: a line in the audit, a sign-in looked at, allauth's own note of a person's address.
MAY_CHANGE = {"portals.AuditEvent", "sessions.Session", "account.EmailAddress"}
WATCHED = [model._meta.db_table for model in apps.get_models() if model._meta.label not in MAY_CHANGE]
FREE = "|".join(apps.get_model(label)._meta.db_table for label in MAY_CHANGE)
# Statements after which nothing of what is watched can differ.
HARMLESS = re.compile(
    rf'(?:SELECT|SAVEPOINT|RELEASE|ROLLBACK|SET|PRAGMA)\b|(?:INSERT INTO|UPDATE|DELETE FROM) "(?:{FREE})"'
)


def leaves(entries: list[Any], namespace: str = "") -> Iterator[tuple[str, URLPattern]]:
    for entry in entries:
        if isinstance(entry, URLResolver):
            yield from leaves(entry.url_patterns, f"{namespace}{entry.namespace}:" if entry.namespace else namespace)
        else:
            yield namespace + (entry.name or "catch_all"), entry


@pytest.fixture
def world(db: None) -> World:
    return make_world()


def answer_of(response: Any) -> str:
    if response.status_code in {302, 303}:
        return "in" if response.headers["Location"].startswith(SIGN_IN) else "go"
    return str(response.status_code)


def rows() -> dict[str, list[Any]]:
    """All that is stored, by table, except what may change with every refusal."""
    found = {}
    with connection.cursor() as cursor:
        for table in WATCHED:
            cursor.execute(f"SELECT * FROM {table} ORDER BY 1")  # noqa: S608 (our own tables)
            found[table] = cursor.fetchall()
    return found


@contextmanager
def writing() -> Iterator[list[str]]:
    """Give the statements that may change what is watched."""
    written: list[str] = []

    def note(execute: Any, sql: str, *rest: Any) -> Any:
        if not HARMLESS.match(sql):
            written.append(sql)
        return execute(sql, *rest)

    with connection.execute_wrapper(note):
        yield written


def test_every_route_is_in_the_table_with_both_methods() -> None:
    names = [name for name, _entry in leaves(get_resolver().url_patterns)]

    assert len(names) == len(set(names)), "two routes of one name"
    assert {(method, name) for name in names for method in ("GET", "POST")} == set(TABLE)


def test_each_role_gets_the_answer_of_the_table_and_refusals_change_nothing(
    world: World, subtests: pytest.Subtests
) -> None:
    before = rows()

    for method, route in TABLE:
        with subtests.test(method=method, route=route):
            path, form = address(world, route), matrix_requests.form(world, route)
            answers, changed = {}, []
            for role in ROLES:
                point = transaction.savepoint()
                with writing() as written:
                    answers[role] = answer_of(ask(world.browser(role), method, path, form))
                if written and (method == "GET" or answers[role] in REFUSED) and rows() != before:
                    changed.append(role)
                transaction.savepoint_rollback(point)
            assert answers == TABLE[method, route]
            assert changed == []
    assert rows() == before


def test_a_signed_in_person_who_asks_for_a_foreign_row_is_noted(world: World) -> None:
    asked = [
        (method, route, role)
        for (method, route), answers in TABLE.items()
        for role in ("tom", "charlie", "carol")
        if answers[role] == "404" and route.startswith(("api:", "admin:", "sessions:record"))
    ]
    assert len(asked) > 50

    for method, route, role in asked:
        if route == "admin:catch_all":  # an address that is none
            continue
        seen = AuditEvent.objects.latest("pk").pk

        ask(world.browser(role), method, address(world, route), matrix_requests.form(world, route))

        noted = AuditEvent.objects.get(pk__gt=seen)
        assert (noted.refused, noted.actor_id) == (True, str(world.people[role].public_id)), (method, route, role)
        assert noted.company_id == world.people[role].company_id


def test_a_signed_in_person_who_lacks_the_right_is_noted(world: World) -> None:
    asked = [
        (method, route, role)
        for (method, route), answers in TABLE.items()
        for role in ("alice", "carol", "nora", "olga")
        if answers[role] == "403" and route.startswith(("api:", "sessions:"))
    ]
    assert len(asked) > 50

    for method, route, role in asked:
        seen = AuditEvent.objects.latest("pk").pk

        ask(world.browser(role), method, address(world, route), matrix_requests.form(world, route))

        noted = AuditEvent.objects.get(pk__gt=seen)
        assert (noted.refused, noted.actor_id) == (True, str(world.people[role].public_id)), (method, route, role)
        assert "seat" in noted.changes["reason"]


# Everything that a POST does for somebody, with the first who may.
WRITES = [
    (route, next(role for role, answer in answers.items() if answer not in REFUSED))
    for (method, route), answers in TABLE.items()
    if method == "POST" and set(answers.values()) - REFUSED and route not in {"healthz", "readyz", "home"}
]


def test_whoever_may_cannot_without_the_token_of_our_own_page(world: World) -> None:
    """A form on another site, sent with the person's cookies (S-63)."""
    before = rows()

    for route, role in WRITES:
        client = world.browser(role, enforce_csrf_checks=True)
        response = ask(client, "POST", address(world, route), matrix_requests.form(world, route))
        assert response.status_code == 403, route

    assert rows() == before


def test_a_write_that_the_browser_says_comes_from_another_site_is_refused(world: World) -> None:
    before = rows()

    for route, role in WRITES:
        headers = {"Sec-Fetch-Site": "cross-site"}
        response = ask(
            world.browser(role), "POST", address(world, route), matrix_requests.form(world, route), headers=headers
        )
        assert response.status_code == 403, route

    assert rows() == before


@pytest.mark.parametrize("method", ["PUT", "PATCH", "DELETE"])
def test_no_other_method_does_anything(world: World, method: str) -> None:
    before = rows()

    for path in [address(world, route) for route in ROUTES]:
        for role in ("dora", "bob", "alice", "olga"):
            world.browser(role).generic(method, path, b"{}", content_type="application/json")

    assert rows() == before


# ---- Messages ------------------------------------------------------------------------------------


def payload(name: str, other: Page) -> dict[str, Any]:
    """The message `name` of the table, as its sender would write it."""
    offer = {"description": {"type": "offer", "sdp": "v=0"}}
    return {
        "session.join": {"page": "page-2"},
        "chat.post": {"id": "line-0001", "text": "hello"},
        "chat.post to technicians": {"id": "line-0002", "text": "hello", "audience": "technicians"},
        "signal.send": {"to": other.you, "page": other.page_id, **offer},
        "signal.send to a stranger": {"to": "stranger", "page": "page-2", **offer},
        "media.state": {"camera": True, "microphone": False},
        "recording.ask": {},
        "recording.answer": {"id": "5c5d2f39-7f3a-4b6d-9a3d-0f0c2b1e4d5a", "agree": True},
        "recording.stop": {"id": "5c5d2f39-7f3a-4b6d-9a3d-0f0c2b1e4d5a"},
        "presence.ping": {},
    }[name]


def tags(union: Any) -> set[str]:
    return {str(member.__struct_config__.tag) for member in getattr(union, "__args__", (union,))}


def test_every_message_is_in_the_table() -> None:
    assert {name.partition(" ")[0] for name in matrix_table.MESSAGES} == tags(protocol.FromBrowser)
    assert set(matrix_table.CONSOLE_MESSAGES) == tags(protocol.FromConsole)


@pytest.fixture
async def pages(transactional_db: None) -> Any:
    opened = Pages()
    yield opened
    await opened.close()


async def said(page: Page, name: str, fields: dict[str, Any]) -> str:
    """Send the message and return what its sender hears of it, as the table writes it."""
    page.frames.clear()
    await page.send(name.partition(" ")[0], **fields)
    if name != "presence.ping":
        await page.settle()
    else:
        await page.until("presence.pong")
    for kind in ("error", "ack", *(["presence.pong"] if name == "presence.ping" else [])):
        for message in page.came(kind):
            return f"error:{message['code']}" if kind == "error" else kind
    return ""


@pytest.mark.django_db(transaction=True)
async def test_each_role_hears_of_each_message_what_the_table_says(pages: Pages) -> None:
    world = await in_thread(make_world)
    path = session_path(world.active)
    joined = {}
    for role in ROLES:
        page = pages.make(path, cookies=world.cookies[role])
        if role in matrix_table.MAY_OPEN["session"]:
            await (await page.connect()).join()
            joined[role] = page
        else:
            with pytest.raises(TurnedAway):
                await page.connect()

    for name, expected in matrix_table.MESSAGES.items():
        heard = {}
        for role, other in (("dora", "bob"), ("bob", "dora"), ("sam", "bob")):
            heard[role] = await said(joined[role], name, payload(name, joined[other]))
        assert heard == expected, name


@pytest.mark.django_db(transaction=True)
async def test_each_role_opens_the_console_s_socket_as_the_table_says(pages: Pages) -> None:
    world = await in_thread(make_world)

    for role in ROLES:
        page = pages.make("/ws/console/", cookies=world.cookies[role])
        if role in matrix_table.MAY_OPEN["console"]:
            await page.connect()
            for name, expected in matrix_table.CONSOLE_MESSAGES.items():
                assert await said(page, name, {}) == expected[role]
        else:
            with pytest.raises(TurnedAway):
                await page.connect()


@pytest.mark.django_db(transaction=True)
async def test_a_technician_who_asks_for_a_foreign_session_s_socket_is_noted(pages: Pages) -> None:
    world = await in_thread(make_world)

    for role in ("tom", "charlie"):
        with pytest.raises(TurnedAway):
            await pages.make(session_path(world.active), cookies=world.cookies[role]).connect()

        noted = await in_thread(lambda: AuditEvent.objects.latest("pk"))
        assert (noted.verb, noted.refused, noted.actor_name) == ("session.join", True, world.people[role].name)


# ---- Declared scopes -----------------------------------------------------------------------------


def test_every_table_says_to_which_company_its_rows_belong() -> None:
    assert {model._meta.label for model in apps.get_models()} == set(matrix_table.COMPANY_PATHS)


@pytest.mark.parametrize("label", [label for label, path in matrix_table.COMPANY_PATHS.items() if path])
def test_the_way_to_the_company_leads_there(label: str) -> None:
    model: type[models.Model] = apps.get_model(label)

    for step in str(matrix_table.COMPANY_PATHS[label]).split("__"):
        model = model._meta.get_field(step).related_model  # type: ignore[assignment]

    assert model is Company


def test_every_page_of_the_admin_is_scoped_by_the_same_way() -> None:
    for model, page in admin.site._registry.items():
        path = matrix_table.COMPANY_PATHS[model._meta.label]
        assert page.company_path == (path or "pk"), model  # type: ignore[attr-defined]


def test_every_table_of_a_company_that_is_read_by_people_knows_what_is_visible_to_them(world: World) -> None:
    charlie, olga = world.people["charlie"], world.people["olga"]
    for label, path in matrix_table.COMPANY_PATHS.items():
        rows_of = apps.get_model(label)._default_manager.all()
        if path is None or not hasattr(rows_of, "visible_to"):
            continue
        foreign = rows_of.exclude(**{path or "pk": charlie.company_id})

        assert foreign.exists(), label
        assert not foreign.visible_to(charlie).exists(), label
        if issubclass(rows_of.model, SupportSession):
            assert rows_of.visible_to(olga).count() == rows_of.count()


def test_every_api_view_asks_who_it_is() -> None:
    for _name, entry in leaves(get_resolver().url_patterns):
        view = getattr(entry.callback, "view_class", None) or getattr(entry.callback, "cls", None)
        if view is not None and issubclass(view, APIView):
            assert list(view.permission_classes) == [IsTechnician], view


def test_every_socket_is_reached_through_a_list_of_origins() -> None:
    arrivals = asgi.application.application_mapping["websocket"]
    validator = arrivals.middlewares
    consumers = {entry.callback.consumer_class for entry in asgi.socket_urls}

    assert type(arrivals) is Arrivals
    assert type(validator) is OriginValidator
    assert validator.allowed_origins == settings.ORIGINS
    assert all(origin.startswith(("http://", "https://")) and "*" not in origin for origin in settings.ORIGINS)
    assert consumers == {SupportSessionConsumer, ConsoleConsumer} == set(SocketConsumer.__subclasses__())


def test_every_job_says_whose_rows_it_touches() -> None:
    current_app.loader.import_default_modules()
    ours = {name for name in current_app.tasks if not name.startswith("celery.")}

    assert ours == set(matrix_table.JOBS)
    for name in ours:
        parameters = inspect.signature(current_app.tasks[name].run).parameters
        assert set(parameters) <= {"delivery_id", "recording_id"}
