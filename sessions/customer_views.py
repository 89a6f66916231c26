"""What the customer's page may ask for: accept, decline, leave, end and report, answer the survey.

The browser's cookie says who asks. A module is answered in JSON, a plain form with the page that comes next.
"""

import functools
from collections.abc import Callable
from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_POST

from portals import clock
from portals.errors import DomainError, InvalidInput
from portals.models import Terms
from sessions import actions, customer_pages, endings, notes
from sessions.errors import SessionNotOpen
from sessions.models import Participant, SupportSession

Verb = Callable[[HttpRequest, Participant], SupportSession]


def customer_verb(verb: Verb) -> Callable[..., HttpResponse]:
    """Find the customer by cookie, run the verb, and answer with the session's status. A stranger gets 404."""

    @login_not_required
    @require_POST
    @functools.wraps(verb)
    def view(request: HttpRequest, public_id: UUID, **kwargs: Any) -> HttpResponse:
        participant = customer_pages.customer_of(request, public_id)
        try:
            support_session = verb(request, participant)
        except DomainError as error:
            if is_plain_form(request):
                return _say_on_the_page(request, participant, error)
            return JsonResponse({"code": error.code, "message": str(error)}, status=409)
        if is_plain_form(request):
            return redirect(customer_pages.page_url(support_session))
        return JsonResponse({"status": support_session.status})

    return view


def is_plain_form(request: HttpRequest) -> bool:
    """Whether a browser itself sends the form and shows what comes; modules accept anything."""
    return request.headers.get("Accept", "").startswith("text/html")


def _say_on_the_page(request: HttpRequest, participant: Participant, error: DomainError) -> HttpResponse:
    support_session = customer_pages.load(participant)
    if not support_session.is_ended:
        raise error  # the middleware makes a page of it
    survey = error.form if isinstance(error, SurveyNotUnderstood) else None
    report_error = "" if survey or isinstance(error, SessionNotOpen) else str(error)
    return customer_pages.after(request, support_session, survey=survey, report_error=report_error, status=400)


class SurveyNotUnderstood(InvalidInput):
    """What was sent is no survey; the form says where."""

    def __init__(self, form: customer_pages.SurveyForm) -> None:
        super().__init__({name: sentences[0] for name, sentences in form.errors.items()})
        self.form = form


@customer_verb
def accept(request: HttpRequest, participant: Participant) -> SupportSession:
    version = request.POST.get("terms_version") or "0"
    if not version.isascii() or not version.isdigit() or len(version) > 9:
        raise Http404
    try:
        return actions.accept_terms(participant=participant, version=int(version), now=clock.now())
    except Terms.DoesNotExist:
        raise Http404 from None


@customer_verb
def decline(request: HttpRequest, participant: Participant) -> SupportSession:
    return actions.decline_terms(participant=participant, now=clock.now())


@customer_verb
def leave(request: HttpRequest, participant: Participant) -> SupportSession:
    return endings.leave_session(participant=participant, now=clock.now())


@customer_verb
def report(request: HttpRequest, participant: Participant) -> SupportSession:
    """*End and report*: end it first, then keep what happened, where that is told."""
    now = clock.now()
    support_session = endings.leave_session(participant=participant, now=now, report=True)
    if "report" in request.POST:
        return notes.tell_report(participant=participant, text=_lines(request.POST["report"]), now=now)
    return support_session


@customer_verb
def survey(request: HttpRequest, participant: Participant) -> SupportSession:
    form = customer_pages.SurveyForm(request.POST.dict() | {"comment": _lines(request.POST.get("comment", ""))})
    if not form.is_valid():
        raise SurveyNotUnderstood(form)
    answer = notes.answer_survey(
        participant=participant,
        rating=form.cleaned_data["rating"],
        solved=customer_pages.SOLVED[form.cleaned_data["solved"]],
        comment=form.cleaned_data["comment"],
        now=clock.now(),
    )
    return answer.support_session


def _lines(text: str) -> str:
    """As the person counts them: a form sends two characters for the end of a line."""
    return text.replace("\r\n", "\n").replace("\x00", "")
