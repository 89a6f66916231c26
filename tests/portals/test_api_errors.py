"""What the API says to nonsense: a sentence, never a failure of its own."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from portals.models import User
from sessions.endings import end_session
from tests import factories

HALF_A_PAIR = r"a\ud800b"  # JSON lets it in; UTF-8 has no bytes for it


@pytest.mark.parametrize(
    ("method", "path", "body", "field"),
    [
        ("post", "sessions/", '{"kind": "%s", "name": "Ana", "method": "pin"}', "kind"),
        ("post", "sessions/", '{"kind": "lens", "name": "Ana", "method": "%s"}', "method"),
        ("post", "sessions/", '{"kind": "lens", "name": "%s", "method": "pin"}', "name"),
        ("put", "sessions/{id}/outcome/", '{"outcome": "%s"}', "outcome"),
        ("put", "sessions/{id}/notes/", '{"text": "%s"}', "text"),
        ("post", "sessions/{id}/transfer/", '{"kind": "%s", "id": "%s"}', "kind"),
    ],
)
def test_half_a_character_is_refused_with_the_field(
    bob: User, client_of: Callable[[User], Client], method: str, path: str, body: str, field: str
) -> None:
    active = factories.active_session(bob)
    end_session(technician=bob, session_id=active.public_id, now=timezone.now())

    answer = getattr(client_of(bob), method)(
        "/api/v1/" + path.format(id=active.public_id),
        body.replace("%s", HALF_A_PAIR),
        content_type="application/json",
    )

    assert answer.status_code == 400
    assert answer.json()["code"] == "invalid"
    assert field in answer.json()["errors"]


@pytest.mark.parametrize("body", ["{", "[" * 100_000, "[" * 100_000 + "]" * 100_000, '{"kind": ' * 50_000, "nul"])
def test_a_body_that_is_no_json_is_told(bob: User, client_of: Callable[[User], Client], body: str) -> None:
    answer = client_of(bob).post("/api/v1/sessions/", body, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


@pytest.mark.parametrize("body", ["null", "[]", "1", '"x"', "[[]]"])
def test_a_body_that_is_no_object_is_told(bob: User, client_of: Callable[[User], Client], body: str) -> None:
    answer = client_of(bob).post("/api/v1/sessions/", body, content_type="application/json")

    assert (answer.status_code, answer.json()["code"]) == (400, "invalid")


@pytest.mark.parametrize("path", ["", "nothing/", "sessions/null/", "sessions/null/start/"])
def test_an_address_of_the_api_that_is_none_is_told_to_a_program(
    bob: User, client_of: Callable[[User], Client], path: str
) -> None:
    answer = client_of(bob).get(f"/api/v1/{path}")

    assert answer.status_code == 404
    assert answer.json() == {"code": "not_found", "message": "Not found."}
