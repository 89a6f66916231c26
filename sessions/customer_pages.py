"""The customer's pages that need no camera: the room of a Screen session, and what comes after any session."""

from typing import Any
from uuid import UUID

from django import forms
from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET

from portals import clock
from sessions import guest_cookie, notes, record
from sessions.models import COMMENT_LENGTH, Participant, SupportSession
from sessions.states import EndReason, Status

SOLVED = {"yes": True, "no": False, "partly": None, "": None}


class SurveyForm(forms.Form):
    rating = forms.TypedChoiceField(
        coerce=int,
        choices=[(number, str(number)) for number in range(1, 6)],
        error_messages={"required": _("Choose 1 to 5."), "invalid_choice": _("Choose 1 to 5.")},
    )
    solved = forms.ChoiceField(
        required=False,
        choices=[("yes", _("Yes")), ("partly", _("Partly")), ("no", _("No"))],
        error_messages={"invalid_choice": _("Choose Yes, Partly or No.")},
    )
    comment = forms.CharField(
        required=False,
        max_length=COMMENT_LENGTH,
        error_messages={"max_length": _("At most %(limit_value)d characters.")},
    )


def customer_of(request: HttpRequest, public_id: UUID) -> Participant:
    """The customer whose cookie this browser holds. Raises Http404 for everybody else."""
    participant = guest_cookie.guest_of(request.COOKIES, public_id)
    if participant is None or participant.role != Participant.Role.CUSTOMER:
        raise Http404
    return participant


def page_url(support_session: SupportSession) -> str:
    """Where the customer of this session belongs now."""
    if support_session.is_ended:
        return reverse("sessions:ended", args=[support_session.public_id])
    name = "lens:camera" if support_session.kind == SupportSession.Kind.LENS else "sessions:room"
    return reverse(name, args=[support_session.public_id])


@login_not_required
@require_GET
@ensure_csrf_cookie
def room(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Terms, waiting room and chat of a Screen session."""
    participant = customer_of(request, public_id)
    support_session = load(participant)
    if page_url(support_session) != request.path:
        return redirect(page_url(support_session))
    terms = support_session.company.current_terms
    context = _people(support_session) | {
        "terms": terms,
        "terms_paragraphs": [line for line in (terms.text if terms else "").splitlines() if line.strip()],
        "step": "terms" if support_session.status == Status.CONNECTING else "room",
        "socket_url": f"/ws/sessions/{support_session.public_id}/?as=guest",
    }
    return render(request, "sessions/room.html", context)


@login_not_required
@require_GET
@ensure_csrf_cookie
def ended(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """How it ended, the survey, and for a day the report; the browser's cookie is all that is asked for."""
    participant = customer_of(request, public_id)
    support_session = load(participant)
    if not support_session.is_ended:
        return redirect(page_url(support_session))
    return after(request, support_session)


def after(
    request: HttpRequest,
    support_session: SupportSession,
    *,
    survey: SurveyForm | None = None,
    report_error: str = "",
    status: int = 200,
) -> HttpResponse:
    """The page after the end; with what was wrong in one of its forms, and all that was typed."""
    now = clock.now()
    answered = record.survey_of(support_session) is not None
    context = _people(support_session) | {
        "why": _why(support_session),
        "asks": support_session.asks_for_survey and not answered,
        "answered": answered,
        "survey": survey or SurveyForm(),
        "was_inside": support_session.started_at is not None,
        "length": record.clock(support_session.total_for(now)),
        "saw": [one["name"] for one in record.attendees(support_session, now=now) if one["role"] != "customer"],
        "reportable": notes.is_reportable(support_session, now=now),
        "reported": support_session.reported_at is not None,
        "report": request.POST.get("report", support_session.report),
        "report_error": report_error,
        "comment_length": COMMENT_LENGTH,
    }
    return render(request, "sessions/ended.html", context, status=status)


def load(participant: Participant) -> SupportSession:
    rows = SupportSession.objects.select_related("company", "portal", "lead", "survey")
    return rows.prefetch_related("participants__user__company").get(pk=participant.support_session_id)


def _people(support_session: SupportSession) -> dict[str, Any]:
    company = support_session.company.name
    lead = support_session.lead.name if support_session.lead else ""
    return {
        "support_session": support_session,
        "company": company,
        "lead_name": lead,
        "technician_name": lead or company,
        "is_lens": support_session.kind == SupportSession.Kind.LENS,
    }


def _why(support_session: SupportSession) -> str:
    """The end reason as the customer reads it."""
    reason = EndReason(support_session.end_reason) if support_session.end_reason else None
    if reason not in WHY:
        return str(support_session.status_label)
    return str(WHY[reason]) % {"name": support_session.helped_by}


WHY: dict[Any, Any] = {
    EndReason.BY_TECHNICIAN: _("%(name)s has ended the session."),
    EndReason.BY_CUSTOMER: _("You have ended the session."),
    EndReason.BY_WAITING_CUSTOMER: _("You have left the session."),
    EndReason.TERMS_DECLINED: _("You declined the terms, so nobody has seen anything."),
    EndReason.NOT_REQUESTED: _("You did not ask for this session."),
    EndReason.CODE_CANCELLED: _("%(name)s has taken the code back."),
    EndReason.CODE_EXPIRED: _("The code has expired. Ask for a new one if you still need help."),
    EndReason.NEVER_ARRIVED: _("You did not finish joining in time. Please begin anew."),
    EndReason.WAITED_TOO_LONG: _("Nobody could come in time. Please ask for a new code, or try again later."),
    EndReason.NOT_PICKED_UP: _("You were to be handed over, and nobody could take over in time. Please ask again."),
    EndReason.IDLE: _("Nothing happened for a long time, so the session was ended."),
    EndReason.HELD_TOO_LONG: _("The session was on hold for 14 days and has ended. Please ask for a new one."),
    EndReason.TECHNICIAN_DISABLED: _(
        "%(name)s may not go on with this session. Please ask the company for another one."
    ),
    EndReason.RIGHT_WITHDRAWN: _("The company has turned this kind of help off, so the session was ended."),
}
