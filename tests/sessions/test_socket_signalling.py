"""Signals pass between two whom the media plan joins, and nowhere else."""

import pytest
from django.utils import timezone

from portals.models import User
from sessions import actions, protocol, rooms, sockets
from sessions.models import SupportSession
from tests import factories
from tests.sessions.pages import Page, Pages, in_thread
from tests.sessions.rows import attendee

pytestmark = pytest.mark.django_db(transaction=True)

OFFER = {"type": "offer", "sdp": "v=0\r\nm=video 9 UDP/TLS/RTP/SAVPF 96\r\n"}
CANDIDATE = {"candidate": "candidate:1 1 udp 1 192.0.2.1 9 typ host", "sdpMid": "0", "sdpMLineIndex": 0}


async def signal(sender: Page, receiver: Page, *, to: str = "", page: str = "", **payload: object) -> None:
    payload = payload or {"description": OFFER}
    await sender.send("signal.send", to=to or receiver.you, page=page or receiver.page_id, **payload)


async def test_each_is_told_with_whom_to_connect(pages: Pages, bob: User, active: SupportSession) -> None:
    dora, lead = await pages.customer(active), await pages.technician(active, bob)

    plans = {}
    for page, other in ((dora, lead), (lead, dora)):
        await page.settle()
        plans[page.you] = page.came("media.plan")[-1]
        [peer] = plans[page.you]["peers"]
        assert (peer["attendee"], peer["page"]) == (other.you, other.page_id)
    assert plans[dora.you]["send"] == ["camera", "microphone"]
    assert plans[lead.you]["send"] == ["microphone"]
    assert plans[dora.you]["peers"][0]["polite"] is not plans[lead.you]["peers"][0]["polite"]


async def test_before_the_start_customer_and_lead_are_to_connect_and_to_send_nothing(
    pages: Pages, bob: User, waiting: SupportSession
) -> None:
    dora, lead = await pages.customer(waiting), await pages.technician(waiting, bob)

    for page, other in ((dora, lead), (lead, dora)):
        while not (plan := await page.until("media.plan"))["peers"]:
            pass
        assert [(peer["attendee"], peer["page"]) for peer in plan["peers"]] == [(other.you, other.page_id)]
        assert [plan["send"] for plan in page.came("media.plan")] == [[]] * len(page.came("media.plan"))


async def test_a_waiting_customer_is_connected_with_nobody_while_the_lead_looks_elsewhere(
    pages: Pages, bob: User, waiting: SupportSession
) -> None:
    dora = await pages.customer(waiting)
    await dora.settle()
    lead = await pages.technician(waiting, bob)
    await lead.settle()

    await lead.drop()

    while (await dora.until("media.plan"))["peers"]:
        pass
    assert [bool(plan["peers"] + plan["ice_servers"]) for plan in dora.came("media.plan")] == [False, True, False]


async def test_the_plan_comes_with_the_start_and_goes_with_the_hold_of_the_line(
    pages: Pages, bob: User, waiting: SupportSession
) -> None:
    dora, lead = await pages.customer(waiting), await pages.technician(waiting, bob)

    await in_thread(actions.start_session, technician=bob, session_id=waiting.public_id, now=timezone.now())

    for page in (dora, lead):
        while not (await page.until("media.plan"))["send"]:
            pass


async def test_the_plan_of_a_start_does_not_wait_for_the_database(
    pages: Pages, bob: User, waiting: SupportSession
) -> None:
    dora, lead = await pages.customer(waiting), await pages.technician(waiting, bob)
    await dora.settle()
    await lead.settle()

    async with rooms._rooms[waiting.public_id]._reading:
        await in_thread(actions.start_session, technician=bob, session_id=waiting.public_id, now=timezone.now())
        plans = [await page.until("media.plan") for page in (dora, lead)]

    assert [plan["send"] for plan in plans] == [["camera", "microphone"], ["microphone"]]
    for page in (dora, lead):
        await page.until("session.changed")
        await page.settle()
        assert page.came("media.plan")[-1]["send"] != []


@pytest.mark.parametrize(
    "payload", [{"description": OFFER}, {"candidate": CANDIDATE}, {"description": OFFER, "candidate": CANDIDATE}]
)
async def test_a_signal_arrives_with_its_sender_written_by_the_server(
    pages: Pages, bob: User, active: SupportSession, payload: dict[str, object]
) -> None:
    dora, lead = await pages.customer(active), await pages.technician(active, bob)

    await signal(dora, lead, **payload)

    received = await lead.until("signal.received")
    blank = {"description": None, "candidate": None, "lines": []}
    expected = blank | payload
    if expected["candidate"]:
        expected["candidate"] = CANDIDATE | {"usernameFragment": None}
    assert received == {"type": "signal.received", "sender": dora.you, "page": dora.page_id, **expected}


async def test_a_sender_cannot_claim_to_be_another(pages: Pages, bob: User, active: SupportSession) -> None:
    dora, lead = await pages.customer(active), await pages.technician(active, bob)

    await dora.send("signal.send", to=lead.you, page=lead.page_id, sender=lead.you, description=OFFER)

    assert (await dora.until("error"))["code"] == "bad_message"


