"""The description of the API is complete, and answers are what it says."""

import re
from collections import Counter
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from django.core.management import call_command
from django.db import transaction
from drf_spectacular.settings import spectacular_settings
from jsonschema import Draft202012Validator, FormatChecker

from tests import matrix_requests, matrix_table
from tests.cast import make_world

ITSELF = "api:schema"
ROUTES = [(method, route) for method, route in matrix_table.answers() if route.startswith("api:") and route != ITSELF]
WHO = ("anonymous", "bob", "charlie")
# A method that an address does not have is answered with 405, and not described.
UNDESCRIBED = {"default": {"content": {"application/json": {"schema": {"$ref": "#/components/schemas/Error"}}}}}
CONVERTER = re.compile(r"<(?:\w+:)?(\w+)>")  # in the route of an address: its name alone, in a description


def test_the_schema_is_written_without_a_warning(tmp_path: Path) -> None:
    call_command("spectacular", "--validate", "--fail-on-warn", "--file", str(tmp_path / "schema.yml"))


@cache
def description() -> dict[str, Any]:
    found: dict[str, Any] = spectacular_settings.DEFAULT_GENERATOR_CLASS().get_schema(request=None, public=True)
    return found


def described(response: Any) -> tuple[str, dict[str, Any]]:
    """The status under which a response is described, and what is said of it."""
    operations = description()["paths"]["/" + CONVERTER.sub(r"{\1}", response.resolver_match.route)]
    operation = operations.get(response.request["REQUEST_METHOD"].lower(), {"responses": UNDESCRIBED})
    status = str(response.status_code)
    return next((code, said) for code, said in operation["responses"].items() if code in {status, "default"})


def faults(response: Any, said: dict[str, Any]) -> list[str]:
    """What of the body is not as described."""
    if "content" not in said:
        return ["a body"] if response.content else []
    schema = {**said["content"]["application/json"]["schema"], "components": description()["components"]}
    validator = Draft202012Validator(schema, format_checker=FormatChecker())
    return [error.message for error in validator.iter_errors(response.json())]


def test_answers_are_as_described(db: None, subtests: pytest.Subtests) -> None:
    world = make_world()
    seen: Counter[str] = Counter()

    for method, route in ROUTES:
        with subtests.test(method=method, route=route):
            path, form = matrix_requests.address(world, route), matrix_requests.form(world, route)
            for role in WHO:
                for body in (form, {}):
                    point = transaction.savepoint()
                    response = matrix_requests.ask(world.browser(role), method, path, body)
                    transaction.savepoint_rollback(point)
                    status, said = described(response)
                    seen[status] += 1
                    assert faults(response, said) == [], (role, status)
    assert {"200", "201", "400", "403", "404", "409", "default"} <= set(seen)
