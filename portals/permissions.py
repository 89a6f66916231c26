"""Rights of people as technicians: company AND portal AND technician group (DESIGN 3).

Each function answers with a Right: allowed, or the sentence that says what is missing and who can change it.
"""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from portals.errors import NotAllowed
from portals.models import Company, Portal, TechnicianGroup, User


@dataclass(frozen=True)
class Right:
    allowed: bool
    reason: Any = ""

    def __bool__(self) -> bool:
        return self.allowed


ALLOWED = Right(True)


def require(right: Right, *, verb: str = "") -> None:
    """Raise NotAllowed with the right's reason unless it is given."""
    if not right:
        raise NotAllowed(right.reason, verb=verb)


def first_refusal(*rights: Right) -> Right:
    """All must be given; the first that is not tells why."""
    return next((right for right in rights if not right), ALLOWED)


def _unless(given: bool, reason: Any) -> Right:
    return ALLOWED if given else Right(False, reason)


def can_manage(actor: User, company: Company) -> Right:
    """Managers in their own company, operators in every one."""
    own = actor.is_superuser or actor.company_id == company.pk
    return _unless(actor.is_staff and own, _("Only a manager of this company can change this."))


def can_operate(actor: User) -> Right:
    return _unless(actor.is_active and actor.is_superuser, _("Only the operator of this installation can change this."))


def can_work(actor: User) -> Right:
    return _unless(actor.is_technician, _("You need a seat to work here. Your manager can give you one."))


def _home_of(actor: User) -> tuple[Company, TechnicianGroup]:
    """A technician always has both (can_work has been asked)."""
    if actor.company is None or actor.technician_group is None:
        raise NotAllowed(can_work(actor).reason)
    return actor.company, actor.technician_group


def can_start_lens(actor: User, portal: Portal | None) -> Right:
    if not can_work(actor):
        return can_work(actor)
    company, group = _home_of(actor)
    return first_refusal(
        _unless(company.lens_enabled, _("Lens is off for your company. Your manager can turn it on.")),
        _unless(group.start_lens, _("Lens sessions are off for your group. Your manager can turn them on.")),
        _unless(portal is None or portal.lens_enabled, _("Lens is off for this portal. Your manager can turn it on.")),
    )


def can_start_screen(actor: User, portal: Portal | None) -> Right:
    if not can_work(actor):
        return can_work(actor)
    _company, group = _home_of(actor)
    return _unless(group.view_screen, _("Viewing screens is off for your group. Your manager can turn it on."))


def can_start_kind(actor: User, kind: str, portal: Portal | None) -> Right:
    """kind: one of Portal.SessionKind, which are those of support sessions."""
    return can_start_lens(actor, portal) if kind == Portal.SessionKind.LENS else can_start_screen(actor, portal)


def can_start_private(actor: User) -> Right:
    if not can_work(actor):
        return can_work(actor)
    _company, group = _home_of(actor)
    return _unless(
        group.start_private,
        _("Private sessions are off for your group. Your manager can turn them on."),
    )


METHOD_SWITCH = {"pin": "by_pin", "email": "by_email", "link": "by_link", "sms": "by_sms"}
METHOD_REASON = {
    "pin": _("PIN codes are off for your group. Your manager can turn them on."),
    "email": _("Email is off for your group. Your manager can turn it on."),
    "link": _("Links are off for your group. Your manager can turn them on."),
    "sms": _("SMS is off for your group. Your manager can turn it on."),
}


def can_use_method(actor: User, method: str) -> Right:
    if not can_work(actor):
        return can_work(actor)
    return _unless(bool(getattr(actor.technician_group, METHOD_SWITCH[method])), METHOD_REASON[method])


def portals_of(actor: User) -> list[Portal]:
    """The portals that the actor's technician group serves, by name."""
    if not actor.is_technician or actor.company_id is None:
        return []
    return list(Portal.objects.filter(groups=actor.technician_group_id, company_id=actor.company_id).order_by("name"))
