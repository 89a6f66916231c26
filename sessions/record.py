"""The record of a session: its timeline in words, who was inside, and the totals."""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from portals.models import User
from sessions.models import TOTAL_OF, Participant, SupportSession, SupportSessionQuerySet, Survey, TimelineEntry
from sessions.permissions import is_guest, sees_contact
from sessions.recorder import recorder
from sessions.states import EndReason, Status
from sessions.timeline import without_contact

ICONS = {
    "chat.posted": "chat",
    "attendee.joined": "invite",
    "attendee.left": "end",
    "status.changed": "s-active",
    "terms.accepted": "shield",
    "transfer.offered": "transfer",
    "lead.offered": "transfer",
    "lead.declined": "transfer",
    "lead.changed": "user",
    "agent.invited": "invite",
    "agent.answered": "invite",
    "invitation.created": "key",
    "invitation.cancelled": "x",
    "right.changed": "shield",
    "delivery.changed": "mail",
    "recording.asked": "record",
    "recording.agreed": "record",
    "recording.refused": "record",
    "recording.started": "record",
    "recording.paused": "record",
    "recording.resumed": "record",
    "recording.stopped": "record",
}
REFUSED_BECAUSE = {
    "no": _lazy("%(who)s said no"),
    "silence": _lazy("%(who)s did not answer in time"),
    "withdrawn": _lazy("The question was taken back"),
}
STOPPED_BECAUSE = {
    "left": _lazy("Who recorded has left"),
    "ended": _lazy("The session ended"),
    "withdrawn": _lazy("A manager turned recording off"),
    "lost": _lazy("The server could not go on"),
}
LEAD_REASONS = {
    "handed_over": _lazy("Handed over by %(name)s"),
    "taken": _lazy("Taken over: %(name)s had lost the line"),
    "left": _lazy("%(name)s left the session"),
    "offline": _lazy("%(name)s was offline for 5 minutes"),
    "withdrawn": _lazy("%(name)s may not lead any more"),
}
LEFT = {
    "removed": _lazy("Removed by %(name)s"),
    "absent": _lazy("Was away for too long"),
    "withdrawn": _lazy("A manager took away the right to it"),
    "alone": _lazy("The last technician had left"),
    "ended": _lazy("The session ended"),
}
INVITED = {
    "agent": _lazy("%(name)s invited agents"),
    "specialist": _lazy("%(name)s invited external specialists"),
}
ANSWERED = {
    "declined": _lazy("%(name)s declined the invitation"),
    "withdrawn": _lazy("%(name)s withdrew the invitation of %(to)s"),
}
CANCELLED = {
    "agent": _lazy("%(name)s cancelled the invitation of agents"),
    "specialist": _lazy("%(name)s cancelled the invitation of external specialists"),
}
METHODS = {"pin": _lazy("PIN Code"), "email": _lazy("Email"), "link": _lazy("Link"), "sms": _lazy("SMS")}


def summary(support_session: SupportSession, *, now: datetime) -> dict[str, Any]:
    """One row of the history. Load `portal`, `lead`, `company` and `survey` with it."""
    return {
        "public_id": support_session.public_id,
        "customer_name": support_session.customer_name,
        "kind": support_session.kind,
        "kind_label": support_session.get_kind_display(),
        "portal": support_session.portal.name,
        "lead": support_session.lead.name if support_session.lead else "",
        "created_at": support_session.created_at,
        "started_at": support_session.started_at,
        "waited": clock(waited(support_session, now=now)) if support_session.waiting_at else "",
        "total": clock(support_session.total_for(now)) if support_session.started_at else "",
        "status": support_session.status,
        "status_label": support_session.status_label,
        "outcome": support_session.get_outcome_display(),
        "rating": survey.rating if (survey := survey_of(support_session)) else None,
        "reported": support_session.reported_at is not None,
        "has_notes": bool(support_session.notes),
    }


