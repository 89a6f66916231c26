"""The log of a session: no gap, whoever writes at once, and each reader can tell that nothing is missing."""

from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from typing import Any

import msgspec
import pytest
from django.db import connection
from django.utils import timezone
from hypothesis import given, settings
from hypothesis import strategies as st

from portals.models import User
from sessions import protocol, timeline
from sessions.chat import post_chat
from sessions.models import Participant, SupportSession
from sessions.timeline import entries_after, message_of
from tests import factories
from tests.sessions.pages import Log
from tests.sessions.rows import attendee

LINES = 25  # of one writer


def say(participant: Participant, text: str, audience: str = "everyone", message_id: str = "") -> Any:
    return post_chat(
        participant=participant,
        client_msg_id=message_id or f"{participant.pk}-{text}-0000",
        text=text,
        audience=audience,
        now=timezone.now(),
    )


def read(support_session: SupportSession, *, sees_all: bool, after: int = 0) -> Log:
    """Fold the log as a page does; a gap fails."""
    log = Log(last_seq=after)
    for entry in entries_after(support_session, after, sees_all=sees_all):
        log.take(msgspec.to_builtins(message_of(entry, sees_all=sees_all)))
    return log


@pytest.mark.django_db(transaction=True)
def test_writers_at_once_leave_no_gap_and_keep_their_own_order(bob: User) -> None:
    active = factories.active_session(bob)
    tom = attendee(active, factories.technician("Tom", of=bob.company))
    writers = [active.participants.get(user=bob), tom, factories.customer_of(active)]
    earlier = active.timeline.count()

    def write(participant: Participant) -> None:
        try:
            for number in range(LINES):
                private = number % 3 == 0 and participant.user_id is not None
                say(participant, f"{number}", "technicians" if private else "everyone")
        finally:
            connection.close()

    with ThreadPoolExecutor(len(writers)) as threads:
        list(threads.map(write, writers))

    entries = list(active.timeline.order_by("seq"))
    assert [entry.seq for entry in entries] == list(range(1, earlier + LINES * len(writers) + 1))
    for writer in writers:
        own = [entry.data["text"] for entry in entries if entry.author_id == writer.pk and entry.kind == "chat.posted"]
        assert own == [str(number) for number in range(LINES)]
    active.refresh_from_db()
    assert active.last_seq == entries[-1].seq
    assert active.last_public_seq == max(entry.seq for entry in entries if entry.audience == "everyone")
    assert read(active, sees_all=True).last_seq == active.last_seq
    assert read(active, sees_all=False).last_seq == active.last_public_seq


@pytest.mark.django_db
def test_readers_skip_what_is_not_theirs_and_still_see_that_nothing_is_missing(bob: User) -> None:
    active = factories.active_session(bob)
    lead, dora = active.participants.get(user=bob), factories.customer_of(active)
    active.refresh_from_db()
    start = active.last_seq
    for author, text, audience in [
        (dora, "a", "everyone"),
        (lead, "secret 1", "technicians"),
        (lead, "secret 2", "technicians"),
        (dora, "b", "everyone"),
        (lead, "secret 3", "technicians"),
        (lead, "c", "everyone"),
    ]:
        say(author, text, audience)

    public, whole = (read(active, sees_all=sees_all, after=start) for sees_all in (False, True))

    assert public.texts == ["a", "b", "c"]
    assert [line["prev"] - start for line in public.lines] == [0, 1, 4]
    assert whole.texts == ["a", "secret 1", "secret 2", "b", "secret 3", "c"]
    assert [line["prev"] - start for line in whole.lines] == [0, 1, 2, 3, 4, 5]


@settings(deadline=None)
@given(audiences=st.lists(st.booleans(), max_size=30), data=st.data())
def test_a_reader_who_misses_any_line_notices(audiences: list[bool], data: st.DataObject) -> None:
    """`prev` alone tells it: whichever lines are lost, doubled or late, a page never folds a log with a hole."""
    public = [seq for seq, for_all in enumerate(audiences, start=1) if for_all]
    sent = [
        {"type": "chat.posted", "seq": seq, "prev": before, "text": str(seq)}
        for before, seq in zip([0, *public], public, strict=False)
    ]
    arriving = data.draw(st.lists(st.sampled_from(sent), max_size=60)) if sent else []
    log = Log()

    for message in arriving:
        try:
            log.take(message)
        except AssertionError:
            break

    assert [line["seq"] for line in log.lines] == public[: len(log.lines)]


