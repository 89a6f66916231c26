"""What people type into *Name* and *To*, each mistake with its own sentence."""

import re
import unicodedata

from django.core.exceptions import ValidationError
from django.core.validators import validate_email
from django.utils.translation import gettext as _

from portals.errors import InvalidInput
from portals.models import NAME_LENGTH

ADDRESS_LENGTH = 254  # characters, as RFC 5321 has it
TURNS_TEXT_AROUND = re.compile("[\u202a-\u202e\u2066-\u2069]")  # would turn what stands after the name as well


def clean_name(text: str) -> str:
    """Return the customer's name as one line of text; an empty one becomes "Customer". Raises InvalidInput."""
    text = TURNS_TEXT_AROUND.sub("", text)
    name = " ".join("".join(" " if unicodedata.category(c) in {"Cc", "Zl", "Zp"} else c for c in text).split())
    if len(name) > NAME_LENGTH:
        raise InvalidInput({"name": _("The name is too long: %(limit)s characters at most.") % {"limit": NAME_LENGTH}})
    return name if any(c.isprintable() for c in name) else _("Customer")


def clean_address(text: str) -> str:
    """Return one mail address. Raises InvalidInput."""
    address = text.strip(" \t")
    if not address:
        raise _wrong(_("Write the address the mail goes to."))
    if re.search(r"[\r\n\x00-\x1f\x7f]", address):
        raise _wrong(_("An address cannot contain line breaks."))
    if address.count("@") > 1 or re.search(r"[,;]", address):
        raise _wrong(_("Write one address only."))
    if "@" not in address or address.startswith("@") or address.endswith("@"):
        raise _wrong(_("This address is not complete. It looks like ana@example.com."))
    try:
        validate_email(address)
    except ValidationError:
        raise _wrong(_("This is not a mail address. It looks like ana@example.com.")) from None
    if len(address) > ADDRESS_LENGTH:
        raise _wrong(_("The address is too long: %(limit)s characters at most.") % {"limit": ADDRESS_LENGTH})
    return address


def _wrong(sentence: str) -> InvalidInput:
    return InvalidInput({"to": sentence})
