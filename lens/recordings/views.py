"""Files of recordings: no public address, the right is asked for with each request, and who watches is audited."""

from pathlib import Path
from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.core.cache import cache
from django.http import Http404, HttpRequest
from django.http.response import HttpResponseBase
from django.utils.text import slugify
from django.views.decorators.http import require_safe

from lens.recordings import ranges
from lens.recordings.models import Recording, RecordingFile
from lens.recordings.permissions import can_download
from portals import audit
from portals.errors import NotAllowed
from portals.models import User
from portals.permissions import require

ONE_VIEW_S = 600  # a player asks again and again: within this time it is one view
WEBM = "video/webm"


@require_safe
def watch(request: HttpRequest, public_id: UUID, number: int) -> HttpResponseBase:
    """A piece of the file, for the player of the record page. Whoever may read the record may watch."""
    me, file = _find(request, public_id, number, verb="recording.view")
    if cache.add(f"recording-viewed:{file.recording_id}:{me.pk}", True, ONE_VIEW_S):
        audit.record(actor=me, verb="recording.viewed", target=file.recording)
    return ranges.serve(request, _path(file), content_type=WEBM)


@require_safe
def download(request: HttpRequest, public_id: UUID, number: int) -> HttpResponseBase:
    """The file to take away: a right of its own."""
    me, file = _find(request, public_id, number, verb="recording.download")
    try:
        require(can_download(me, file.recording), verb="recording.download")
    except NotAllowed as refusal:
        audit.record_refusal(actor=me, verb=refusal.verb, refusal=refusal)
        raise
    audit.record(actor=me, verb="recording.downloaded", target=file.recording, changes={"file": number})
    response = ranges.serve(request, _path(file), content_type=WEBM)
    response.headers["Content-Disposition"] = f'attachment; filename="{_name_of(file)}"'
    return response


def _find(request: HttpRequest, public_id: UUID, number: int, *, verb: str) -> tuple[User, RecordingFile]:
    me = cast(User, request.user)  # LoginRequiredMiddleware let nobody else through
    visible: Any = Recording.objects.visible_to(me)
    files = RecordingFile.objects.filter(recording__in=visible, recording__public_id=public_id, number=number)
    file = files.select_related("recording__support_session__company").first()
    if file is None or not _path(file).is_file():
        audit.record_not_found(actor=me, verb=verb, what=str(public_id))
        raise Http404
    return me, file


def _path(file: RecordingFile) -> Path:
    return Path(settings.MEDIA_ROOT) / file.name


def _name_of(file: RecordingFile) -> str:
    """In plain letters: who, when, which picture."""
    session = file.recording.support_session
    parts = (slugify(session.customer_name), f"{file.recording.asked_at:%Y-%m-%d-%H%M}", file.kind)
    return "-".join(part for part in parts if part) + ".webm"
