"""Which ES modules a page's script brings with it: read from the sources, so that no template has to list them."""

import posixpath
import re
from functools import cache
from pathlib import Path

from django.contrib.staticfiles import finders

COMMENT = re.compile(r"/\*.*?\*/|^\s*//.*?$", re.MULTILINE | re.DOTALL)  # types are imported there, too
AT_ONCE = re.compile(r'\b(?:import|export)\b[^"\';()]*\bfrom\s*"([^"]+)"|\bimport\s*"([^"]+)"')
LATER = re.compile(r'\bimport\(\s*"([^"]+)"\s*\)')
VENDORED = "vendor/"  # of the names that modules import


def at_once(*scripts: str) -> list[str]:
    """Static paths (`lens/peer.js`) of all that must be there before these scripts run, the nearest first."""
    return _reached(scripts, later=False)


def in_all(*scripts: str) -> list[str]:
    """The same with what is imported later on, by `import()`."""
    return _reached(scripts, later=True)


def import_name(path: str) -> str:
    """The name by which modules import a static path."""
    return path.removeprefix("portals/") if path.startswith("portals/vendor/") else path


def _reached(scripts: tuple[str, ...], *, later: bool) -> list[str]:
    reached = dict.fromkeys(scripts)
    waiting = list(scripts)
    for script in waiting:
        first, second = _imports(script)
        new = [path for path in (*first, *(second if later else ())) if path not in reached]
        reached |= dict.fromkeys(new)
        waiting.extend(dict.fromkeys(new))
    return [path for path in reached if path not in scripts]


@cache
def _imports(path: str) -> tuple[list[str], list[str]]:
    """Static paths that a module imports at once, and later. Raises ValueError for one that does not exist."""
    found = finders.find(path)
    if not isinstance(found, str):
        raise ValueError(f"There is no module “{path}”.")
    text = COMMENT.sub("", Path(found).read_text())
    names = [first or second for first, second in AT_ONCE.findall(text)]
    return [_path(name, path) for name in names], [_path(name, path) for name in LATER.findall(text)]


def _path(name: str, importer: str) -> str:
    if name.startswith("."):
        return posixpath.normpath(posixpath.join(posixpath.dirname(importer), name))
    return f"portals/{name}" if name.startswith(VENDORED) else name
