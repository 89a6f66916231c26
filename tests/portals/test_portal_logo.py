"""A portal's logo: only small pictures of four formats, under random names, and the former file is deleted (S-73)."""

import io
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from PIL import Image

from portals.models import AuditEvent, Portal
from tests import factories
from tests.portals.admin_pages import address, change_address, errors_of, filled, filled_list
from tests.portals.conftest import Rows

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(settings: Any, tmp_path: Path) -> Iterator[Path]:
    settings.MEDIA_ROOT = tmp_path
    return tmp_path / "logos"


def picture(kind: str, size: tuple[int, int] = (8, 8)) -> bytes:
    drawn = io.BytesIO()
    Image.new("RGB", size, "#17324d").save(drawn, kind)
    return drawn.getvalue()


def upload(client: Client, portal: Portal, content: bytes, name: str = "logo.png") -> Any:
    url = change_address(portal)
    return client.post(url, filled(client, url, logo=SimpleUploadedFile(name, content)))


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize(("kind", "ending"), [("PNG", "png"), ("JPEG", "jpg"), ("WEBP", "webp"), ("GIF", "gif")])
def test_each_format_is_taken_whatever_the_file_is_called(
    own: Rows, manager_client: Client, media: Path, kind: str, ending: str
) -> None:
    upload(manager_client, own.portal, picture(kind), name="../../evil.html")

    (name,) = names(media)
    assert len(name) == 33 + len(ending) and name.endswith(f".{ending}")
    assert Portal.objects.get(pk=own.portal.pk).logo.name == f"logos/{name}"


def _with_many_pixels() -> bytes:
    """A PNG of some hundred bytes that says it is 60,000 pixels wide and high."""
    head = (60_000).to_bytes(4, "big") * 2 + b"\x08\x02\x00\x00\x00"

    def chunk(kind: bytes, data: bytes) -> bytes:
        return len(data).to_bytes(4, "big") + kind + data + zlib.crc32(kind + data).to_bytes(4, "big")

    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", zlib.compress(bytes(100))) + chunk(b"IEND", b"")


PIXELS = "The picture has too many pixels: 2000 by 2000 at most."
REFUSED = {
    "too many bytes": (picture("PNG") + bytes(256 * 1024), "The picture is too large: 256 KB at most."),
    "too wide": (picture("PNG", (2001, 1)), PIXELS),
    "too high": (picture("GIF", (1, 2001)), PIXELS),
    "a bomb": (_with_many_pixels(), PIXELS),
    "cut off": (picture("PNG")[:40], "This picture is damaged and cannot be read."),
    "only the first bytes": (
        b"\x89PNG\r\n\x1a\n<script>x</script>",
        "This picture is damaged and cannot be read.",
    ),
    "SVG": (b"<svg xmlns='http://www.w3.org/2000/svg'/>", "This is not a PNG, JPEG, WebP or GIF picture."),
    "BMP": (picture("BMP"), "This is not a PNG, JPEG, WebP or GIF picture."),
    "a page": (b"<!doctype html>", "This is not a PNG, JPEG, WebP or GIF picture."),
}


@pytest.mark.parametrize("case", REFUSED)
def test_anything_else_has_its_sentence_and_is_not_kept(
    own: Rows, manager_client: Client, media: Path, case: str
) -> None:
    content, sentence = REFUSED[case]

    response = upload(manager_client, own.portal, content)

    assert errors_of(response) == {"logo": [sentence]}
    assert names(media) == []


def test_2000_by_2000_pixels_are_taken(own: Rows, manager_client: Client, media: Path) -> None:
    upload(manager_client, own.portal, picture("PNG", (2000, 2000)))

    assert len(names(media)) == 1


def test_an_empty_file_is_refused(own: Rows, manager_client: Client) -> None:
    assert list(errors_of(upload(manager_client, own.portal, b""))) == ["logo"]


def test_a_new_logo_replaces_the_file_and_is_audited(
    own: Rows, manager_client: Client, media: Path, django_capture_on_commit_callbacks: Any
) -> None:
    upload(manager_client, own.portal, picture("PNG"))
    (before,) = names(media)

    with django_capture_on_commit_callbacks(execute=True):
        upload(manager_client, own.portal, picture("GIF"))

    (after,) = names(media)
    assert after.endswith(".gif")
    assert AuditEvent.objects.filter(verb="portal.changed").latest("pk").changes == {
        "logo": [f"logos/{before}", f"logos/{after}"]
    }


def test_saving_other_things_leaves_it_alone(own: Rows, manager_client: Client, media: Path) -> None:
    upload(manager_client, own.portal, picture("PNG"))
    before = names(media)

    url = change_address(own.portal)
    manager_client.post(url, filled(manager_client, url, welcome_text="Hello"))
    listed = address(Portal, "changelist")
    manager_client.post(listed, filled_list(manager_client, listed, **{"form-0-is_open": False}))

    portal = Portal.objects.get(pk=own.portal.pk)
    assert (names(media), portal.welcome_text, portal.is_open) == (before, "Hello", False)
    assert portal.logo.name == f"logos/{before[0]}"


def test_it_is_taken_away(
    own: Rows, manager_client: Client, media: Path, django_capture_on_commit_callbacks: Any
) -> None:
    upload(manager_client, own.portal, picture("PNG"))
    url = change_address(own.portal)

    with django_capture_on_commit_callbacks(execute=True):
        manager_client.post(url, filled(manager_client, url, **{"logo-clear": "on"}))

    assert not Portal.objects.get(pk=own.portal.pk).logo
    assert names(media) == []


def test_it_goes_with_its_portal(
    own: Rows, manager_client: Client, media: Path, django_capture_on_commit_callbacks: Any
) -> None:
    spare = factories.portal(own.company)
    upload(manager_client, spare, picture("PNG"))

    with django_capture_on_commit_callbacks(execute=True):
        manager_client.post(address(spare, "delete", spare.pk), {"post": "yes"})

    assert names(media) == []
