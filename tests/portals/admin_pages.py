"""The admin as a browser sees it: addresses, and forms filled with what the page offers."""

from typing import Any

from django.db import models
from django.db.models.fields.files import FieldFile
from django.http import HttpResponse
from django.test import Client
from django.urls import reverse


def address(model: type[models.Model] | models.Model, page: str, *args: Any) -> str:
    return reverse(f"admin:{model._meta.app_label}_{model._meta.model_name}_{page}", args=args)


def change_address(row: models.Model) -> str:
    return address(row, "change", row.pk)


def filled(client: Client, url: str, **changes: Any) -> dict[str, Any]:
    """What the form at `url` would send unchanged, with `changes`; None takes a field away."""
    context = client.get(url).context
    values = {field.html_name: field.value() for field in context["adminform"].form}
    for inline in context["inline_admin_formsets"]:
        for form in [inline.formset.management_form, *inline.formset.forms]:
            values |= {field.html_name: field.value() for field in form}
    return _with(values, changes)


def filled_list(client: Client, url: str, **changes: Any) -> dict[str, Any]:
    """What the list at `url` would send with Save, with `changes` such as `{"form-0-start_lens": False}`."""
    formset = client.get(url).context["cl"].formset
    values = {field.html_name: field.value() for field in formset.management_form}
    for form in formset.forms:
        values |= {field.html_name: field.value() for field in form}
    return _with(values, {"_save": "Save", **changes})


def row_number(client: Client, url: str, row: models.Model) -> int:
    """Which form of the list belongs to `row`."""
    forms = client.get(url).context["cl"].formset.forms
    return next(number for number, form in enumerate(forms) if form.instance.pk == row.pk)


def save(client: Client, row: models.Model, **changes: Any) -> HttpResponse:
    """Press Save on the page of `row`."""
    url = change_address(row)
    return client.post(url, filled(client, url, **changes))


def errors_of(response: HttpResponse) -> dict[str, list[str]]:
    """The sentences beside the fields of a form that was refused."""
    form = response.context["adminform"].form
    return {name: [str(sentence) for sentence in sentences] for name, sentences in form.errors.items()}


def _with(values: dict[str, Any], changes: dict[str, Any]) -> dict[str, Any]:
    """As a browser sends it: an unchecked box and an empty field of None send nothing."""
    values = {name: _sent(value) for name, value in (values | changes).items()}
    return {name: value for name, value in values.items() if value is not None}


def _sent(value: Any) -> Any:
    if isinstance(value, FieldFile):
        return None  # a browser sends no file that it was not given
    if isinstance(value, bool):
        return "on" if value else None
    if isinstance(value, list | tuple):
        return [getattr(item, "pk", item) for item in value]
    return getattr(value, "pk", value)
