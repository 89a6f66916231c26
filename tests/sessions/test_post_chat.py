"""Chat: stored once under one seq, however often it is sent."""

from concurrent.futures import ThreadPoolExecutor
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.utils import timezone

from portals.models import User
from sessions import protocol
from sessions.chat import post_chat
from sessions.endings import end_session
from sessions.errors import MessageEmpty, MessageTooLong, NotInside, SessionNotOpen
from sessions.models import CHAT_LENGTH, Participant, SupportSession, TimelineEntry
from tests import factories
from tests.sessions.refusals import nothing_changes, refused_and_audited
from tests.sessions.rows import attendee

SENDERS = 10

pytestmark = pytest.mark.django_db


def post(participant: Participant, text: str = "hello", **more: Any) -> TimelineEntry:
    fields = {"client_msg_id": str(uuid4()), "audience": "everyone", "now": timezone.now()} | more
    return post_chat(participant=participant, text=text, **fields)


def lead_of(support_session: SupportSession) -> Participant:
    return support_session.participants.get(user=support_session.lead)


def chat_of(support_session: SupportSession) -> list[str]:
    return [line.data["text"] for line in support_session.timeline.filter(kind="chat.posted").order_by("seq")]


def test_a_line_is_stored_with_author_time_and_seq(bob: User) -> None:
    active = factories.active_session(bob)
    dora, now = factories.customer_of(active), timezone.now()
    before = active.timeline.count()

    entry = post(dora, "  It hums.  ", client_msg_id="line-0001", now=now)

    assert (entry.seq, entry.at, entry.author, entry.author_name) == (before + 1, now, dora, "Dora")
    assert entry.data == {"id": "line-0001", "text": "It hums."}


def test_the_same_message_sent_ten_times_is_one_line_with_one_seq(bob: User) -> None:
    active = factories.active_session(bob)
    dora = factories.customer_of(active)

    answers = [post(dora, "once", client_msg_id="same-id-0001") for _each in range(SENDERS)]

    assert len({entry.seq for entry in answers}) == 1
    assert chat_of(active) == ["once"]


@pytest.mark.parametrize("author", ["customer", "lead"])
def test_a_line_takes_three_readings_and_two_writings(bob: User, author: str, django_assert_num_queries: Any) -> None:
    active = factories.active_session(bob)
    found = factories.customer_of(active) if author == "customer" else lead_of(active)
    participant = Participant.objects.get(pk=found.pk)  # without what it points to, as a socket holds it

    with django_assert_num_queries(5 + len(["SAVEPOINT", "RELEASE"])):
        post(participant)


@pytest.mark.django_db(transaction=True)
def test_the_same_message_sent_at_once_ten_times_is_one_line_with_one_seq(bob: User) -> None:
    active = factories.active_session(bob)
    dora = factories.customer_of(active)

    def send(_number: int) -> int:
        try:
            return post(dora, "once", client_msg_id="same-id-0001").seq
        finally:
            connection.close()

    with ThreadPoolExecutor(SENDERS) as threads:
        seqs = set(threads.map(send, range(SENDERS)))

    assert len(seqs) == 1
    assert chat_of(active) == ["once"]


def test_what_was_stored_is_acknowledged_even_after_the_end(bob: User) -> None:
    """The ack may have been lost with the line; the page must not say that its message was."""
    active = factories.active_session(bob)
    dora = factories.customer_of(active)
    stored = post(dora, client_msg_id="same-id-0001")
    end_session(technician=bob, session_id=active.public_id, now=timezone.now())

    assert post(dora, client_msg_id="same-id-0001").seq == stored.seq


def test_two_people_may_use_the_same_message_id(bob: User) -> None:
    active = factories.active_session(bob)

    post(factories.customer_of(active), "mine", client_msg_id="same-id-0001")
    post(lead_of(active), "yours", client_msg_id="same-id-0001")

    assert chat_of(active) == ["mine", "yours"]


# ---- Limits --------------------------------------------------------------------------------------


def test_the_longest_line_is_taken_and_one_more_character_is_not(bob: User) -> None:
    active = factories.active_session(bob)
    dora = factories.customer_of(active)

    post(dora, "ß" * CHAT_LENGTH)
    with nothing_changes(active), pytest.raises(MessageTooLong) as refusal:
        post(dora, "ß" * (CHAT_LENGTH + 1))

    assert refusal.value.fields == {"limit": CHAT_LENGTH}


def test_the_page_and_the_database_know_the_same_limit() -> None:
    assert protocol.MAX_CHAT_CHARACTERS == CHAT_LENGTH


@pytest.mark.parametrize("text", ["", "   ", "\n\t", "\x00", " \x00 "])
def test_nothing_is_no_message(bob: User, text: str) -> None:
    active = factories.active_session(bob)

    with nothing_changes(active), pytest.raises(MessageEmpty):
        post(factories.customer_of(active), text)


@pytest.mark.parametrize(
    "text",
    ["<script>alert(1)</script>", "a\x00b", "emoji 👩‍🔧 and \u202e", "line one\nline two", "\x1b[31m", "%s %(x)s {}"],
)
def test_any_text_is_kept_as_it_was_typed(bob: User, text: str) -> None:
    active = factories.active_session(bob)

    post(factories.customer_of(active), text)

    assert chat_of(active) == [text.replace("\x00", "")]


# ---- Who may -------------------------------------------------------------------------------------


def test_the_lead_may_write_to_a_waiting_customer(bob: User) -> None:
    waiting = factories.waiting_session(bob)

    post(lead_of(waiting), "I am with you in a minute.")

    assert chat_of(waiting) == ["I am with you in a minute."]


def test_nobody_writes_after_the_end(bob: User) -> None:
    active = factories.active_session(bob)
    end_session(technician=bob, session_id=active.public_id, now=timezone.now())

    for participant in active.participants.all():
        with nothing_changes(active), pytest.raises(SessionNotOpen):
            post(participant)


def test_a_customer_who_has_not_accepted_the_terms_is_not_inside(bob: User) -> None:
    dora, _cookie = factories.customer_on_the_way(bob)

    with nothing_changes(dora.support_session), pytest.raises(NotInside):
        post(dora)


def test_who_has_left_is_not_inside(bob: User) -> None:
    active = factories.active_session(bob)
    tom = attendee(active, factories.technician("Tom", of=bob.company), left_at=timezone.now())

    with nothing_changes(active), pytest.raises(NotInside):
        post(tom)


@pytest.mark.parametrize("change", [{"is_active": False}, {"has_seat": False}])
def test_a_technician_put_out_meanwhile_is_not_inside(bob: User, change: dict[str, bool]) -> None:
    active = factories.active_session(bob)
    lead = lead_of(active)
    User.objects.filter(pk=bob.pk).update(**change)

    with nothing_changes(active), pytest.raises(NotInside):
        post(lead)


def test_technicians_write_to_technicians(bob: User) -> None:
    active = factories.active_session(bob)

    assert post(lead_of(active), audience="technicians").audience == "technicians"


def test_the_customer_does_not_write_to_technicians_only(bob: User) -> None:
    active = factories.active_session(bob)
    dora = factories.customer_of(active)

    with refused_and_audited(active, actor=dora, verb="chat.post", reason="Only technicians write to technicians."):
        post(dora, audience="technicians")