def read(support_session: SupportSession, *, reader: User, now: datetime) -> dict[str, Any]:
    """Everything the record page shows. The caller has checked that the reader may see the session."""
    entries = list(support_session.timeline.select_related("author").order_by("seq"))
    contact = sees_contact(reader, support_session)
    return {
        "support_session": support_session,
        "answers": support_session.answers if contact else [],
        "entries": [describe(entry, contact=contact) for entry in entries],
        "attendees": attendees(support_session, now=now, entries=entries),
        "totals": {
            "total": clock(support_session.total_for(now)),
            "active": clock(_lasted(support_session, Status.ACTIVE, now=now)),
            "held": clock(_lasted(support_session, Status.ON_HOLD, now=now)),
            "transferring": clock(_lasted(support_session, Status.TRANSFERRING, now=now)),
            "waited": clock(waited(support_session, now=now)),
        },
        "survey": survey_of(support_session),
        "last_action_at": last_action_at(support_session),
    }


def survey_of(support_session: SupportSession) -> Survey | None:
    return getattr(support_session, "survey", None)


def last_action_at(support_session: SupportSession) -> datetime:
    return support_session.ended_at or support_session.last_activity_at


def attendees(
    support_session: SupportSession, *, now: datetime, entries: Sequence[TimelineEntry] = ()
) -> list[dict[str, Any]]:
    """Who is or was inside, in the order in which they came; with `entries`, what specialists were given and when."""
    people = [person for person in support_session.participants.all() if person.joined_at is not None]
    people.sort(key=lambda person: (person.joined_at, person.pk))
    return [_attendee(person, support_session, entries, now=now) for person in people]


def describe(entry: TimelineEntry, *, contact: bool = True) -> dict[str, Any]:
    """One timeline entry in words; without addresses where the reader may not know them."""
    title, detail = _words(entry, entry.data if contact else without_contact(entry))
    return {
        "seq": entry.seq,
        "at": entry.at,
        "kind": entry.kind,
        "icon": ICONS.get(entry.kind, "info"),
        "title": title,
        "detail": detail,
        "said": entry.kind == "chat.posted",
        "of_people": entry.kind in {"attendee.joined", "attendee.left", "right.changed"},
        "audience": entry.audience,
        "private": entry.audience == TimelineEntry.Audience.TECHNICIANS,
        "deleted": entry.kind == "chat.posted" and not entry.data["text"],
    }


def _words(entry: TimelineEntry, data: dict[str, Any]) -> tuple[str, str]:
    name = entry.author_name
    match entry.kind:
        case "chat.posted":
            return name, data["text"]
        case "attendee.joined":
            return _("%(name)s has joined the session") % {"name": data["attendee"]["name"]}, ""
        case "attendee.left":
            why = LEFT.get(data.get("why", ""), "")
            title = _("%(name)s has left the session") % {"name": data["attendee"]["name"]}
            return title, str(why) % {"name": name} if why else ""
        case "right.changed":
            title = _("%(name)s: %(right)s") % {"name": data["attendee"]["name"], "right": _right(data["right"])}
            return title, _("Changed by %(name)s") % {"name": name}
        case "terms.accepted":
            return _("%(name)s accepted the terms") % {"name": name}, _("Version %(n)s") % {"n": data["version"]}
        case "transfer.offered":
            return _("%(name)s offered the session to %(to)s") % {"name": name, "to": data["to"]}, data["comment"]
        case "lead.offered":
            who = data["attendee"]["name"]
            return _("%(name)s offered the lead to %(to)s") % {"name": name, "to": who}, ""
        case "lead.declined":
            return _("%(name)s declined the lead") % {"name": name}, ""
        case "lead.changed":
            title = _("%(name)s leads the session now") % {"name": data["attendee"]["name"]}
            return title, str(LEAD_REASONS[data["reason"]]) % {"name": data["before"]}
        case "agent.invited":
            return _("%(name)s invited %(to)s") % {"name": name, "to": data["to"]}, data["comment"]
        case "agent.answered":
            return str(ANSWERED[data["answer"]]) % {"name": data["name"], "to": data["to"]}, ""
        case "invitation.created" if data.get("purpose", "customer") != "customer":
            title = INVITED[data["purpose"]] % {"name": name}
            return title, " · ".join(filter(None, [_right(data["right"]), data["comment"]]))
        case "invitation.cancelled":
            return CANCELLED[data["purpose"]] % {"name": name}, ""
        case "invitation.created":
            method = METHODS.get(data["method"], data["method"])
            return _("%(name)s created a code") % {"name": name}, data["to"] or str(method)
        case "delivery.changed":
            title = _("Mail to %(to)s: %(state)s") % {"to": data["to"], "state": data["state"]}
            return title, data["reason"]
        case kind if kind.startswith("recording."):
            return _recording_words(kind, data, name)
        case "status.changed":
            reason = EndReason(data["reason"]).label if data["reason"] else ""
            return _("Status: %(status)s") % {"status": Status(data["status"]).label}, str(reason) or name
    return entry.kind, ""


