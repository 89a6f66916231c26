"""A manager turns a right off in the administration; the console says so, and the forged request is refused."""

import json
from collections.abc import Iterator

import pytest
from playwright.sync_api import expect

from tests.e2e.people import Manager, Technician
from tests.served import Served

pytestmark = pytest.mark.browser

FORGE = """async (body) => {
  const token = document.querySelector('meta[name="csrf-token"]').content;
  const answer = await fetch("/api/v1/sessions/", { method: "POST", body: JSON.stringify(body),
    headers: { "Content-Type": "application/json", "X-CSRFToken": token } });
  return [answer.status, await answer.json()];
}"""


@pytest.fixture
def alice(mara: Manager) -> Iterator[Manager]:
    yield mara
    for switch in ("start_lens", "start_private", "by_email"):
        mara.sets("techniciangroup", switch, True)
    mara.sets("portal", "lens_enabled", True)


@pytest.mark.parametrize(
    ("model", "switch", "reason"),
    [
        ("techniciangroup", "start_lens", "Lens sessions are off for your group."),
        ("techniciangroup", "start_private", "Private sessions are off for your group."),
        ("techniciangroup", "by_email", "Email is off for your group."),
        ("portal", "lens_enabled", "Lens is off for this portal."),
    ],
)
def test_a_missing_right_is_shown_with_its_reason_and_the_forged_request_refused(
    alice: Manager, tess: Technician, served: Served, model: str, switch: str, reason: str
) -> None:
    mails = len(list(served.mail_dir.glob("*.eml")))

    # The open console follows without a reload.
    tess.page.get_by_role("button", name="New Session").click()
    alice.sets(model, switch, False)

    expect(tess.dialog.get_by_text(reason).first).to_be_visible()
    if switch == "by_email":
        expect(tess.dialog.get_by_role("tab", name="Email")).to_have_attribute("aria-disabled", "true")
    else:
        expect(tess.dialog.get_by_role("radio", name="Lens")).to_be_disabled()
    status, answer = tess.page.evaluate(
        FORGE, {"kind": "lens", "name": "Forged", "method": "email", "via": "server", "to": "ana@correo.example"}
    )
    assert (status, answer["code"]) == (403, "not_allowed"), json.dumps(answer)
    assert reason in answer["message"]
    tess.dialog.get_by_role("button", name="Close").click()
    expect(tess.pending("Forged")).to_have_count(0)
    assert len(list(served.mail_dir.glob("*.eml"))) == mails
    alice.page.goto("/admin/portals/auditevent/?refused__exact=1")
    expect(alice.page.get_by_role("row").filter(has_text="Tess Meyer").first).to_contain_text("session.create")
