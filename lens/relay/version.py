"""The relay must not run with other packages than those that its hooks were written for."""

import re
from importlib.metadata import version

from django.core.exceptions import ImproperlyConfigured

TESTED = {"aiortc": "1.16", "aioice": "0.13", "pylibsrtp": "1.0"}


def require_tested_versions() -> None:
    """Raises ImproperlyConfigured; reads the packages' metadata and imports nothing of them."""
    for package in TESTED:
        require_tested(package, version(package))


def require_tested(package: str, installed: str) -> None:
    tested = TESTED[package]
    if not re.match(rf"{re.escape(tested)}(\.|$)", installed):
        raise ImproperlyConfigured(
            f"The media relay needs {package} {tested}.x, and {installed} is installed: "
            "install the locked requirements (requirements/base.txt)."
        )
