"""The verbs of managers and operators.

Each is one transaction, asks for the actor's right as it stands now, and is audited with before and after.
"""

from datetime import datetime
from typing import Any, TypeVar, cast

from allauth.account.models import EmailAddress
from django.db import transaction
from django.db.models import ProtectedError
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from portals import audit
from portals.changes import Changes, Values, write
from portals.errors import InUse, InvalidInput, SeatsFull
from portals.models import Company, Portal, TechnicianGroup, Terms, User
from portals.permissions import can_manage, can_operate, require
from portals.questions import write_questions
from portals.use_case import use_case

COMPANY_FIELDS = (
    "name",
    "lens_enabled",
    "specialists_enabled",
    "specialist_mails_to",
    "recording_allowed",
    "technicians_may_be_guests",
    "guests_may_join",
    "guests_may_lead",
    "code_lifetime_min",
    "waiting_limit_min",
    "idle_limit_min",
    "always_relay",
    "transcript_days",
    "recording_days",
    "survey_enabled",
)
OPERATOR_COMPANY_FIELDS = (*COMPANY_FIELDS, "seats")
GROUP_FIELDS = ("name", *TechnicianGroup.PERMISSIONS)
PORTAL_FIELDS = (
    "name",
    "slug",
    "is_open",
    "mode",
    "session_kind",
    "lens_enabled",
    "recording_allowed",
    "specialists_enabled",
    "highest_specialist_right",
    "admit_specialists",
    "groups",
    "colour",
    "logo",
    "welcome_text",
)
PERSON_FIELDS = ("name", "email", "technician_group", "has_seat", "is_active", "is_manager")

Row = TypeVar("Row", TechnicianGroup, Portal, User)


# Companies and their terms.


@use_case
def create_company(*, actor: User, values: Values) -> Company:
    """Raises NotAllowed, InvalidInput."""
    require(can_operate(actor), verb="company.create")
    company = Company()
    changes = write(company, values, allowed=OPERATOR_COMPANY_FIELDS)
    audit.record(actor=actor, verb="company.created", target=company, changes=changes)
    return company


@use_case
def change_company(*, actor: User, company: Company, values: Values) -> Company:
    """Raises NotAllowed (seats are the operator's), InvalidInput."""
    locked = _locked_company(actor, company, verb="company.change")
    allowed = OPERATOR_COMPANY_FIELDS if actor.is_superuser else COMPANY_FIELDS
    changes = write(locked, values, allowed=allowed)
    used = _seats_used(locked)
    if "seats" in changes and locked.seats < used:
        sentence = ngettext("%(used)s seat is in use.", "%(used)s seats are in use.", used) % {"used": used}
        raise InvalidInput({"seats": f"{sentence} {_('Take some away first.')}"})
    _record_change(actor, locked, changes)
    return locked


@use_case
def publish_terms(*, actor: User, company: Company, text: str, now: datetime) -> Terms:
    """Publish the next version; earlier ones stay as they are, since customers have accepted them.

    Raises NotAllowed, InvalidInput (empty, too long, or word for word what holds already).
    """
    locked = _locked_company(actor, company, verb="terms.publish")
    current = locked.current_terms
    text = text.replace("\r\n", "\n").strip()
    if current is not None and current.text == text:
        raise InvalidInput({"text": _("This is the text that holds already. Change it first.")})
    terms = Terms(company=locked, version=current.version + 1 if current else 1, published_at=now)
    write(terms, {"text": text}, allowed=("text",))
    versions = [current.version if current else None, terms.version]
    audit.record(actor=actor, verb="terms.published", target=terms, changes={"version": versions})
    return terms


# Technician groups and portals.


@use_case
def create_group(*, actor: User, company: Company, values: Values) -> TechnicianGroup:
    """Raises NotAllowed, InvalidInput."""
    locked = _locked_company(actor, company, verb="group.create")
    group = TechnicianGroup(company=locked)
    _record_creation(actor, group, write(group, values, allowed=GROUP_FIELDS))
    return group


