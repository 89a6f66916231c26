"""External specialists' way in: the name behind *Continue*, the wait before the door, the room, and what comes after.

Plain forms first; specialist_page.js and waiting_page.js make them live. The browser's cookie says who asks.
"""

from typing import Any
from uuid import UUID

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST, require_safe

from invitations import specialists
from invitations.code_entry import visitor_of
from invitations.models import Invitation
from invitations.specialist_out import why_out
from portals import clock
from portals.browser_rules import capture_page
from portals.errors import InvalidInput
from portals.request_context import address_of
from sessions import guest_cookie, rights
from sessions.models import MAX_SPECIALISTS, Participant, SupportSession


def enter_as_specialist(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    """*Continue* on the landing of a specialist; what is wrong with the name is said where it is typed."""
    support_session = invitation.support_session
    token, name = request.POST.get("token", ""), request.POST.get("name", "")
    try:
        specialist, cookie = specialists.enter(
            token=token,
            name=name,
            language=translation.get_language() or "en",
            address=address_of(request),
            visitor=visitor_of(request),
            before=guest_cookie.guest_of(request.COOKIES, support_session.public_id),
            now=clock.now(),
        )
    except InvalidInput as error:
        context = _of(support_session) | {
            "invitation": invitation,
            "token": token,
            "name": name[:1000],
            "problem": str(error),
        }
        return render(request, "invitations/specialist_name.html", context, status=400)
    response = HttpResponse(status=303, headers={"Location": page_url(support_session)})
    if cookie:
        guest_cookie.set_cookie(response, specialist.support_session.public_id, cookie)
    return response


def page_url(support_session: SupportSession) -> str:
    return reverse("invitations:specialist", args=[support_session.public_id])


def specialist_of(request: HttpRequest, public_id: UUID) -> Participant:
    """The specialist whose cookie this browser holds. Raises Http404 for everybody else."""
    found = guest_cookie.guest_of(request.COOKIES, public_id)
    if found is None or found.role != Participant.Role.SPECIALIST:
        raise Http404
    return found


@login_not_required
@require_safe
@ensure_csrf_cookie
@capture_page
def specialist(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """Where a specialist belongs now: before the door, in the room, or out of it."""
    me = specialist_of(request, public_id)
    support_session = _load(me)
    context = _of(support_session) | {"me": me}
    if me.left_at is not None or support_session.is_ended:
        return render(request, "invitations/specialist_out.html", context | {"out": why_out(me, support_session)})
    if me.joined_at is None:
        return render(request, "invitations/specialist_waiting.html", context | _waits(support_session))
    facts = rights.facts_of(me, support_session)
    context |= {
        "socket_url": f"/ws/sessions/{support_session.public_id}/?as=guest",
        "share_why": str(rights.decide(rights.May.SHARE_SCREEN, facts).reason),
        "customer_name": support_session.customer_name,
        "comment": _comment(me),
    }
    return render(request, "invitations/specialist_room.html", context)


@login_not_required
@require_POST
def knock(request: HttpRequest, public_id: UUID) -> HttpResponse:
    """A sign of life from before the door, answered with whether there is something new to see."""
    me = specialists.knock(participant=specialist_of(request, public_id), now=clock.now())
    support_session = _load(me)
    over = support_session.is_ended or me.left_at is not None
    state = "out" if over else "inside" if me.joined_at is not None else "waiting"
    return JsonResponse({"state": state, "line": str(_waits(support_session)["line"])})


@login_not_required
@require_POST
def leave(request: HttpRequest, public_id: UUID) -> HttpResponse:
    support_session = specialists.leave(participant=specialist_of(request, public_id), now=clock.now())
    return HttpResponseRedirect(page_url(support_session))


def _load(me: Participant) -> SupportSession:
    rows = SupportSession.objects.select_related("company", "portal", "lead__technician_group")
    return rows.get(pk=me.support_session_id)


def _of(support_session: SupportSession) -> dict[str, Any]:
    return {
        "support_session": support_session,
        "company": support_session.company.name,
        "technician": support_session.helped_by,
    }


def _comment(me: Participant) -> str:
    arrival = me.arrival if hasattr(me, "arrival") else None
    return arrival.invitation.comment if arrival is not None else ""


def _waits(support_session: SupportSession) -> dict[str, Any]:
    """What one who waits is told: for whom, or for what."""
    name = support_session.helped_by
    full = support_session.participants.specialists().inside().count() >= MAX_SPECIALISTS
    if support_session.status not in specialists.JOINABLE:
        line = _("The session is on hold. You are let in when it goes on.")
    elif full:
        line = _("All %(limit)s places for specialists are taken. You may wait here: you are let in when one is free.")
    else:
        line = _("%(name)s has been told that you are here, and lets you in.")
    return {"line": str(line) % {"limit": MAX_SPECIALISTS, "name": name}, "full": full}