def _right(value: str) -> str:
    return str(Participant.Grant(value).label) if value else ""


def _recording_words(kind: str, data: dict[str, Any], name: str) -> tuple[str, str]:
    match kind:
        case "recording.asked":
            return _("%(name)s asked to record the session") % {"name": name}, ""
        case "recording.agreed":
            return _("%(name)s agreed to a recording") % {"name": name}, ""
        case "recording.refused":
            role = Participant.Role(data["role"]).label if data["role"] in Participant.Role.values else _("Somebody")
            return _("Not recorded"), str(REFUSED_BECAUSE[data["reason"]]) % {"who": name or role}
        case "recording.started":
            return _("Recording started"), _("Asked for by %(name)s") % {"name": name}
        case "recording.paused":
            return _("Recording paused"), ""
        case "recording.resumed":
            return _("Recording went on"), ""
    return _("Recording ended"), str(STOPPED_BECAUSE.get(data["reason"], name))


def _attendee(
    person: Participant, support_session: SupportSession, entries: Iterable[TimelineEntry], *, now: datetime
) -> dict[str, Any]:
    until = person.left_at or support_session.ended_at or now
    return {
        "name": person.name,
        "role": person.role,
        "role_label": _role_label(person, support_session),
        "company": _guest_of(person, support_session),
        "joined_at": person.joined_at,
        "left_at": person.left_at,
        "duration": clock(until - person.joined_at) if person.joined_at else "",
        "way_in": str(person.get_way_in_display()),
        "invited_by": person.invited_by.name if person.invited_by else "",
        "removed": person.removed_at is not None,
        "rights": _rights_over_time(person, entries),
    }


def _rights_over_time(person: Participant, entries: Iterable[TimelineEntry]) -> list[dict[str, Any]]:
    """What a specialist was given, and from when on each."""
    if person.role != Participant.Role.SPECIALIST:
        return []
    own = str(person.public_id)
    changes = [one for one in entries if one.kind == "right.changed" and one.data["attendee"]["id"] == own]
    first = changes[0].data["before"] if changes else person.grant
    given = [(person.joined_at, first), *((change.at, change.data["right"]) for change in changes)]
    return [{"since": since, "right": _right(right)} for since, right in given]


def _role_label(person: Participant, support_session: SupportSession) -> Any:
    if person.user_id is None:
        return person.get_role_display()
    if person.user_id == support_session.lead_id:
        return _("Lead")
    return _("Agent") if _guest_of(person, support_session) else person.get_role_display()


def _guest_of(person: Participant, support_session: SupportSession) -> str:
    """The company of somebody who came from another one."""
    company = person.user.company if person.user else None
    return company.name if company is not None and company.pk != support_session.company_id else ""


def _lasted(support_session: SupportSession, status: Status, *, now: datetime) -> timedelta:
    """How long the session has been in this status altogether, up to now."""
    counted: timedelta = getattr(support_session, TOTAL_OF[status])
    running = now - support_session.status_since if support_session.status == status else timedelta(0)
    return counted + max(timedelta(0), running)


def waited(support_session: SupportSession, *, now: datetime) -> timedelta:
    """From the accepted terms to Start, or to the end without one. It counts in no total (DESIGN 4)."""
    if support_session.waiting_at is None:
        return timedelta(0)
    return (support_session.started_at or support_session.ended_at or now) - support_session.waiting_at