@use_case
def change_group(*, actor: User, group: TechnicianGroup, values: Values) -> TechnicianGroup:
    """Turn switches or rename. Raises NotAllowed, InvalidInput."""
    locked = _locked_row(actor, group, verb="group.change")
    _record_change(actor, locked, write(locked, values, allowed=GROUP_FIELDS))
    return locked


@use_case
def delete_group(*, actor: User, group: TechnicianGroup) -> None:
    """Raises NotAllowed, InUse."""
    _delete(actor, _locked_row(actor, group, verb="group.delete", alone=True))


@use_case
def create_portal(*, actor: User, company: Company, values: Values) -> Portal:
    """Raises NotAllowed, InvalidInput."""
    locked = _locked_company(actor, company, verb="portal.create")
    portal = Portal(company=locked)
    _require_own_groups(locked, values)
    _record_creation(actor, portal, _write_portal(portal, values))
    return portal


@use_case
def change_portal(*, actor: User, portal: Portal, values: Values) -> Portal:
    """values: of PORTAL_FIELDS, and `questions`, a list of Question. Raises NotAllowed, InvalidInput."""
    locked = _locked_row(actor, portal, verb="portal.change")
    _require_own_groups(locked.company, values)
    _record_change(actor, locked, _write_portal(locked, values))
    return locked


def _write_portal(portal: Portal, values: Values) -> Changes:
    former = portal.logo.name
    fields = {name: value for name, value in values.items() if name != "questions"}
    if "logo" in fields:
        fields["logo"] = fields["logo"] or ""  # False is the admin's word for taking it away
    changes = write(portal, fields, allowed=PORTAL_FIELDS)
    if "logo" in changes:
        changes["logo"][1] = portal.logo.name  # the random one, which it has since it was saved
    if former and "logo" in changes:
        storage = portal.logo.storage
        transaction.on_commit(lambda: storage.delete(former))
    if "questions" in values:
        changes |= write_questions(portal, values["questions"])
    return changes


@use_case
def delete_portal(*, actor: User, portal: Portal) -> None:
    """Raises NotAllowed, InUse."""
    locked = _locked_row(actor, portal, verb="portal.delete", alone=True)
    logo, storage = locked.logo.name, locked.logo.storage
    _delete(actor, locked)
    if logo:
        transaction.on_commit(lambda: storage.delete(logo))


# People.


@use_case
def create_person(*, actor: User, company: Company, values: Values, password: str) -> User:
    """Make an account in `company`; an operator is made on the command line only.

    Raises NotAllowed, InvalidInput, SeatsFull.
    """
    locked = _locked_company(actor, company, verb="person.create")
    person = User(company=locked)
    person.set_password(password)
    changes = _write_person(person, values)
    _require_seat(person, held_before=False)
    _record_creation(actor, person, changes)
    return person


@use_case
def change_person(*, actor: User, person: User, values: Values) -> User:
    """Raises NotAllowed, InvalidInput (also for a manager who would lock the own account out), SeatsFull."""
    locked = _locked_row(actor, person, verb="person.change")
    held_seat = locked.is_active and locked.has_seat
    changes = _write_person(locked, values)
    _require_way_back(actor, locked, changes)
    _require_seat(locked, held_before=held_seat)
    if "email" in changes:
        # Signing in also looks at allauth's list of addresses; an old one there would still open the door.
        EmailAddress.objects.filter(user=locked).delete()
    _record_change(actor, locked, changes)
    return locked


def set_seat(*, actor: User, person: User, has_seat: bool) -> User:
    """Raises what change_person raises."""
    return change_person(actor=actor, person=person, values={"has_seat": has_seat})


def set_active(*, actor: User, person: User, is_active: bool) -> User:
    """Raises what change_person raises."""
    return change_person(actor=actor, person=person, values={"is_active": is_active})


