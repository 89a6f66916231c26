"""Hooks into private parts are for the version they were written for, and for no other."""

from importlib.metadata import version

import pytest
from django.core.exceptions import ImproperlyConfigured

from lens.relay.version import require_tested_aiortc


@pytest.mark.parametrize("installed", ["", version("aiortc"), "1.16.0", "1.16.3"])
def test_the_tested_version_starts(installed: str) -> None:
    require_tested_aiortc(installed)


@pytest.mark.parametrize("installed", ["1.15.0", "1.17.0", "1.160.0", "2.0.0"])
def test_another_version_is_refused_with_a_sentence(installed: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=rf"needs aiortc 1\.16\.x, and {installed} is installed: install"):
        require_tested_aiortc(installed)
