"""The name that a guest without an account gives, each mistake with its own sentence."""

import unicodedata

from django.core.exceptions import ValidationError
from django.utils.translation import gettext_lazy as _

from invitations.portal_forms import PlainTextField
from portals.errors import InvalidInput
from portals.models import NAME_LENGTH

_field = PlainTextField(
    limit=NAME_LENGTH, lines=False, empty=_("Write your name, so that everybody sees who is there.")
)


def clean_guest_name(text: str) -> str:
    """Return the name as one line of plain text. Raises InvalidInput."""
    try:
        return " ".join(str(_field.clean(text)).split())
    except ValidationError as error:
        raise InvalidInput({"name": error.messages[0]}) from None


def own_name(name: str) -> str:
    """As names are compared: who reads them sees no difference between small and capital letters, or wide ones."""
    return " ".join(unicodedata.normalize("NFKC", name).casefold().split())
