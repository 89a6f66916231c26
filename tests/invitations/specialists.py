"""What the tests about external specialists share: everything switched on, an invitation, and who comes by it."""

from typing import Any

from django.test import Client
from django.utils import timezone

from invitations import specialists
from invitations.specialists import Issued
from portals.models import Portal, TechnicianGroup, User
from sessions.models import Participant, SupportSession


def allow(support_session: SupportSession, *, control: bool = False, **portal: Any) -> SupportSession:
    """Both switches on, as a manager turns them on; answers with the session read anew."""
    lead = support_session.lead
    assert lead is not None
    right = Portal.SpecialistRight.CONTROL if control else Portal.SpecialistRight.VIEW_ONLY
    fields = {"specialists_enabled": True, "highest_specialist_right": right} | portal
    Portal.objects.filter(pk=support_session.portal_id).update(**fields)
    TechnicianGroup.objects.filter(pk=lead.technician_group_id).update(invite_specialists=True)
    return SupportSession.objects.get(pk=support_session.pk)


def invite(support_session: SupportSession, *, right: str = "view_only", comment: str = "") -> Issued:
    lead = User.objects.get(pk=support_session.lead_id)
    return specialists.invite(
        technician=lead, session_id=support_session.public_id, right=right, comment=comment, now=timezone.now()
    )


def come(issued: Issued, name: str = "Sam", *, way: str = "link", **more: Any) -> tuple[Participant, str]:
    """Who pressed Continue under this name; with the cookie of that browser."""
    return specialists.enter(
        token=issued.secrets.link_by(way).partition("#")[2],
        name=name,
        language="en",
        address=more.get("address", "192.0.2.7"),
        visitor=more.get("visitor", ""),
        before=more.get("before"),
        now=more.get("now", timezone.now()),
    )


def press_continue(browser: Client, issued: Issued, name: str = "Sam", *, way: str = "link") -> Any:
    token = issued.secrets.link_by(way).partition("#")[2]
    return browser.post("/join/continue/", {"token": token, "name": name})


def room(support_session: SupportSession) -> str:
    return f"/specialist/{support_session.public_id}/"


def inside(support_session: SupportSession) -> list[str]:
    found = support_session.participants.specialists().inside()
    return list(found.order_by("slot").values_list("name", flat=True))


def refusal(browser: Client, issued: Any) -> str:
    """What both the landing and the button say."""
    told = browser.post("/join/preview/", {"token": issued.secrets.token})
    pressed = press_continue(browser, issued)
    assert (told.status_code, pressed.status_code) == (409, 409)
    assert told.json()["message"] in pressed.text
    return str(told.json()["message"])