@use_case
def set_password(*, actor: User, person: User, password: str) -> User:
    """Give a person a new password, which ends this person's sign-ins everywhere. Raises NotAllowed."""
    locked = _locked_row(actor, person, verb="person.set_password")
    locked.set_password(password)
    locked.save(update_fields=["password"])
    audit.record(actor=actor, verb="person.password_set", target=locked)
    return locked


def _write_person(person: User, values: Values) -> Changes:
    if "email" in values:
        values = {**values, "email": str(values["email"]).strip().lower()}
    group = values.get("technician_group")
    if group is not None and group.company_id != person.company_id:
        raise InvalidInput({"technician_group": _("Choose a technician group of this person's company.")})
    return write(person, values, allowed=PERSON_FIELDS)


def _require_seat(person: User, *, held_before: bool) -> None:
    """Refuse a seat without a group, or one too many. The caller holds the lock on the company."""
    if not (person.is_active and person.has_seat) or person.company is None:
        return
    if person.technician_group_id is None:
        sentence = _("Choose a technician group: its switches say what this person may do.")
        raise InvalidInput({"technician_group": sentence})
    if not held_before and _seats_used(person.company) > person.company.seats:
        raise SeatsFull(limit=person.company.seats)


def _require_way_back(actor: User, person: User, changes: Changes) -> None:
    if actor.pk != person.pk:
        return
    if "is_active" in changes:
        raise InvalidInput({"is_active": _("You cannot deactivate yourself. Another manager can.")})
    if "is_manager" in changes and not actor.is_superuser:
        raise InvalidInput({"is_manager": _("You cannot stop being a manager by yourself. Another manager can do it.")})


def _seats_used(company: Company) -> int:
    return company.users.filter(is_active=True, has_seat=True).count()


# Shared steps.


def _locked_company(actor: User, company: Company, *, verb: str) -> Company:
    """Lock the company, so that its changes are made in turn, and ask for the actor's right afresh.

    With no_key, since at commit every new row that names the company is checked against it, whoever writes.
    """
    locked = Company.objects.select_for_update(no_key=True).get(pk=company.pk)
    require(can_manage(User.objects.get(pk=actor.pk), locked), verb=verb)
    return locked


def _locked_row(actor: User, row: Row, *, verb: str, alone: bool = False) -> Row:
    """Lock the row's company and then the row, read afresh. One that the actor may not see raises DoesNotExist.

    alone: nothing that newly refers to the row is committed until this is, as whoever deletes it needs.
    """
    visible: Any = cast(Any, type(row)._default_manager).visible_to(actor).select_related("company")
    company = visible.get(pk=row.pk).company
    if company is None:
        require(can_operate(actor), verb=verb)
    else:
        _locked_company(actor, company, verb=verb)
    locked: Row = visible.select_for_update(of=("self",), no_key=not alone).get(pk=row.pk)
    if isinstance(locked, User) and locked.is_superuser:
        require(can_operate(actor), verb=verb)
    return locked


def _require_own_groups(company: Company, values: Values) -> None:
    if any(group.company_id != company.pk for group in values.get("groups", ())):
        raise InvalidInput({"groups": _("Choose technician groups of this company.")})


def _delete(actor: User, row: TechnicianGroup | Portal) -> None:
    audit.record(actor=actor, verb=f"{_word(row)}.deleted", target=row)
    try:
        row.delete()
    except ProtectedError as error:
        raise InUse(name=str(row)) from error


def _record_creation(actor: User, row: TechnicianGroup | Portal | User, changes: Changes) -> None:
    audit.record(actor=actor, verb=f"{_word(row)}.created", target=row, changes=changes)


def _record_change(actor: User, row: Company | TechnicianGroup | Portal | User, changes: Changes) -> None:
    if changes:
        audit.record(actor=actor, verb=f"{_word(row)}.changed", target=row, changes=changes)


def _word(row: Company | TechnicianGroup | Portal | User) -> str:
    return {Company: "company", TechnicianGroup: "group", Portal: "portal", User: "person"}[type(row)]
