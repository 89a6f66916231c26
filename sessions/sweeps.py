"""What time and managers do to support sessions: looked for again and again, so that nothing depends on one task."""

from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from portals import audit
from portals.models import Company
from portals.permissions import can_start_lens
from sessions import attendees, endings, leads, steps
from sessions.deadlines import REASON, is_overdue
from sessions.errors import LensSlotTaken
from sessions.holds import HOLD_LIMIT
from sessions.models import OFFLINE_AFTER, Participant, SupportSession, SupportSessionQuerySet, Survey
from sessions.permissions import can_attend
from sessions.states import EndReason, Status

AT_A_TIME = 200  # sessions of one sweep; the next one comes soon
JOINING_LIMIT = timedelta(minutes=30)  # from a portal's form to the accepted terms


def end_overdue(*, now: datetime) -> int:
    """Time out what has waited, idled or been held for too long; return how many."""
    ended = 0
    for session in _maybe_overdue(now).select_related("company")[:AT_A_TIME]:
        if is_overdue(session, now=now):
            reason = REASON[Status(session.status)]
            ended += _ended(session.pk, lambda one: is_overdue(one, now=now), reason=reason, now=now)
    unfinished = SupportSession.objects.filter(
        status=Status.CONNECTING, via_portal=True, created_at__lte=now - JOINING_LIMIT
    )
    for pk in list(unfinished.values_list("pk", flat=True)[:AT_A_TIME]):
        ended += _ended(pk, lambda one: one.status == Status.CONNECTING, reason=EndReason.NEVER_ARRIVED, now=now)
    return ended


def _ended(pk: int, still: endings.Still, *, reason: EndReason, now: datetime) -> bool:
    return endings.end_if(session_pk=pk, still=still, reason=reason, now=now) is not None


def _maybe_overdue(now: datetime) -> SupportSessionQuerySet:
    """Sessions past their limit as far as columns tell; companies share few different limits: the query is short."""
    due = Q(status=Status.ON_HOLD, status_since__lte=now - HOLD_LIMIT)
    for minutes in _limits("waiting_limit_min"):
        past = now - timedelta(minutes=minutes)
        theirs = Q(company__waiting_limit_min=minutes)
        due |= theirs & Q(status=Status.WAITING, waiting_at__lte=past)
        due |= theirs & Q(status=Status.TRANSFERRING, status_since__lte=past)
    for minutes in _limits("idle_limit_min"):
        past = now - timedelta(minutes=minutes)
        due |= Q(company__idle_limit_min=minutes, status=Status.ACTIVE, last_activity_at__lte=past)
    return SupportSession.objects.filter(due).order_by("status_since")


def _limits(column: str) -> list[int]:
    return list(Company.objects.exclude(**{column: 0}).values_list(column, flat=True).distinct())


def withdraw_rights(*, now: datetime) -> int:
    """End what may not go on since a manager turned something off or disabled an account (S-07); return how many."""
    live = SupportSession.objects.live().select_related("lead__technician_group", "lead__company", "portal")
    disabled = live.filter(lead__isnull=False).exclude(
        lead__is_active=True, lead__has_seat=True, lead__technician_group__isnull=False
    )
    count = 0
    for session in disabled.exclude(status=Status.TRANSFERRING)[:AT_A_TIME]:
        count += endings.withdraw_lead(
            session_pk=session.pk, still=_lead_is_disabled, reason=EndReason.TECHNICIAN_DISABLED, now=now
        )
    flowing = live.filter(kind=SupportSession.Kind.LENS, status__in=[Status.ACTIVE, Status.TRANSFERRING])
    off = Q(company__lens_enabled=False) | Q(portal__lens_enabled=False) | Q(lead__technician_group__start_lens=False)
    for session in flowing.filter(off)[:AT_A_TIME]:
        count += endings.withdraw_lead(
            session_pk=session.pk, still=_lens_is_off, reason=EndReason.RIGHT_WITHDRAWN, now=now
        )
    return count + _withdraw_guests(now=now) + _withdraw_specialists(now=now)


def _withdraw_specialists(*, now: datetime) -> int:
    """Put out external specialists, and shut their door, where a manager has turned them off (S-07)."""
    off = Q(support_session__company__specialists_enabled=False)
    off |= Q(support_session__portal__specialists_enabled=False)
    off |= Q(invited_by__technician_group__invite_specialists=False)
    present = Participant.objects.specialists().filter(left_at=None)
    sessions = present.filter(off).order_by("support_session").values_list("support_session", flat=True).distinct()
    return sum(attendees.withdraw_specialists(session_pk=pk, now=now) for pk in sessions[:AT_A_TIME])


