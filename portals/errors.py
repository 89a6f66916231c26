"""Errors that actions raise. Each edge (page, API, socket, admin) translates them once."""

from typing import Any, ClassVar

from django.utils.translation import gettext_lazy as _


class DomainError(Exception):
    """One situation in which the product refuses; a program reads `code`, a person reads the message.

    `code` is stable and part of the API. Keyword arguments fill the message and travel in `fields`.
    """

    code: ClassVar[str] = "error"
    message: ClassVar[Any] = _("This cannot be done now.")

    def __init__(self, **fields: Any) -> None:
        self.fields = fields
        super().__init__(self.code)

    def __str__(self) -> str:
        return str(self.message) % self.fields if self.fields else str(self.message)


class NotAllowed(DomainError):
    """The actor may see the thing but lacks the right; the refusal is audited by `use_case`."""

    code = "not_allowed"
    message = _("You are not allowed to do this.")

    def __init__(self, reason: Any = None, *, verb: str = "", **fields: Any) -> None:
        super().__init__(**fields)
        self.reason = reason
        self.verb = verb

    def __str__(self) -> str:
        return str(self.reason) if self.reason else super().__str__()


class InvalidInput(DomainError):
    """A field holds what the product cannot accept. `errors` maps a field's name to its sentence."""

    code = "invalid"
    message = _("Please correct the marked fields.")

    def __init__(self, errors: dict[str, Any]) -> None:
        super().__init__()
        self.errors = errors

    def __str__(self) -> str:
        return " ".join(str(sentence) for sentence in self.errors.values()) or super().__str__()


class SeatsFull(InvalidInput):
    """Every seat of the company is held by somebody who may sign in."""

    code = "seats_full"

    def __init__(self, *, limit: int) -> None:
        sentence = _("All seats are taken (%(limit)s). Take one from somebody first, or ask your operator for more.")
        super().__init__({"has_seat": sentence % {"limit": limit}})
        self.fields = {"limit": limit}


class InUse(DomainError):
    """What others refer to is not deleted."""

    code = "in_use"
    message = _("“%(name)s” is in use and cannot be deleted.")


class GoneMeanwhile(DomainError):
    """What the new row would refer to was deleted between the reading and the commit."""

    code = "gone_meanwhile"
    message = _("Somebody has just deleted what this needs. Load the page again.")
