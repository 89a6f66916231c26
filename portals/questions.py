"""The questions of a portal's form, written together with the portal."""

from dataclasses import dataclass

from django.core.exceptions import NON_FIELD_ERRORS
from django.utils.translation import gettext as _

from portals.changes import Changes
from portals.errors import InvalidInput
from portals.models import Portal, PortalQuestion


@dataclass(frozen=True)
class Question:
    label: str
    required: bool


def write_questions(portal: Portal, questions: list[Question]) -> Changes:
    """What was answered is kept with each session as text, so the rows may be made anew."""
    if len(questions) > Portal.MAX_QUESTIONS:
        sentence = _("A form has %(limit)s questions at most.") % {"limit": Portal.MAX_QUESTIONS}
        raise InvalidInput({NON_FIELD_ERRORS: sentence})
    rows = [
        PortalQuestion(portal=portal, label=question.label, required=question.required, position=number)
        for number, question in enumerate(questions, start=1)
    ]
    before = [_in_words(row) for row in portal.questions.order_by("position", "pk")]
    after = [_in_words(row) for row in rows]
    if before == after:
        return {}
    for row in rows:
        row.clean_fields()
    portal.questions.all().delete()
    PortalQuestion.objects.bulk_create(rows)
    return {"questions": [before, after]}


def _in_words(question: PortalQuestion) -> str:
    return f"{question.label} *" if question.required else question.label
