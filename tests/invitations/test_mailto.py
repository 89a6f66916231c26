"""The mail that the technician's own mail program sends: a filled `mailto:` address, and nothing from the server."""

from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from django.core import mail
from pytest_django import DjangoCaptureOnCommitCallbacks

from invitations.models import Delivery
from portals.models import User
from sessions.models import TimelineEntry
from tests.invitations.conftest import Broker, Create

pytestmark = pytest.mark.django_db


def mailto_parts(address: str) -> tuple[str, str, str]:
    """To, subject and body as a mail program reads them (RFC 6068)."""
    parts = urlsplit(address)
    fields = parse_qs(parts.query, strict_parsing=True)
    assert parts.scheme == "mailto"
    assert set(fields) == {"subject", "body"}
    return unquote(parts.path), fields["subject"][0], fields["body"][0]


def test_it_holds_link_pin_company_technician_and_lifetime(create: Create, bob: User) -> None:
    assert bob.company is not None
    bob.company.code_lifetime_min = 20
    bob.company.save()

    body = create(method="email", via="client", to="dora@example.com").json()

    to, subject, text = mailto_parts(body["mailto"])
    assert to == "dora@example.com"
    assert bob.company.name in subject
    assert body["invitation"]["link"] in text
    assert body["invitation"]["code_display"] in text
    assert bob.company.name in text
    assert "Bob" in text
    assert "20 minutes" in text


def test_the_server_sends_nothing(
    create: Create, broker: Broker, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        body = create(method="email", via="client", to="dora@example.com").json()

    assert body["delivery"] is None
    assert not Delivery.objects.exists()
    assert broker.tasks == [] and mail.outbox == []


def test_only_the_own_client_gets_one(create: Create) -> None:
    assert create(method="email", via="server", to="dora@example.com").json()["mailto"] is None
    assert create(method="pin", via="client").json()["mailto"] is None
    assert create(method="link", via="client").json()["mailto"] is None


def test_it_needs_no_address(create: Create) -> None:
    body = create(method="email", via="client", to="").json()

    assert body["mailto"].startswith("mailto:?subject=")


def test_a_wrong_address_is_refused_as_for_the_server(create: Create) -> None:
    response = create(method="email", via="client", to="ana@example.com\r\nBcc: ben@example.com")

    assert response.status_code == 400
    assert response.json()["errors"] == {"to": "An address cannot contain line breaks."}


def test_an_address_cannot_add_fields_of_its_own(create: Create) -> None:
    body = create(method="email", via="client", to="ana?bcc=x&cc=y@example.com").json()

    to, _subject, _text = mailto_parts(body["mailto"])
    assert to == "ana?bcc=x&cc=y@example.com"


def test_signs_in_names_are_encoded(create: Create, bob: User) -> None:
    assert bob.company is not None
    bob.company.name = "Müller & Söhne? 100% #1"
    bob.company.save()

    body = create(method="email", via="client", name="Zoë + <i>Ann</i> & co").json()

    _to, subject, text = mailto_parts(body["mailto"])
    assert "Müller & Söhne? 100% #1" in subject
    assert "Hello Zoë + <i>Ann</i> & co," in text
    assert body["mailto"].isascii()
    assert not set(body["mailto"]) & set("<>\"' \r\n")


def test_lines_end_as_mail_programs_expect(create: Create) -> None:
    address = create(method="email", via="client").json()["mailto"]

    assert "%0D%0A" in address
    assert "%0A" not in address.replace("%0D%0A", "")


def test_the_timeline_tells_technicians_whom_it_was_for(create: Create) -> None:
    create(method="email", via="client", to="dora@example.com")

    entry = TimelineEntry.objects.get(kind="invitation.created")
    assert (entry.data["method"], entry.data["to"], entry.audience) == ("email", "dora@example.com", "technicians")
