"""A technician of another company: this one session, and of it nothing that says how the customer was reached."""

import itertools
from typing import Any

import pytest
from django.utils import timezone

from portals.models import Company, User
from sessions import notes, sweeps
from sessions.chat import post_chat
from sessions.endings import end_session
from sessions.errors import NotInside
from sessions.history import HistoryFilter
from sessions.models import SupportSession
from sessions.permissions import can_attend, can_write_notes
from sessions.record import full, with_everything
from sessions.states import EndReason, Status
from tests import factories
from tests.sessions.pages import Closed, Pages, TurnedAway, in_thread, session_path, sign_in
from tests.sessions.rows import attendee

NOW = timezone.now
SETTINGS = ("technicians_may_be_guests", "guests_may_join")


def switch(company_id: int | None, **settings: bool) -> None:
    Company.objects.filter(pk=company_id).update(**settings)


def mailed_session(bob: User) -> SupportSession:
    """Active; its customer was reached by mail, and filled in a form."""
    created = factories.invited(bob, method="email", to="ana@example.com")
    support_session: SupportSession = created.support_session
    SupportSession.objects.filter(pk=support_session.pk).update(
        status=Status.ACTIVE,
        terms_accepted_at=NOW(),
        waiting_at=NOW(),
        started_at=NOW(),
        answers=[["Customer number", "C-4711"]],
    )
    support_session.participants.filter(user=bob).update(joined_at=NOW())
    support_session.refresh_from_db()
    return support_session


@pytest.mark.parametrize(("own", "host"), list(itertools.product([True, False], repeat=2)))
def test_both_companies_must_allow_it(bob: User, charlie: User, own: bool, host: bool) -> None:
    active = factories.active_session(bob)
    switch(charlie.company_id, technicians_may_be_guests=own)
    switch(bob.company_id, guests_may_join=host)
    guest = User.objects.get(pk=charlie.pk)
    active = SupportSession.objects.get(pk=active.pk)

    right = can_attend(guest, active)

    assert bool(right) == (own and host)
    assert ("Your company" in str(right.reason)) == (not own)
    assert can_attend(bob, active)


def test_a_guest_sees_this_one_session_while_inside(bob: User, charlie: User) -> None:
    active, other = factories.active_session(bob), factories.waiting_session(bob, name="Eve")
    attendee(active, charlie)

    assert list(SupportSession.objects.visible_to(charlie)) == [active]
    assert list(HistoryFilter({}, reader=charlie).sessions()) == [active]
    assert can_write_notes(charlie, active)
    end_session(technician=bob, session_id=active.public_id, now=NOW())

    assert not SupportSession.objects.visible_to(charlie).exists()
    assert not HistoryFilter({}, reader=charlie).sessions().exists()
    active.refresh_from_db()
    assert not can_write_notes(charlie, active)
    assert can_write_notes(bob, active)
    assert other in SupportSession.objects.visible_to(bob)


def test_a_guest_is_not_told_how_the_customer_was_reached(bob: User, charlie: User) -> None:
    active = mailed_session(bob)
    attendee(active, charlie)
    found = with_everything(SupportSession.objects.all()).get(pk=active.pk)

    for reader, knows in ((bob, True), (charlie, False)):
        told = str(full(found, reader=reader, now=NOW()))
        assert ("ana@example.com" in told, "C-4711" in told) == (knows, knows)


@pytest.mark.django_db(transaction=True)
async def test_the_address_is_not_in_a_guest_s_traffic(pages: Pages, bob: User, charlie: User) -> None:
    active = await in_thread(mailed_session, bob)
    await in_thread(attendee, active, charlie)
    lead, guest = await pages.technician(active, bob), await pages.technician(active, charlie)
    await lead.post("look at the pump", audience="technicians")
    await guest.until("chat.posted")

    assert guest.log.last_seq == lead.log.last_seq
    assert guest.log.texts == ["look at the pump"]
    assert "ana@example.com" in "\n".join(lead.frames)
    assert "ana@example.com" not in "\n".join(guest.frames)
    charlies = next(one for one in lead.came("session.changed")[-1]["attendees"] if one["name"] == "Charlie")
    assert charlies["company"] == str(charlie.company)


# ---- Switched off while inside (S-07) ------------------------------------------------------------


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_guest_is_out_when_a_company_switches_guests_off(bob: User, charlie: User, setting: str) -> None:
    active = factories.active_session(bob)
    guest = attendee(active, charlie)
    assert sweeps.withdraw_rights(now=NOW()) == 0
    switch(charlie.company_id if setting == "technicians_may_be_guests" else bob.company_id, **{setting: False})

    with pytest.raises(NotInside):
        post_chat(participant=guest, client_msg_id="line-0001", text="still here", audience="everyone", now=NOW())
    assert sweeps.withdraw_rights(now=NOW()) == 1
    assert sweeps.withdraw_rights(now=NOW()) == 0

    active.refresh_from_db()
    assert (active.status, active.lead) == (Status.ACTIVE, bob)
    assert active.timeline.latest("seq").data["attendee"]["name"] == "Charlie"
    assert not SupportSession.objects.visible_to(charlie).exists()


def test_an_agent_whose_account_is_disabled_is_out(bob: User) -> None:
    active = factories.active_session(bob)
    agent = attendee(active, factories.technician("Tom", of=bob.company))
    User.objects.filter(pk=agent.user_id).update(is_active=False)

    assert sweeps.withdraw_rights(now=NOW()) == 1

    agent.refresh_from_db()
    assert not agent.is_inside
    assert active.timeline.latest("seq").kind == "attendee.left"


@pytest.mark.parametrize("others", [True, False])
def test_a_guest_who_leads_gives_the_lead_back_or_the_session_ends(bob: User, charlie: User, others: bool) -> None:
    active = factories.active_session(bob)
    attendee(active, charlie)
    SupportSession.objects.filter(pk=active.pk).update(lead=charlie)
    if not others:
        active.participants.filter(user=bob).update(left_at=NOW())
    switch(bob.company_id, guests_may_join=False)

    assert sweeps.withdraw_rights(now=NOW()) == 1

    active.refresh_from_db()
    assert not active.participants.get(user=charlie).is_inside
    if others:
        assert (active.status, active.lead) == (Status.ACTIVE, bob)
    else:
        assert (active.status, active.end_reason) == (Status.ABORTED, EndReason.RIGHT_WITHDRAWN)


@pytest.mark.django_db(transaction=True)
async def test_a_guest_s_socket_is_closed_and_does_not_open_again(
    pages: Pages, bob: User, charlie: User, monkeypatch: Any
) -> None:
    monkeypatch.setattr("sessions.rooms.LOOK_EVERY_S", 0.05)
    active = await in_thread(factories.active_session, bob)
    await in_thread(attendee, active, charlie)
    guest = await pages.technician(active, charlie)
    await in_thread(switch, bob.company_id, guests_may_join=False)

    assert await guest.until_closed() == 4001
    cookies = await in_thread(sign_in, charlie)
    with pytest.raises((TurnedAway, Closed)):
        page = await pages.make(session_path(active, who="user"), cookies=cookies).connect()
        await page.join()


def test_a_guest_writes_notes_only_while_inside(bob: User, charlie: User) -> None:
    active = factories.active_session(bob)
    guest = attendee(active, charlie)
    notes.save_notes(technician=charlie, session_id=active.public_id, text="The pump.")
    guest.left_at = NOW()
    guest.save(update_fields=["left_at"])

    with pytest.raises(SupportSession.DoesNotExist):
        notes.save_notes(technician=charlie, session_id=active.public_id, text="")
