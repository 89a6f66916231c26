"""Where recordings are kept: a folder of its own for each, with a random name, below the media folder.

While a session lives its parts are appended to, so this is a folder and not Django's storage; processes on several
machines share it.
"""

import logging
import os
import shutil
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings

from lens.recordings.models import Recording

logger = logging.getLogger("sightline.recording")

PART = "part-*.webm"


def folder_of(recording: Recording) -> Path:
    return Path(settings.MEDIA_ROOT) / "recordings" / recording.folder


def part_path(folder: Path, started_at: datetime) -> Path:
    """Named so that the parts of one recording sort by time."""
    return folder / f"part-{started_at.astimezone(UTC):%Y%m%dT%H%M%S%f}.webm"


def parts_in(folder: Path) -> list[Path]:
    return sorted(folder.glob(PART))


def remove(recording: Recording) -> None:
    """Nothing of it is kept."""
    shutil.rmtree(folder_of(recording), ignore_errors=True)


_writer = ThreadPoolExecutor(max_workers=1, thread_name_prefix="recordings")


class PartFile:
    """A part on the disk, written by a thread of its own: a slow disk does not hold up the relay."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.failed = False
        self._descriptor = -1
        self._do(self._open)

    def head(self, data: bytes) -> None:
        self._do(self._write_head, data)

    def append(self, data: bytes) -> None:
        self._do(self._append, data)

    def close(self) -> "Future[None]":
        return _writer.submit(self._close)

    def _do(self, work: Callable[..., None], *data: bytes) -> None:
        _writer.submit(self._try, work, *data)

    def _try(self, work: Callable[..., None], *data: bytes) -> None:
        if self.failed:
            return
        try:
            work(*data)
        except OSError:
            logger.exception("A recording cannot be written.")
            self.failed = True

    def _open(self) -> None:
        self.path.parent.mkdir(parents=True, exist_ok=True)
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o640)

    def _write_head(self, data: bytes) -> None:
        os.pwrite(self._descriptor, data, 0)
        os.lseek(self._descriptor, 0, os.SEEK_END)

    def _append(self, data: bytes) -> None:
        view = memoryview(data)
        while view:
            view = view[os.write(self._descriptor, view) :]

    def _close(self) -> None:
        if self._descriptor >= 0:
            os.close(self._descriptor)
            self._descriptor = -1
