"""Celery entry points; each may run twice, and every one of them may be lost."""

from celery import shared_task

from lens.recordings import ready, sweeps
from portals import clock

FINISH_LIMIT_S = 25 * 60  # the voices of some hours, on a slow machine


@shared_task
def look_after_recordings() -> None:
    now = clock.now()
    sweeps.give_up_unanswered(now=now)
    sweeps.withdraw_rights(now=now)
    sweeps.end_lost(now=now)


@shared_task
def finish_ended_recordings() -> None:
    sweeps.finish_ended(now=clock.now())


@shared_task(soft_time_limit=FINISH_LIMIT_S)
def finish_recording(recording_id: str) -> None:
    ready.finish_recording(recording_id=recording_id, now=clock.now())


@shared_task
def delete_old_recordings() -> None:
    sweeps.delete_old(now=clock.now())
