"""Mail through a real SMTP server: it arrives; a refusal is told with its reason; a failed one can be sent again."""

from collections.abc import Iterator
from email.message import EmailMessage

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import LAPTOP, close
from tests.e2e.people import Technician
from tests.invitations.scripted_smtp import ScriptedServer, scripted_server
from tests.served import PASSWORD, serve
from tests.waiting import wait_for

pytestmark = pytest.mark.browser


@pytest.fixture
def smtp() -> Iterator[ScriptedServer]:
    with scripted_server() as server:
        yield server


def test_a_refused_mail_is_told_and_sent_again(
    chromium: Browser, smtp: ScriptedServer, tmp_path_factory: pytest.TempPathFactory
) -> None:
    smtp.on_recipient("ana@correo.example", "550 5.1.1 No such user here")
    with serve(
        tmp_path_factory.mktemp("smtp"),
        SIGHTLINE_EMAIL_URL=f"smtp://127.0.0.1:{smtp.port}",
        SIGHTLINE_FROM_EMAIL="Sightline <help@sightline.example>",
    ) as served:
        context = chromium.new_context(base_url=served.url, **LAPTOP)  # type: ignore[arg-type]
        tess = Technician(context.new_page(), "tess@acme.example", PASSWORD)
        tess.sign_in()

        tess.emails_link("Ana Pérez", "ana@correo.example")
        pin = tess.shown_pin()
        expect(tess.dialog.get_by_text("No such user here")).to_be_visible()
        tess.dialog.get_by_role("button", name="Send again").click()
        expect(tess.dialog.get_by_text("Sent", exact=True)).to_be_visible()
        close(context)

    mail: EmailMessage = wait_for(lambda: smtp.received[0] if smtp.received else None, "the mail")
    assert mail["To"] == "ana@correo.example"
    assert "Tess Meyer" in mail["Reply-To"]
    assert f"{pin[:3]} {pin[3:]}" in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
    assert len(smtp.received) == 1
