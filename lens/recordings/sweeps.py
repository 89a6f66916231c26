"""What time and managers do to recordings: looked for again and again, so that nothing depends on one task."""

from datetime import datetime, timedelta

from django.db.models import Q

from lens.recordings import actions, ready
from lens.recordings.models import ANSWER_WITHIN, KEPT, Recording
from lens.recordings.tasks_by_name import finish_recording_on_commit
from portals.models import Company

AT_A_TIME = 200  # recordings of one sweep; the next one comes soon
LOST_AFTER = timedelta(minutes=2)  # nobody has written for so long: the process died, and no other took over
State = Recording.State


def give_up_unanswered(*, now: datetime) -> int:
    """Questions that were open for too long; return how many."""
    late = Recording.objects.filter(state=State.ASKING, asked_at__lte=now - ANSWER_WITHIN)
    sessions = list(late.values_list("support_session_id", flat=True)[:AT_A_TIME])
    return sum(actions.give_up_if_late(session_pk=pk, now=now) for pk in sessions)


def withdraw_rights(*, now: datetime) -> int:
    """Recordings that may not go on since a manager turned something off (S-07); return how many."""
    found = Recording.objects.open().select_related(
        "support_session__company", "support_session__portal", "asked_by__user__technician_group"
    )
    lost = [recording.support_session_id for recording in found[:AT_A_TIME] if not actions.may_go_on(recording)]
    return sum(actions.withdraw_recording(session_pk=pk, now=now) for pk in lost)


def end_lost(*, now: datetime) -> int:
    """Recordings whose process has died, and that no other goes on writing; return how many."""
    lost = Recording.objects.filter(state=State.RUNNING, writer_until__lte=now - LOST_AFTER)
    sessions = list(lost.values_list("support_session_id", flat=True)[:AT_A_TIME])
    return sum(actions.end_lost(session_pk=pk, now=now, after=LOST_AFTER) for pk in sessions)


def finish_ended(*, now: datetime) -> int:
    """Recordings that have ended and that nobody writes or finishes; return how many were given to a worker."""
    free = Q(writer_until=None) | Q(writer_until__lte=now)
    ended = Recording.objects.filter(free, state=State.FINISHING).order_by("state_since")
    found = [str(public_id) for public_id in ended.values_list("public_id", flat=True)[:AT_A_TIME]]
    for recording_id in found:
        finish_recording_on_commit(recording_id)
    return len(found)


def delete_old(*, now: datetime) -> int:
    """Recordings that ended longer ago than their company keeps them; return how many."""
    count = 0
    for company in Company.objects.exclude(recording_days=0):
        past = now - timedelta(days=company.recording_days)
        due = Recording.objects.filter(support_session__company=company, state__in=KEPT, ended_at__lte=past)
        for pk in list(due.order_by("ended_at").values_list("pk", flat=True)[:AT_A_TIME]):
            count += ready.delete_recording(pk=pk, now=now, reason=f"after {company.recording_days} days")
    return count
