"""The console's socket: the whole state at the start and after each change, one's own and nothing else."""

import asyncio
import threading
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from invitations import actions as invitation_actions
from portals.models import TechnicianGroup, User
from sessions import actions, bus, console_consumer, console_state, endings, protocol, steps
from sessions.models import SupportSession
from sessions.states import EndReason, Status
from tests import factories
from tests.sessions.pages import PATIENCE_S, Broken, Page, Pages, TurnedAway, in_thread, sign_in, until_true
from tests.sessions.rows import session_in

pytestmark = pytest.mark.django_db(transaction=True)


async def until_rows(console: Page, *rows: tuple[str, str]) -> dict[str, Any]:
    """Read on until the table *Sessions* shows exactly these names and statuses."""
    while True:
        snapshot = await console.until("console.snapshot")
        if [(row["name"], row["status"]) for row in snapshot["sessions"]] == list(rows):
            return snapshot


async def test_everything_is_told_at_the_start(pages: Pages, bob: User) -> None:
    await in_thread(factories.active_session, bob, name="Ann")
    await in_thread(factories.waiting_session, bob, name="Ben")
    await in_thread(factories.invited, bob, name="Cyd")

    snapshot = await (await pages.console(bob)).until("console.snapshot")

    assert [(row["name"], row["status"]) for row in snapshot["sessions"]] == [("Ben", "waiting"), ("Ann", "active")]
    assert [code["name"] for code in snapshot["pending"]] == ["Cyd"]
    assert (snapshot["active"], snapshot["active_limit"]) == (1, steps.MAX_ACTIVE)


async def test_a_session_appears_when_the_customer_waits_and_not_before(pages: Pages, bob: User) -> None:
    console = await pages.console(bob)
    await until_rows(console)

    dora, _cookie = await in_thread(factories.customer_on_the_way, bob)
    while not (snapshot := await console.until("console.snapshot"))["pending"]:
        pass
    assert snapshot["sessions"] == []
    await in_thread(actions.accept_terms, participant=dora, version=1, now=timezone.now())

    snapshot = await until_rows(console, ("Dora", "waiting"))
    assert snapshot["pending"] == []
    [row] = snapshot["sessions"]
    assert (row["can_start"], row["why_not"]) == (True, "")


async def test_each_change_is_told(pages: Pages, bob: User) -> None:
    console = await pages.console(bob)
    waiting = await in_thread(factories.waiting_session, bob)
    await until_rows(console, ("Dora", "waiting"))

    await in_thread(actions.start_session, technician=bob, session_id=waiting.public_id, now=timezone.now())
    await until_rows(console, ("Dora", "active"))
    await in_thread(endings.end_session, technician=bob, session_id=waiting.public_id, now=timezone.now())
    await until_rows(console)


async def test_a_code_that_is_cancelled_leaves_the_list(pages: Pages, bob: User) -> None:
    created = await in_thread(factories.invited, bob)
    console = await pages.console(bob)
    [code] = (await console.until("console.snapshot"))["pending"]
    assert code["code"] == created.secrets.code_display

    await in_thread(
        invitation_actions.cancel, technician=bob, invitation_id=created.invitation.public_id, now=timezone.now()
    )

    while (await console.until("console.snapshot"))["pending"]:
        pass


async def test_nothing_is_told_while_nothing_changes(
    pages: Pages, bob: User, waiting: SupportSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console_consumer, "LOOK_EVERY_S", 0.02)
    looks, snapshot = threading.Semaphore(0), console_state.snapshot

    def counted(*arguments: Any, **named: Any) -> Any:
        looks.release()
        return snapshot(*arguments, **named)

    monkeypatch.setattr(console_state, "snapshot", counted)
    console = await pages.console(bob)
    await console.until("console.snapshot")

    for _look in range(6):
        assert await asyncio.to_thread(looks.acquire, timeout=PATIENCE_S)
    await console.settle()

    assert len(console.came("console.snapshot")) == 1


