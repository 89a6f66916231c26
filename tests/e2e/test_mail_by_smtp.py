"""Mail through a real SMTP server: it arrives; a refusal is told with its reason; a failed one can be sent again."""

import re
from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.axe import assert_axe_is_content
from tests.e2e.conftest import LAPTOP, PHONE, close
from tests.e2e.people import Customer, Technician
from tests.invitations.scripted_smtp import ScriptedServer, scripted_server
from tests.served import PASSWORD, Served, serve
from tests.waiting import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.services]


# The code of the dialog takes two seconds: what is pressed before it is there is not lost.
SLOW_CODE = """() => {
  const real = window.fetch;
  const slow = (url) => new Promise((go) => setTimeout(go, String(url).includes("/agents/invitation/") ? 2000 : 0));
  window.fetch = (url, options) => slow(url).then(() => real(url, options));
}"""


@pytest.fixture(scope="module")
def smtp() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


@pytest.fixture(scope="module")
def mailing(smtp: ScriptedServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of its own that sends its mail there."""
    with serve(
        tmp_path_factory.mktemp("smtp"),
        SIGHTLINE_EMAIL_URL=f"smtp://127.0.0.1:{smtp.port}",
        SIGHTLINE_FROM_EMAIL="Sightline <help@sightline.example>",
    ) as running:
        yield running


@pytest.fixture
def tess(chromium: Browser, mailing: Served) -> Iterator[Technician]:
    context = chromium.new_context(base_url=mailing.url, **LAPTOP)  # type: ignore[arg-type]
    person = Technician(context.new_page(), "tess@acme.example", PASSWORD)
    person.sign_in()
    yield person
    close(context)


def mail_to(smtp: ScriptedServer, address: str) -> EmailMessage:
    return wait_for(lambda: next((mail for mail in smtp.received if mail["To"] == address), None), "the mail")


def test_a_refused_mail_is_told_and_sent_again(tess: Technician, smtp: ScriptedServer) -> None:
    smtp.on_recipient("ana@correo.example", "550 5.1.1 No such user here")

    tess.emails_link("Ana Pérez", "ana@correo.example")
    pin = tess.shown_pin()
    expect(tess.dialog.get_by_text("No such user here")).to_be_visible()
    tess.dialog.get_by_role("button", name="Send again").click()
    expect(tess.dialog.get_by_text("Sent", exact=True)).to_be_visible()

    mail = mail_to(smtp, "ana@correo.example")
    assert "Tess Meyer" in mail["Reply-To"]
    assert f"{pin[:3]} {pin[3:]}" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert smtp.recipients.count("ana@correo.example") == 1


def test_a_refused_mail_to_an_agent_is_told_and_sent_again(
    tess: Technician, smtp: ScriptedServer, chromium: Browser, mailing: Served
) -> None:
    smtp.on_recipient("nora@globex.example", "550 5.1.1 No such agent here")
    phone = chromium.new_context(base_url=mailing.url, permissions=["camera", "microphone"], **PHONE)  # type: ignore[arg-type]
    ana = Customer(phone.new_page())
    ana.comes_in(tess.creates_pin("Ana Mailed"))
    tess.starts("Ana Mailed")

    tess.page.evaluate(SLOW_CODE)
    inviting = tess.invites("Agents", "Invite Agents")
    inviting.get_by_role("radio", name="Send email on my behalf via the server").check()
    inviting.get_by_label("To", exact=True).fill("nora@globex.example")
    inviting.get_by_role("button", name="Email Session URL").click()
    mails = inviting.get_by_role("list", name="Mails sent by the server")
    expect(mails).to_contain_text("nora@globex.example: Failed")
    expect(mails).to_contain_text("No such agent here")
    assert_axe_is_content(tess.page, "a mail that failed")
    mails.get_by_role("button", name="Send again to nora@globex.example").click()
    expect(mails).to_contain_text("nora@globex.example: Sent")

    code = re.sub(r"\D", "", inviting.get_by_text(re.compile(r"^\d{4} \d{4}$")).inner_text())
    text = mail_to(smtp, "nora@globex.example").get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert code in re.sub(r"(?<=\d) (?=\d)", "", text)
    inviting.get_by_role("button", name="Close", exact=True).click()
    tess.ends()
    close(phone)
