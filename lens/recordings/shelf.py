"""What the record of a session shows of its recordings."""

from datetime import timedelta
from typing import Any

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from lens.recordings.models import Recording, RecordingFile
from lens.recordings.permissions import can_download
from portals.models import User
from sessions.models import SupportSession
from sessions.record import clock

State = Recording.State
RELATED = ("recordings__asked_by", "recordings__files")
FAILURES = {
    "nothing": gettext_lazy("The recording holds nothing: no picture and no sound came while it ran."),
    "broken": gettext_lazy("The recording could not be finished. The operator of this installation can look into it."),
}


def of_record(support_session: SupportSession, *, reader: User) -> list[dict[str, Any]]:
    """Those that were begun, in the order in which they were; each with what can be watched of it."""
    begun = support_session.recordings.filter(started_at__isnull=False).select_related("asked_by")
    return [
        _told(recording, support_session, reader=reader)
        for recording in begun.prefetch_related("files").order_by("started_at")
    ]


def for_programs(support_session: SupportSession) -> list[dict[str, Any]]:
    """Those that were begun, for exports and the API. Load RELATED with the session."""
    begun = [recording for recording in support_session.recordings.all() if recording.started_at is not None]
    return [
        {
            "state": recording.state,
            "asked_by": recording.asked_by.name,
            "start": recording.started_at,
            "end": recording.ended_at,
            "recorded_s": round(recording.recorded_for.total_seconds()),
            "deleted_at": recording.deleted_at,
            "files": [
                {"kind": file.kind, "of": file.of, "size": file.size, "url": _file(recording, file)["url"]}
                for file in _watchable(recording)
            ],
        }
        for recording in sorted(begun, key=lambda recording: recording.asked_at)
    ]


def _watchable(recording: Recording) -> list[RecordingFile]:
    return sorted(recording.files.all(), key=lambda file: file.number) if recording.state == State.READY else []


def _told(recording: Recording, support_session: SupportSession, *, reader: User) -> dict[str, Any]:
    recording.support_session = support_session
    days = support_session.company.recording_days
    return {
        "state": recording.state,
        "state_label": recording.get_state_display(),
        "text": _text(recording),
        "asked_by": recording.asked_by.name,
        "started_at": recording.started_at,
        "length": clock(recording.recorded_for),
        "files": [_file(recording, file) for file in _watchable(recording)],
        "spans": recording.spans,
        "why_not_download": str(can_download(reader, recording).reason),
        "deleted_at": recording.deleted_at,
        "delete_at": recording.ended_at + timedelta(days=days) if recording.ended_at and days else None,
    }


def _file(recording: Recording, file: RecordingFile) -> dict[str, Any]:
    where = (recording.public_id, file.number)
    return {
        "number": file.number,
        "label": _label(file),
        "has_picture": file.kind != RecordingFile.Kind.SOUND,
        "size": file.size,
        "url": reverse("lens:recording", args=where),
        "download_url": reverse("lens:recording-download", args=where),
    }


def _label(file: RecordingFile) -> str:
    match file.kind:
        case RecordingFile.Kind.CAMERA:
            return _("Camera of %(name)s") % {"name": file.of}
        case RecordingFile.Kind.SCREEN:
            return _("Screen of %(name)s") % {"name": file.of}
    return _("Sound")


def _text(recording: Recording) -> str:
    match recording.state:
        case State.RUNNING | State.PAUSED:
            return _("This session is being recorded.")
        case State.FINISHING:
            return _("The recording is being made ready. This page shows it as soon as it is.")
        case State.FAILED:
            return str(FAILURES.get(recording.failure, FAILURES["broken"]))
    return ""
