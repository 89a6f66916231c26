"""The relay must not run with another aiortc than the one that its hooks were written for."""

import re
from importlib.metadata import version

from django.core.exceptions import ImproperlyConfigured

TESTED = "1.16"


def require_tested_aiortc(installed: str = "") -> None:
    """Raises ImproperlyConfigured; reads the package's metadata and imports nothing of it."""
    installed = installed or version("aiortc")
    if not re.match(rf"{re.escape(TESTED)}(\.|$)", installed):
        raise ImproperlyConfigured(
            f"The media relay needs aiortc {TESTED}.x, and {installed} is installed: "
            "install the locked requirements (requirements/base.txt)."
        )
