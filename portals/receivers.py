"""A list of mail addresses and domains, one a line, that a company lets mails go to."""

from typing import Any

from django.core.exceptions import ValidationError
from django.core.validators import validate_domain_name, validate_email
from django.db import models
from django.utils.translation import gettext_lazy as _


def receivers(text: str) -> list[str]:
    """Each line as addresses are compared: in small letters, a domain without its @."""
    lines = (line.strip().lower() for line in text.splitlines())
    return [line.removeprefix("@") for line in lines if line]


def validate_receivers(text: str) -> None:
    for line in receivers(text):
        try:
            validate_email(line) if "@" in line else validate_domain_name(line)
        except ValidationError:
            sentence = _("“%(line)s” is neither an address nor a domain.")
            raise ValidationError(sentence, params={"line": line}) from None


class ReceiversField(models.TextField):
    """Such a list; each line is looked at."""

    default_validators = [validate_receivers]

    def deconstruct(self) -> tuple[str, str, Any, Any]:
        """To migrations it is plain text: they outlive this class."""
        name, _path, arguments, options = super().deconstruct()
        return name, "django.db.models.TextField", arguments, options


def may_receive(text: str, address: str) -> bool:
    """An empty list lets mails go to anybody; a domain stands for itself, not for those below it."""
    allowed = receivers(text)
    address = address.lower()
    return not allowed or address in allowed or address.rpartition("@")[2] in allowed
