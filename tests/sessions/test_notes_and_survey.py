"""What is written about a session: notes and outcome by technicians, the survey by the customer."""

from typing import Any

import pytest
from django.utils import timezone

from portals.errors import InvalidInput
from portals.models import AuditEvent, Company, User
from sessions.endings import end_session
from sessions.errors import NotesTooLong, SurveyNotAsked
from sessions.models import Participant, SupportSession, Survey
from sessions.notes import answer_survey, save_notes, set_outcome
from sessions.states import Status
from tests import factories
from tests.sessions.refusals import nothing_changes, refused_and_audited
from tests.sessions.rows import session_in


def save(user: User, support_session: SupportSession, text: str) -> SupportSession:
    return save_notes(technician=user, session_id=support_session.public_id, text=text)


def after_a_session(bob: User) -> Participant:
    """Dora, whose session with Bob has just ended."""
    active = factories.active_session(bob)
    end_session(technician=bob, session_id=active.public_id, now=timezone.now())
    return factories.customer_of(active)


def answer(participant: Participant, rating: int = 5, comment: str = "") -> Survey:
    return answer_survey(participant=participant, rating=rating, solved=True, comment=comment, now=timezone.now())


@pytest.mark.parametrize("status", [Status.WAITING, Status.ACTIVE, Status.CLOSED])
def test_notes_are_kept_as_they_are(bob: User, status: Status) -> None:
    support_session = session_in(status, lead=bob)

    save(bob, support_session, "  <b>two</b>\n\nlines ")

    support_session.refresh_from_db()
    assert support_session.notes == "  <b>two</b>\n\nlines "


def test_notes_of_any_length_but_not_more(bob: User) -> None:
    active = factories.active_session(bob)
    save(bob, active, "x" * 20_000)

    with nothing_changes(active), pytest.raises(NotesTooLong):
        save(bob, active, "x" * 20_001)


def test_notes_are_no_line_of_the_timeline(bob: User) -> None:
    active = factories.active_session(bob)
    before = active.timeline.count()

    save(bob, active, "private")

    assert active.timeline.count() == before


def test_a_manager_without_a_seat_reads_but_does_not_write(bob: User, alice: User) -> None:
    active = factories.active_session(bob)

    with refused_and_audited(active, actor=alice, verb="session.notes", reason="You need a seat"):
        save(alice, active, "mine")


def test_for_a_stranger_there_is_nothing_to_write_on(bob: User, charlie: User) -> None:
    active = factories.active_session(bob)

    with nothing_changes(active), pytest.raises(SupportSession.DoesNotExist):
        save(charlie, active, "mine")


def test_the_outcome_is_given_at_the_end_or_later(bob: User) -> None:
    active = factories.active_session(bob)

    ended = end_session(technician=bob, session_id=active.public_id, now=timezone.now(), outcome="resolved")
    assert ended.outcome == "resolved"

    assert set_outcome(technician=bob, session_id=active.public_id, outcome="unresolved").outcome == "unresolved"


def test_ended_again_only_the_outcome_changes(bob: User) -> None:
    active = factories.active_session(bob)
    first = end_session(technician=bob, session_id=active.public_id, now=timezone.now())

    second = end_session(technician=bob, session_id=active.public_id, now=timezone.now(), outcome="unknown")

    assert (second.ended_at, second.last_seq, second.outcome) == (first.ended_at, first.last_seq, "unknown")


def test_the_survey_is_kept_once_and_may_be_corrected(bob: User) -> None:
    dora = after_a_session(bob)

    answer(dora, 2, "  slow ")
    answer(dora, 4, "better")

    survey = Survey.objects.get()
    assert (survey.rating, survey.solved, survey.comment) == (4, True, "better")
    assert AuditEvent.objects.filter(verb="survey.answered", actor_name="Dora").count() == 2


@pytest.mark.parametrize(
    ("rating", "comment", "field"), [(0, "", "rating"), (6, "", "rating"), (5, "x" * 1001, "comment")]
)
def test_a_survey_that_makes_no_sense(bob: User, rating: int, comment: str, field: str) -> None:
    dora = after_a_session(bob)

    with pytest.raises(InvalidInput) as refusal:
        answer(dora, rating, comment)

    assert set(refusal.value.errors) == {field}
    assert not Survey.objects.exists()


def test_only_the_customer_answers(bob: User) -> None:
    active = factories.active_session(bob)
    bobs = active.participants.get(user=bob)

    with refused_and_audited(active, actor=bobs, verb="survey.answer"):
        answer(bobs)


def test_nobody_is_asked_before_the_end(bob: User) -> None:
    active = factories.active_session(bob)

    with nothing_changes(active), pytest.raises(SurveyNotAsked):
        answer(factories.customer_of(active))


@pytest.mark.parametrize(
    "change", [{"company__survey_enabled": False}, {"started_at": None}, {"transcript_deleted_at": timezone.now()}]
)
def test_nobody_is_asked_where_there_is_nothing_to_ask(bob: User, change: dict[str, Any]) -> None:
    dora = after_a_session(bob)
    for name, value in change.items():
        if name.startswith("company__"):
            Company.objects.filter(pk=bob.company_id).update(survey_enabled=value)
        else:
            SupportSession.objects.filter(pk=dora.support_session_id).update(**{name: value})

    with pytest.raises(SurveyNotAsked):
        answer(dora)

    assert not Survey.objects.exists()
