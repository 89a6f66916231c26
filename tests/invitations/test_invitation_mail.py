"""The mail with link and PIN: what it says, in text and HTML, and headers that nobody can write into."""

from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from html.parser import HTMLParser
from typing import Any

import pytest

from invitations.actions import Created
from invitations.mails import invitation_mail
from portals.models import User
from tests import factories

pytestmark = pytest.mark.django_db


def made(bob: User, **more: Any) -> Created:
    return factories.invited(bob, method="email", to="dora@example.com", **more)


def as_sent(created: Created) -> EmailMessage:
    """The mail as it goes over the wire, read again as a mail program reads it."""
    assert created.delivery is not None
    wire = invitation_mail(created.delivery, created.secrets).message().as_bytes()
    return message_from_bytes(wire, EmailMessage, policy=default)


def text_of(mail: EmailMessage) -> str:
    part = mail.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def html_of(mail: EmailMessage) -> str:
    part = mail.get_body(("html",))
    assert part is not None
    return str(part.get_content())


class Shown(HTMLParser):
    """The text that a mail program shows, and the tags it meets."""

    def __init__(self, markup: str) -> None:
        super().__init__()
        self.text, self.tags, self.links = "", set(), []
        self.feed(markup)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.add(tag)
        self.links += [value for name, value in attrs if name in {"href", "src"}]

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_text_holds_link_pin_company_technician_and_lifetime(bob: User) -> None:
    assert bob.company is not None
    created = made(bob)

    text = text_of(as_sent(created))

    assert created.secrets.link in text
    assert f"type this PIN: {created.secrets.code_display}" in text
    assert f"Bob of {bob.company.name} would like to help you" in text
    assert "Hello Dora," in text
    assert f"good for 15 minutes, until {created.invitation.expires_at:%H:%M} (UTC)" in text


def test_the_html_holds_the_same(bob: User) -> None:
    assert bob.company is not None
    created = made(bob)

    shown = Shown(html_of(as_sent(created)))

    assert created.secrets.link in shown.links
    for words in (created.secrets.code_display, bob.company.name, "Bob", "Hello Dora", "15 minutes"):
        assert words in shown.text


@pytest.mark.parametrize("part", [text_of, html_of])
def test_both_warn_of_fraud(bob: User, part: Any) -> None:
    assert "never asks for passwords, card numbers or payment" in part(as_sent(made(bob)))


def test_the_html_loads_nothing_from_anywhere(bob: User) -> None:
    created = made(bob)

    shown = Shown(html_of(as_sent(created)))

    assert not shown.tags & {"img", "script", "link", "iframe", "form"}
    site = created.secrets.link.partition("join/")[0]
    assert set(shown.links) == {created.secrets.link, site}


def test_the_lifetime_is_that_of_the_code_even_if_the_company_changes_its_mind(bob: User) -> None:
    assert bob.company is not None
    created = made(bob)
    created.support_session.company.code_lifetime_min = 60

    assert "good for 15 minutes" in text_of(as_sent(created))


def test_it_comes_from_our_fixed_address_under_the_companys_name(bob: User) -> None:
    assert bob.company is not None

    sender = as_sent(made(bob))["From"].addresses[0]

    assert (sender.display_name, sender.addr_spec) == (bob.company.name, "help@sightline.example")


def test_answers_go_to_the_technician(bob: User) -> None:
    (answers_to,) = as_sent(made(bob))["Reply-To"].addresses

    assert (answers_to.display_name, answers_to.addr_spec) == ("Bob", bob.email)


def test_it_goes_to_the_customer_alone(bob: User) -> None:
    mail = as_sent(made(bob))

    assert mail["To"] == "dora@example.com"
    assert mail["Cc"] is None and mail["Bcc"] is None


def test_its_subject_names_the_company_and_no_secret(bob: User) -> None:
    assert bob.company is not None
    created = made(bob)

    subject = as_sent(created)["Subject"]

    assert subject == f"{bob.company.name}: your support session"
    assert created.secrets.code not in subject


def test_its_message_id_is_the_same_each_time(bob: User) -> None:
    created = made(bob)
    assert created.delivery is not None

    ids = {as_sent(created)["Message-ID"] for _time in range(3)}

    assert ids == {f"<{created.delivery.public_id}@sightline.example>"}


def test_two_mails_have_different_message_ids(bob: User) -> None:
    assert as_sent(made(bob))["Message-ID"] != as_sent(made(bob))["Message-ID"]


def test_it_asks_for_no_automatic_answer(bob: User) -> None:
    assert as_sent(made(bob))["Auto-Submitted"] == "auto-generated"


HARD_NAMES = [
    "Müller & Söhne GmbH",
    'ACME "Help" <help@evil.example>',
    "a@evil.example, b@evil.example",
    "名" * 128,
    "x" * 128,
    "=?utf-8?q?=0D=0ABcc=3A_eve=40evil.example?=",
    "Acme\r\nBcc: eve@evil.example",
    "Acme\nSubject: other",
    "\u202eACME",
    "; : , ( ) [ ]",
    "<!--",
]


@pytest.mark.parametrize("name", HARD_NAMES)
def test_no_name_can_add_or_change_a_header(bob: User, name: str) -> None:
    assert bob.company is not None
    bob.company.name = bob.name = name[:128]
    bob.company.save()
    bob.save()

    mail = as_sent(made(bob))

    assert sorted(mail.keys()) == sorted(
        ["Content-Type", "MIME-Version", "Subject", "From", "To", "Reply-To", "Date", "Message-ID", "Auto-Submitted"]
    )
    assert [address.addr_spec for address in mail["From"].addresses] == ["help@sightline.example"]
    assert [address.addr_spec for address in mail["Reply-To"].addresses] == [bob.email]
    assert [address.addr_spec for address in mail["To"].addresses] == ["dora@example.com"]


def test_a_domain_of_other_letters_is_written_as_mail_servers_expect(bob: User) -> None:
    mail = as_sent(factories.invited(bob, method="email", to="dora@münchen.example"))

    assert mail["To"] == "dora@xn--mnchen-3ya.example"


def test_markup_in_names_is_text_in_the_html(bob: User) -> None:
    assert bob.company is not None
    bob.name, bob.company.name = "<b>Bob</b>", "<img src=x onerror=alert(1)>"
    bob.save()
    bob.company.save()

    mail = as_sent(made(bob, name="<script>alert(1)</script> & 'co'"))
    shown = Shown(html_of(mail))

    assert not shown.tags & {"script", "img", "b"}
    assert "<script>alert(1)</script> & 'co'" in shown.text
    assert "<b>Bob</b>" in shown.text
    assert "<img src=x onerror=alert(1)>" in shown.text
    assert "Hello <script>alert(1)</script> & 'co'," in text_of(mail)
