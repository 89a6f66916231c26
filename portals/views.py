"""Pages that belong to no single app: the door after sign-in, logos, and whether this process is alive and ready."""

from django.contrib.auth.decorators import login_not_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.views.decorators.http import require_safe

from portals import readiness
from portals.error_pages import come_again
from portals.logos import CONTENT_TYPES
from portals.models import Portal


def home(request: HttpRequest) -> HttpResponse:
    """After sign-in: technicians to the console, managers to the administration."""
    user = request.user
    if user.is_authenticated and user.is_staff and not user.is_technician:
        return redirect("admin:index")
    return redirect("sessions:console")


@login_not_required
def healthz(request: HttpRequest) -> HttpResponse:
    """Alive: a supervisor starts the process anew when this fails."""
    return HttpResponse("ok", content_type="text/plain")


@login_not_required
def readyz(request: HttpRequest) -> HttpResponse:
    """Ready for new people: a proxy leads them elsewhere when this fails."""
    if readiness.is_leaving():
        return _not_ready("leaving")
    if not readiness.database_answers():
        return _not_ready("no database")
    return HttpResponse("ready", content_type="text/plain", headers={"Cache-Control": "no-store"})


def _not_ready(why: str) -> HttpResponse:
    return come_again(HttpResponse(why, content_type="text/plain"))


@login_not_required
@require_safe
def logo(request: HttpRequest, name: str) -> HttpResponse:
    """A portal's logo, under the random name that its file has; a former one is gone."""
    portal = Portal.objects.filter(logo=f"logos/{name}").first()
    content_type = CONTENT_TYPES.get(name.rpartition(".")[2])
    if portal is None or content_type is None:
        raise Http404
    try:
        with portal.logo.open("rb") as file:
            picture = file.read()
    except FileNotFoundError:
        raise Http404 from None
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "Content-Disposition": "inline"}
    return HttpResponse(picture, content_type=content_type, headers=headers)