async def test_another_technician_s_sessions_and_codes_are_never_in_it(
    pages: Pages, bob: User, charlie: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    tom = await in_thread(factories.technician, "Tom", of=bob.company)
    consoles = {user.pk: await pages.console(user) for user in (bob, tom, charlie)}

    for user, name in ((tom, "Toms"), (charlie, "Charlies"), (bob, "Bobs")):
        await in_thread(factories.waiting_session, user, name=f"{name} waiting")
        await in_thread(factories.invited, user, name=f"{name} code")
        declined, _cookie = await in_thread(factories.customer_on_the_way, user, name=f"{name} declined")
        await in_thread(actions.decline_terms, participant=declined, now=timezone.now())

    for user, own in ((bob, "Bobs"), (tom, "Toms"), (charlie, "Charlies")):
        console = consoles[user.pk]
        while not (await console.until("console.snapshot"))["notices"]:
            pass
        traffic = "".join(console.frames)
        for what in ("waiting", "code", "declined"):
            assert f"{own} {what}" in traffic
        assert [name for name in ("Bobs", "Toms", "Charlies") if name != own and name in traffic] == []


@pytest.mark.parametrize(
    ("reason", "words"),
    [
        (EndReason.TERMS_DECLINED, "Dora declined the terms. The session has ended."),
        (EndReason.NOT_REQUESTED, "Dora did not ask for help. The session has ended."),
        (EndReason.BY_WAITING_CUSTOMER, "Dora stopped waiting. The session has ended."),
        (EndReason.CODE_EXPIRED, "The code for Dora has expired. Make a new one if it is still needed."),
        (EndReason.WAITED_TOO_LONG, "Dora waited too long and was timed out."),
    ],
)
def test_the_technician_is_told_why_a_code_came_to_nothing(bob: User, reason: EndReason, words: str) -> None:
    now = timezone.now()
    session_in(Status.CLOSED, lead=bob, end_reason=reason, ended_at=now)
    session_in(Status.CLOSED, lead=bob, end_reason=reason, ended_at=now - timedelta(minutes=11))
    session_in(Status.CLOSED, lead=bob, end_reason=EndReason.BY_TECHNICIAN, ended_at=now)

    assert [notice.text for notice in console_state.snapshot(bob, now=now).notices] == [words]


# ---- What the lists and the dialog show ------------------------------------------------------------


def in_the_queue(bob: User, **fields: Any) -> None:
    """A customer who waits for any technician of Bob's portal."""
    waiting = session_in(Status.WAITING, lead=bob, kind="screen", via_portal=True, **fields)
    waiting.participants.all().delete()
    SupportSession.objects.filter(pk=waiting.pk).update(lead=None)


def test_who_waits_longest_stands_first_and_who_is_helped_below(bob: User) -> None:
    now = timezone.now()
    for name, status, minutes in [("Ann", Status.ACTIVE, 50), ("Ben", Status.WAITING, 1), ("Cyd", Status.WAITING, 9)]:
        session_in(status, lead=bob, kind="screen", customer_name=name, status_since=now - timedelta(minutes=minutes))
    in_the_queue(bob, customer_name="Eve", status_since=now - timedelta(minutes=5))

    assert [row.name for row in console_state.snapshot(bob, now=now).sessions] == ["Cyd", "Eve", "Ben", "Ann"]


def test_a_portal_s_answers_are_shown_once_the_session_is_one_s_own(bob: User) -> None:
    """S-16: of who waits in a queue, nothing is shown but name and time."""
    answers = [["What is wrong?", "The light is red."]]
    session_in(Status.WAITING, lead=bob, customer_name="Ann", answers=answers)
    in_the_queue(bob, customer_name="Ben", answers=answers)

    shown = {row.name: row.answers for row in console_state.snapshot(bob, now=timezone.now()).sessions}

    assert shown == {"Ann": answers, "Ben": []}


@pytest.mark.parametrize(
    ("switch", "offer"),
    [("start_lens", "lens"), ("start_private", "private"), ("view_screen", "screen"), ("by_email", "email")],
)
async def test_a_right_that_a_manager_turns_off_is_told_to_the_open_console(
    pages: Pages, bob: User, switch: str, offer: str
) -> None:
    console = await pages.console(bob)
    before = (await console.until("console.snapshot"))["why_not_create"]

    await TechnicianGroup.objects.aupdate(**{switch: False})

    while (after := (await console.until("console.snapshot"))["why_not_create"]) == before:
        pass
    assert [name for name, reason in after.items() if reason and not before[name]] == [offer]
    assert "Your manager can turn" in after[offer]


# ---- What a row says about Start --------------------------------------------------------------------


def why_not(user: User) -> list[str]:
    rows = console_state.snapshot(User.objects.get(pk=user.pk), now=timezone.now()).sessions
    return [row.why_not for row in rows if row.status == Status.WAITING]


def test_a_second_lens_session_says_why_it_cannot_start(bob: User) -> None:
    factories.active_session(bob, name="Ann")
    factories.waiting_session(bob, name="Ben")

    assert why_not(bob) == ["One Lens session at a time. End or hold the session with Ann first."]


def test_ten_active_sessions_say_why_no_more_can_start(bob: User) -> None:
    for _each in range(steps.MAX_ACTIVE):
        session_in(Status.ACTIVE, lead=bob, kind="screen")
    session_in(Status.WAITING, lead=bob, kind="screen")

    assert why_not(bob) == ["You have 10 active sessions already. End one first."]


def test_a_right_that_was_taken_says_so(bob: User) -> None:
    factories.waiting_session(bob)
    TechnicianGroup.objects.filter(pk=bob.technician_group_id).update(start_lens=False)

    assert why_not(bob) == ["Lens sessions are off for your group. Your manager can turn them on."]


# ---- Who may --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("who", ["nobody", "manager", "without a seat", "operator", "disabled"])
async def test_only_technicians_have_a_console(pages: Pages, bob: User, alice: User, who: str) -> None:
    def browser() -> dict[str, str]:
        match who:
            case "nobody":
                return {}
            case "manager":
                return sign_in(alice)
            case "without a seat":
                return sign_in(factories.user(bob.company, "Nora"))
            case "operator":
                return sign_in(User.objects.create_superuser("op@example.com", name="Olga"))
        cookies = sign_in(bob)
        User.objects.filter(pk=bob.pk).update(is_active=False)
        return cookies

    with pytest.raises(TurnedAway):
        await pages.make("/ws/console/", cookies=await in_thread(browser)).connect()


@pytest.mark.parametrize("change", [{"is_active": False}, {"has_seat": False}, {"technician_group": None}])
async def test_who_may_not_work_any_more_is_put_out_at_the_next_look(
    pages: Pages, bob: User, monkeypatch: pytest.MonkeyPatch, change: dict[str, Any]
) -> None:
    monkeypatch.setattr(console_consumer, "LOOK_EVERY_S", 0.05)
    console = await pages.console(bob)
    await console.until("console.snapshot")

    await in_thread(User.objects.filter(pk=bob.pk).update, **change)

    assert await console.until_closed() == protocol.CLOSE_NOT_INSIDE


# ---- What it is sent --------------------------------------------------------------------------------------


async def test_an_open_console_makes_its_technician_present(pages: Pages, bob: User) -> None:
    def present() -> bool:
        return User.objects.get(pk=bob.pk).is_present(timezone.now())

    assert not await in_thread(present)
    first = await pages.console(bob)
    await first.until("console.snapshot")
    assert await in_thread(present)
    second = await pages.console(bob)
    await second.until("console.snapshot")

    await first.drop()
    assert await in_thread(present)
    await second.drop()

    await until_true(lambda: not present())


async def test_a_ping_is_answered_and_anything_else_is_refused(pages: Pages, bob: User) -> None:
    console = await pages.console(bob)
    await console.settle()

    for text, code in (
        ("{", "bad_json"),
        ('{"type":"chat.post","id":"line-0001","text":"a"}', "bad_message"),
        ('{"type":"session.join","page":"p"}', "bad_message"),
        ('{"type":"presence.ping","x":1}', "bad_message"),
    ):
        await console.send_text(text)
        assert (await console.until("error"))["code"] == code
    await console.send_bytes(b"{}")
    assert (await console.until("error"))["code"] == "binary"
    await console.settle()


async def test_a_database_that_fails_for_a_moment_does_not_silence_the_console(
    pages: Pages, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(console_consumer, "AGAIN_S", 0.01)
    console = await pages.console(bob)
    await console.until("console.snapshot")
    snapshot = console_state.snapshot
    failures = 0

    def fails_twice(*arguments: Any, **named: Any) -> Any:
        nonlocal failures
        failures += 1
        if failures <= 2:
            raise RuntimeError("the database is away")
        return snapshot(*arguments, **named)

    monkeypatch.setattr(console_state, "snapshot", fails_twice)
    await in_thread(factories.waiting_session, bob)

    await until_rows(console, ("Dora", "waiting"))


async def test_a_console_that_could_not_listen_to_all_it_shows_is_not_open(
    pages: Pages, bob: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Colleagues would send sessions to somebody who does not see them."""
    assert bob.company_id is not None
    company, subscribe, heard = bus.company_group(bob.company_id), bus.subscribe, []

    async def reaches_the_first(group: str, listener: bus.Listener) -> None:
        if group == company:
            raise ConnectionError
        heard.append(group)
        await subscribe(group, listener)

    monkeypatch.setattr(bus, "subscribe", reaches_the_first)
    with pytest.raises(Broken):
        await pages.console(bob)

    assert heard == [bus.console_group(bob.pk)]
    await until_true(lambda: User.objects.filter(pk=bob.pk, console_until__lte=timezone.now()).exists())
    assert bus.console_group(bob.pk) not in bus._bus.listeners


def test_a_snapshot_takes_as_many_queries_for_eight_sessions_as_for_one(
    bob: User, django_assert_max_num_queries: Any
) -> None:
    for _each in range(8):
        session_in(Status.WAITING, lead=bob)
        factories.invited(bob)
    user = User.objects.select_related("company", "technician_group").get(pk=bob.pk)

    with django_assert_max_num_queries(9):
        console_state.snapshot(user, now=timezone.now())
