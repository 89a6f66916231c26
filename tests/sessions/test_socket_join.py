"""Opening the line into a session: who gets in, what comes first, and who is put out again."""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import OperationalError
from django.utils import timezone

from portals.models import User
from sessions import chat, consumers, protocol, rooms, sockets
from sessions.endings import end_session
from sessions.models import Participant, SupportSession
from sessions.states import Status
from tests import factories
from tests.sessions.pages import ORIGIN, Broken, Pages, TurnedAway, guest, in_thread, session_path, sign_in
from tests.sessions.rows import attendee, session_in

pytestmark = pytest.mark.django_db(transaction=True)


async def test_a_page_is_welcomed_then_told_the_whole_log_then_ready(
    pages: Pages, bob: User, active: SupportSession
) -> None:
    page = await pages.technician(active, bob)

    kinds = [line["type"] for line in page.log.lines]
    assert kinds == [
        "invitation.created",
        "status.changed",
        "terms.accepted",
        "attendee.joined",
        "status.changed",
        "attendee.joined",
    ]
    [welcome] = page.came("session.welcome")
    assert welcome["session"]["id"] == str(active.public_id)
    assert welcome["session"]["status"] == "active"
    assert welcome["last_seq"] == page.log.last_seq
    assert [person["name"] for person in welcome["attendees"]] == ["Dora", bob.name]
    assert page.came("session.ready") == [{"type": "session.ready", "seq": page.log.last_seq}]


async def test_the_welcome_says_who_one_is_and_who_leads(pages: Pages, bob: User, active: SupportSession) -> None:
    dora, lead = await pages.customer(active), await pages.technician(active, bob)

    [welcome] = lead.came("session.welcome")
    assert welcome["you"] == welcome["session"]["lead"] == lead.you
    assert dora.you != lead.you
    assert [(person["id"], person["lead"]) for person in welcome["attendees"]] == [(dora.you, False), (lead.you, True)]


async def test_the_first_message_has_to_be_the_join(pages: Pages, bob: User, active: SupportSession) -> None:
    page = await pages.make(session_path(active), cookies=await in_thread(sign_in, bob)).connect()

    await page.send("presence.ping")
    assert (await page.until("error"))["code"] == "join_first"

    await page.join()


async def test_a_socket_joins_once(pages: Pages, bob: User, active: SupportSession) -> None:
    page = await pages.technician(active, bob)

    await page.send("session.join", page="other", last_seq=0)

    assert (await page.until("error"))["code"] == "joined"
    await page.settle()


