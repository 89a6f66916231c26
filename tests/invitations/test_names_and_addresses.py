"""What people type into *Name* and *To*: each mistake has its own sentence, and nothing is made of it."""

from collections.abc import Callable

import pytest
from django.test import Client

from invitations.models import Delivery, Invitation
from portals.models import User
from sessions.models import SupportSession
from tests.invitations.conftest import Create

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("name", ["", "   ", "\t\n", "\u200b\u200b", "\u202e"])
def test_a_name_with_nothing_to_see_becomes_customer(create: Create, name: str) -> None:
    response = create(name=name)

    assert response.status_code == 201
    assert SupportSession.objects.get().customer_name == "Customer"


def test_a_name_that_is_left_out_becomes_customer(bob: User, client_of: Callable[[User], Client]) -> None:
    asked = {"kind": "lens", "method": "pin"}

    response = client_of(bob).post("/api/v1/sessions/", asked, content_type="application/json")

    assert response.status_code == 201
    assert SupportSession.objects.get().customer_name == "Customer"


def test_a_name_of_128_characters_is_kept(create: Create) -> None:
    create(name="ä" * 128)

    assert SupportSession.objects.get().customer_name == "ä" * 128


def test_a_name_of_129_characters_is_refused(create: Create) -> None:
    response = create(name="x" * 129)

    assert response.status_code == 400
    assert response.json()["errors"] == {"name": "The name is too long: 128 characters at most."}
    assert not SupportSession.objects.exists()


def test_spaces_around_a_name_do_not_count(create: Create) -> None:
    create(name=" " * 50 + "x" * 128 + " " * 50)

    assert SupportSession.objects.get().customer_name == "x" * 128


def test_markup_in_a_name_is_kept_as_text(create: Create) -> None:
    create(name="<b>Dora</b> & <script>alert(1)</script>")

    assert SupportSession.objects.get().customer_name == "<b>Dora</b> & <script>alert(1)</script>"


@pytest.mark.parametrize("between", ["\r\n", "\x0b", "\x1b", "\x7f", "\x85", "\u2028", "\u2029"])
def test_control_characters_in_a_name_become_a_space(create: Create, between: str) -> None:
    create(name=f"Dora{between}Kent")

    assert SupportSession.objects.get().customer_name == "Dora Kent"


@pytest.mark.parametrize("turn", ["\u202a", "\u202b", "\u202d", "\u202e", "\u202c", "\u2066", "\u2067", "\u2069"])
def test_a_name_cannot_turn_around_the_text_after_it(create: Create, turn: str) -> None:
    create(name=f"Do{turn}ra")

    assert SupportSession.objects.get().customer_name == "Dora"


def test_a_persian_name_keeps_its_joiners(create: Create) -> None:
    create(name="نرگس\u200cخانم")

    assert SupportSession.objects.get().customer_name == "نرگس\u200cخانم"


@pytest.mark.parametrize("name", ["Do\x00ra", "Do\ud800ra"])
def test_a_name_that_no_database_stores_is_refused(create: Create, name: str) -> None:
    response = create(name=name)

    assert response.status_code == 400
    assert set(response.json()["errors"]) == {"name"}
    assert not SupportSession.objects.exists()


WRONG_ADDRESSES = [
    ("", "Write the address the mail goes to."),
    ("   ", "Write the address the mail goes to."),
    ("ana@", "This address is not complete. It looks like ana@example.com."),
    ("@example.com", "This address is not complete. It looks like ana@example.com."),
    ("ana", "This address is not complete. It looks like ana@example.com."),
    ("ana@example.com, ben@example.com", "Write one address only."),
    ("ana@example.com;ben@example.com", "Write one address only."),
    ("ana@example.com ben@example.com", "Write one address only."),
    ("ana@example.com\r\nBcc: ben@example.com", "An address cannot contain line breaks."),
    ("ana@example.com\nBcc: ben@example.com", "An address cannot contain line breaks."),
    ("ana\rbcc@example.com", "An address cannot contain line breaks."),
    ("ana@example.com\u2028Bcc:x", "This is not a mail address. It looks like ana@example.com."),
    ("ana@example.com?bcc=ben", "This is not a mail address. It looks like ana@example.com."),
    ("ana.example.com@", "This address is not complete. It looks like ana@example.com."),
    ("ana@exam ple.com", "This is not a mail address. It looks like ana@example.com."),
    ("<ana@example.com>", "This is not a mail address. It looks like ana@example.com."),
    ("Ana <ana@example.com>", "This is not a mail address. It looks like ana@example.com."),
    ("ana@example", "This is not a mail address. It looks like ana@example.com."),
    ("änä@example.com", "This is not a mail address. It looks like ana@example.com."),
    ("a" * 243 + "@example.com", "The address is too long: 254 characters at most."),
    ("a" * 400 + "@example.com", "This is not a mail address. It looks like ana@example.com."),
]


@pytest.mark.parametrize(("address", "sentence"), WRONG_ADDRESSES)
def test_a_wrong_address_is_refused_in_its_own_words(create: Create, address: str, sentence: str) -> None:
    response = create(method="email", to=address)

    assert response.status_code == 400
    assert response.json()["errors"] == {"to": sentence}
    assert not SupportSession.objects.exists()
    assert not Invitation.objects.exists()
    assert not Delivery.objects.exists()


@pytest.mark.parametrize(
    "address",
    ["dora@example.com", "dora.kent+lens@mail.example.co", "dora@münchen.example", "a" * 242 + "@example.com"],
)
def test_a_right_address_is_kept_as_it_is(create: Create, address: str) -> None:
    response = create(method="email", to=address)

    assert response.status_code == 201
    assert Delivery.objects.get().to == address


def test_spaces_around_an_address_are_dropped(create: Create) -> None:
    create(method="email", to=" \tdora@example.com ")

    assert Delivery.objects.get().to == "dora@example.com"


@pytest.mark.parametrize("method", ["pin", "link"])
def test_what_stands_in_the_hidden_field_does_not_matter(create: Create, method: str) -> None:
    assert create(method=method, to="ana@").status_code == 201


def test_a_name_that_is_too_long_and_a_wrong_address_are_told_together(create: Create) -> None:
    response = create(name="x" * 129, method="email", to="ana@")

    assert response.json()["errors"] == {
        "name": "The name is too long: 128 characters at most.",
        "to": "This address is not complete. It looks like ana@example.com.",
    }
