"""S-62: whatever is typed is shown as text, in every answer, page and mail that holds it."""

from collections.abc import Callable
from html.parser import HTMLParser
from typing import Any

import pytest
from django.test import Client

from invitations.mails import invitation_mail
from invitations.models import Invitation
from portals.models import User
from sessions.models import SupportSession
from tests import factories
from tests.invitations.conftest import Create

pytestmark = pytest.mark.django_db

CORPUS = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "' onmouseover='alert(1)",
    "</title></textarea></style></script><svg onload=alert(1)>",
    "<a href=//evil.example>x</a>",
    "javascript:alert(1)",
    "{{ 7|add:7 }}{% debug %}${7*7}",
    "<!-- ]]> --!>",
    "&lt;b&gt; &amp; &#60;i&#62; %3Cu%3E",
    "\\u003cscript\\u003e \\x3cb\\x3e",
    "`;alert(1)//",
    "%(name)s %s {0} %",
]


class Page(HTMLParser):
    """What a browser makes of a page: its elements with their attributes' names, apart from the text in it."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.structure: list[tuple[str, ...]] = []
        self.text = ""
        self.values: list[str] = []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.structure.append((tag, *(name for name, _value in attrs)))
        self.values += [value or "" for _name, value in attrs]

    def handle_comment(self, data: str) -> None:
        self.structure.append(("comment",))

    def handle_data(self, data: str) -> None:
        self.text += data


def pages_with(name: str, client_of: Callable[[User], Client]) -> dict[str, Page]:
    """Every page that shows a customer's name, in a company of its own."""
    bob = factories.technician("Bob")
    assert bob.company is not None
    created = factories.invited(bob, name=name, method="email", to="dora@example.com")
    dora = Client()
    assert dora.post("/join/continue/", {"token": created.secrets.token}).status_code == 303
    support_session = created.support_session
    assert dora.post(f"/s/{support_session.public_id}/accept/", {"terms_version": "1"}).status_code == 200
    console, admin = client_of(bob), client_of(factories.manager(bob.company))
    at = {
        "history": (console, "/console/history/"),
        "record": (console, f"/console/history/{support_session.public_id}/"),
        "customer's page": (dora, f"/lens/{support_session.public_id}/"),
        "admin: sessions": (admin, "/admin/support_sessions/supportsession/"),
        "admin: one session": (admin, f"/admin/support_sessions/supportsession/{support_session.pk}/change/"),
        "admin: mails": (admin, "/admin/invitations/delivery/"),
        "admin: audit": (admin, "/admin/portals/auditevent/"),
    }
    found = {}
    for where, (browser, path) in at.items():
        response: Any = browser.get(path)
        assert response.status_code == 200, where
        found[where] = Page(response.text)
    return found


@pytest.fixture(scope="module")
def harmless() -> dict[str, list[tuple[str, ...]]]:
    """The structure of each page with a harmless name; filled by the first test, the same for all."""
    return {}


@pytest.mark.parametrize("name", CORPUS)
def test_a_name_is_text_on_every_page(
    name: str, harmless: dict[str, list[tuple[str, ...]]], client_of: Callable[[User], Client]
) -> None:
    if not harmless:
        harmless |= {where: page.structure for where, page in pages_with("Dora", client_of).items()}

    pages = pages_with(name, client_of)

    for where, page in pages.items():
        assert page.structure == harmless[where], where
    for where in ("history", "record", "admin: sessions", "admin: one session"):
        assert name in pages[where].text, where


@pytest.mark.parametrize("name", CORPUS)
def test_the_api_and_the_landing_give_it_as_json_that_no_browser_renders(
    create: Create, dora: Client, name: str
) -> None:
    made = create(name=name)
    token = made.json()["invitation"]["link"].partition("#")[2]

    preview: Any = dora.post("/join/preview/", {"token": token})

    assert SupportSession.objects.get().customer_name == name
    assert preview.json()["name"] == name
    for response in (made, preview):
        assert response.headers["Content-Type"] == "application/json"
        assert response.headers["X-Content-Type-Options"] == "nosniff"


@pytest.mark.parametrize("name", CORPUS)
def test_mails_show_names_as_text(bob: User, name: str) -> None:
    assert bob.company is not None
    harmless = _mailed(bob, name="Dora")
    bob.name = bob.company.name = name
    bob.save()
    bob.company.save()

    hostile = _mailed(bob, name=name)

    assert hostile.structure == harmless.structure
    assert hostile.text.count(name) >= 3


def _mailed(bob: User, *, name: str) -> Page:
    created = factories.invited(bob, name=name, method="email", to="dora@example.com")
    assert created.delivery is not None
    (alternative,) = invitation_mail(created.delivery, created.secrets).alternatives
    return Page(str(alternative.content))


@pytest.mark.parametrize("typed", CORPUS)
def test_what_was_typed_as_a_code_comes_back_as_text(dora: Client, typed: str) -> None:
    harmless = Page(dora.post("/", {"code": "abcdef"}).text)

    page = Page(dora.post("/", {"code": typed}).text)

    assert page.structure == harmless.structure
    assert typed in page.values


@pytest.mark.parametrize("name", CORPUS)
def test_a_companys_name_is_text_on_the_thank_you_page(dora: Client, name: str) -> None:
    def refused(company_name: str) -> Page:
        bob = factories.technician("Bob", of=factories.company(company_name))
        created = factories.invited(bob)
        return Page(dora.post("/join/refuse/", {"token": created.secrets.token}).text)

    harmless, hostile = refused("Acme"), refused(name)

    assert hostile.structure == harmless.structure
    assert name in hostile.text


@pytest.mark.parametrize("token", CORPUS)
def test_a_made_up_token_is_not_shown_at_all(dora: Client, token: str) -> None:
    response = dora.post("/join/continue/", {"token": token})

    assert token not in response.text
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("to", CORPUS)
def test_an_address_of_markup_is_refused_without_repeating_it(create: Create, to: str) -> None:
    response = create(method="email", to=to)

    assert response.status_code == 400
    assert to not in str(response.json())
