"""What every response says to the browser (S-22, S-60, S-61), for every address of the table."""

import re
from typing import Any

import pytest
from django.conf import settings
from django.db import OperationalError, connection, transaction
from django.test import Client

from tests import matrix_requests
from tests.cast import World, make_world
from tests.test_matrix import ROUTES, TABLE, address, ask

pytestmark = pytest.mark.django_db
NO_ADDRESSES = ["/nothing/", "/console/history/nothing/", "/api/v1/nothing/", "/%00", "/..%2f..%2fetc"]

NEVER_CHANGE = {"invitations:portal-colour", "logo"}  # named by what they hold, and nobody's secret
POLICY = {
    "default-src": "'none'",
    "style-src": "'self'",
    "img-src": "'self' data: blob:",
    "media-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'none'",
    "frame-ancestors": "'none'",
    "form-action": "'self'",
}
TRUSTED_TYPES = {"require-trusted-types-for": "'script'", "trusted-types": "lit-html"}
CAPTURE_PAGES = {"sessions:console", "lens:camera", "invitations:specialist"}
CAPTURE = ("camera", "microphone", "display-capture")
Answers = dict[str, list[tuple[str, Any]]]
SECURE = settings.ORIGINS[0].startswith("https:")


@pytest.fixture
def world() -> World:
    return make_world()


def directives(response: Any) -> dict[str, str]:
    parts = (part.strip().partition(" ") for part in response.headers["Content-Security-Policy"].split(";"))
    return {name: value for name, _space, value in parts if name}


@pytest.fixture(scope="module")
def answers(django_db_setup: None, django_db_blocker: Any) -> Answers:
    """By route, each kind of answer that it gives, once: the page, the refusal, the redirect."""
    found: Answers = {route: [] for route in ROUTES}
    with django_db_blocker.unblock(), transaction.atomic():
        world = make_world()
        for (method, route), roles in TABLE.items():
            path, form = address(world, route), matrix_requests.form(world, route)
            for answer, role in sorted({answer: role for role, answer in roles.items()}.items()):
                point = transaction.savepoint()
                found[route].append((f"{method} {answer}", ask(world.browser(role), method, path, form)))
                transaction.savepoint_rollback(point)
        transaction.set_rollback(True)
    return found


@pytest.mark.parametrize("route", ROUTES)
def test_every_answer_of_every_address_carries_the_browser_s_rules(answers: Answers, route: str) -> None:
    customers = route.startswith(("invitations:", "lens:"))
    for what, response in answers[route]:
        headers = response.headers
        policy = directives(response)
        extra = {} if route.startswith("admin:") else TRUSTED_TYPES
        assert policy.items() >= (POLICY | extra).items(), what
        assert re.fullmatch(r"'self'( 'nonce-[\w+/=-]{16,}')?", policy["script-src"]), what
        assert policy["connect-src"].split()[0] == "'self'", what
        assert headers["X-Content-Type-Options"] == "nosniff", what
        assert headers["Referrer-Policy"] in ({"no-referrer"} if customers else {"no-referrer", "same-origin"}), what
        assert headers["Cross-Origin-Opener-Policy"] == "same-origin", what
        assert headers["Cross-Origin-Resource-Policy"] == "same-origin", what
        kept = route in NEVER_CHANGE and what.endswith("200")
        assert ("immutable" if kept else "no-store") in headers["Cache-Control"], what
        assert "Access-Control-Allow-Origin" not in headers, what
        assert len(headers["X-Request-Id"]) == 32, what


@pytest.mark.parametrize("route", ROUTES)
def test_camera_and_microphone_are_for_the_pages_that_need_them(answers: Answers, route: str) -> None:
    for what, response in answers[route]:
        policy = response.headers["Permissions-Policy"]
        allowed = "(self)" if route in CAPTURE_PAGES and what == "GET 200" else "()"
        for feature in CAPTURE:
            assert f"{feature}={allowed}" in policy, what
        assert "geolocation=()" in policy
        assert "usb=()" in policy


def test_a_page_of_another_site_is_asked_nothing_by_name(world: World) -> None:
    """`connect-src` names our own sockets and nobody else's, by scheme, host and port."""
    response = world.browser("bob").get(address(world, "sessions:console"))

    sockets = [origin.replace("http", "ws", 1) for origin in settings.ORIGINS]
    assert directives(response)["connect-src"].split() == ["'self'", *sockets]


def test_a_nonce_is_used_once(world: World) -> None:
    browser = world.browser("bob")

    pages = [browser.get(address(world, "sessions:console")) for _each in range(2)]

    nonces = [re.search(r"'nonce-([^']+)'", directives(page)["script-src"]) for page in pages]
    assert all(nonces)
    assert len({found.group(1) for found in nonces if found}) == 2
    for page, found in zip(pages, nonces, strict=True):
        assert found is not None
        assert f'nonce="{found.group(1)}"' in page.content.decode()


def test_the_pages_hold_no_inline_script_style_or_handler(answers: Answers) -> None:
    """What the policy would refuse anyway, so that nothing breaks quietly."""
    for route in ROUTES:
        for what, response in answers[route]:
            if not response.headers.get("Content-Type", "").startswith("text/html"):
                continue
            html = response.content.decode()
            scripts = re.findall(r"<script\b([^>]*)>", html)
            for attributes in scripts:
                inert = 'type="application/json"' in attributes
                assert "src=" in attributes or "nonce=" in attributes or inert, (route, what, attributes)
            assert not re.search(r"<style\b|\sstyle=|\son[a-z]+=\"|javascript:", html), (route, what)


