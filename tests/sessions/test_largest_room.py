"""The largest room: eight technicians of two companies, five specialists, the customer; and who of them learns what."""

import asyncio
from typing import Any

import pytest
from django.utils import timezone

from invitations.actions import redeem
from invitations.agent_invitations import Issued, invite_agents, join_by_code
from invitations.colleagues import accept_request, invite_colleague
from portals.models import User
from sessions import leads, notes, presence
from sessions.actions import accept_terms, start_session
from sessions.agents import MAX_TECHNICIANS
from sessions.models import MAX_SPECIALISTS, SupportSession
from tests import factories
from tests.sessions.pages import Page, Pages, in_thread
from tests.sessions.rows import specialist

pytestmark = pytest.mark.django_db(transaction=True)
NOW = timezone.now
PRIVATE = "the boiler is leaking, say nothing yet"
COMMENT = "knows this boiler"
NOTE = "has not paid since spring"
ADDRESS = "ana@example.com"


def running(bob: User) -> SupportSession:
    """Bob's active session with a customer who was reached by mail."""
    created = factories.invited(bob, method="email", to=ADDRESS)
    dora, _cookie = redeem(token=created.secrets.token, language="en", now=NOW())
    accept_terms(participant=dora, version=1, now=NOW())
    return start_session(technician=bob, session_id=created.support_session.public_id, now=NOW())


def fill(bob: User) -> tuple[SupportSession, Issued, list[User]]:
    """One colleague comes by name, the others by code, every second one of another company."""
    active = running(bob)
    issued = invite_agents(technician=bob, session_id=active.public_id, now=NOW())
    tom = factories.technician("Tom", of=bob.company)
    presence.renew_console(technician=tom, now=NOW())
    request = invite_colleague(
        technician=bob,
        session_id=active.public_id,
        kind="technician",
        target_id=str(tom.public_id),
        comment=COMMENT,
        now=NOW(),
    )
    accept_request(technician=tom, request_id=request.public_id, now=NOW())
    agents = [tom]
    for number in range(MAX_TECHNICIANS - 2):
        agent = factories.technician(f"Agent {number}", of=bob.company if number % 2 else None)
        join_by_code(technician=agent, code=issued.secrets.code, address="192.0.2.7", now=NOW())
        agents.append(agent)
    notes.save_notes(technician=bob, session_id=active.public_id, text=NOTE)
    return active, issued, agents


async def test_fourteen_read_each_other_and_nobody_what_is_not_theirs(pages: Pages, bob: User) -> None:
    active, issued, agents = await in_thread(fill, bob)
    outsiders = [await in_thread(specialist, active, f"Sam {slot}", slot) for slot in range(1, MAX_SPECIALISTS + 1)]
    lead, dora = await pages.technician(active, bob), await pages.customer(active)
    technicians = [lead, *[await pages.technician(active, agent) for agent in agents]]
    specialists = [await pages.specialist(outsider) for outsider in outsiders]
    room = [dora, *technicians, *specialists]
    assert len(room) == 14

    for number, page in enumerate(room):
        await page.post(f"line {number}")
    await technicians[1].post(PRIVATE, audience="technicians")
    toms = await in_thread(lambda: active.participants.get(user=agents[0]))
    await in_thread(
        leads.offer_lead, technician=bob, session_id=active.public_id, attendee_id=toms.public_id, now=NOW()
    )
    await in_thread(leads.take_lead, technician=agents[0], session_id=active.public_id, now=NOW())
    await dora.post("last line")
    await asyncio.gather(*(heard_all(page) for page in room))

    everything = [f"line {number}" for number in range(14)] + ["last line"]
    for page in [dora, *specialists]:
        assert page.log.texts == everything
    for page in technicians:
        assert page.log.texts == [*everything[:-1], PRIVATE, "last line"]
    for page in room:
        assert [line["attendee"]["name"] for line in page.log.lines if line["type"] == "lead.changed"] == ["Tom"]
        assert len(page.came("session.changed")[-1]["attendees"]) == 14

    secrets = await in_thread(kept_from_outsiders, active, issued)
    for page in [dora, *specialists]:
        assert [secret for secret in secrets if secret in "\n".join(page.frames)] == []
    for page, agent in zip(technicians[1:], agents, strict=True):
        told = ADDRESS in "\n".join(page.frames)
        assert told == (agent.company_id == bob.company_id)
        assert issued.secrets.code not in "\n".join(page.frames)
        assert issued.secrets.token not in "\n".join(page.frames)


async def heard_all(page: Page) -> None:
    while page.log.texts[-1:] != ["last line"]:
        await page.receive()
    await page.settle()
    while page.came("session.changed")[-1]["session"]["lead_name"] != "Tom":
        await page.receive()


def kept_from_outsiders(active: SupportSession, issued: Issued) -> list[str]:
    """What no customer and no specialist may read, in whatever message (S-44, S-45)."""
    people = [person.user for person in active.participants.select_related("user") if person.user]
    accounts = [value for user in people for value in (user.email, str(user.public_id), user.password)]
    texts = [PRIVATE, COMMENT, NOTE, ADDRESS, issued.secrets.code, issued.secrets.token, "technicians only"]
    kinds = ["lead.offered", "agent.invited", "agent.answered", "invitation.created", "delivery.changed"]
    digests = [value for person in active.participants.all() if (value := person.token_digest)]
    return [*texts, *kinds, *accounts, *digests, '"audience":"technicians"']


async def test_a_specialist_or_customer_who_forges_it_reaches_no_technician_only(pages: Pages, bob: User) -> None:
    active = await in_thread(factories.active_session, bob)
    outsider = await in_thread(specialist, active, "Sam", 1)
    lead, dora, sam = (
        await pages.technician(active, bob),
        await pages.customer(active),
        await pages.specialist(outsider),
    )

    for page in (dora, sam):
        answer: dict[str, Any] = await page.post("between us", audience="technicians")
        assert (answer["type"], answer["code"]) == ("error", "not_allowed")

    await lead.settle()
    assert lead.log.texts == []
