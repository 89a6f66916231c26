"""The server dies in mid-session: the picture goes on, both pages come back by themselves, nothing said is lost."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, expect

from tests.e2e.conftest import LAPTOP, PHONE, close
from tests.e2e.people import Customer, Technician, Watched
from tests.served import PASSWORD, Served, serve
from tests.waiting import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.services]


@pytest.fixture
def mortal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server of its own, which this test may kill."""
    with serve(tmp_path_factory.mktemp("mortal")) as running:
        yield running


@pytest.mark.timeout(600)
def test_picture_and_chat_survive_a_killed_server(chromium: Browser, mortal: Served) -> None:
    notes = Watched(origin=mortal.url)
    laptop = chromium.new_context(base_url=mortal.url, permissions=["microphone"], **LAPTOP)  # type: ignore[arg-type]
    phone = chromium.new_context(base_url=mortal.url, permissions=["camera", "microphone"], **PHONE)  # type: ignore[arg-type]
    for context in (laptop, phone):
        notes.watch(context)
        context.set_default_timeout(30_000)
    tess, ana = Technician(laptop.new_page(), "tess@acme.example", PASSWORD), Customer(phone.new_page())
    tess.sign_in()
    ana.comes_in(tess.creates_pin("Ana Survivor"))
    tess.starts("Ana Survivor")
    tess.wait_for_flow("framesDecoded", more_than=10)
    tess.says("before")
    ana.page.get_by_role("button", name="Chat").click()
    ana.reads("before")

    peers = [person.made_peers() for person in (tess, ana)]
    mortal.kill()
    during = tess.flows()["framesDecoded"]
    tess.wait_for_flow("framesDecoded", more_than=during + 20)
    ana.says("while it was dead")
    mortal.start()

    tess.reads("while it was dead")
    tess.says("after")
    ana.reads("after")
    for person in (tess, ana):
        lines = person.page.get_by_role("log", name="Chat")
        for text in ("before", "while it was dead", "after"):
            expect(lines.get_by_text(text, exact=True)).to_have_count(1)
    seen = tess.flows()["framesDecoded"]
    tess.wait_for_flow("framesDecoded", more_than=seen + 20)
    assert [person.made_peers() for person in (tess, ana)] == peers, "a peer connection was replaced"

    tess.ends()
    expect(ana.page.get_by_role("heading", name="The session has ended")).to_be_visible()
    wait_for(lambda: not ana.camera_is_live(), "the camera to be off")
    close(laptop)
    close(phone)
    assert [fault for fault in notes.faults if "policy" in fault or "foreign" in fault or "error:" in fault] == []
