"""The way in: the join page, the landing behind a link, and the Continue that spends a customer's."""

from collections.abc import Callable
from datetime import datetime

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_http_methods, require_POST

from invitations import actions, specialist_views, specialists, ways_in
from invitations.agent_entrance import enter_as_agent
from invitations.code_entry import enter_code, name_visitor
from invitations.forms import SessionCodeForm
from invitations.models import Invitation
from portals import clock
from portals.errors import DomainError
from sessions import guest_cookie
from sessions.models import SupportSession


@login_not_required
@ensure_csrf_cookie
@require_http_methods(["GET", "HEAD", "POST"])
def join(request: HttpRequest) -> HttpResponse:
    """The join page: a right code leads to the same landing as its link."""
    form = SessionCodeForm(request.POST if request.method == "POST" else None)
    entered = enter_code(request, form)
    page = render(request, "invitations/join.html", {"form": form}, status=400 if form.errors else 200)
    return name_visitor(request, entered or page)


@login_not_required
@ensure_csrf_cookie
@require_http_methods(["GET", "HEAD"])
def landing(request: HttpRequest) -> HttpResponse:
    """The shell behind a link. The token is in the fragment, so this page knows nothing yet and spends nothing."""
    return render(request, "invitations/landing.html")


@login_not_required
@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """Who invites whom, for the landing; spends nothing."""
    now = clock.now()
    try:
        invitation = ways_in.invitation_of(request.POST.get("token", ""))
        room = _room_of_this_browser(request, invitation)
        if room is None:
            _require_open(request, invitation, now=now)
    except DomainError as error:
        return JsonResponse({"code": error.code, "message": str(error)}, status=409)
    support_session = invitation.support_session
    return JsonResponse(
        {
            "purpose": invitation.purpose,
            "company": support_session.company.name,
            "technician": invitation.created_by.name,
            "name": support_session.customer_name if invitation.is_for_customer else "",
            "kind": support_session.kind,
            "right": invitation.get_right_display(),
            "comment": invitation.comment,
            "room": room,
        }
    )


@login_not_required
@require_POST
def continue_(request: HttpRequest) -> HttpResponse:
    """The button that lets in: a customer at once, others as their own entrance has it."""
    try:
        invitation = ways_in.invitation_of(request.POST.get("token", ""))
        room = _room_of_this_browser(request, invitation)
        if room is not None:
            return HttpResponseRedirect(room)
        return ENTRANCES[invitation.purpose](request, invitation)
    except DomainError as error:
        return render(request, "invitations/problem.html", {"message": str(error)}, status=409)


def enter_as_customer(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """Spend the invitation and bind it to this browser."""
    token = request.POST.get("token", "")
    participant, cookie = actions.redeem(token=token, language=translation.get_language() or "en", now=clock.now())
    support_session = participant.support_session
    response = HttpResponse(status=303, headers={"Location": room_url(support_session)})
    guest_cookie.set_cookie(response, support_session.public_id, cookie)
    return response


Entrance = Callable[[HttpRequest, Invitation], HttpResponse]
# What Continue does for each kind of invitation; may raise a DomainError, which becomes a page.
ENTRANCES: dict[str, Entrance] = {
    Invitation.Purpose.CUSTOMER: enter_as_customer,
    Invitation.Purpose.AGENT: enter_as_agent,
    Invitation.Purpose.SPECIALIST: specialist_views.enter_as_specialist,
}


@login_not_required
@require_POST
def refuse(request: HttpRequest) -> HttpResponse:
    """ "I did not ask for this": ends the session and tells the technician."""
    try:
        invitation = actions.refuse(token=request.POST.get("token", ""), now=clock.now())
    except DomainError as error:
        return render(request, "invitations/problem.html", {"message": str(error)}, status=409)
    return render(request, "invitations/refused.html", {"company_name": invitation.support_session.company.name})


def room_url(support_session: SupportSession) -> str:
    """The customer's page of a session, by its kind."""
    page = "lens:camera" if support_session.kind == SupportSession.Kind.LENS else "sessions:room"
    return reverse(page, args=[support_session.public_id])


def _room_of_this_browser(request: HttpRequest, invitation: Invitation) -> str | None:
    """Where this browser belongs if it is one that pressed Continue."""
    guest = guest_cookie.guest_of(request.COOKIES, invitation.support_session.public_id)
    if guest is None or guest.role != invitation.purpose:
        return None
    if invitation.is_for_customer:
        return room_url(invitation.support_session)
    return specialist_views.page_url(invitation.support_session) if guest.left_at is None else None


def _require_open(request: HttpRequest, invitation: Invitation, *, now: datetime) -> None:
    if invitation.purpose == Invitation.Purpose.SPECIALIST:
        before = guest_cookie.guest_of(request.COOKIES, invitation.support_session.public_id)
        specialists.require_may_return(before, invitation)
        specialists.require_open(invitation, now=now)
    ways_in.require_open(invitation, now=now)
