"""From the parts of a recording that has ended to the files that are watched; and their end.

Any worker may do it, and may die over it: the lease that the writer of a part holds is held here as well.
"""

import logging
import secrets
from datetime import datetime, timedelta

from django.db import transaction

from lens.recordings import finishing, storage, webm
from lens.recordings.models import KEPT, Recording, RecordingFile
from portals import audit
from portals.use_case import use_case
from sessions import steps
from sessions.events import publish_on_commit
from sessions.models import Participant
from sessions.timeline import iso

logger = logging.getLogger("sightline.recording")

LEASE = timedelta(minutes=30)  # of one try
AGAIN_AFTER = timedelta(minutes=1)
GIVEN_UP_AFTER = timedelta(hours=1)
State = Recording.State


def finish_recording(*, recording_id: str, now: datetime) -> bool:
    """Make the files of a recording that has ended and that nobody writes. Return whether it is done with."""
    recording = _claim(recording_id, now=now)
    if recording is None:
        return False
    try:
        return _make(recording, now=now)
    except Exception:
        logger.exception("A recording could not be finished.")
        _put_off(recording, now=now)
        return False


@transaction.atomic
def _claim(recording_id: str, *, now: datetime) -> Recording | None:
    recording = Recording.objects.select_for_update().filter(public_id=recording_id).first()
    if recording is None or recording.state != State.FINISHING:
        return None
    if recording.writer_until is not None and recording.writer_until > now:
        return None
    recording.writer, recording.writer_until = secrets.token_hex(8), now + LEASE
    recording.save(update_fields=["writer", "writer_until"])
    return recording


def _make(recording: Recording, *, now: datetime) -> bool:
    folder = storage.folder_of(recording)
    paths = storage.parts_in(folder)
    parts = [part for part in map(webm.read_part, paths) if part is not None]
    spans = finishing.lay_out(parts, until=recording.ended_at or now)
    made = finishing.make_files(spans, folder) if spans else []
    told = [[iso(span.part.started_at), span.at_ms, span.length_ms] for span in spans]
    if not _announce(recording, made, told, now=now):
        return False
    for path in paths:
        path.unlink(missing_ok=True)
    if not made:
        storage.remove(recording)
    return True


@use_case
def _announce(recording: Recording, made: list[finishing.Made], spans: list[list[object]], *, now: datetime) -> bool:
    """The files are there: say so, unless somebody else has meanwhile."""
    support_session = steps.lock(recording.support_session_id)
    fresh = Recording.objects.select_for_update().get(pk=recording.pk)
    if fresh.state != State.FINISHING or fresh.writer != recording.writer:
        return False
    names = {
        str(person.public_id): person.name for person in Participant.objects.filter(support_session=support_session)
    }
    for number, file in enumerate(made, 1):
        RecordingFile.objects.create(
            recording=fresh,
            number=number,
            kind=file.kind,
            of=names.get(file.attendee, ""),
            name=f"recordings/{fresh.folder}/{file.path.name}",
            size=file.size,
            duration_ms=file.duration_ms,
        )
    failure = "" if made else "nothing"
    changes = {"failure": failure, "spans": spans, "writer": "", "writer_until": None}
    fresh.move_to(State.READY if made else State.FAILED, now=now, **changes)
    publish_on_commit(support_session)
    verb = "recording.ready" if made else "recording.failed"
    audit.record(actor=None, verb=verb, target=fresh, changes={"files": len(made)})
    return True


@use_case
def _put_off(recording: Recording, *, now: datetime) -> None:
    """Try again soon; what cannot be finished within an hour never can. Its parts are kept for the operator."""
    fresh = Recording.objects.select_for_update().get(pk=recording.pk)
    if fresh.state != State.FINISHING or fresh.writer != recording.writer:
        return
    if fresh.ended_at is not None and now - fresh.ended_at >= GIVEN_UP_AFTER:
        fresh.move_to(State.FAILED, now=now, failure="broken", writer="", writer_until=None)
        audit.record(actor=None, verb="recording.failed", target=fresh)
    else:
        fresh.writer_until = now + AGAIN_AFTER
        fresh.save(update_fields=["writer_until"])


@use_case
def delete_recording(*, pk: int, now: datetime, reason: str) -> bool:
    """Delete its files; the row stays, so that the record says what there was."""
    recording = Recording.objects.select_for_update().select_related("support_session__company").get(pk=pk)
    if recording.state not in KEPT:
        return False
    recording.files.all().delete()
    recording.move_to(State.DELETED, now=now)
    audit.record(actor=None, verb="recording.deleted", target=recording, changes={"reason": reason})
    transaction.on_commit(lambda: storage.remove(recording))
    return True
