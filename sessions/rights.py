"""What each attendee may do: company AND portal AND technician group AND the session's own grant (DESIGN 3).

`decide` is the one function, over plain facts, so that its whole truth table can be tested; everything else reads the
facts for it. Pages are given its answers, never roles to interpret, and every verb asks it again.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext_lazy as _

from portals.models import Portal, TechnicianGroup, User
from portals.permissions import ALLOWED, Right
from sessions.models import Participant, SupportSession


class Kind(StrEnum):
    """How an attendee stands to the session."""

    CUSTOMER = "customer"
    LEAD = "lead"
    TECHNICIAN = "technician"  # another one of the session's company
    GUEST = "guest"  # a technician of another company
    SPECIALIST = "specialist"


class May(StrEnum):
    VIEW = "view"
    CHAT = "chat"
    TALK = "talk"
    DRAW = "draw"  # and point
    CONTROL = "control"  # keyboard and mouse
    DIAGNOSE = "diagnose"  # read what the customer's computer tells of itself; its tool comes with the applet
    SHARE_SCREEN = "share_screen"  # one's own
    CHAT_PRIVATELY = "chat_privately"  # among technicians
    SEE_NOTES = "see_notes"
    SEND_FILES = "send_files"
    RECEIVE_FILES = "receive_files"
    SNAPSHOT = "snapshot"
    RECORD = "record"
    INVITE_SPECIALISTS = "invite_specialists"
    INVITE_AGENTS = "invite_agents"
    REMOVE = "remove"  # somebody else
    GRANT = "grant"  # admit specialists, and change what others may do


@dataclass(frozen=True)
class Facts:
    """All that decides. `own` is the attendee's own technician group, `host` the lead's."""

    kind: Kind
    inside: bool = True
    works: bool = True  # the account holds a seat and is not disabled
    guests_let_out: bool = True  # a guest's company lets its technicians be guests of others
    guests_let_in: bool = True  # the session's company lets guests in
    company_specialists: bool = True
    portal_specialists: bool = True
    group_specialists: bool = True  # the group of who invited may invite external specialists
    company_recording: bool = True
    portal_recording: bool = True
    has_camera: bool = True  # the session is about the customer's camera
    has_keyboard: bool = True  # a screen is shown, not a camera
    has_computer: bool = True  # the session is about the customer's computer
    grant: bool = True  # the session's own grant: Control keyboard and mouse
    portal_control: bool = True  # the highest right that the portal lets a specialist have
    host_control: bool = True
    host_specialists_draw: bool = True
    host_specialists_share: bool = True
    host_show_screen: bool = True
    host_send_files: bool = True
    host_receive_files: bool = True
    host_snapshots: bool = True
    own_control: bool = True
    own_show_screen: bool = True
    own_send_files: bool = True
    own_receive_files: bool = True
    own_snapshots: bool = True
    own_record: bool = True
    own_invite_specialists: bool = True
    own_invite_agents: bool = True


REASONS: dict[str, Any] = {
    "inside": _("Only for those who are in the session."),
    "works": _("You need a seat to work here. Your manager can give you one."),
    "guests_let_out": _("Your company does not let its technicians be guests of others. Your manager can change that."),
    "guests_let_in": _("This company lets no technicians of other companies into its sessions."),
    "company_specialists": _("External specialists are off for your company. Your manager can turn them on."),
    "portal_specialists": _("External specialists are off for this portal. Your manager can turn them on."),
    "group_specialists": _("Inviting external specialists is off for the group of who invited."),
    "company_recording": _("Recording is off for your company. Your manager can turn it on."),
    "portal_recording": _("Recording is off for this portal. Your manager can turn it on."),
    "has_camera": _("A Screen session has no picture yet that could be recorded."),
    "has_keyboard": _("Not in a Lens session: there is no keyboard or mouse to control."),
    "has_computer": _("Not in a Lens session: there is no computer to look into."),
    "grant": _("View only. The lead can allow more."),
    "portal_control": _("This portal lets external specialists view only. Your manager can change it."),
    "host_control": _("Remote control is off for the group of the lead."),
    "host_specialists_draw": _("Pointing and drawing by specialists is off for the group of the lead."),
    "host_specialists_share": _("Sharing a screen by specialists is off for the group of the lead."),
    "host_show_screen": _("Showing one’s own screen is off for the group of the lead."),
    "host_send_files": _("Sending files is off for the group of the lead."),
    "host_receive_files": _("Receiving files is off for the group of the lead."),
    "host_snapshots": _("Taking snapshots is off for the group of the lead."),
    "own_control": _("Remote control is off for your group. Your manager can turn it on."),
    "own_show_screen": _("Showing your own screen is off for your group. Your manager can turn it on."),
    "own_send_files": _("Sending files is off for your group. Your manager can turn it on."),
    "own_receive_files": _("Receiving files is off for your group. Your manager can turn it on."),
    "own_snapshots": _("Snapshots are off for your group. Your manager can turn them on."),
    "own_record": _("Recording is off for your group. Your manager can turn it on."),
    "own_invite_specialists": _("Inviting external specialists is off for your group. Your manager can turn it on."),
    "own_invite_agents": _("Inviting agents is off for your group. Your manager can turn it on."),
}
NEVER: dict[May, Any] = {
    May.DIAGNOSE: _("Only technicians look into the customer’s computer."),
    May.CHAT_PRIVATELY: _("Only technicians write to technicians."),
    May.SEE_NOTES: _("Notes are for technicians only."),
    May.RECORD: _("Only technicians of the session’s own company can record it."),
    May.REMOVE: _("Only the technician who leads this session can remove somebody."),
    May.GRANT: _("Only the technician who leads this session can change what others may do."),
}
NOT_YOURS = _("This is not for you in this session.")

# What everybody of a kind must fulfil, whatever they ask for.
ALWAYS: dict[Kind, tuple[str, ...]] = {
    Kind.CUSTOMER: ("inside",),
    Kind.LEAD: ("inside", "works"),
    Kind.TECHNICIAN: ("inside", "works"),
    Kind.GUEST: ("inside", "works", "guests_let_out", "guests_let_in"),
    Kind.SPECIALIST: ("inside", "company_specialists", "portal_specialists", "group_specialists"),
}
EVERYBODY: dict[Kind, tuple[str, ...]] = dict.fromkeys(Kind, ())

# For each right, who can have it, and what it takes; who is not listed never has it.
NEEDS: dict[May, dict[Kind, tuple[str, ...]]] = {
    May.VIEW: EVERYBODY,
    May.CHAT: EVERYBODY,
    May.TALK: EVERYBODY,
    May.DRAW: EVERYBODY | {Kind.SPECIALIST: ("host_specialists_draw",)},
    May.CONTROL: {
        Kind.LEAD: ("has_keyboard", "own_control"),
        Kind.TECHNICIAN: ("has_keyboard", "grant", "own_control"),
        Kind.GUEST: ("has_keyboard", "grant", "own_control", "host_control"),
        Kind.SPECIALIST: ("has_keyboard", "portal_control", "host_control", "grant"),
    },
    May.DIAGNOSE: dict.fromkeys((Kind.LEAD, Kind.TECHNICIAN, Kind.GUEST), ("has_computer",)),
    May.SHARE_SCREEN: {
        Kind.LEAD: ("own_show_screen",),
        Kind.TECHNICIAN: ("own_show_screen",),
        Kind.GUEST: ("own_show_screen", "host_show_screen"),
        Kind.SPECIALIST: ("host_specialists_share",),
    },
    May.CHAT_PRIVATELY: dict.fromkeys((Kind.LEAD, Kind.TECHNICIAN, Kind.GUEST), ()),
    May.SEE_NOTES: dict.fromkeys((Kind.LEAD, Kind.TECHNICIAN, Kind.GUEST), ()),
    May.SEND_FILES: {
        Kind.LEAD: ("own_send_files",),
        Kind.TECHNICIAN: ("own_send_files",),
        Kind.GUEST: ("own_send_files", "host_send_files"),
    },
    May.RECEIVE_FILES: {
        Kind.LEAD: ("own_receive_files",),
        Kind.TECHNICIAN: ("own_receive_files",),
        Kind.GUEST: ("own_receive_files", "host_receive_files"),
    },
    May.SNAPSHOT: {
        Kind.LEAD: ("own_snapshots",),
        Kind.TECHNICIAN: ("own_snapshots",),
        Kind.GUEST: ("own_snapshots", "host_snapshots"),
    },
    May.RECORD: dict.fromkeys(
        (Kind.LEAD, Kind.TECHNICIAN), ("company_recording", "portal_recording", "own_record", "has_camera")
    ),
    May.INVITE_SPECIALISTS: dict.fromkeys(
        (Kind.LEAD, Kind.TECHNICIAN), ("company_specialists", "portal_specialists", "own_invite_specialists")
    ),
    May.INVITE_AGENTS: dict.fromkeys((Kind.LEAD, Kind.TECHNICIAN), ("own_invite_agents",)),
    May.REMOVE: {Kind.LEAD: ()},
    May.GRANT: {Kind.LEAD: ()},
}


def decide(may: May, facts: Facts) -> Right:
    """The one answer, with the reason where it is no."""
    needs = NEEDS[may].get(facts.kind)
    if needs is None:
        return Right(False, NEVER.get(may, NOT_YOURS))
    for fact in (*ALWAYS[facts.kind], *needs):
        if not getattr(facts, fact):
            return Right(False, REASONS[fact])
    return ALLOWED


def all_of(facts: Facts) -> frozenset[May]:
    return frozenset(may for may in May if decide(may, facts))


def may(participant: Participant, wanted: May) -> Right:
    """Read the facts and decide. Load with `support_session` what `facts_of` reads, or it is queried."""
    return decide(wanted, facts_of(participant, participant.support_session))


def technician_may(technician: User, support_session: SupportSession, wanted: May) -> Right:
    """The same for a signed-in technician, inside or not."""
    found = support_session.participants.filter(user=technician).select_related("invited_by").first()
    attendee = found or Participant(support_session=support_session, user=technician, role=Participant.Role.TECHNICIAN)
    attendee.user = technician
    return decide(wanted, facts_of(attendee, support_session))


def facts_of(participant: Participant, support_session: SupportSession, *, inside: bool | None = None) -> Facts:
    """inside: as which the attendee is looked at, where not as the row says."""
    host = support_session.lead.technician_group if support_session.lead else None
    own = participant.user.technician_group if participant.user else None
    inviter = participant.invited_by.technician_group if participant.invited_by else host
    home = participant.user.company if participant.user else None
    company, portal = support_session.company, support_session.portal
    return Facts(
        kind=kind_of(participant, support_session),
        inside=participant.is_inside if inside is None else inside,
        works=participant.user is None or participant.user.is_technician,
        guests_let_out=home is not None and home.technicians_may_be_guests,
        guests_let_in=company.guests_may_join,
        company_specialists=company.specialists_enabled,
        portal_specialists=portal.specialists_enabled,
        group_specialists=_on(inviter, "invite_specialists"),
        company_recording=company.recording_allowed,
        portal_recording=portal.recording_allowed,
        has_camera=support_session.kind == SupportSession.Kind.LENS,
        has_keyboard=support_session.kind == SupportSession.Kind.SCREEN,
        has_computer=support_session.kind == SupportSession.Kind.SCREEN,
        grant=participant.grant == Participant.Grant.CONTROL,
        portal_control=portal.highest_specialist_right == Portal.SpecialistRight.CONTROL,
        host_control=_on(host, "remote_control"),
        host_specialists_draw=_on(host, "specialists_may_draw"),
        host_specialists_share=_on(host, "specialists_share_screen"),
        host_show_screen=_on(host, "show_own_screen"),
        host_send_files=_on(host, "send_files"),
        host_receive_files=_on(host, "receive_files"),
        host_snapshots=_on(host, "snapshots"),
        own_control=_on(own, "remote_control"),
        own_show_screen=_on(own, "show_own_screen"),
        own_send_files=_on(own, "send_files"),
        own_receive_files=_on(own, "receive_files"),
        own_snapshots=_on(own, "snapshots"),
        own_record=_on(own, "record"),
        own_invite_specialists=_on(own, "invite_specialists"),
        own_invite_agents=_on(own, "invite_agents"),
    )


def kind_of(participant: Participant, support_session: SupportSession) -> Kind:
    if participant.role == Participant.Role.CUSTOMER:
        return Kind.CUSTOMER
    if participant.role == Participant.Role.SPECIALIST or participant.user is None:
        return Kind.SPECIALIST
    if participant.user_id == support_session.lead_id:
        return Kind.LEAD
    return Kind.TECHNICIAN if participant.user.company_id == support_session.company_id else Kind.GUEST


def highest(facts: Facts) -> Right:
    """Whether this guest can be given Control at all, whatever is shown now and whatever they have been given."""
    fixed = ("portal_control", "host_control") if facts.kind == Kind.SPECIALIST else ()
    refused = next((fact for fact in fixed if not getattr(facts, fact)), None)
    return ALLOWED if refused is None else Right(False, REASONS[refused])


def shown_right(facts: Facts) -> str:
    """The word beside a name for everyone: what a guest may do with keyboard and mouse, once there is one."""
    if facts.kind == Kind.SPECIALIST:
        full = facts.grant and bool(highest(facts))
        return Participant.Grant.CONTROL.value if full else Participant.Grant.VIEW_ONLY.value
    lowered = facts.kind in {Kind.TECHNICIAN, Kind.GUEST} and not facts.grant
    return Participant.Grant.VIEW_ONLY.value if lowered else ""


# What everybody may know of everybody; who may see notes, say, is nobody's business.
SHOWN: frozenset[May] = frozenset({May.VIEW, May.CHAT, May.TALK, May.DRAW, May.CONTROL, May.SHARE_SCREEN})


def shown(rights: Iterable[May]) -> list[str]:
    return sorted(may.value for may in SHOWN.intersection(rights))


def _on(group: TechnicianGroup | None, switch: str) -> bool:
    return bool(getattr(group, switch, False))