def put_out_absent(*, now: datetime) -> int:
    """Specialists whose line is lost for too long free their places; return how many."""
    past = now - OFFLINE_AFTER
    silent = Q(lease_until__lte=past) | Q(lease_until=None, joined_at__lte=past)
    absent = Participant.objects.specialists().inside().filter(silent).order_by("pk").values_list("pk", flat=True)
    return sum(attendees.put_out_absent(attendee_pk=pk, now=now) for pk in absent[:AT_A_TIME])


def _withdraw_guests(*, now: datetime) -> int:
    """Put out agents who may not be inside any more: disabled, or of another company that is not let in (S-07)."""
    inside = Participant.objects.inside().filter(role=Participant.Role.TECHNICIAN, user__isnull=False)
    foreign = ~Q(user__company=F("support_session__company"))
    allowed = Q(support_session__company__guests_may_join=True, user__company__technicians_may_be_guests=True)
    works = Q(user__is_active=True, user__has_seat=True, user__technician_group__isnull=False)
    leads_it = Q(user=F("support_session__lead"))  # a disabled lead is found above
    gone = inside.filter((foreign & ~allowed) | (~works & ~leads_it))
    gone = gone.select_related("user__company", "support_session__company")
    count = 0
    for person in gone.order_by("pk")[:AT_A_TIME]:
        given_away = person.support_session.status == Status.TRANSFERRING
        if person.support_session.lead_id == person.user_id and not given_away:
            with suppress(LensSlotTaken):  # the next technician has just started another: looked for again soon
                count += endings.withdraw_lead(
                    session_pk=person.support_session_id,
                    still=_lead_may_not_attend,
                    reason=EndReason.RIGHT_WITHDRAWN,
                    now=now,
                )
        else:
            count += endings.withdraw_attendee(attendee_pk=person.pk, now=now)
    return count


def _lead_may_not_attend(session: SupportSession) -> bool:
    return session.lead is not None and not can_attend(session.lead, session)


def replace_lost_leads(*, now: datetime) -> int:
    """Give sessions whose lead is offline for too long to the agent who is there longest; return how many."""
    leading = Participant.objects.inside().filter(
        support_session__status=Status.ACTIVE, user=F("support_session__lead"), user__isnull=False
    )
    silent = Q(lease_until__lte=now - OFFLINE_AFTER) | Q(lease_until=None, joined_at__lte=now - OFFLINE_AFTER)
    lost = leading.filter(silent).values("support_session")
    others = Participant.objects.inside().filter(role=Participant.Role.TECHNICIAN, support_session__in=lost)
    connected = others.filter(lease_until__gt=now).values_list("support_session", flat=True).distinct()
    count = 0
    for pk in connected.order_by("support_session")[:AT_A_TIME]:
        with suppress(LensSlotTaken):
            count += leads.replace_lost_lead(session_pk=pk, now=now)
    return count


def _lead_is_disabled(session: SupportSession) -> bool:
    return session.lead is not None and not session.lead.is_technician


def _lens_is_off(session: SupportSession) -> bool:
    return session.lead is not None and not can_start_lens(session.lead, session.portal)


def delete_old_transcripts(*, now: datetime) -> int:
    """Delete what was said in sessions that ended longer ago than their company keeps it; return how many sessions."""
    count = 0
    for company in Company.objects.exclude(transcript_days=0):
        past = now - timedelta(days=company.transcript_days)
        due = SupportSession.objects.filter(company=company, ended_at__lte=past, transcript_deleted_at=None)
        for pk in list(due.order_by("ended_at").values_list("pk", flat=True)[:AT_A_TIME]):
            _delete_transcript(pk, now=now)
            count += 1
    return count


@transaction.atomic
def _delete_transcript(pk: int, *, now: datetime) -> None:
    """The lines stay, so that the log keeps its order and who wrote when; what they said goes, audited."""
    session = steps.lock(pk)
    for invited in session.timeline.filter(kind="invitation.created", data__has_key="comment"):
        invited.data["comment"] = ""
        invited.save(update_fields=["data"])
    said = session.timeline.filter(kind__in=["chat.posted", "transfer.offered", "agent.invited"])
    for entry in said:
        entry.data = {name: value if name in {"id", "to"} else "" for name, value in entry.data.items()}
        entry.save(update_fields=["data"])
    Survey.objects.filter(support_session=session).update(comment="")
    session.notes = session.transfer_comment = session.report = ""
    session.answers = []
    session.transcript_deleted_at = now
    session.save(update_fields=["notes", "answers", "transfer_comment", "report", "transcript_deleted_at"])
    changes = {"days": session.company.transcript_days, "lines": len(said)}
    audit.record(actor=None, verb="session.transcript_deleted", target=session, changes=changes)
