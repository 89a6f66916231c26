"""What time does: waiting too long, idle and forgotten sessions, forms that nobody finished, old transcripts."""

from datetime import datetime, timedelta
from typing import Any

import pytest
from django.utils import timezone

from portals.models import AuditEvent, Company, User
from sessions import chat, console_state, sweeps
from sessions.models import Participant, SupportSession, Survey
from sessions.states import EndReason, Status
from tests import factories
from tests.sessions.refusals import nothing_changes
from tests.sessions.rows import session_in

NOW = timezone.now().replace(microsecond=0)
MINUTE = timedelta(minutes=1)


def limits(bob: User, **values: int) -> None:
    Company.objects.filter(pk=bob.company_id).update(**values)


def aged(status: Status, lead: User, since: datetime, **fields: Any) -> SupportSession:
    return session_in(
        status, lead=lead, **{"waiting_at": since, "status_since": since, "last_activity_at": since} | fields
    )


@pytest.mark.parametrize(
    ("status", "setting", "end", "reason"),
    [
        (Status.WAITING, {"waiting_limit_min": 10}, Status.TIMED_OUT, EndReason.WAITED_TOO_LONG),
        (Status.TRANSFERRING, {"waiting_limit_min": 10}, Status.TIMED_OUT, EndReason.NOT_PICKED_UP),
        (Status.ACTIVE, {"idle_limit_min": 10}, Status.TIMED_OUT, EndReason.IDLE),
    ],
)
def test_at_the_company_s_limit_and_not_before(
    bob: User, status: Status, setting: dict[str, int], end: Status, reason: EndReason
) -> None:
    limits(bob, **setting)
    early = aged(status, bob, NOW - 9 * MINUTE, kind="screen")
    late = aged(status, bob, NOW - 10 * MINUTE, kind="screen")

    with nothing_changes(early):
        assert sweeps.end_overdue(now=NOW) == 1

    late.refresh_from_db()
    assert (late.status, late.end_reason, late.ended_at) == (end, reason, NOW)
    assert AuditEvent.objects.get(verb="session.ended").company_id == bob.company_id


@pytest.mark.parametrize("status", [Status.WAITING, Status.TRANSFERRING, Status.ACTIVE])
def test_a_limit_of_nothing_is_never(bob: User, status: Status) -> None:
    limits(bob, waiting_limit_min=0, idle_limit_min=0)
    old = aged(status, bob, NOW - timedelta(days=3))

    with nothing_changes(old):
        assert sweeps.end_overdue(now=NOW) == 0


def test_each_company_has_its_own_limit(bob: User, charlie: User) -> None:
    limits(bob, waiting_limit_min=10)
    limits(charlie, waiting_limit_min=60)
    sessions = [aged(Status.WAITING, who, NOW - 30 * MINUTE) for who in (bob, charlie)]

    sweeps.end_overdue(now=NOW)

    assert [SupportSession.objects.get(pk=one.pk).is_ended for one in sessions] == [True, False]


def test_on_hold_for_fourteen_days(bob: User) -> None:
    younger = aged(Status.ON_HOLD, bob, NOW - timedelta(days=13, hours=23))
    older = aged(Status.ON_HOLD, bob, NOW - timedelta(days=14))

    with nothing_changes(younger):
        sweeps.end_overdue(now=NOW)

    older.refresh_from_db()
    assert (older.status, older.end_reason) == (Status.CLOSED, EndReason.HELD_TOO_LONG)


def test_a_camera_that_is_on_is_work(bob: User) -> None:
    limits(bob, idle_limit_min=10)
    active = aged(Status.ACTIVE, bob, NOW - 20 * MINUTE)
    customer = Participant.objects.create(support_session=active, role="customer", name="Dora", joined_at=NOW)
    Participant.objects.filter(pk=customer.pk).update(camera_on=True, lease_until=NOW + MINUTE)

    with nothing_changes(active):
        assert sweeps.end_overdue(now=NOW) == 0
    Participant.objects.filter(pk=customer.pk).update(lease_until=NOW - MINUTE)

    assert sweeps.end_overdue(now=NOW) == 1


