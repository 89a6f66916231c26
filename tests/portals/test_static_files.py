"""What goes over the wire with a static file."""

from pathlib import Path

import pytest
from django.test import RequestFactory
from whitenoise.responders import StaticFile

from portals.static_files import StaticFilesMiddleware


@pytest.mark.django_db  # closing an answer looks after the connections
@pytest.mark.parametrize(
    ("caching", "asked_again"),
    [("max-age=315360000, public, immutable", False), ("max-age=3600, public", True)],
    ids=["a hash in the name", "no hash"],
)
def test_only_what_may_change_can_be_asked_for_again(tmp_path: Path, caching: str, asked_again: bool) -> None:
    (tmp_path / "page.css").write_text("p {}")
    file = StaticFile(str(tmp_path / "page.css"), [("Cache-Control", caching)])

    response = StaticFilesMiddleware.serve(file, RequestFactory().get("/"))

    response.close()
    assert response.headers["Cache-Control"] == caching
    assert ("ETag" in response.headers, "Last-Modified" in response.headers) == (asked_again, asked_again)
