"""A specialist's socket: what it may never hold (S-44, S-45), and how it is cut."""

from typing import Any

import pytest
from django.utils import timezone

from portals.models import Portal, User
from sessions import actions, attendees, chat, guest_cookie, notes, protocol
from sessions.models import Participant, SupportSession
from tests import factories
from tests.invitations.specialists import allow, come, invite
from tests.sessions.pages import Page, Pages, in_thread, session_path, sign_in

pytestmark = pytest.mark.django_db(transaction=True)

SECRET = "secret-of-the-technicians"
ADDRESS = "dora.private@example.com"


def prepare() -> dict[str, Any]:
    """A running session whose customer was mailed, with notes, an earlier chat and an invitation of specialists."""
    bob = factories.technician("Bob", invite_specialists=True)
    created = factories.invited(bob, method="email", to=ADDRESS)
    dora, _cookie = factories.invitation_actions.redeem(token=created.secrets.token, language="en", now=timezone.now())
    actions.accept_terms(participant=dora, version=1, now=timezone.now())
    public_id = created.support_session.public_id
    active = actions.start_session(technician=bob, session_id=public_id, now=timezone.now())
    active = allow(active)
    notes.save_notes(technician=bob, session_id=public_id, text=f"notes: {SECRET}")
    lead = active.participants.get(user=bob)
    say(lead, f"{SECRET} before", "everyone")
    issued = invite(active, comment=f"comment: {SECRET}")
    sam, cookie = come(issued)
    cookies = {guest_cookie.cookie_name(public_id): cookie}
    return {"bob": bob, "active": active, "lead": lead, "issued": issued, "sam": sam, "cookies": cookies}


def say(participant: Participant, text: str, audience: str) -> None:
    number = participant.support_session.timeline.count()
    chat.post_chat(
        participant=participant,
        client_msg_id=f"line-{number:04d}-{audience}",
        text=text,
        audience=audience,
        now=timezone.now(),
    )


async def open_page(pages: Pages, made: dict[str, Any], *, as_: str = "sam") -> Page:
    cookies = made["cookies"] if as_ == "sam" else await in_thread(sign_in, made["bob"])
    page = pages.make(session_path(made["active"]), cookies=cookies)
    await (await page.connect()).join()
    return page


async def test_it_never_holds_what_is_for_technicians_nor_contact_data_nor_what_was_said_before(pages: Pages) -> None:
    made = await in_thread(prepare)
    active: SupportSession = made["active"]
    sam, bob = await open_page(pages, made), await open_page(pages, made, as_="bob")

    await in_thread(say, made["lead"], f"{SECRET} now", "technicians")
    await in_thread(say, made["lead"], "for all", "everyone")
    await in_thread(notes.save_notes, technician=made["bob"], session_id=active.public_id, text=f"{SECRET} again")
    await sam.until("chat.posted")
    await sam.join_again_from_the_start()
    await sam.settle()

    held = "\n".join(sam.frames)
    assert sam.log.texts == ["for all"]
    assert "Sam" in held
    for hidden in (SECRET, ADDRESS, made["issued"].secrets.code, made["issued"].secrets.token, "invitation.created"):
        assert hidden not in held, hidden
    # The same is told to the technician, or the test would prove nothing.
    told = "\n".join(bob.frames)
    assert SECRET in told
    assert ADDRESS in told


async def test_who_waits_is_told_to_the_lead_alone(pages: Pages) -> None:
    made = await in_thread(prepare)
    sam, bob = await open_page(pages, made), await open_page(pages, made, as_="bob")
    await in_thread(lambda: Portal.objects.update(admit_specialists=True))

    await in_thread(come, made["issued"], "Kim Waits")
    while not any("Kim Waits" in frame for frame in bob.frames):
        await bob.until("session.changed")
    await sam.settle()

    assert not any("Kim Waits" in frame for frame in sam.frames)
    assert not any("192.0.2.7" in frame for frame in sam.frames + bob.frames)


async def test_removed_it_is_closed_and_what_it_sends_then_is_refused(pages: Pages) -> None:
    made = await in_thread(prepare)
    active: SupportSession = made["active"]
    sam = await open_page(pages, made)

    await in_thread(
        attendees.remove_attendee,
        technician=made["bob"],
        session_id=active.public_id,
        attendee_id=made["sam"].public_id,
        now=timezone.now(),
    )

    assert await sam.until_closed() == protocol.CLOSE_NOT_INSIDE
    again = pages.make(session_path(active), cookies=made["cookies"])
    await again.connect()
    assert await again.until_closed() == protocol.CLOSE_NOT_INSIDE


@pytest.mark.parametrize("switch", ["portal", "group", "company"])
async def test_turned_off_by_a_manager_it_is_closed_without_any_hint(pages: Pages, switch: str) -> None:
    """S-07: nothing is published; the watch over the rooms finds it."""
    made = await in_thread(prepare)
    active: SupportSession = made["active"]
    bob: User = made["bob"]
    sam = await open_page(pages, made)

    def turn_off() -> None:
        assert bob.technician_group is not None
        rows = {"portal": active.portal, "group": bob.technician_group, "company": active.company}
        name = "invite_specialists" if switch == "group" else "specialists_enabled"
        type(rows[switch]).objects.filter(pk=rows[switch].pk).update(**{name: False})

    await in_thread(turn_off)

    assert await sam.until_closed() == protocol.CLOSE_NOT_INSIDE


async def test_its_plan_lets_it_speak_and_show_a_screen_only_where_the_group_allows(pages: Pages) -> None:
    made = await in_thread(prepare)
    sam, _bob = await open_page(pages, made), await open_page(pages, made, as_="bob")
    plan = await sam.until("media.plan")
    while "microphone" not in plan["send"]:
        plan = await sam.until("media.plan")
    assert plan["send"] == ["microphone"]

    def allow_screens() -> None:
        type(made["bob"].technician_group).objects.update(specialists_share_screen=True)

    await in_thread(allow_screens)

    while plan["send"] != ["microphone", "screen"]:
        plan = await sam.until("media.plan")
