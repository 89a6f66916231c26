"""What is written about a session rather than in it: the technicians' notes and the customer's survey."""

from datetime import datetime, timedelta
from uuid import UUID

from django.utils.translation import gettext as _

from portals import audit
from portals.errors import InvalidInput
from portals.models import User
from portals.permissions import require
from portals.use_case import use_case
from sessions import steps
from sessions.errors import NotesTooLong, ReportTooLate, SurveyNotAsked, TranscriptDeleted
from sessions.events import publish_on_commit
from sessions.models import COMMENT_LENGTH, NOTES_LENGTH, Participant, SupportSession, Survey
from sessions.permissions import can_write_notes, is_customer

REPORT_KEPT_OPEN = timedelta(hours=24)  # after the end (S-71)


@use_case
def save_notes(*, technician: User, session_id: UUID, text: str) -> SupportSession:
    """Replace the notes; also after the end, unless the transcript has been deleted.

    Raises SupportSession.DoesNotExist, NotAllowed, NotesTooLong, TranscriptDeleted.
    """
    support_session = steps.locked(technician, session_id)
    require(can_write_notes(technician, support_session), verb="session.notes")
    if support_session.transcript_deleted_at is not None:
        raise TranscriptDeleted
    text = text.replace("\x00", "")
    if len(text) > NOTES_LENGTH:
        raise NotesTooLong(limit=NOTES_LENGTH)
    support_session.notes = text
    support_session.save(update_fields=["notes"])
    publish_on_commit(support_session)
    return support_session


@use_case
def set_outcome(*, technician: User, session_id: UUID, outcome: str) -> SupportSession:
    """Say how it went, also after the end. Raises SupportSession.DoesNotExist, NotAllowed."""
    support_session = steps.locked(technician, session_id)
    require(can_write_notes(technician, support_session), verb="session.outcome")
    support_session.outcome = SupportSession.Outcome(outcome)
    support_session.save(update_fields=["outcome"])
    publish_on_commit(support_session)
    return support_session


@use_case
def answer_survey(*, participant: Participant, rating: int, solved: bool | None, comment: str, now: datetime) -> Survey:
    """The customer's answer after the end; a second one replaces it.

    Raises NotAllowed, SurveyNotAsked, InvalidInput.
    """
    support_session = steps.locked_for(participant)
    require(is_customer(participant), verb="survey.answer")
    if not support_session.asks_for_survey:
        raise SurveyNotAsked
    comment = comment.replace("\x00", "").strip()
    errors = {}
    if not 1 <= rating <= 5:
        errors["rating"] = _("Choose one to five stars.")
    if len(comment) > COMMENT_LENGTH:
        errors["comment"] = _("At most %(limit)s characters.") % {"limit": COMMENT_LENGTH}
    if errors:
        raise InvalidInput(errors)
    survey, _made = Survey.objects.update_or_create(
        support_session=support_session,
        defaults={"rating": rating, "solved": solved, "comment": comment, "at": now},
    )
    audit.record(actor=participant, verb="survey.answered", target=support_session, changes={"rating": rating})
    return survey


@use_case
def tell_report(*, participant: Participant, text: str, now: datetime) -> SupportSession:
    """What happened, after *End and report* has ended the session; told again, it replaces what was told before.

    Raises NotAllowed, ReportTooLate, InvalidInput.
    """
    support_session = steps.locked_for(participant)
    require(is_customer(participant), verb="session.report")
    require_reportable(support_session, now=now)
    text = text.replace("\x00", "").strip()
    if len(text) > COMMENT_LENGTH:
        raise InvalidInput({"report": _("At most %(limit)s characters.") % {"limit": COMMENT_LENGTH}})
    support_session.reported_at = support_session.reported_at or now
    support_session.report = text
    support_session.save(update_fields=["reported_at", "report"])
    audit.record(actor=participant, verb="session.report_told", target=support_session, changes={"length": len(text)})
    publish_on_commit(support_session)
    return support_session


def is_reportable(support_session: SupportSession, *, now: datetime) -> bool:
    return support_session.ended_at is None or now < support_session.ended_at + REPORT_KEPT_OPEN


def require_reportable(support_session: SupportSession, *, now: datetime) -> None:
    if not is_reportable(support_session, now=now):
        raise ReportTooLate(hours=REPORT_KEPT_OPEN // timedelta(hours=1))
