"""Errors as pages: a domain error becomes one clear sentence with a fitting status, a row that does not exist a 404."""

import logging
import sys
from collections.abc import Callable
from typing import Any

from django.core.exceptions import ObjectDoesNotExist
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from portals import request_context
from portals.database_away import is_away
from portals.deleted_meanwhile import refers_to_deleted
from portals.errors import DomainError, GoneMeanwhile, NotAllowed

logger = logging.getLogger("sightline.errors")

RETRY_AFTER_S = "5"  # as a header


class domain_error_middleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        if isinstance(error, ObjectDoesNotExist):
            return not_found(request)
        if refers_to_deleted(error):  # a list of the administration commits all that it saves together
            error = GoneMeanwhile()
        if not isinstance(error, DomainError):
            return None
        if isinstance(error, NotAllowed):
            return render(request, "403.html", {"exception": error}, status=403)
        return render(request, "409.html", {"message": str(error)}, status=409)


def csrf_failure(request: HttpRequest, reason: str = "") -> HttpResponse:
    message = _("This page was open for too long, or cookies are off. Load the page again and repeat what you did.")
    if _wants_json(request):
        return JsonResponse({"code": "csrf", "message": message}, status=403)
    return render(request, "403_csrf.html", {"message": message}, status=403)


def server_error(request: HttpRequest) -> HttpResponse:
    """Nothing of the fault is shown; the id leads to it in the log (S-77). The database may be what failed: unread."""
    error = sys.exc_info()[1]  # Django calls this while it handles what was raised
    if is_away(error):
        return _try_again(request, error)
    request_id = request_context.current().request_id
    logger.error("Request %s failed.", request_id)
    if _wants_json(request):
        message = _("Something went wrong on our side. Wait a moment and try again.")
        return JsonResponse({"code": "server_error", "message": message, "request_id": request_id}, status=500)
    return HttpResponse(render_to_string("500.html", {"request_id": request_id}), status=500)


def _try_again(request: HttpRequest, error: BaseException | None) -> HttpResponse:
    """Not our fault and soon over, as a restart is: proxies and programs are told when to ask again (R-13)."""
    logger.warning("The database does not answer %s %s: %s", request.method, request.path, error)
    if _wants_json(request):
        message = _("Sightline cannot reach its data right now. Try again in a few seconds.")
        return come_again(JsonResponse({"code": "try_again", "message": message}))
    return come_again(HttpResponse(render_to_string("503.html", {"again": request.method == "GET"})))


def come_again(answer: HttpResponse) -> HttpResponse:
    """Make it a 503 that is asked for again soon. Django logs nothing of it: that is for the caller, in one line."""
    answer.status_code = 503
    answer.headers["Cache-Control"] = "no-store"
    answer.headers["Retry-After"] = RETRY_AFTER_S
    answer._has_been_logged = True  # type: ignore[attr-defined]
    return answer


def _wants_json(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/") or "json" in request.headers.get("Accept", "")


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    if _wants_json(request):
        return JsonResponse({"code": "not_found", "message": _("Not found.")}, status=404)
    return render(request, "404.html", status=404)
