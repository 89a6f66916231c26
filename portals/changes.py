"""Writing a row's new values and telling what was before: the part that all of the managers' verbs share."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.core.exceptions import NON_FIELD_ERRORS, ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models.fields.files import FieldFile
from django.utils.text import capfirst
from django.utils.translation import gettext as _

from portals.errors import InvalidInput, NotAllowed

Values = Mapping[str, Any]
Changes = dict[str, list[Any]]


def write(row: models.Model, values: Values, *, allowed: Iterable[str]) -> Changes:
    """Set `values` on `row`, save what differs, and return it as `{field: [before, after]}`.

    A new row answers with all its values, and None before each. The caller holds the lock on the company.
    Raises NotAllowed for a field that is not in `allowed`, InvalidInput for a value that the model refuses.
    """
    if not set(values) <= set(allowed):
        raise NotAllowed(verb=f"{row._meta.model_name}.change")
    new = row.pk is None
    sets = {name: list(values[name]) for name in values if _is_set(row, name)}
    before = {name: None if new else plain(row, name) for name in values}
    for name in values.keys() - sets.keys():
        setattr(row, name, values[name])
    _validate(row, set(values) - set(sets))

    after = {name: plain(row, name) for name in values.keys() - sets.keys()}
    after |= {name: _names(rows) for name, rows in sets.items()}
    changes = {name: [before[name], after[name]] for name in values if new or before[name] != after[name]}
    _save(row, None if new else [name for name in changes if name not in sets])
    for name in changes.keys() & sets.keys():
        getattr(row, name).set(sets[name])
    return changes


def plain(row: models.Model, name: str) -> Any:
    """The value of one field as the audit keeps it: names for related rows, JSON's own types for the rest."""
    if _is_set(row, name):
        return _names(getattr(row, name).all())
    value = getattr(row, name)
    return str(value) if isinstance(value, models.Model | FieldFile) else value


def _is_set(row: models.Model, name: str) -> bool:
    return bool(row._meta.get_field(name).many_to_many)


def _names(rows: Iterable[models.Model]) -> list[str]:
    return sorted(str(row) for row in rows)


def _validate(row: models.Model, names: set[str]) -> None:
    others = {field.name for field in row._meta.fields} - names
    errors: dict[str, Any] = {}
    try:
        row.clean_fields(exclude=others)
    except ValidationError as error:
        errors = error.message_dict
    for name in errors:
        if row._meta.get_field(name).many_to_one and getattr(row, name) is not None:
            errors[name] = [_("Somebody has just deleted it. Choose another.")]
    try:
        row.validate_unique(exclude=others | errors.keys())
        row.validate_constraints(exclude=errors.keys() if errors else None)
    except ValidationError as error:
        errors |= error.message_dict
    if NON_FIELD_ERRORS in errors:
        # The constraints that a manager can break are the names that a company uses once.
        del errors[NON_FIELD_ERRORS]
        errors.setdefault("name", [_name_taken(row)])
    if errors:
        raise InvalidInput({name: sentences[0] for name, sentences in errors.items()})


def _save(row: models.Model, fields: list[str] | None) -> None:
    try:
        with transaction.atomic():
            row.save(update_fields=fields)
    except IntegrityError as error:
        # Two companies took the same address in the same moment; within one company the lock prevents it.
        raise InvalidInput({NON_FIELD_ERRORS: _("Somebody was faster. Try again.")}) from error


def _name_taken(row: models.Model) -> str:
    kind = capfirst(row._meta.verbose_name)
    return _("%(kind)s: this name is taken already. Choose another.") % {"kind": kind}
