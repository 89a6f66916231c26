"""The agents' way in behind a link: Continue, then sign in where that is still to be done, then the console.

Continue notes in this browser's Django session what it asks for. The page behind it needs a sign-in, so who is not
signed in comes by there, and lands in the session.
"""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.views.decorators.http import require_GET

from invitations import codes
from invitations.agent_invitations import join_by_invitation
from invitations.models import Invitation
from portals import clock
from portals.errors import DomainError, NotAllowed
from sessions.models import Participant
from sessions.views import technician_of_page

WANTED = "agent_invitation"  # the key in Django's session


def enter_as_agent(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    _token, way = codes.split(request.POST.get("token", ""))
    request.session[WANTED] = [str(invitation.public_id), way]
    return HttpResponse(status=303, headers={"Location": reverse("invitations:join-as-agent")})


@require_GET
def join_as_agent(request: HttpRequest) -> HttpResponse:
    """Do what Continue asked for, once; asked again, or by anybody else, it leads to the console."""
    me = technician_of_page(request)
    wanted = request.session.pop(WANTED, None)
    if wanted is None:
        return redirect("sessions:console")
    try:
        agent = join_by_invitation(technician=me, invitation_id=UUID(wanted[0]), way=_way(wanted[1]), now=clock.now())
    except NotAllowed as error:
        return render(request, "invitations/agent_refused.html", {"message": str(error)}, status=403)
    except (DomainError, Invitation.DoesNotExist) as error:
        return render(request, "invitations/agent_refused.html", {"message": str(error)}, status=409)
    return HttpResponseRedirect(f"{reverse('sessions:console')}#session={agent.support_session.public_id}")


def _way(value: str) -> str:
    return value if value in Participant.WayIn.values else Participant.WayIn.LINK.value
