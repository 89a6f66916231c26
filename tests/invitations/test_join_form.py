"""The join page's one field: every way of typing it wrong has its own sentence, told where it is and said aloud."""

from typing import Any

import pytest
from django.test import Client
from django.utils.html import escape

from invitations.models import GuessCounter
from portals.models import User
from tests import factories

pytestmark = pytest.mark.django_db

NUMBERS_ONLY = "The code must be numbers only: 6, 8 or 9 of them."
TOO_FEW = "You've not entered enough numbers: the code must be 6, 8 or 9 numbers."
TOO_MANY = "You've entered too many numbers: the code must be 6, 8 or 9 numbers."
SENTENCES = [
    ("", "Enter the session code."),
    ("   ", "Enter the session code."),
    ("- –", "Enter the session code."),
    ("abcdef", NUMBERS_ONLY),
    ("12345O", NUMBERS_ONLY),
    ("12a", NUMBERS_ONLY),
    ("½23456", NUMBERS_ONLY),
    ("<script>alert(1)</script>", NUMBERS_ONLY),
    ("1" * 500, NUMBERS_ONLY),
    ("1", TOO_FEW),
    ("12345", TOO_FEW),
    ("12 34-5", TOO_FEW),
    ("1234567", "The code must be 6, 8 or 9 numbers; this one has 7."),
    ("1234567890", TOO_MANY),
    ("123 456 789 012", TOO_MANY),
]


@pytest.mark.parametrize(("typed", "sentence"), SENTENCES)
def test_a_code_of_the_wrong_shape_is_told_in_its_own_words(dora: Client, typed: str, sentence: str) -> None:
    response = dora.post("/", {"code": typed})

    assert response.status_code == 400
    assert response.context["form"].errors == {"code": [sentence]}
    assert escape(sentence) in response.text


def test_a_missing_field_is_an_empty_one(dora: Client) -> None:
    response = dora.post("/", {})

    assert response.context["form"].errors == {"code": ["Enter the session code."]}


@pytest.mark.parametrize("typed", ["", "12345", "1234567", "1234567890", "abcdef"])
def test_a_code_of_the_wrong_shape_is_no_guess(dora: Client, typed: str) -> None:
    dora.post("/", {"code": typed})

    assert not GuessCounter.objects.exists()


@pytest.mark.parametrize("typed", ["999999", "99999999", "999999999"])
def test_each_length_in_use_is_looked_up(dora: Client, typed: str) -> None:
    response = dora.post("/", {"code": typed})

    assert response.context["form"].errors["code"][0].startswith("This code is not valid.")
    assert GuessCounter.objects.exists()


def test_what_was_typed_stands_there_to_be_mended(dora: Client) -> None:
    response = dora.post("/", {"code": "12 34-5"})

    assert 'value="12 34-5"' in response.text


def test_the_mistake_is_in_the_title_in_a_summary_and_at_the_field(dora: Client) -> None:
    page = dora.post("/", {"code": "12345"}).text

    assert "<title>Error: " in page
    assert 'role="alert"' in page
    assert 'aria-invalid="true"' in page
    assert page.count(escape(TOO_FEW)) == 2


def test_the_field_is_one_that_phones_and_readers_understand(dora: Client) -> None:
    page = dora.get("/").text

    field = page[page.index('<input class="input input--code"') :].partition(">")[0]
    assert 'type="text"' in field
    assert 'inputmode="numeric"' in field
    assert 'autocomplete="off"' in field
    assert '<label class="field__label" for="code">Session Code</label>' in page


@pytest.mark.parametrize("shape", ["{0}{1}", "{0} {1}", " {0}-{1} ", "{0}–{1}", "{0}\u00a0{1}"])
def test_spaces_and_hyphens_are_accepted(dora: Client, bob: User, shape: str) -> None:
    created = factories.invited(bob)
    code = created.secrets.code

    response = dora.post("/", {"code": shape.format(code[:3], code[3:])})

    assert response.status_code == 302
    assert response.headers["Location"] == f"/join/#{created.secrets.token}"


def test_the_digits_of_another_script_are_accepted(dora: Client, bob: User) -> None:
    created = factories.invited(bob)
    typed = "".join("٠١٢٣٤٥٦٧٨٩"[int(digit)] for digit in created.secrets.code)

    response = dora.post("/", {"code": typed})

    assert response.status_code == 302


def test_a_page_left_open_without_its_token_says_what_to_do() -> None:
    careful = Client(enforce_csrf_checks=True)

    response = careful.post("/", {"code": "123456"})

    assert response.status_code == 403
    assert "Load the page again" in response.text


@pytest.mark.parametrize("path", ["/", "/join/"])
def test_join_pages_are_not_kept_by_any_cache(dora: Client, path: str) -> None:
    response: Any = dora.get(path)

    assert response.headers["Cache-Control"] == "no-store"
    assert response.headers["Referrer-Policy"] in {"no-referrer", "same-origin"}
