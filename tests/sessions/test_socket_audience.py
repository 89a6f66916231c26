"""Who is shown what: all that ever came over a socket is searched for what it may not hold (S-44, S-45)."""

from typing import Any

import pytest
from django.conf import settings

from portals.models import User
from sessions import bus
from sessions.models import Participant, SupportSession
from tests import factories
from tests.sessions.pages import Page, Pages, in_thread
from tests.sessions.rows import attendee

pytestmark = pytest.mark.django_db(transaction=True)


def traffic(page: Page) -> str:
    return "\n".join(page.frames)


async def test_nothing_for_technicians_reaches_the_customer(pages: Pages, bob: User, active: SupportSession) -> None:
    tom = await in_thread(factories.technician, "Tom", of=bob.company)
    await in_thread(attendee, active, tom)
    dora, lead, colleague = (
        await pages.customer(active),
        await pages.technician(active, bob),
        await pages.technician(active, tom),
    )

    await lead.post("secret: live", audience="technicians")
    await dora.settle()
    await dora.drop()
    await lead.post("secret: while away", audience="technicians")
    await lead.post("for everyone")
    await dora.connect()
    await dora.join()
    await dora.join_again_from_the_start()
    await colleague.until("chat.posted", text="for everyone")

    assert "secret" not in traffic(dora)
    assert "technicians" not in traffic(dora)
    assert dora.log.texts == ["for everyone"]
    assert colleague.log.texts == ["secret: live", "secret: while away", "for everyone"]


async def test_the_customer_is_not_told_how_the_code_was_sent(pages: Pages, bob: User) -> None:
    """The line says to which address; it is for technicians."""
    created = await in_thread(factories.invited, bob, method="email", to="ana@example.com")
    support_session = created.support_session
    await in_thread(_accept, created)

    dora, lead = await pages.customer(support_session), await pages.technician(support_session, bob)

    assert "ana@example.com" in traffic(lead)
    assert "ana@example.com" not in traffic(dora)
    assert "invitation.created" not in traffic(dora)


def _accept(created: Any) -> None:
    from django.utils import timezone

    from invitations.actions import redeem
    from sessions.actions import accept_terms

    dora, _cookie = redeem(token=created.secrets.token, language="en", now=timezone.now())
    accept_terms(participant=dora, version=1, now=timezone.now())


async def test_no_secret_of_one_is_in_the_traffic_of_another(pages: Pages, bob: User, active: SupportSession) -> None:
    dora, lead = await pages.customer(active), await pages.technician(active, bob)
    await dora.post("hello")
    await lead.until("chat.posted", text="hello")
    await dora.send("signal.send", to=lead.you, page=lead.page_id, description={"type": "offer", "sdp": "v=0"})
    await lead.until("signal.received")
    await dora.settle()

    secrets = await in_thread(_secrets, active, [dora, lead])
    for page in (dora, lead):
        assert [secret for secret in secrets if secret in traffic(page)] == []


def _secrets(support_session: SupportSession, pages: list[Page]) -> list[str]:
    """Cookies, digests, keys of rows, names of groups and channels, addresses of people."""
    cookies = [
        crumb.partition("=")[2] for page in pages for crumb in dict(page.headers)[b"cookie"].decode().split("; ")
    ]
    people = list(Participant.objects.filter(support_session=support_session).select_related("user"))
    digests = [person.token_digest for person in people if person.token_digest]
    users = [value for person in people if person.user for value in (person.user.email, person.user.password)]
    groups = [bus.room_group(support_session.public_id), "console.", "specific.", bus._bus.origin]
    return [*cookies, *digests, *users, *groups, settings.SECRET_KEY, settings.CODE_PEPPER]


async def test_turn_credentials_are_one_s_own(pages: Pages, bob: User, active: SupportSession, settings: Any) -> None:
    settings.TURN_URLS = ["turn:turn.example:3478"]
    settings.TURN_SECRET = "t" * 40
    dora, lead = await pages.customer(active), await pages.technician(active, bob)
    await dora.settle()
    await lead.settle()

    for page, other in ((dora, lead), (lead, dora)):
        servers = page.came("media.plan")[-1]["ice_servers"]
        assert [server["username"].partition(":")[2] for server in servers] == [page.you]
        assert f":{other.you}" not in traffic(page)
        assert "t" * 40 not in traffic(page)


async def test_messages_of_one_session_are_not_seen_in_another(
    pages: Pages, bob: User, charlie: User, active: SupportSession
) -> None:
    other = await in_thread(factories.active_session, charlie, name="Eve")
    dora, lead = await pages.customer(active), await pages.technician(active, bob)
    eve, stranger = await pages.customer(other), await pages.technician(other, charlie)

    await lead.post("only for Dora")
    await dora.until("chat.posted")
    for page in (eve, stranger):
        await page.settle()

    for page in (eve, stranger):
        for foreign in ("only for Dora", str(active.public_id), dora.you, lead.you, "Bob"):
            assert foreign not in traffic(page)
