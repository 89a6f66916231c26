"""The record of a session and the history: what happened, in words, for those who may read it."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from portals.models import AuditEvent, User
from sessions import notes, record, sweeps
from sessions.chat import post_chat
from sessions.endings import end_session
from sessions.errors import ReportTooLate
from sessions.models import Participant, SupportSession
from sessions.states import Status
from tests import factories
from tests.sessions.rows import session_in

pytestmark = pytest.mark.django_db


@pytest.fixture
def finished(bob: User) -> SupportSession:
    """Waited 2 minutes, talked for 10, with a line of chat and a note among technicians."""
    now = timezone.now().replace(microsecond=0) - timedelta(hours=1)
    with time_machine.travel(now, tick=False):
        waiting = factories.waiting_session(bob)
    with time_machine.travel(now + timedelta(minutes=2), tick=False):
        factories.session_actions.start_session(technician=bob, session_id=waiting.public_id, now=timezone.now())
        say(waiting.participants.get(role="customer"), "It <b>hums</b>.")
        say(waiting.participants.get(user=bob), "Looks like the pump.", audience="technicians")
    with time_machine.travel(now + timedelta(minutes=12), tick=False):
        return end_session(technician=bob, session_id=waiting.public_id, now=timezone.now())


def say(participant: Participant, text: str, audience: str = "everyone") -> None:
    post_chat(
        participant=participant, client_msg_id=f"id-{text}"[:36], text=text, audience=audience, now=timezone.now()
    )


def test_everything_that_happened_is_told_in_words(finished: SupportSession, bob: User) -> None:
    found = record.read(finished, reader=bob, now=timezone.now())

    assert [(line["title"], line["detail"]) for line in found["entries"]] == [
        (f"{bob.name} created a code", "PIN Code"),
        ("Status: Waiting", "Dora"),
        ("Dora accepted the terms", "Version 1"),
        ("Dora has joined the session", ""),
        ("Status: Active", bob.name),
        (f"{bob.name} has joined the session", ""),
        ("Dora", "It <b>hums</b>."),
        (bob.name, "Looks like the pump."),
        ("Dora has left the session", "The session ended"),
        (f"{bob.name} has left the session", "The session ended"),
        ("Status: Closed", "Closed by technician"),
    ]
    assert [line["seq"] for line in found["entries"]] == list(range(1, 12))
    assert [line["detail"] for line in found["entries"] if line["private"] and line["said"]] == ["Looks like the pump."]


def test_who_was_inside_and_for_how_long(finished: SupportSession, bob: User) -> None:
    people = record.read(finished, reader=bob, now=timezone.now())["attendees"]

    assert [(one["name"], str(one["role_label"]), one["duration"]) for one in people] == [
        ("Dora", "Customer", "12:00"),
        (bob.name, "Lead", "10:00"),
    ]


def test_totals(finished: SupportSession, bob: User) -> None:
    assert record.read(finished, reader=bob, now=timezone.now())["totals"] == {
        "total": "10:00",
        "active": "10:00",
        "held": "0:00",
        "transferring": "0:00",
        "waited": "2:00",
    }


@pytest.mark.parametrize(
    ("duration", "words"),
    [
        (timedelta(0), "0:00"),
        (timedelta(seconds=59.9), "0:59"),
        (timedelta(minutes=9, seconds=40), "9:40"),
        (timedelta(hours=1, minutes=2, seconds=3), "1:02:03"),
        (timedelta(days=14), "336:00:00"),
        (timedelta(seconds=-5), "0:00"),
    ],
)
def test_durations_read_as_a_clock(duration: timedelta, words: str) -> None:
    assert record.clock(duration) == words


def test_a_session_that_never_was_has_a_record_too(bob: User) -> None:
    ended = session_in(Status.TIMED_OUT, lead=bob, end_reason="code_expired")

    found = record.read(ended, reader=bob, now=timezone.now())

    assert found["totals"]["total"] == "0:00"
    assert record.summary(ended, now=timezone.now())["status_label"] == "Code expired"


# ---- Pages ---------------------------------------------------------------------------------------


def page(client: Client, support_session: SupportSession) -> Any:
    return client.get(f"/console/history/{support_session.public_id}/")


def test_the_page_shows_the_record_with_what_was_typed_as_text(
    client_of: Any, bob: User, finished: SupportSession
) -> None:
    answer = page(client_of(bob), finished)

    html = answer.content.decode()
    assert answer.status_code == 200
    assert "It &lt;b&gt;hums&lt;/b&gt;." in html
    assert "<b>hums</b>" not in html
    assert "Looks like the pump." in html
    assert "Closed by technician" in html


def test_the_record_is_not_found_for_strangers(
    client_of: Any, bob: User, charlie: User, finished: SupportSession
) -> None:
    tom = factories.technician("Tom", of=bob.company)

    for stranger in (charlie, tom):
        assert page(client_of(stranger), finished).status_code == 404


def test_the_record_takes_as_many_queries_for_many_lines_as_for_one(
    client_of: Any, bob: User, finished: SupportSession, django_assert_max_num_queries: Any
) -> None:
    client = client_of(bob)

    with django_assert_max_num_queries(11):
        page(client, finished)


# ---- Writing on it -------------------------------------------------------------------------------


def write(client: Client, support_session: SupportSession, **fields: str) -> Any:
    return client.post(f"/console/history/{support_session.public_id}/", fields)


def test_outcome_and_notes_are_written_after_the_end(client_of: Any, bob: User, finished: SupportSession) -> None:
    answer = write(client_of(bob), finished, notes="Pump replaced.\r\nTicket 7.", outcome="resolved")

    assert answer.status_code == 302
    finished.refresh_from_db()
    assert (finished.notes, finished.outcome) == ("Pump replaced.\nTicket 7.", "resolved")
    html = page(client_of(bob), finished).content.decode()
    assert "Pump replaced." in html
    assert '<option value="resolved" selected>' in html


def test_notes_that_are_too_long_are_kept_on_the_page(client_of: Any, bob: User, finished: SupportSession) -> None:
    answer = write(client_of(bob), finished, notes="x" * 20_001, outcome="resolved")

    assert answer.status_code == 400
    html = answer.content.decode()
    assert "These notes are too long" in html
    assert "x" * 20_001 in html
    finished.refresh_from_db()
    assert (finished.notes, finished.outcome) == ("", "")


def test_strangers_write_nothing(client_of: Any, bob: User, charlie: User, finished: SupportSession) -> None:
    assert write(client_of(charlie), finished, notes="mine").status_code == 404

    finished.refresh_from_db()
    assert finished.notes == ""


def test_a_manager_with_a_seat_reads_but_does_not_write(client_of: Any, bob: User, finished: SupportSession) -> None:
    mona = factories.user(bob.company, "Mona", is_manager=True, has_seat=True, technician_group=bob.technician_group)

    html = page(client_of(mona), finished).content.decode()

    assert "<textarea" not in html
    assert write(client_of(mona), finished, notes="mine").status_code == 403


def test_nothing_is_written_once_the_transcript_is_deleted(client_of: Any, bob: User, finished: SupportSession) -> None:
    bob.company.transcript_days = 1
    bob.company.save()
    sweeps.delete_old_transcripts(now=timezone.now() + timedelta(days=2))

    answer = write(client_of(bob), finished, notes="again")

    finished.refresh_from_db()
    assert finished.notes == ""
    html = answer.content.decode()
    assert answer.status_code == 400
    assert "was deleted on" in html
    assert "Looks like the pump." not in html
    assert "<textarea" not in html


def test_reading_a_record_is_audited(client_of: Any, bob: User, finished: SupportSession) -> None:
    page(client_of(bob), finished)

    event = AuditEvent.objects.get(verb="session.viewed")
    assert (event.actor_name, event.object_name) == (bob.name, str(finished))


def test_survey_answers_and_totals_are_shown(client_of: Any, bob: User, finished: SupportSession) -> None:
    SupportSession.objects.filter(pk=finished.pk).update(answers=[["Which machine?", "The <blue> one"]])
    notes.answer_survey(
        participant=finished.participants.get(role="customer"),
        rating=4,
        solved=True,
        comment="Fine.",
        now=timezone.now(),
    )

    html = page(client_of(bob), finished).content.decode()

    for words in ("Which machine?", "The &lt;blue&gt; one", "Help: 4 of 5.", "Solved: yes.", "Fine.", "10:00"):
        assert words in html


def test_what_the_customer_reported_is_for_managers(
    client_of: Any, bob: User, alice: User, finished: SupportSession
) -> None:
    dora = finished.participants.get(role="customer")
    notes.tell_report(participant=dora, text="He asked for my card.", now=timezone.now())

    own = page(client_of(bob), finished).content.decode()
    theirs = client_of(alice).get(f"/admin/support_sessions/supportsession/{finished.pk}/change/").content.decode()

    assert "Reported" in own
    assert "my card" not in own
    assert "He asked for my card." in theirs


@pytest.mark.parametrize(("hours", "taken"), [(23, True), (25, False)])
def test_a_session_is_reported_until_a_day_after_its_end(finished: SupportSession, hours: int, taken: bool) -> None:
    dora = finished.participants.get(role="customer")
    assert finished.ended_at is not None

    try:
        notes.tell_report(participant=dora, text="Odd.", now=finished.ended_at + timedelta(hours=hours))
    except ReportTooLate as refusal:
        assert "24 hours" in str(refusal)

    finished.refresh_from_db()
    assert (finished.reported_at is not None, finished.report) == (taken, "Odd." if taken else "")
