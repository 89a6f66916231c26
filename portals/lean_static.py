"""Static files as a phone gets them: without comments and indentation, and a page's style sheets in one file.

The sources stay plain files that a browser can read as they are; nothing is renamed, moved or reordered.
"""

import posixpath
import re
from collections.abc import Iterator
from typing import Any

from django.core.files.base import ContentFile
from whitenoise.storage import CompressedManifestStaticFilesStorage

OURS = ("invitations/", "lens/", "portals/", "sessions/")
IMPORT = re.compile(r'^@import "(?P<sheet>[\w./-]+\.css)";\n', re.MULTILINE)
BLOCK_COMMENT = re.compile(r"^[ \t]*/\*.*?\*/[ \t]*\n?", re.MULTILINE | re.DOTALL)
LINE_COMMENT = re.compile(r"^[ \t]*//.*\n", re.MULTILINE)
INDENT = re.compile(r"^[ \t]+|\n(?=\n)", re.MULTILINE)


class LeanStaticFilesStorage(CompressedManifestStaticFilesStorage):
    def post_process(self, paths: dict[str, Any], dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if not dry_run:
            for name in filter(is_ours, paths):
                self._write(name, lean(self._read(paths, name), name))
            paths = {name: (self, name) for name in paths}
        yield from super().post_process(paths, dry_run=dry_run, **options)

    def _read(self, paths: dict[str, Any], name: str) -> str:
        """Return a source with the style sheets it imports put in their place."""
        storage, path = paths[name]
        with storage.open(path) as file:
            text = file.read().decode()
        folder = posixpath.dirname(name)
        return IMPORT.sub(lambda found: self._read(paths, posixpath.join(folder, found["sheet"])), text)

    def _write(self, name: str, text: str) -> None:
        self.delete(name)
        self.save(name, ContentFile(text.encode()))


def is_ours(name: str) -> bool:
    return name.startswith(OURS) and name.endswith((".css", ".js")) and "/vendor/" not in name


def lean(text: str, name: str) -> str:
    """Take away the comments that stand on lines of their own, empty lines and indentation.

    Our sources have no line inside a string that begins like a comment; a comment after code stays.
    """
    text = BLOCK_COMMENT.sub("", text)
    if name.endswith(".js"):
        text = LINE_COMMENT.sub("", text)
    return INDENT.sub("", text)
