"""The technician's pages: console, history, and the record of one session."""

from typing import cast
from uuid import UUID

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET, require_http_methods

from portals import audit, clock
from portals.browser_rules import capture_page, player_page
from portals.errors import NotAllowed
from portals.models import User
from portals.permissions import can_work, portals_of, require
from sessions import exports, notes
from sessions import record as session_record
from sessions.errors import NotesTooLong, TranscriptDeleted
from sessions.history import COUNTED, HistoryFilter, count_up_to, read_page
from sessions.models import SupportSession
from sessions.permissions import can_write_notes, rights_to_create
from sessions.recorder import recorder
from sessions.steps import MAX_ACTIVE


@require_GET
@ensure_csrf_cookie
@capture_page
def console(request: HttpRequest) -> HttpResponse:
    me = technician_of_page(request)
    served = portals_of(me)
    context = {
        "me": me,
        "company": me.company,
        "portals": [{"public_id": portal.public_id, "name": portal.name} for portal in served],
        "rights": {
            offer: {"allowed": bool(right), "reason": right.reason}
            for offer, right in rights_to_create(me, served).items()
        },
        "code_lifetime_min": me.company.code_lifetime_min if me.company else 0,
        "max_active": MAX_ACTIVE,
        "sms_by_server": bool(settings.SMS_SENDER),
    }
    return render(request, "sessions/console.html", context)


@require_GET
def history(request: HttpRequest) -> HttpResponse:
    me = technician_of_page(request)
    now = clock.now()
    found = HistoryFilter(request.GET, reader=me)
    sessions = found.sessions()
    lost = False
    try:
        page = read_page(sessions, after=_uuid(request, "after"), before=_uuid(request, "before"))
    except SupportSession.DoesNotExist:
        lost, page = True, read_page(sessions)
    asked = urlencode(found.asked())
    context = {
        "me": me,
        "filter": found,
        "asked": asked,
        "page": page,
        "lost": lost,
        "rows": [session_record.summary(support_session, now=now) for support_session in page.rows],
        "count": count_up_to(sessions),
        "counted": COUNTED,
    }
    return render(request, "sessions/history.html", context)


@require_GET
def export(request: HttpRequest, format: str) -> HttpResponseBase:
    me = technician_of_page(request)
    found = HistoryFilter(request.GET, reader=me)
    if not found.is_valid():
        return redirect(f"{reverse('sessions:history')}?{urlencode(found.asked())}")
    return exports.export(request, found.sessions(), reader=me, format=format, told=found.told(), now=clock.now())


@require_http_methods(["GET", "HEAD", "POST"])
@player_page
def record(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """One session from beginning to end; its technicians write outcome and notes here."""
    me = technician_of_page(request)
    problems: dict[str, str] = {}
    if request.method == "POST":
        problems = _write_down(request, me, public_id)
        if not problems:
            return redirect("sessions:record", public_id)
    visible = SupportSession.objects.visible_to(me).select_related("portal", "lead", "company", "terms", "survey")
    support_session = (
        visible.prefetch_related("participants__user__company", "participants__invited_by")
        .filter(public_id=public_id)
        .first()
    )
    if support_session is None:
        raise _unknown(me, "session.open", public_id)
    audit.record(actor=me, verb="session.viewed", target=support_session)
    context = {
        "me": me,
        "can_write": bool(can_write_notes(me, support_session)) and support_session.transcript_deleted_at is None,
        "report": session_record.report_for(support_session, me),
        "recordings": recorder().of_record(support_session, reader=me),
        "outcomes": SupportSession.Outcome.choices,
        "notes": request.POST.get("notes", support_session.notes),
        "problems": problems,
        **session_record.read(support_session, reader=me, now=clock.now()),
    }
    return render(request, "sessions/record.html", context, status=400 if problems else 200)


def _write_down(request: HttpRequest, me: User, public_id: UUID) -> dict[str, str]:
    """Save outcome and notes; return what was wrong, by field."""
    outcome = request.POST.get("outcome", "")
    try:
        notes.save_notes(technician=me, session_id=public_id, text=request.POST.get("notes", "").replace("\r\n", "\n"))
        if outcome in SupportSession.Outcome.values:
            notes.set_outcome(technician=me, session_id=public_id, outcome=outcome)
    except SupportSession.DoesNotExist:
        raise _unknown(me, "session.notes", public_id) from None
    except (NotesTooLong, TranscriptDeleted) as error:
        return {"notes": str(error)}
    return {}


def _unknown(me: User, verb: str, public_id: UUID) -> Http404:
    audit.record_not_found(actor=me, verb=verb, what=str(public_id))
    return Http404()


def _uuid(request: HttpRequest, name: str) -> UUID | None:
    """The id of a neighbouring row; what is no id leads to no row, as one that is gone."""
    value = request.GET.get(name, "")
    try:
        return UUID(value) if value else None
    except ValueError:
        return UUID(int=0)


def technician_of_page(request: HttpRequest) -> User:
    """The signed-in person with a seat. Raises NotAllowed, which the page of error_pages explains."""
    me = cast(User, request.user)  # LoginRequiredMiddleware let nobody else through
    try:
        require(can_work(me), verb="console.open")
    except NotAllowed as refusal:
        audit.record_refusal(actor=me, verb=refusal.verb, refusal=refusal)
        raise
    return me
