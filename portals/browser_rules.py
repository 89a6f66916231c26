"""What browsers may do with our pages: headers that every response gets, and the few pages that get more."""

import functools
from collections.abc import Callable
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django_permissions_policy import PermissionsPolicyMiddleware

CAPTURE_FEATURES = ("autoplay", "camera", "display-capture", "fullscreen", "microphone", "screen-wake-lock")
View = Callable[..., HttpResponse]


def browser_rules_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Add the headers no library sets, refuse cross-site writes (S-63), and ease the policy for the admin's scripts."""

    def middleware(request: HttpRequest) -> HttpResponse:
        # A quoted cookie may hold any character. None of ours has a NUL, and PostgreSQL refuses to look for one.
        for name in [name for name, value in request.COOKIES.items() if "\x00" in value]:
            del request.COOKIES[name]
        if is_cross_site_write(request):
            response = HttpResponse("This request came from another site.", status=403, content_type="text/plain")
        else:
            response = get_response(request)
        response.headers.setdefault("Cross-Origin-Resource-Policy", "same-origin")
        response.headers.setdefault("Cache-Control", "no-store")
        if request.path_info.startswith("/admin/"):
            # Django's SelectBox and jQuery assign innerHTML, which Trusted Types would refuse.
            response._csp_replace = {"require-trusted-types-for": None, "trusted-types": None}  # type: ignore[attr-defined]
        return response

    return middleware


def is_cross_site_write(request: HttpRequest) -> bool:
    if request.method in {"GET", "HEAD", "OPTIONS"}:
        return False
    return request.headers.get("Sec-Fetch-Site") == "cross-site" and not request.path_info.startswith("/anymail/")


def capture_page(view: View) -> View:
    """A page that may use camera, microphone and screen, after the person's click (S-50, S-61)."""
    return _with_features(view, CAPTURE_FEATURES)


def player_page(view: View) -> View:
    """A page with a player, which may fill the screen."""
    return _with_features(view, ("fullscreen",))


def _with_features(view: View, features: tuple[str, ...]) -> View:
    @functools.wraps(view)
    def with_features(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        policy: dict[str, Any] = settings.PERMISSIONS_POLICY | {feature: ["self"] for feature in features}
        header = PermissionsPolicyMiddleware.compute_header_value(policy, name="PERMISSIONS_POLICY")
        response._permissions_policy_override = header  # type: ignore[attr-defined]
        return response

    return with_features
