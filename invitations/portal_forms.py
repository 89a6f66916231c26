"""The form of Web and Queue mode: a name, the portal's questions, and in Web mode the technician of choice."""

import re
import unicodedata
from typing import Any
from uuid import UUID

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.translation import gettext_lazy as _

from portals.models import NAME_LENGTH, Portal, PortalQuestion, User

ANSWER_LENGTH = 1000  # characters
TAG = re.compile(r"<[a-zA-Z/!?]")
TURNS_TEXT_AROUND = re.compile("[\u202a-\u202e\u2066-\u2069]")


class PlainTextField(forms.Field):
    """Text as people type it; what only programs send has its own sentence."""

    def __init__(self, *, limit: int, lines: bool, empty: Any, **options: Any) -> None:
        super().__init__(**options)
        self.limit, self.lines = limit, lines
        self.error_messages["required"] = empty

    def to_python(self, value: Any) -> str:
        return TURNS_TEXT_AROUND.sub("", str(value or "")).replace("\r\n", "\n").strip()

    def validate(self, value: str) -> None:
        super().validate(value)
        if len(value) > self.limit:
            raise forms.ValidationError(_("This is too long: %(limit)s characters at most.") % {"limit": self.limit})
        if TAG.search(value):
            raise forms.ValidationError(_("Write plain text here, without markup such as <b>."))
        allowed = {"\n", "\t"} if self.lines else set()
        if any(unicodedata.category(c) in {"Cc", "Cs", "Zl", "Zp"} and c not in allowed for c in value):
            raise forms.ValidationError(_("This contains characters that cannot be shown. Type it anew."))
        if value and not any(c.isprintable() and not c.isspace() for c in value):
            raise forms.ValidationError(self.error_messages["required"])


class PortalForm(forms.Form):
    """technicians: those to choose from in Web mode, None in Queue mode."""

    name = PlainTextField(
        label=_("Your name"),
        limit=NAME_LENGTH,
        lines=False,
        empty=_("Write your name, so that we know whom we help."),
    )

    def __init__(self, portal: Portal, technicians: list[User] | None, data: Any = None) -> None:
        super().__init__(data)
        self.questions: dict[str, PortalQuestion] = {}
        self.technicians = technicians
        for number, question in enumerate(portal.questions.order_by("position", "pk"), start=1):
            self.questions[f"answer_{number}"] = question
            self.fields[f"answer_{number}"] = PlainTextField(
                label=question.label,
                required=question.required,
                limit=ANSWER_LENGTH,
                lines=True,
                empty=_("Answer “%(question)s”.") % {"question": question.label},
            )
        if technicians is not None:
            self.fields["technician"] = forms.UUIDField(
                label=_("Who should help you?"),
                error_messages={
                    "required": _("Choose who should help you."),
                    "invalid": _("Choose who should help you."),
                },
            )

    @property
    def answers(self) -> list[list[str]]:
        """[[question, answer], ...] of what was answered."""
        given = ((question.label, self.cleaned_data[name]) for name, question in self.questions.items())
        return [[label, answer] for label, answer in given if answer]

    @property
    def technician_id(self) -> UUID | None:
        return self.cleaned_data.get("technician")

    @property
    def text_fields(self) -> list[forms.BoundField]:
        return [self[name] for name in self.fields if name != "technician"]

    @property
    def first_choice(self) -> str:
        """The technician chosen before; who is the only one needs no choosing."""
        typed = str(self.data.get("technician", "")) if self.is_bound else ""
        offered = [str(technician.public_id) for technician in self.technicians or []]
        return typed if typed in offered else offered[0] if len(offered) == 1 else ""

    @property
    def problems(self) -> list[tuple[str, str]]:
        """The id of a field, empty for the whole form, with its sentence; in the order of the page."""
        names = [*self.fields, NON_FIELD_ERRORS]
        return [
            (f"id_{name}" if name in self.fields else "", str(sentence))
            for name in names
            for sentence in self.errors.get(name, [])
        ]