def test_no_join_page_asks_anything_of_another_host(world: World) -> None:
    for route in ("invitations:join", "invitations:landing", "lens:camera"):
        html = world.browser("dora").get(address(world, route)).content.decode()

        links = re.findall(r"""(?:src|href|action)=["']?((?:https?:)?//[^"' >]+)""", html)
        assert [link for link in links if not link.startswith(settings.ORIGINS[0])] == []


def test_transport_is_told_to_be_secure_where_it_is(world: World) -> None:
    response = Client().get("/", secure=SECURE)

    expected = "max-age=31536000; includeSubDomains; preload" if SECURE else None
    assert response.headers.get("Strict-Transport-Security") == expected


def test_cookies_are_out_of_reach_of_scripts_and_other_sites(world: World) -> None:
    client = Client()
    client.get("/")
    client.post("/join/continue/", {"token": world.secrets.token})

    assert len(client.cookies) >= 3
    for name, cookie in client.cookies.items():
        assert cookie["httponly"], name
        assert cookie["samesite"] == "Lax", name
        assert bool(cookie["secure"]) is SECURE, name
        assert not cookie["domain"], name
        if SECURE and name != "visitor":
            assert name.startswith("__Host-"), name
            assert cookie["path"] == "/"


@pytest.mark.parametrize("path", NO_ADDRESSES)
def test_an_address_that_is_none_is_answered_with_the_same_rules(world: World, path: str) -> None:
    for role in ("anonymous", "bob"):
        response = world.browser(role).get(path)

        assert response.status_code == 404
        assert directives(response).items() >= POLICY.items()
        assert "Traceback" not in response.content.decode()


def test_an_error_of_ours_is_a_generic_page_with_the_request_s_id(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """S-77: nothing of the fault is shown; the id leads to the log."""

    def broken(*arguments: object, **named: object) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr("sessions.record.read", broken)
    client = world.browser("bob", raise_request_exception=False)

    response = client.get(address(world, "sessions:record"))

    html = response.content.decode()
    noted = [entry.getMessage() for entry in caplog.records]
    assert response.status_code == 500
    assert f"Request {response.headers['X-Request-Id']} failed." in noted
    assert "hunter2" not in html
    assert "Traceback" not in html
    assert response.headers["X-Request-Id"] in html
    assert directives(response).items() >= POLICY.items()


def test_an_error_of_ours_over_the_api_is_json_with_the_request_s_id(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*arguments: object, **named: object) -> None:
        raise RuntimeError("the password is hunter2")

    monkeypatch.setattr("sessions.endings.end_session", broken)
    client = world.browser("bob", raise_request_exception=False)

    response = ask(client, "POST", address(world, "api:session-end"))

    assert response.status_code == 500
    assert response.json().keys() == {"code", "message", "request_id"}
    assert response.json()["request_id"] == response.headers["X-Request-Id"]
    assert "hunter2" not in response.content.decode()


def test_a_database_that_does_not_answer_is_told_as_such(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    """R-13: people, programs and proxies are told to come again, over pages and API alike."""

    def away(*arguments: object, **named: object) -> None:
        raise OperationalError("the server at 10.1.2.3 closed the connection")

    for place in ("sessions.record.read", "sessions.endings.end_session"):
        monkeypatch.setattr(place, away)
    client = world.browser("bob", raise_request_exception=False)

    page = client.get(address(world, "sessions:record"))
    answer = ask(client, "POST", address(world, "api:session-end"))

    assert (page.status_code, answer.status_code) == (503, 503)
    assert page.headers["Retry-After"] == answer.headers["Retry-After"] == "5"
    assert "Sightline cannot reach its data right now" in page.content.decode()
    assert answer.json()["code"] == "try_again"
    assert "10.1.2.3" not in page.content.decode() + answer.content.decode()
    assert directives(page).items() >= POLICY.items()
    assert [entry.levelname for entry in caplog.records if "does not answer" in entry.getMessage()] == ["WARNING"] * 2


def test_a_query_that_is_wrong_is_a_fault_of_ours(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite raises for it what a database that is away raises."""

    def wrong(*arguments: object, **named: object) -> None:
        with connection.cursor() as cursor:
            cursor.execute("SELECT nothing FROM nowhere")

    monkeypatch.setattr("sessions.record.read", wrong)
    client = world.browser("bob", raise_request_exception=False)

    assert client.get(address(world, "sessions:record")).status_code == 500


@pytest.mark.django_db
@pytest.mark.parametrize("cookie", ["visitor", settings.SESSION_COOKIE_NAME, settings.CSRF_COOKIE_NAME, "guest-x"])
def test_a_nul_in_a_cookie_is_no_cookie(cookie: str) -> None:
    """PostgreSQL would refuse to look for it."""
    headers = {"Cookie": f'{cookie}="' + "\\000" * 43 + '"'}

    assert Client().get("/", headers=headers).status_code == 200
    assert Client().post("/", {"code": "000000"}, headers=headers).status_code == 400
    assert Client().get("/console/", headers=headers).status_code == 302
