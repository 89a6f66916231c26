"""Giving out a file in pieces (RFC 9110 14), as players ask for it: seeking fetches what is needed and no more."""

import asyncio
import re
from collections.abc import AsyncIterator
from pathlib import Path

from django.http import HttpRequest, HttpResponse, HttpResponseBase, StreamingHttpResponse

PIECE = 256 * 1024  # bytes read at once
MOST = 8 * 1024 * 1024  # bytes of one answer to a player, which asks for the rest when it comes to it
RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})\Z")


def serve(request: HttpRequest, path: Path, *, content_type: str) -> HttpResponseBase:
    """The whole file, or the piece that was asked for."""
    size = path.stat().st_size
    asked = RANGE.match(request.headers.get("Range", ""))
    if asked is None or asked[0] == "bytes=-":
        response = _stream(request, path, 0, size, content_type=content_type)
    else:
        begin, end = _bounds(asked[1], asked[2], size)
        if begin >= end:
            response = HttpResponse(status=416)
            response.headers["Content-Range"] = f"bytes */{size}"
            return response
        response = _stream(request, path, begin, min(end, begin + MOST), content_type=content_type)
        response.status_code = 206
        response.headers["Content-Range"] = f"bytes {begin}-{min(end, begin + MOST) - 1}/{size}"
    response.headers["Accept-Ranges"] = "bytes"
    response.headers["Content-Encoding"] = "identity"  # never compressed again on the way
    response.headers["Cache-Control"] = "private, no-store"
    return response


def _bounds(first: str, last: str, size: int) -> tuple[int, int]:
    """Where the piece begins and where it ends, the end not included."""
    if not first:
        return max(0, size - int(last)), size
    return int(first), min(size, int(last) + 1) if last else size


def _stream(request: HttpRequest, path: Path, begin: int, end: int, *, content_type: str) -> HttpResponseBase:
    response: HttpResponseBase
    if request.method == "HEAD":
        response = HttpResponse(content_type=content_type)
    else:
        response = StreamingHttpResponse(_pieces(path, begin, end), content_type=content_type)
    response.headers["Content-Length"] = str(end - begin)
    return response


async def _pieces(path: Path, begin: int, end: int) -> AsyncIterator[bytes]:
    with await asyncio.to_thread(path.open, "rb") as file:
        await asyncio.to_thread(file.seek, begin)
        while begin < end:
            piece = await asyncio.to_thread(file.read, min(PIECE, end - begin))
            if not piece:  # it was deleted, and cut off, meanwhile
                return
            begin += len(piece)
            yield piece
