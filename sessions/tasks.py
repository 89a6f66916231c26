"""Celery entry points of the sweeps; each may run twice, and every one of them may be lost."""

from celery import shared_task

from portals import clock
from sessions import sweeps


@shared_task
def end_overdue() -> None:
    now = clock.now()
    sweeps.end_overdue(now=now)
    sweeps.put_out_absent(now=now)


@shared_task
def withdraw_rights() -> None:
    sweeps.withdraw_rights(now=clock.now())


@shared_task
def replace_lost_leads() -> None:
    sweeps.replace_lost_leads(now=clock.now())


@shared_task
def delete_old_transcripts() -> None:
    sweeps.delete_old_transcripts(now=clock.now())