async def test_a_socket_that_says_nothing_is_closed(
    pages: Pages, bob: User, active: SupportSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sessions.consumers.SupportSessionConsumer.first_message_s", 0.05)

    page = await pages.make(session_path(active), cookies=await in_thread(sign_in, bob)).connect()

    assert await page.until_closed() == protocol.CLOSE_POLICY


async def test_once_it_has_spoken_a_page_may_be_silent(
    pages: Pages, bob: User, active: SupportSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sessions.consumers.SupportSessionConsumer.first_message_s", 1.5)
    page = await pages.technician(active, bob)
    await page.settle()

    with pytest.raises(TimeoutError):
        await page.receive_within(1.7)


# ---- Who is turned away --------------------------------------------------------------------------


async def test_nobody_gets_in_without_a_cookie(pages: Pages, active: SupportSession) -> None:
    for who in ("", "guest", "user"):
        with pytest.raises(TurnedAway):
            await pages.make(session_path(active, who=who)).connect()


@pytest.mark.parametrize(
    "origin",
    [
        None,
        "",
        "null",
        "https://evil.example",
        ORIGIN + ".evil.example",
        ORIGIN + ":8443",
        ORIGIN.replace("http", "ws"),
        ("http" if ORIGIN.startswith("https") else "https") + "://testserver",
    ],
)
async def test_nobody_gets_in_from_a_foreign_page(
    pages: Pages, bob: User, active: SupportSession, origin: str | None
) -> None:
    for path in (session_path(active), "/ws/console/"):
        with pytest.raises(TurnedAway):
            await pages.make(path, cookies=await in_thread(sign_in, bob), origin=origin).connect()


@pytest.mark.parametrize("who", ["of another company", "of the same company", "manager", "without a seat", "operator"])
async def test_who_is_not_in_the_session_is_turned_away(
    pages: Pages, bob: User, alice: User, charlie: User, active: SupportSession, who: str
) -> None:
    user = await in_thread(
        lambda: {
            "of another company": lambda: charlie,
            "of the same company": lambda: factories.technician("Tom", of=bob.company),
            "manager": lambda: alice,
            "without a seat": lambda: factories.user(bob.company, "Nora"),
            "operator": lambda: User.objects.create_superuser("op@example.com", name="Olga"),
        }[who]()
    )

    for role in ("", "user", "guest"):
        with pytest.raises(TurnedAway):
            await pages.make(session_path(active, who=role), cookies=await in_thread(sign_in, user)).connect()


@pytest.mark.parametrize("change", [{"is_active": False}, {"has_seat": False}, {"technician_group": None}])
async def test_who_may_not_work_any_more_is_turned_away(
    pages: Pages, bob: User, active: SupportSession, change: dict[str, bool | None]
) -> None:
    cookies = await in_thread(sign_in, bob)
    await in_thread(User.objects.filter(pk=bob.pk).update, **change)

    with pytest.raises(TurnedAway):
        await pages.make(session_path(active), cookies=cookies).connect()


async def test_the_cookie_of_another_session_opens_nothing(pages: Pages, bob: User, active: SupportSession) -> None:
    other = await in_thread(factories.waiting_session, bob, name="Eve")
    token = next(iter((await in_thread(lambda: guest(factories.customer_of(other)))).values()))
    name = next(iter(await in_thread(lambda: guest(factories.customer_of(active)))))

    for cookies in ({name: token}, {name: ""}, {name: "x" * 5000}, {name: token, "other": "1"}):
        with pytest.raises(TurnedAway):
            await pages.make(session_path(active, who="guest"), cookies=cookies).connect()


async def test_a_session_that_does_not_exist_turns_everybody_away(
    pages: Pages, bob: User, active: SupportSession
) -> None:
    with pytest.raises(TurnedAway):
        await pages.make(session_path(uuid4()), cookies=await in_thread(sign_in, bob)).connect()


# ---- Who is told why -----------------------------------------------------------------------------


async def test_an_ended_session_says_so_and_closes(pages: Pages, bob: User, active: SupportSession) -> None:
    await in_thread(end_session, technician=bob, session_id=active.public_id, now=timezone.now())

    page = await pages.make(session_path(active), cookies=await in_thread(sign_in, bob)).connect()

    assert await page.until_closed() == protocol.CLOSE_ENDED


async def test_a_customer_before_the_terms_is_not_inside(pages: Pages, bob: User) -> None:
    dora, _cookie = await in_thread(factories.customer_on_the_way, bob)

    page = await pages.make(
        session_path(dora.support_session, who="guest"), cookies=await in_thread(guest, dora)
    ).connect()

    assert await page.until_closed() == protocol.CLOSE_NOT_INSIDE


async def test_who_has_left_is_not_inside(pages: Pages, bob: User, active: SupportSession) -> None:
    tom = await in_thread(factories.technician, "Tom", of=bob.company)
    await in_thread(attendee, active, tom, left_at=timezone.now())

    page = await pages.make(session_path(active), cookies=await in_thread(sign_in, tom)).connect()

    assert await page.until_closed() == protocol.CLOSE_NOT_INSIDE


# ---- Who is put out ------------------------------------------------------------------------------


async def test_the_end_closes_every_page_after_the_last_line(pages: Pages, bob: User, active: SupportSession) -> None:
    dora, lead = await pages.customer(active), await pages.technician(active, bob)

    await in_thread(end_session, technician=bob, session_id=active.public_id, now=timezone.now())

    for page in (dora, lead):
        assert await page.until_closed() == protocol.CLOSE_ENDED
        assert page.log.lines[-1]["type"] == "status.changed"
        assert page.log.lines[-1]["status"] == "closed"
        assert page.came("session.changed")[-1]["session"]["status_label"] == "Closed by technician"


@pytest.mark.parametrize("change", [{"is_active": False}, {"has_seat": False}])
async def test_a_disabled_technician_is_thrown_out_at_the_next_look(
    pages: Pages, bob: User, active: SupportSession, monkeypatch: pytest.MonkeyPatch, change: dict[str, bool]
) -> None:
    """Nobody tells the room: the admin's change is found by looking."""
    monkeypatch.setattr(rooms, "LOOK_EVERY_S", 0.05)
    dora, lead = await pages.customer(active), await pages.technician(active, bob)

    await in_thread(User.objects.filter(pk=bob.pk).update, **change)

    assert await lead.until_closed() == protocol.CLOSE_NOT_INSIDE
    plan = await dora.until("media.plan", peers=[])
    assert plan["send"] == []


def test_a_look_comes_often_enough_for_rights_to_end_within_five_seconds() -> None:
    from sessions import console_consumer

    assert max(rooms.LOOK_EVERY_S, console_consumer.LOOK_EVERY_S) < 5


async def test_a_session_whose_row_is_gone_closes(pages: Pages, bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(rooms, "LOOK_EVERY_S", 0.05)
    support_session = await in_thread(session_in, Status.WAITING, lead=bob)
    page = await pages.technician(support_session, bob)

    await in_thread(SupportSession.objects.filter(pk=support_session.pk).delete)

    assert await page.until_closed() in {protocol.CLOSE_ENDED, protocol.CLOSE_NOT_INSIDE}


@pytest.mark.parametrize(
    "message",
    [
        {"kind": "session.join", "page": uuid4().hex, "last_seq": 0},
        {"kind": "media.state", "camera": True, "microphone": True},
        {"kind": "chat.post", "id": str(uuid4()), "text": "Hello?", "audience": "everyone"},
    ],
    ids=lambda message: message["kind"],
)
async def test_whoever_speaks_in_a_session_whose_row_is_gone_is_told_so(
    pages: Pages, bob: User, message: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rooms, "LOOK_EVERY_S", 60)
    support_session = await in_thread(session_in, Status.WAITING, lead=bob)
    cookies = await in_thread(sign_in, bob)
    page = await pages.make(session_path(support_session, who="user"), cookies=cookies).connect()
    if message["kind"] != "session.join":
        await page.join()
    await in_thread(SupportSession.objects.filter(pk=support_session.pk).delete)

    await page.send(**message)

    assert await page.until_closed() == protocol.CLOSE_ENDED


async def test_a_second_page_of_one_attendee_closes_the_first(pages: Pages, bob: User, active: SupportSession) -> None:
    first = await pages.technician(active, bob)

    second = await pages.technician(active, bob)

    assert await first.until_closed() == protocol.CLOSE_ELSEWHERE
    assert await second.settle() is not None


async def test_the_page_that_was_put_aside_may_take_over_again(pages: Pages, bob: User, active: SupportSession) -> None:
    first, second = await pages.technician(active, bob), await pages.technician(active, bob)
    await first.until_closed()

    await first.connect()
    await first.join()

    assert await second.until_closed() == protocol.CLOSE_ELSEWHERE
    page_id = await in_thread(lambda: Participant.objects.get(user=bob).page_id)
    assert page_id == first.page_id


async def test_the_same_page_on_a_new_line_closes_the_old_line_quietly(
    pages: Pages, bob: User, active: SupportSession
) -> None:
    old = await pages.technician(active, bob)
    new = pages.make(old.path, cookies=await in_thread(sign_in, bob))
    new.page_id = old.page_id

    await new.connect()
    await new.join()

    assert await old.until_closed() == 1000


async def test_a_browser_that_is_technician_and_customer_says_which_it_is(
    pages: Pages, bob: User, active: SupportSession
) -> None:
    cookies = await in_thread(sign_in, bob) | await in_thread(lambda: guest(factories.customer_of(active)))
    ids = await in_thread(lambda: {person.role: str(person.public_id) for person in active.participants.all()})

    for who, role in (("user", "technician"), ("guest", "customer"), ("", "customer")):
        page = await pages.make(session_path(active, who=who), cookies=cookies).connect()
        await page.join()
        assert page.you == ids[role]


async def test_nothing_is_left_open_when_everybody_has_gone(pages: Pages, bob: User, active: SupportSession) -> None:
    dora, lead = await pages.customer(active), await pages.technician(active, bob)

    await dora.drop()
    await lead.drop()
    await pages.close()

    assert rooms._rooms == {}
    assert not sockets._background


def raising(error: Exception) -> Callable[..., None]:
    def fail(*arguments: object, **named: object) -> None:
        raise error

    return fail


async def test_a_failure_of_the_database_is_not_an_acknowledgement(
    pages: Pages, bob: User, active: SupportSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Fail closed (S-77): the line breaks, and the page, which has no ack, will say it again."""
    page = await pages.technician(active, bob)
    monkeypatch.setattr(chat, "_store", raising(RuntimeError("the disk is full")))

    with pytest.raises(Broken):
        await page.post("hello")
    assert page.came("ack") == []


async def test_a_database_that_is_away_has_the_page_come_again(
    pages: Pages, bob: User, active: SupportSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    """R-13: nothing is acknowledged, and what opens a socket meanwhile learns why it cannot stay."""
    page = await pages.technician(active, bob)
    away = raising(OperationalError("couldn't get a connection"))

    with monkeypatch.context() as outage:
        outage.setattr(chat, "_store", away)
        await page.send("chat.post", id="a-line-kept", text="hello")
        assert await page.until_closed() == protocol.CLOSE_TRY_AGAIN
        assert page.came("ack") == []
        outage.setattr(consumers, "participant_for", away)
        turned_away = await pages.make(page.path, cookies=await in_thread(sign_in, bob)).connect()
        assert await turned_away.until_closed() == protocol.CLOSE_TRY_AGAIN

    back = await pages.technician(active, bob)
    await back.post("hello", id="a-line-kept")
    assert [line.data["text"] for line in await in_thread(list, active.timeline.filter(kind="chat.posted"))] == [
        "hello"
    ]
