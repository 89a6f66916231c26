"""The customer's page of a Lens session."""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_GET

from portals.browser_rules import capture_page
from sessions.customer_pages import customer_of, page_url
from sessions.models import SupportSession
from sessions.states import Status


@login_not_required
@require_GET
@ensure_csrf_cookie
@capture_page
def camera(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Permission, own picture, terms, waiting, live: one page, since the camera must stay open. Else 404."""
    participant = customer_of(request, public_id)
    support_session = SupportSession.objects.select_related("company", "lead").get(pk=participant.support_session_id)
    if page_url(support_session) != request.path:
        return redirect(page_url(support_session))
    return render(request, "lens/camera.html", _context(support_session))


def _context(support_session: SupportSession) -> dict[str, Any]:
    company = support_session.company
    terms = company.current_terms
    return {
        "support_session": support_session,
        "technician_name": support_session.helped_by,
        "company": company.name,
        "terms": terms,
        "terms_paragraphs": [line for line in (terms.text if terms else "").splitlines() if line.strip()],
        "step": _step(support_session),
        "socket_url": f"/ws/sessions/{support_session.public_id}/?as=guest",
    }


def _step(support_session: SupportSession) -> str:
    match support_session.status:
        case Status.CONNECTING:
            return "permission"
        case Status.ON_HOLD:
            return "held"
        case Status.ACTIVE:
            return "live"
        case Status.TRANSFERRING if support_session.started_at is not None:
            return "live"
    return "waiting"
