"""Sessions as CSV and JSON, written while they are read: the longest export holds a few hundred rows in memory."""

import csv
import io
import json
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from datetime import datetime
from typing import Any

from django.core.handlers.asgi import ASGIRequest
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Prefetch
from django.http import HttpRequest, StreamingHttpResponse
from django.utils.cache import patch_vary_headers
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from portals import audit
from portals.models import Company, User
from sessions import record
from sessions.database_threads import in_database_thread
from sessions.models import Participant, ParticipantQuerySet, SupportSession, SupportSessionQuerySet
from sessions.recorder import recorder

ROWS_AT_A_TIME = 500
RECORDS_AT_A_TIME = 50  # with their timelines
BYTE_ORDER_MARK = "\ufeff"  # by which spreadsheets know UTF-8
GZIP = 31  # window bits of zlib that mean a gzip stream
FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")

# Heading and column of record.facts, in the spirit of the field's session reports.
COLUMNS: list[tuple[Any, str]] = [
    (_lazy("Start (UTC)"), "start"),
    (_lazy("End (UTC)"), "end"),
    (_lazy("Last action (UTC)"), "last_action"),
    (_lazy("Technician"), "technician"),
    (_lazy("Session ID"), "id"),
    (_lazy("Type"), "type"),
    (_lazy("Status"), "status"),
    (_lazy("End reason"), "end_reason"),
    (_lazy("Name"), "name"),
    (_lazy("Portal"), "portal"),
    (_lazy("Outcome"), "outcome"),
    (_lazy("Waiting (s)"), "waiting_s"),
    (_lazy("Active (s)"), "active_s"),
    (_lazy("Hold (s)"), "hold_s"),
    (_lazy("Transfer (s)"), "transfer_s"),
    (_lazy("Total (s)"), "total_s"),
    (_lazy("Rating"), "rating"),
    (_lazy("Solved"), "solved"),
    (_lazy("Survey comment"), "survey_comment"),
    (_lazy("Reported (UTC)"), "reported_at"),
    (_lazy("Report"), "report"),
    (_lazy("External specialists"), "specialists"),
    (_lazy("Recorded (s)"), "recorded_s"),
    (_lazy("Notes"), "notes"),
]

Chunk = Callable[[list[int]], str]


def export(
    request: HttpRequest,
    sessions: SupportSessionQuerySet,
    *,
    reader: User,
    format: str,
    told: dict[str, str],
    now: datetime,
    company: Company | None = None,
) -> StreamingHttpResponse:
    """Answer with everything that `sessions` finds, newest first, and audit who exported what and how much.

    told: the filter as the audit may keep it. Sessions that begin meanwhile are not in it.
    """
    keys = list(sessions.filter(created_at__lte=now).order_by("-created_at", "-pk").values_list("pk", flat=True))
    changes = {"format": format, "filter": told, "sessions": len(keys)}
    audit.record(actor=reader, verb="sessions.exported", company=company or reader.company, changes=changes)
    if format == "csv":
        chunks = _chunks(keys, ROWS_AT_A_TIME)
        texts: list[tuple[Chunk, list[int]]] = [(_csv_head, []), *((_csv(reader, now), chunk) for chunk in chunks)]
        kind = "text/csv; charset=utf-8"
    else:
        chunks = _chunks(keys, RECORDS_AT_A_TIME)
        first = [(_json(reader, now, comma=False), chunk) for chunk in chunks[:1]]
        rest = [(_json(reader, now, comma=True), chunk) for chunk in chunks[1:]]
        texts = [(_json_head, []), *first, *rest, (_json_foot, [])]
        kind = "application/json"
    packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = StreamingHttpResponse(_stream(request, texts, packed=packed), content_type=kind)
    response["Content-Disposition"] = f'attachment; filename="sessions-{now:%Y-%m-%d}.{format}"'
    response["Cache-Control"] = "no-store"
    if packed:
        response["Content-Encoding"] = "gzip"
        patch_vary_headers(response, ["Accept-Encoding"])
    return response


def _chunks(keys: list[int], size: int) -> list[list[int]]:
    return [keys[start : start + size] for start in range(0, len(keys), size)]


def _stream(
    request: HttpRequest, texts: list[tuple[Chunk, list[int]]], *, packed: bool
) -> Iterator[bytes] | AsyncIterator[bytes]:
    """In the manner of the server: an asynchronous one would read a plain iterator to its end before sending any.

    Packed here, as one stream: Django's GZipMiddleware makes a stream of each chunk, and browsers read the first only.
    """
    packer = zlib.compressobj(wbits=GZIP) if packed else None
    return _later(texts, packer) if isinstance(request, ASGIRequest) else _now(texts, packer)


def _now(texts: list[tuple[Chunk, list[int]]], packer: Any) -> Iterator[bytes]:
    for make, keys in texts:
        yield _piece(make, keys, packer)
    yield packer.flush() if packer else b""


async def _later(texts: list[tuple[Chunk, list[int]]], packer: Any) -> AsyncIterator[bytes]:
    for make, keys in texts:
        yield await in_database_thread(_piece, make, keys, packer)
    yield packer.flush() if packer else b""


def _piece(make: Chunk, keys: list[int], packer: Any) -> bytes:
    text = make(keys)
    return packer.compress(text.encode()) + packer.flush(zlib.Z_SYNC_FLUSH) if packer else text.encode()


def _in_order(sessions: SupportSessionQuerySet, keys: list[int]) -> list[SupportSession]:
    found = sessions.in_bulk(keys)
    return [found[key] for key in keys if key in found]


# ---- CSV -----------------------------------------------------------------------------------------


def _csv_head(_keys: list[int]) -> str:
    return BYTE_ORDER_MARK + _lines([[str(heading) for heading, _column in COLUMNS]])


def _csv(reader: User, now: datetime) -> Chunk:
    def make(keys: list[int]) -> str:
        sessions = SupportSession.objects.select_related("portal", "lead", "survey")
        sessions = sessions.prefetch_related(Prefetch("participants", _specialists()), *recorder().related)
        facts = (record.facts(one, reader=reader, now=now) | _of_others(one) for one in _in_order(sessions, keys))
        return _lines([[cell(fact[column]) for _heading, column in COLUMNS] for fact in facts])

    return make


def _of_others(support_session: SupportSession) -> dict[str, Any]:
    recorded_s = sum(recording["recorded_s"] for recording in recorder().for_programs(support_session))
    return {"specialists": record.specialists_in_words(support_session), "recorded_s": recorded_s}


def _specialists() -> ParticipantQuerySet:
    return Participant.objects.specialists().select_related("invited_by")


def _lines(rows: list[list[str]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def cell(value: Any) -> str:
    """One cell as text that no spreadsheet takes for a formula: what people typed gets an apostrophe in front."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, datetime):
        return value.strftime("%Y-%m-%d %H:%M:%S")
    text = str(value)
    return f"'{text}" if text.lstrip(" ").startswith(FORMULA_STARTS) else text


# ---- JSON ----------------------------------------------------------------------------------------


def _json_head(_keys: list[int]) -> str:
    return '{"sessions": [\n'


def _json_foot(_keys: list[int]) -> str:
    return "\n]}\n"


def _json(reader: User, now: datetime, *, comma: bool) -> Chunk:
    def make(keys: list[int]) -> str:
        records = (
            record.full(one, reader=reader, now=now)
            for one in _in_order(record.with_everything(SupportSession.objects.all()), keys)
        )
        texts = [json.dumps(one, cls=DjangoJSONEncoder, ensure_ascii=False) for one in records]
        return (",\n" if comma and texts else "") + ",\n".join(texts)

    return make
