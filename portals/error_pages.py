"""Errors as pages: a domain error becomes one clear sentence with a fitting status."""

import logging
from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils.translation import gettext as _

from portals import request_context
from portals.errors import DomainError, NotAllowed

logger = logging.getLogger("sightline.errors")


class domain_error_middleware:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
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
    request_id = request_context.current().request_id
    logger.error("Request %s failed.", request_id)
    if _wants_json(request):
        message = _("Something went wrong on our side. Wait a moment and try again.")
        return JsonResponse({"code": "server_error", "message": message, "request_id": request_id}, status=500)
    return HttpResponse(render_to_string("500.html", {"request_id": request_id}), status=500)


def _wants_json(request: HttpRequest) -> bool:
    return request.path_info.startswith("/api/") or "json" in request.headers.get("Accept", "")


def not_found(request: HttpRequest, exception: Any = None) -> HttpResponse:
    return render(request, "404.html", status=404)
