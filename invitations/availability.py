"""Who can help a portal's visitors now."""

from datetime import datetime

from django.db.models import Count, Q

from portals.models import Portal, User
from portals.permissions import can_start_kind
from sessions.models import SupportSession
from sessions.states import Status
from sessions.steps import MAX_ACTIVE


def serving(portal: Portal, *, now: datetime) -> list[User]:
    """Technicians of the portal's groups who are at their console, Online, and have the right to its kind; by name."""
    online = User.objects.technicians().filter(
        company_id=portal.company_id,
        technician_group__portals=portal,
        availability=User.Availability.ONLINE,
        console_until__gt=now,
    )
    technicians = online.select_related("company", "technician_group").order_by("name", "pk")
    return [technician for technician in technicians if can_start_kind(technician, portal.session_kind, portal)]


def free(portal: Portal, *, now: datetime) -> list[User]:
    """Those of them who could start one more session at once."""
    technicians = serving(portal, now=now)
    lens = portal.session_kind == Portal.SessionKind.LENS
    active = SupportSession.objects.filter(lead__in=technicians, status=Status.ACTIVE).values_list("lead")
    counts = active.annotate(every=Count("pk"), lens=Count("pk", filter=Q(kind=SupportSession.Kind.LENS)))
    full = {lead for lead, every, lenses in counts if every >= MAX_ACTIVE or (lens and lenses)}
    return [technician for technician in technicians if technician.pk not in full]


def helpers(portal: Portal, *, now: datetime) -> list[User]:
    """For whom the portal's form is open at all: a queue waits for people who are busy now, a choice does not."""
    return free(portal, now=now) if portal.mode == Portal.Mode.WEB else serving(portal, now=now)


def waiting(portal: Portal) -> int:
    """How many people stand in the portal's queue."""
    return SupportSession.objects.filter(portal=portal, status=Status.WAITING, lead=None).count()
