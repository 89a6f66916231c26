"""Who writes a recording now: a lease in the database, so that others notice when that process has died."""

from datetime import datetime, timedelta
from pathlib import Path

from django.db import transaction

from lens.recordings import actions, storage, tasks_by_name
from lens.recordings.models import Recording
from portals.use_case import use_case
from sessions import steps

LEASE = timedelta(seconds=15)  # renewed every RENEW_S
RENEW_S = 5.0


@transaction.atomic
def claim(*, recording_id: str, writer: str, now: datetime) -> Path | None:
    """Begin to write where the recording runs; return its folder. Whoever wrote before does so no longer."""
    recording = Recording.objects.select_for_update().filter(public_id=recording_id).first()
    if recording is None or recording.state != Recording.State.RUNNING:
        return None
    recording.writer, recording.writer_until = writer, now + LEASE
    recording.save(update_fields=["writer", "writer_until"])
    return storage.folder_of(recording)


def renew(*, recording_id: str, writer: str, now: datetime) -> bool:
    """Return whether this writer is still the one to write."""
    mine = Recording.objects.filter(public_id=recording_id, writer=writer, state=Recording.State.RUNNING)
    return bool(mine.update(writer_until=now + LEASE))


@transaction.atomic
def release(*, recording_id: str, writer: str) -> None:
    """All that was heard is on the disk. The files are made ready at once where the recording has ended."""
    mine = Recording.objects.filter(public_id=recording_id, writer=writer)
    if mine.update(writer="", writer_until=None):
        tasks_by_name.finish_recording_on_commit(recording_id)


@use_case
def give_up(*, recording_id: str, now: datetime) -> None:
    """The disk takes no more: end it, so that nobody believes it goes on."""
    found = Recording.objects.select_related("support_session").get(public_id=recording_id)
    support_session = steps.lock(found.support_session_id)
    recording = actions.open_recording(support_session)
    if recording is not None and recording.pk == found.pk and recording.is_under_way:
        actions.finish(recording, reason="lost", author=None, now=now)