def test_what_is_written_keeps_a_session_from_being_idle(bob: User) -> None:
    limits(bob, idle_limit_min=10)
    active = factories.active_session(bob)
    SupportSession.objects.filter(pk=active.pk).update(last_activity_at=NOW - 20 * MINUTE)
    bobs = active.participants.get(user=bob)

    chat.post_chat(participant=bobs, client_msg_id="chat-0001", text="hello", audience="everyone", now=NOW)

    assert sweeps.end_overdue(now=NOW) == 0


def test_a_portal_s_form_that_nobody_finished(bob: User) -> None:
    young = aged(Status.CONNECTING, bob, NOW, via_portal=True, created_at=NOW - 29 * MINUTE)
    old = aged(Status.CONNECTING, bob, NOW, via_portal=True, created_at=NOW - 30 * MINUTE)
    with_code = aged(Status.CONNECTING, bob, NOW, created_at=NOW - 40 * MINUTE)  # its invitation ends it

    with nothing_changes(young), nothing_changes(with_code):
        sweeps.end_overdue(now=NOW)

    old.refresh_from_db()
    assert (old.status, old.end_reason) == (Status.TIMED_OUT, EndReason.NEVER_ARRIVED)


def test_the_technician_sees_when_and_is_told_after(bob: User) -> None:
    limits(bob, waiting_limit_min=10)
    aged(Status.WAITING, bob, NOW - 9 * MINUTE)

    row = console_state.snapshot(User.objects.get(pk=bob.pk), now=NOW).sessions[0]
    sweeps.end_overdue(now=NOW + MINUTE)

    assert datetime.fromisoformat(row.limit_at or "") == NOW + MINUTE
    notices = console_state.snapshot(User.objects.get(pk=bob.pk), now=NOW + 2 * MINUTE).notices
    assert [notice.text for notice in notices] == ["Dora waited too long and was timed out."]


# ---- Transcripts ---------------------------------------------------------------------------------


@pytest.fixture
def told(bob: User) -> SupportSession:
    """A session with a chat line, notes, and a survey, that ended 30 days ago."""
    active = factories.active_session(bob)
    customer = factories.customer_of(active)
    chat.post_chat(
        participant=customer, client_msg_id="chat-0001", text="my secret", audience="everyone", now=timezone.now()
    )
    Survey.objects.create(support_session=active, rating=4, comment="my secret", at=NOW)
    SupportSession.objects.filter(pk=active.pk).update(
        status=Status.CLOSED,
        ended_at=NOW - timedelta(days=30),
        notes="my secret",
        answers=[["Serial number", "my secret"]],
        transfer_comment="my secret",
    )
    return active


def test_transcripts_go_after_the_company_s_days(bob: User, told: SupportSession) -> None:
    limits(bob, transcript_days=30)
    lines = list(told.timeline.values_list("seq", "kind", "author_name").order_by("seq"))

    assert sweeps.delete_old_transcripts(now=NOW) == 1

    told.refresh_from_db()
    assert told.transcript_deleted_at == NOW
    assert list(told.timeline.values_list("seq", "kind", "author_name").order_by("seq")) == lines
    kept = str(
        [
            list(SupportSession.objects.filter(pk=told.pk).values()),
            list(told.timeline.values()),
            list(Survey.objects.values()),
        ]
    )
    assert "my secret" not in kept
    assert Survey.objects.get().rating == 4
    line = AuditEvent.objects.get(verb="session.transcript_deleted")
    assert (line.changes, line.company_id) == ({"days": 30, "lines": 1}, bob.company_id)
    assert sweeps.delete_old_transcripts(now=NOW) == 0


@pytest.mark.parametrize("days", [0, 31])
def test_and_not_before(bob: User, told: SupportSession, days: int) -> None:
    limits(bob, transcript_days=days)

    with nothing_changes(told):
        assert sweeps.delete_old_transcripts(now=NOW) == 0


def test_what_is_still_going_on_keeps_its_transcript(bob: User) -> None:
    limits(bob, transcript_days=1)
    held = aged(Status.ON_HOLD, bob, NOW - timedelta(days=10))

    with nothing_changes(held):
        assert sweeps.delete_old_transcripts(now=NOW) == 0
