"""How each address of matrix_table.py is asked for: what stands in it, and what is posted to it."""

import json
from typing import Any

from django.test import Client
from django.urls import reverse

from portals.models import AuditEvent, Company
from tests.cast import World


def address(world: World, route: str) -> str:
    if route == "admin:catch_all":
        return "/admin/nothing/"
    return reverse(route, args=arguments(world, route))


def ask(client: Client, method: str, path: str, form: dict[str, object] | None = None, **more: Any) -> Any:
    if path.startswith("/api/"):
        return client.generic(method, path, json.dumps(form or {}), content_type="application/json", **more)
    return client.post(path, form or {}, **more) if method == "POST" else client.generic(method, path, **more)


def arguments(world: World, route: str) -> tuple[object, ...]:
    """What stands in the address of a route; nothing for most."""
    rows = {
        "auditevent": AuditEvent.objects.filter(company=world.group.company).earliest("pk").pk,
        "user": world.people["bob"].pk,
        "techniciangroup": world.group.pk,
        "portal": world.portal.pk,
        "company": world.group.company_id,
        "terms": Company.objects.get(pk=world.group.company_id).terms.get().pk,
        "supportsession": world.active.pk,
        "delivery": world.delivery.pk,
        "recording": world.recording.pk,
    }
    model, _underscore, page = route.rpartition("_")
    if page in {"change", "delete", "history", "password"} and (kind := model.rpartition("_")[2]) in rows:
        return (rows[kind],)
    match route:
        case "sessions:record" | "sessions:accept" | "sessions:decline" | "sessions:leave" | "sessions:report":
            return (world.active.public_id,)
        case "sessions:room" | "sessions:ended" | "sessions:survey":
            return (world.active.public_id,)
        case "api:session-hold" | "api:session-transfer" | "api:session-transfer-targets" | "api:session-leave":
            return (world.active.public_id,)
        case "api:session-lead" | "api:session-lead-offer" | "api:session-lead-take" | "api:session-lead-decline":
            return (world.active.public_id,)
        case "api:session-notes" | "api:session-outcome" | "api:session-record":
            return (world.active.public_id,)
        case "api:attendee-remove" | "api:attendee-right":
            return (world.active.public_id, world.specialist.public_id)
        case "api:specialist-admit" | "api:specialist-turn-away":
            return (world.active.public_id, world.specialist.public_id)
        case "api:specialists-invitation" | "api:specialists-waiting":
            return (world.active.public_id,)
        case "invitations:specialist" | "invitations:specialist-knock" | "invitations:specialist-leave":
            return (world.active.public_id,)
        case "api:specialists-mail":
            return (world.specialists.public_id,)
        case "lens:recording" | "lens:recording-download":
            return (world.recording.public_id, 1)
        case "lens:camera" | "api:session-end" | "api:specialists-remove":
            return (world.active.public_id,)
        case "api:session-start":
            return (world.waiting.public_id,)
        case "api:agents" | "api:agents-invite" | "api:agents-mail" | "api:agents-ask":
            return (world.active.public_id,)
        case "api:agent-request-accept" | "api:agent-request-decline" | "api:agent-request-withdraw":
            return (world.request.public_id,)
        case "api:invitation-cancel":
            return (world.invitation.public_id,)
        case "api:delivery-retry":
            return (world.delivery.public_id,)
        case "invitations:portal":
            return (world.portal.slug,)
        case "invitations:portal-colour":
            return ("17324d",)
        case "logo":
            return (world.portal.logo.name.removeprefix("logos/"),)
        case "account_reset_password_from_key":
            return ("1", "set-password")
        case "admin:support_sessions_supportsession_export":
            return ("csv",)
        case "admin:app_list":
            return ("portals",)
    return ()


def form(world: World, route: str) -> dict[str, object]:
    """What is posted: enough for whoever may."""
    match route:
        case "invitations:join" | "invitations:portal":
            return {"code": world.secrets.code}
        case "invitations:preview" | "invitations:continue" | "invitations:refuse":
            return {"token": world.secrets.token}
        case "sessions:accept":
            return {"terms_version": "1"}
        case "api:session-create":
            return {"kind": "lens", "name": "Gil", "method": "pin"}
        case "api:availability":
            return {"availability": "away"}
        case "api:specialists-mail":
            return {"to": "sam@maker.example"}
        case "api:session-transfer":
            return {"kind": "technician", "target": str(world.people["tom"].public_id)}
        case "api:agents-ask":
            return {"kind": "technician", "target": str(world.people["tom"].public_id)}
        case "api:agents-mail":
            return {"to": "gina@example.com"}
        case "api:join-session":
            return {"code": world.agents.code}
        case "api:session-lead-offer":
            return {"attendee": str(world.people["tom"].public_id)}
    return {"post": "yes"} if route.endswith("_delete") else {}
