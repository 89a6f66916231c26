"""Portals on their own address: /p/<slug>/ in Phone, Web and Queue mode, in the company's colours."""

import re
from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_safe

from invitations import availability, portal_actions
from invitations.code_entry import enter_code, name_visitor
from invitations.colours import on_colour
from invitations.errors import NobodyAvailable, TechnicianNotAvailable
from invitations.forms import SessionCodeForm
from invitations.portal_forms import PortalForm
from invitations.views import room_url
from portals import clock
from portals.errors import DomainError
from portals.models import Portal
from portals.request_context import address_of
from sessions import guest_cookie


@login_not_required
@ensure_csrf_cookie
@require_http_methods(["GET", "HEAD", "POST"])
def portal(request: HttpRequest, slug: str) -> HttpResponse:
    found = Portal.objects.select_related("company").filter(slug=slug).first()
    if found is None:
        raise Http404
    return _phone(request, found) if found.mode == Portal.Mode.PHONE else _form(request, found)


@login_not_required
@require_safe
def portal_colour(request: HttpRequest, colour: str) -> HttpResponse:
    """One colour as style sheet, since the policy allows no style in the page; it is nobody's and never changes."""
    if not re.fullmatch("[0-9a-f]{6}", colour):
        raise Http404
    text = f":root{{--company:#{colour};--on-company:{on_colour(colour)}}}"
    headers = {"Cache-Control": "public, max-age=31536000, immutable"}
    return HttpResponse(text, content_type="text/css; charset=utf-8", headers=headers)


def _phone(request: HttpRequest, portal: Portal) -> HttpResponse:
    form = SessionCodeForm(request.POST if request.method == "POST" else None)
    closed = _why_shut(portal)
    entered = enter_code(request, form, way="portal") if not closed else None
    status = 409 if closed and form.is_bound else 400 if form.is_bound and form.errors else 200
    context = _context(portal) | {"form": form, "closed": closed}
    return name_visitor(request, entered or render(request, "invitations/portal_phone.html", context, status=status))


def _form(request: HttpRequest, portal: Portal) -> HttpResponse:
    now = clock.now()
    closed, helpers = _why_shut(portal), availability.helpers(portal, now=now)
    form = PortalForm(
        portal, helpers if portal.mode == Portal.Mode.WEB else None, request.POST if request.method == "POST" else None
    )
    nobody = "" if closed or helpers else str(NobodyAvailable())
    status = 200
    if form.is_bound and (closed or nobody):
        # Said before anything else: no correction of the form would help. What was typed stays in it.
        status = 409
    elif form.is_bound and not form.is_valid():
        status = 400
    elif form.is_bound:
        try:
            return _enter(request, portal, form, now=now)
        except TechnicianNotAvailable as error:
            form.add_error("technician", str(error))
        except DomainError as error:
            form.add_error(None, str(error))
        status = 409
    context = _context(portal) | {
        "form": form,
        "closed": closed,
        "nobody": nobody,
        "problems": form.problems if form.is_bound and not (closed or nobody) else [],
        "waiting": availability.waiting(portal) if portal.mode == Portal.Mode.QUEUE else 0,
    }
    return render(request, "invitations/portal_form.html", context, status=status)


def _enter(request: HttpRequest, portal: Portal, form: PortalForm, *, now: datetime) -> HttpResponse:
    customer, cookie = portal_actions.enter_portal(
        portal_pk=portal.pk,
        name=form.cleaned_data["name"],
        answers=form.answers,
        technician_id=form.technician_id,
        address=address_of(request),
        language=translation.get_language() or "en",
        now=now,
    )
    support_session = customer.support_session
    response = HttpResponse(status=303, headers={"Location": room_url(support_session)})
    guest_cookie.set_cookie(response, support_session.public_id, cookie)
    return response


def _why_shut(portal: Portal) -> str:
    try:
        portal_actions.require_open(portal)
    except DomainError as error:
        return str(error)
    return ""


def _context(portal: Portal) -> dict[str, Any]:
    return {
        "portal": portal,
        "company_name": portal.company.name,
        "colour": portal.colour.lower().removeprefix("#"),
        "lens": portal.session_kind == Portal.SessionKind.LENS,
    }