@pytest.mark.django_db
def test_a_line_reads_the_same_live_and_from_the_database(bob: User) -> None:
    """What a page gets live is encoded from the row just written; after a drop, from the row read again."""
    active = factories.active_session(bob)
    written = say(factories.customer_of(active), "Grüße & <b>\u2028")

    stored = active.timeline.get(seq=written.seq)

    for sees_all in (True, False):
        live, replayed = (protocol.encode(message_of(entry, sees_all=sees_all)) for entry in (written, stored))
        assert live == replayed


@pytest.mark.django_db
def test_every_kind_of_line_can_be_read_back(bob: User) -> None:
    active = factories.active_session(bob)
    examples: dict[type[protocol.Durable], dict[str, Any]] = {
        protocol.ChatPosted: {"id": "chat-0001", "text": "hello"},
        protocol.AttendeeJoined: {"attendee": {"id": "1", "name": "Dora", "role": "customer"}},
        protocol.AttendeeLeft: {"attendee": {"id": "1", "name": "Sam", "role": "specialist"}, "why": "removed"},
        protocol.RightChanged: {
            "attendee": {"id": "1", "name": "Sam", "role": "specialist"},
            "right": "view_only",
            "before": "control",
        },
        protocol.StatusChanged: {"status": "closed", "before": "active", "reason": "by_customer"},
        protocol.TermsAccepted: {"version": 3},
        protocol.TransferOffered: {"to": "Tom", "comment": "needs a part"},
        protocol.LeadOffered: {"attendee": {"id": "2", "name": "Tom", "role": "technician"}},
        protocol.LeadDeclined: {},
        protocol.AgentInvited: {"to": "Tom", "comment": "knows this pump"},
        protocol.AgentAnswered: {"name": "Tom", "to": "Support", "answer": "declined"},
        protocol.LeadChanged: {
            "attendee": {"id": "2", "name": "Tom", "role": "technician"},
            "before": "Bob",
            "reason": "offline",
        },
        protocol.InvitationCreated: {"method": "email", "to": "ana@example.com"},
        protocol.InvitationCancelled: {"purpose": "specialist"},
        protocol.DeliveryChanged: {"state": "failed", "to": "ana@example.com", "reason": "550 no such user"},
        protocol.RecordingAsked: {},
        protocol.RecordingAgreed: {},
        protocol.RecordingRefused: {"reason": "no", "role": "customer"},
        protocol.RecordingStarted: {},
        protocol.RecordingPaused: {},
        protocol.RecordingResumed: {},
        protocol.RecordingStopped: {"reason": "stopped"},
    }
    assert set(examples) == set(protocol.DURABLE)

    for kind, fields in examples.items():
        entry = timeline.record(active, kind, now=timezone.now(), **fields)
        message = message_of(active.timeline.get(pk=entry.pk), sees_all=True)

        assert type(message) is kind
        assert message.by == timeline.SYSTEM
        assert {name: msgspec.to_builtins(getattr(message, name)) for name in fields} == fields


@pytest.mark.django_db
def test_the_author_of_a_line_is_written_by_the_server(bob: User) -> None:
    active = factories.active_session(bob)
    dora = factories.customer_of(active)

    message = message_of(say(dora, "hello"), sees_all=False)

    assert message.by == protocol.Person(id=str(dora.public_id), name="Dora", role="customer")


def test_times_are_utc_with_milliseconds() -> None:
    moments = ["2026-03-01T10:00:00.123456+02:00", "2026-03-01T08:00:00+00:00"]

    assert [timeline.iso(datetime.fromisoformat(moment)) for moment in moments] == [
        "2026-03-01T08:00:00.123Z",
        "2026-03-01T08:00:00.000Z",
    ]