async def test_a_signal_for_an_older_page_of_the_receiver_is_dropped(
    pages: Pages, bob: User, active: SupportSession
) -> None:
    dora, lead = await pages.customer(active), await pages.technician(active, bob)

    await signal(dora, lead, page="an-older-page")
    await dora.settle()

    assert [message["type"] for message in await lead.settle() if message["type"] == "signal.received"] == []


async def test_before_the_start_signals_pass_between_customer_and_lead(
    pages: Pages, bob: User, waiting: SupportSession
) -> None:
    dora, lead = await pages.customer(waiting), await pages.technician(waiting, bob)
    await lead.settle()

    for sender, receiver in ((dora, lead), (lead, dora)):
        await signal(sender, receiver)
        assert (await receiver.until("signal.received"))["sender"] == sender.you


async def test_before_the_start_another_technician_s_signal_is_dropped(
    pages: Pages, bob: User, waiting: SupportSession
) -> None:
    tom = await in_thread(factories.technician, "Tom", of=bob.company)
    await in_thread(attendee, waiting, tom, joined_at=None)
    dora, on_the_way = await pages.customer(waiting), await pages.technician(waiting, tom)

    for sender, receiver in ((dora, on_the_way), (on_the_way, dora)):
        await signal(sender, receiver)
        await sender.settle()
        await receiver.settle()
        assert sender.came("error") == receiver.came("signal.received") == []


async def test_a_signal_to_oneself_or_to_nobody_is_dropped(pages: Pages, bob: User, active: SupportSession) -> None:
    dora, lead = await pages.customer(active), await pages.technician(active, bob)

    for to in (dora.you, "nobody", str(active.public_id)):
        await signal(dora, lead, to=to)
        await dora.settle()
    await lead.settle()
    assert dora.came("error") == lead.came("signal.received") == []


async def test_a_signal_for_a_page_of_another_session_is_dropped(
    pages: Pages, bob: User, charlie: User, active: SupportSession
) -> None:
    other = await in_thread(factories.active_session, charlie, name="Eve")
    dora, lead = await pages.customer(active), await pages.technician(active, bob)
    eve, stranger = await pages.customer(other), await pages.technician(other, charlie)

    for sender in (dora, lead):
        for receiver in (eve, stranger):
            await signal(sender, receiver)
            await sender.settle()
            assert sender.came("error") == []
    for receiver in (eve, stranger):
        await receiver.settle()
        assert receiver.came("signal.received") == []


async def test_a_technician_on_the_way_in_is_no_peer_yet(pages: Pages, bob: User, active: SupportSession) -> None:
    tom = await in_thread(factories.technician, "Tom", of=bob.company)
    await in_thread(attendee, active, tom, joined_at=None)
    dora, on_the_way = await pages.customer(active), await pages.technician(active, tom)

    await signal(on_the_way, dora)

    await on_the_way.settle()
    await dora.settle()
    assert on_the_way.came("error") == dora.came("signal.received") == []
    assert on_the_way.came("media.plan")[-1]["peers"] == []


async def test_a_peer_whose_line_was_cut_stays_in_the_plan(pages: Pages, bob: User, active: SupportSession) -> None:
    """The picture goes from browser to browser and outlives the socket; only another page would end it."""
    dora, lead = await pages.customer(active), await pages.technician(active, bob)
    await lead.settle()
    plans = len(lead.came("media.plan"))

    await dora.drop()
    await lead.until("session.changed")
    await dora.connect()
    await dora.join()
    await lead.settle()

    assert len(lead.came("media.plan")) == plans


async def test_a_new_page_of_a_peer_changes_the_plan(pages: Pages, bob: User, active: SupportSession) -> None:
    dora, lead = await pages.customer(active), await pages.technician(active, bob)
    await lead.settle()

    again = await pages.customer(active)

    [peer] = (await lead.until("media.plan"))["peers"]
    assert (peer["attendee"], peer["page"]) == (dora.you, again.page_id)


# ---- Limits (S-41) -------------------------------------------------------------------------------


async def test_signals_to_someone_who_has_just_left_are_nobody_s_fault(
    pages: Pages, bob: User, active: SupportSession
) -> None:
    dora, lead = await pages.customer(active), await pages.technician(active, bob)

    for _each in range(sockets.FAULTS_ALLOWED + 5):
        await signal(dora, lead, to="who-has-left")

    assert (await dora.post("I am still here."))["type"] == "ack"


async def test_signals_have_a_limit_of_their_own(
    pages: Pages, bob: User, active: SupportSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "SIGNALS_PER_S", 0)
    dora, lead = await pages.customer(active), await pages.technician(active, bob)

    for _each in range(sockets.BURST):
        await signal(dora, lead)
    assert (await dora.post("Candidates do not use up the room for words."))["type"] == "ack"
    await signal(dora, lead)

    assert await dora.until_closed() == protocol.CLOSE_POLICY
    await lead.settle()
    assert len(lead.came("signal.received")) == sockets.BURST
