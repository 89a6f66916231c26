"""Hooks into private parts are for the versions they were written for, and for no others."""

import pytest
from django.core.exceptions import ImproperlyConfigured

from lens.relay.version import require_tested, require_tested_versions


def test_what_is_installed_is_what_was_tested() -> None:
    require_tested_versions()


@pytest.mark.parametrize(("package", "installed"), [("aiortc", "1.16.0"), ("aiortc", "1.16.3"), ("pylibsrtp", "1.0")])
def test_the_tested_version_starts(package: str, installed: str) -> None:
    require_tested(package, installed)


@pytest.mark.parametrize(
    ("package", "installed", "tested"),
    [
        ("aiortc", "1.15.0", "1.16"),
        ("aiortc", "1.17.0", "1.16"),
        ("aiortc", "1.160.0", "1.16"),
        ("aiortc", "2.0.0", "1.16"),
        ("aioice", "0.14.0", "0.13"),
        ("pylibsrtp", "1.1.0", "1.0"),
    ],
)
def test_another_version_is_refused_with_a_sentence(package: str, installed: str, tested: str) -> None:
    says = rf"needs {package} {tested}\.x, and {installed} is installed: install"
    with pytest.raises(ImproperlyConfigured, match=says):
        require_tested(package, installed)
