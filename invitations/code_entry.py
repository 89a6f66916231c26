"""The field Session Code, on the join page and on portals of Phone mode: the same codes, the same limits."""

import re
import secrets
import time

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse

from invitations import codes, guesses, ways_in
from invitations.forms import SessionCodeForm
from portals import clock
from portals.errors import DomainError
from portals.request_context import address_of

VISITOR_COOKIE = "visitor"  # counts this browser's wrong codes, whatever address it comes from (S-13)


def enter_code(request: HttpRequest, form: SessionCodeForm, *, way: str = "code") -> HttpResponse | None:
    """Lead a right code to the same landing as its link. None: nothing was sent, or the form says what was wrong.

    way: which page this is, one of codes.LETTERS; told on for the record of agents and specialists.
    """
    if not form.is_bound or not form.is_valid():
        return None
    now = clock.now()
    if guesses.breaker_is_open(now=now):
        time.sleep(guesses.BREAKER_DELAY_S)
    try:
        found = ways_in.look_up_code(
            code=form.cleaned_data["code"], address=address_of(request), visitor=visitor_of(request), now=now
        )
    except DomainError as error:
        form.add_error("code", str(error))
        return None
    told = "" if len(found.code) == codes.DIGITS["customer"] else f".{codes.LETTERS[way]}"
    return HttpResponseRedirect(f"{reverse('invitations:landing')}#{found.token}{told}")


def name_visitor(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Give this browser a random name where it has none."""
    if not visitor_of(request):
        response.set_cookie(
            VISITOR_COOKIE,
            secrets.token_urlsafe(32),
            max_age=24 * 3600,
            secure=settings.SESSION_COOKIE_SECURE,
            httponly=True,
            samesite="Lax",
        )
    return response


def visitor_of(request: HttpRequest) -> str:
    """This browser's random name, empty where it has none or one that is not ours."""
    name = request.COOKIES.get(VISITOR_COOKIE, "")
    return name if re.fullmatch(r"[\w-]{43}", name, re.ASCII) else ""
