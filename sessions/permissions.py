"""Who may do what with a support session. Actors are users or attendees; the answer carries its reason."""

from typing import Any

from django.utils.translation import gettext_lazy as _

from portals.models import Portal, User
from portals.permissions import (
    ALLOWED,
    METHOD_SWITCH,
    Right,
    can_start_kind,
    can_start_lens,
    can_start_private,
    can_start_screen,
    can_use_method,
    can_work,
    first_refusal,
    portals_of,
)
from sessions.models import Participant, SupportSession


def rights_to_create(actor: User, served: list[Portal] | None = None) -> dict[str, Right]:
    """What the dialog *Create New Session* offers, each with the reason where it does not.

    served: the portals that the actor's group serves, where the caller has them.
    """
    served = portals_of(actor) if served is None else served
    lens = next((right for right in (can_start_lens(actor, portal) for portal in served) if right), None)
    no_portal = Right(False, _("No portal is open to your group. Ask your manager."))
    return {
        "private": can_start_private(actor) if served else first_refusal(can_work(actor), no_portal),
        "lens": lens or can_start_lens(actor, served[0] if served else None),
        "screen": can_start_screen(actor, None),
    } | {method: can_use_method(actor, method) for method in METHOD_SWITCH}


def can_start_session(actor: User, support_session: SupportSession, *, offered: bool | None = None) -> Right:
    """The lead starts, or whoever it is offered to; the right to its kind is asked again, as it may be gone meanwhile.

    offered: whether a queue or a transfer offers the session to the actor, where the caller knows it already.
    """
    mine = support_session.lead_id == actor.pk
    if not mine and offered is None:
        offered = SupportSession.objects.offered_to(actor).filter(pk=support_session.pk).exists()
    return first_refusal(
        can_work(actor),
        ALLOWED if mine or offered else Right(False, _("Only the technician this session belongs to can start it.")),
        can_start_kind(actor, support_session.kind, support_session.portal),
    )


def _leads(actor: User, support_session: SupportSession, reason: Any) -> Right:
    return ALLOWED if support_session.lead_id == actor.pk else Right(False, reason)


def can_end_session(actor: User, support_session: SupportSession) -> Right:
    return first_refusal(
        can_work(actor),
        _leads(actor, support_session, _("Only the technician who leads this session can end it.")),
    )


def may_hold(actor: User) -> Right:
    return first_refusal(
        can_work(actor),
        _group_switch(actor, "hold", _("Hold is off for your group. Your manager can turn it on.")),
    )


def may_transfer(actor: User) -> Right:
    return first_refusal(
        can_work(actor),
        _group_switch(actor, "transfer", _("Transfer is off for your group. Your manager can turn it on.")),
    )


def _group_switch(actor: User, switch: str, reason: Any) -> Right:
    return ALLOWED if getattr(actor.technician_group, switch, False) else Right(False, reason)


def can_hold_session(actor: User, support_session: SupportSession) -> Right:
    return first_refusal(
        may_hold(actor),
        _leads(actor, support_session, _("Only the technician who leads this session can put it on hold.")),
    )


def can_transfer_session(actor: User, support_session: SupportSession) -> Right:
    return first_refusal(
        may_transfer(actor),
        _leads(actor, support_session, _("Only the technician who leads this session can transfer it.")),
    )


def is_guest(actor: User, support_session: SupportSession) -> bool:
    """Whether a technician is of another company than the session."""
    return actor.company_id != support_session.company_id


def can_attend(actor: User, support_session: SupportSession) -> Right:
    """Be inside as a technician: with a seat, and from another company only where both companies allow it.

    Reads both companies: load them with the rows.
    """
    if not can_work(actor) or not is_guest(actor, support_session):
        return can_work(actor)
    host, own = support_session.company, actor.company
    return first_refusal(
        _switch(
            own is not None and own.technicians_may_be_guests,
            _("Your company does not let its technicians be guests of others. Your manager can change that."),
        ),
        _switch(
            host.guests_may_join,
            _("%(company)s lets no technicians of other companies into its sessions.") % {"company": host.name},
        ),
    )


def can_lead(actor: User, support_session: SupportSession) -> Right:
    """Become lead of a session one is in: what the own group allows, and as a guest what the host company allows."""
    host = support_session.company
    lens = support_session.kind == SupportSession.Kind.LENS
    return first_refusal(
        can_attend(actor, support_session),
        _switch(
            host.guests_may_lead or not is_guest(actor, support_session),
            _("%(company)s lets no guest lead its sessions.") % {"company": host.name},
        ),
        _switch(host.lens_enabled or not lens, _("Lens is off for the company of this session.")),
        can_start_kind(actor, support_session.kind, support_session.portal),
    )


def can_hand_over_lead(actor: User, support_session: SupportSession) -> Right:
    return first_refusal(
        can_work(actor),
        _leads(actor, support_session, _("Only the technician who leads this session can hand it over.")),
    )


def _switch(given: bool, reason: Any) -> Right:
    return ALLOWED if given else Right(False, reason)


def can_write_notes(actor: User, support_session: SupportSession) -> Right:
    """Technicians who are or were inside, also after the end; a guest of another company only while inside."""
    inside = support_session.lead_id == actor.pk or _has_been_inside(actor, support_session)
    return first_refusal(
        can_work(actor),
        ALLOWED if inside else Right(False, _("Only technicians of this session write its notes.")),
    )


def _has_been_inside(actor: User, support_session: SupportSession) -> bool:
    attended = support_session.participants.filter(user=actor)
    return (attended.filter(left_at=None) if is_guest(actor, support_session) else attended).exists()


def is_customer(participant: Participant) -> Right:
    """Terms are the customer's to accept, and the customer's own leaving ends the session for all."""
    if participant.role != Participant.Role.CUSTOMER:
        return Right(False, _("Only the customer can do this."))
    return ALLOWED


def can_post_chat(participant: Participant, audience: str) -> Right:
    if audience == "technicians" and participant.role != Participant.Role.TECHNICIAN:
        return Right(False, _("Only technicians write to technicians."))
    return ALLOWED


def sees_all(participant: Participant) -> bool:
    """Whether lines for technicians only are shown to this attendee."""
    return participant.role == Participant.Role.TECHNICIAN


def sees_contact(actor: User, support_session: SupportSession) -> bool:
    """Whether a person is told by which address or number the customer was reached: not as a guest."""
    return actor.is_superuser or not is_guest(actor, support_session)