def clock(duration: timedelta) -> str:
    """As 9:40 or 1:02:03."""
    seconds = max(0, int(duration.total_seconds()))
    hours, rest = divmod(seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    return f"{hours}:{minutes:02d}:{seconds:02d}" if hours else f"{minutes}:{seconds:02d}"


# ---- For programs --------------------------------------------------------------------------------


def facts(support_session: SupportSession, *, reader: User, now: datetime) -> dict[str, Any]:
    """A session's columns for exports and the API; durations in whole seconds."""
    survey = survey_of(support_session)
    contact = sees_contact(reader, support_session)
    return {
        "id": str(support_session.public_id),
        "start": support_session.created_at,
        "end": support_session.ended_at,
        "last_action": last_action_at(support_session),
        "technician": support_session.lead.name if support_session.lead else "",
        "type": support_session.kind,
        "status": support_session.status,
        "end_reason": support_session.end_reason,
        "name": support_session.customer_name,
        "portal": support_session.portal.name,
        "outcome": support_session.outcome,
        "waiting_s": _seconds(waited(support_session, now=now)),
        "active_s": _seconds(_lasted(support_session, Status.ACTIVE, now=now)),
        "hold_s": _seconds(_lasted(support_session, Status.ON_HOLD, now=now)),
        "transfer_s": _seconds(_lasted(support_session, Status.TRANSFERRING, now=now)),
        "total_s": _seconds(support_session.total_for(now)),
        "rating": survey.rating if survey else None,
        "solved": survey.solved if survey else None,
        "survey_comment": survey.comment if survey and contact else "",
        "reported_at": support_session.reported_at,
        "report": report_for(support_session, reader),
        "answers": support_session.answers if contact else [],
        "notes": support_session.notes,
        "transcript_deleted_at": support_session.transcript_deleted_at,
    }


def full(support_session: SupportSession, *, reader: User, now: datetime) -> dict[str, Any]:
    """The same with everybody who was inside, the timeline in words and what was recorded."""
    entries = sorted(support_session.timeline.all(), key=lambda entry: entry.seq)
    return facts(support_session, reader=reader, now=now) | {
        "attendees": [
            {
                "name": person["name"],
                "role": person["role"],
                "role_label": str(person["role_label"]),
                "company": person["company"],
                "joined_at": person["joined_at"],
                "left_at": person["left_at"],
                "way_in": person["way_in"],
                "invited_by": person["invited_by"],
                "removed": person["removed"],
                "rights": person["rights"],
            }
            for person in attendees(support_session, now=now, entries=entries)
        ],
        "timeline": [_told(describe(entry, contact=sees_contact(reader, support_session))) for entry in entries],
        "recordings": recorder().for_programs(support_session),
    }


def with_everything(sessions: SupportSessionQuerySet) -> SupportSessionQuerySet:
    """Load what `full` reads, in a fixed number of queries."""
    related = sessions.select_related("portal", "lead", "company", "survey")
    return related.prefetch_related(
        "timeline", "participants__user__company", "participants__invited_by", *recorder().related
    )


def specialists_in_words(support_session: SupportSession) -> str:
    """For one cell: each with way in and who invited. Load the participants with their inviters."""
    people = [person for person in support_session.participants.all() if person.joined_at is not None]
    return "; ".join(
        _("%(name)s (%(way)s, invited by %(inviter)s)")
        % {"name": person.name, "way": person.get_way_in_display(), "inviter": person.invited_by}
        for person in sorted(people, key=lambda person: person.pk)
        if person.role == Participant.Role.SPECIALIST
    )


def _told(line: dict[str, Any]) -> dict[str, Any]:
    told = {name: line[name] for name in ("seq", "at", "kind")}
    return told | {"audience": line["audience"], "title": str(line["title"]), "detail": str(line["detail"])}


def _seconds(duration: timedelta) -> int:
    return max(0, round(duration.total_seconds()))


def report_for(support_session: SupportSession, reader: User) -> str:
    """What the customer wrote with *End and report*: for managers, since it may be about the technician."""
    own = reader.is_superuser or not is_guest(reader, support_session)
    return support_session.report if own and (reader.is_manager or reader.is_superuser) else ""
