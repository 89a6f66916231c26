"""Pictures that managers upload as a portal's logo: judged before they are read, stored under random names (S-73)."""

import secrets
import warnings
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _
from PIL import Image

MAX_BYTES = 256 * 1024
MAX_PIXELS = 2000  # a side
FORMATS = {"PNG": "png", "JPEG": "jpg", "WEBP": "webp", "GIF": "gif"}
CONTENT_TYPES = {"png": "image/png", "jpg": "image/jpeg", "webp": "image/webp", "gif": "image/gif"}


def check_logo(value: Any) -> None:
    """A validator of what was uploaded; a logo that is stored already was judged then. Raises ValidationError."""
    if getattr(value, "_committed", False):
        return
    file = getattr(value, "file", value)
    if value.size > MAX_BYTES:
        raise ValidationError(_("The picture is too large: 256 KB at most."))
    if _format_by_first_bytes(file) is None:
        raise ValidationError(_("This is not a PNG, JPEG, WebP or GIF picture."))
    width, height = _verified_size(file)
    if max(width, height) > MAX_PIXELS:
        raise ValidationError(_("The picture has too many pixels: 2000 by 2000 at most."))


class LogoField(models.FileField):
    """A picture as above. Its file has a new random name each time, so that browsers may keep what they have got."""

    default_validators = [check_logo]

    def generate_filename(self, instance: Any, filename: Any) -> str:
        """Nothing of the name that the file had, which may tell of the manager's computer or leave the folder."""
        kind = _format_by_first_bytes(getattr(instance, self.attname).file)
        return f"logos/{secrets.token_hex(16)}.{FORMATS[kind or 'PNG']}"

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """To migrations it is a plain file field: they outlive this class."""
        name, _path, arguments, options = super().deconstruct()
        return name, "django.db.models.FileField", arguments, options


def _format_by_first_bytes(file: Any) -> str | None:
    file.seek(0)
    head = file.read(16)
    file.seek(0)
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith(b"RIFF") and head[8:12] == b"WEBP":
        return "WEBP"
    return "GIF" if head.startswith((b"GIF87a", b"GIF89a")) else None


def _verified_size(file: Any) -> tuple[int, int]:
    """Only the head is decoded, so that a small file with very many pixels costs nothing."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error", Image.DecompressionBombWarning)
            with Image.open(file, formats=list(FORMATS)) as picture:
                size = picture.size
                picture.verify()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise ValidationError(_("The picture has too many pixels: 2000 by 2000 at most.")) from None
    except Exception:  # Pillow's readers raise whatever their format makes them stumble over
        raise ValidationError(_("This picture is damaged and cannot be read.")) from None
    finally:
        file.seek(0)
    return size
