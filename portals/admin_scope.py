"""The base of all admin pages: a manager sees and changes the own company's rows, through actions only.

Django's admin has many doors to a row (S-03). Each of them asks here, and behind every one of them a row of another
company is a 404.
"""

from collections.abc import Iterable
from typing import Any, ClassVar, NoReturn, cast

from django import forms
from django.contrib import admin
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.options import TO_FIELD_VAR, IncorrectLookupParameters
from django.contrib.admin.utils import unquote
from django.contrib.admin.views.main import ChangeList
from django.contrib.admin.widgets import RelatedFieldWidgetWrapper
from django.contrib.messages import SUCCESS
from django.db import DataError, models
from django.db.models.constants import LOOKUP_SEP
from django.http import Http404, HttpRequest, HttpResponse
from django.utils.html import format_html, format_html_join
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from portals import audit
from portals.errors import DomainError, InvalidInput
from portals.models import Company, User

DATE_PARTS = ("year", "month", "day")  # of `date_hierarchy`
LOOKUPS = ("exact", "id__exact", "isnull", "gte", "lt")  # what the links of Django's filters ask for
TOLD_AT_MOST = 8  # sentences about single switches after one press of Save


class SeenForm(forms.ModelForm):
    """A form that also sends what its fields showed when the page was loaded.

    Only what the person changed on the page counts as changed, so that a page left open does not turn back on what
    somebody else has turned off meanwhile. Where a client does not send it, the row as it stands now is compared.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk is None:
            return
        for name, field in self.fields.items():
            if isinstance(field, forms.FileField):
                continue  # changed whenever a file comes with the form
            sent = self.add_initial_prefix(name) in self.data
            field.show_hidden_initial = name != self.instance._meta.pk.name and (sent or not self.is_bound)


class ActionForm(SeenForm):
    """A form whose input an action judges; `refusal` is what the action has just answered."""

    refusal: ClassVar[DomainError | None] = None

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if isinstance(self.refusal, InvalidInput):
            for name, sentence in self.refusal.errors.items():
                self.add_error(name if name in self.fields else None, str(sentence))
        elif self.refusal is not None:
            self.add_error(None, str(self.refusal))
        return cleaned


class ListRowForm(SeenForm):
    """The switches of one row in a list, each with a name of its own for those who hear the page."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for field in self.fields.values():
            field.widget.attrs["aria-label"] = f"{self.instance}: {field.label}"


class OwnRelatedFilter(admin.RelatedFieldListFilter):
    """A filter by a related row that offers, and knows, only rows of the reader's company."""

    def field_choices(self, field: Any, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        rows = scoped_rows(model_admin.admin_site, field.related_model, request)
        return [(str(row.pk), str(row)) for row in rows]

    def __init__(self, field: Any, request: Any, params: Any, model: Any, model_admin: Any, field_path: str) -> None:
        super().__init__(field, request, params, model, model_admin, field_path)
        known = {value for value, _label in self.lookup_choices}
        if not set(self.lookup_val or ()) <= known:
            model_admin.refuse(request, "filter", f"{field_path}={self.lookup_val}")


class RowsField(forms.ModelMultipleChoiceField):
    """Some rows of another model. A number beyond the database's is no choice; SQLite cannot even look for it."""

    def _check_values(self, value: Any) -> Any:
        try:
            return super()._check_values(value)  # type: ignore[misc]
        except OverflowError:
            raise forms.ValidationError(self.error_messages["invalid_list"], code="invalid_list") from None


def scoped_rows(site: admin.AdminSite, model: type[models.Model], request: HttpRequest) -> models.QuerySet[Any]:
    """The rows of a related model that this reader may choose: those of its own admin page."""
    related = site.get_model_admin(model)
    if not isinstance(related, CompanyScopedAdmin):
        raise TypeError(f"{model.__name__} has no scope in the admin.")
    return related.get_queryset(request)


class CompanyScopedAdmin(admin.ModelAdmin):
    """Rows of one company, open to its managers and to operators.

    A subclass names the way from its rows to their company and, where rows are written, the fields that its actions
    take (`values`) and the two methods that call them.
    """

    company_path = "company"
    values: ClassVar[tuple[str, ...]] = ()
    instead_of_deleting: ClassVar[Any] = ""  # what to do with a row that is in use
    form = ActionForm
    view_on_site = False
    list_per_page = 50

    # What exists for whom.

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        rows = super().get_queryset(request)
        user = person_of(request)
        return rows if user.is_superuser else rows.filter(**{self.company_path: user.company_id})

    def get_object(self, request: HttpRequest, object_id: str, from_field: Any = None) -> Any:
        """Every page about one row begins here: change, delete, history, password, popups."""
        found = super().get_object(request, object_id, from_field)
        if found is None:
            self.refuse(request, "open", unquote(object_id))
        return found

    def get_urls(self) -> list[Any]:
        """Without the redirect that Django keeps for its addresses before 1.9: it answers for every id."""
        return super().get_urls()[:-1]

    def refuse(self, request: HttpRequest, verb: str, what: str) -> NoReturn:
        """Answer as for what does not exist (it may be another company's), and keep it in the audit."""
        audit.record(
            actor=person_of(request),
            verb=f"{self.opts.model_name}.{verb}",
            company=person_of(request).company,
            changes={"not_found": what[:200]},
            refused=True,
        )
        raise Http404

    # Who may do what: never by Django's own permission rows.

    def has_module_permission(self, request: HttpRequest) -> bool:
        return is_manager(request)

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_manager(request)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_manager(request)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return is_manager(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    # Lists: filters, popups, ids sent with a list.

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest | None = None) -> bool:
        """Only the filters that the page offers, as their links ask; anything else is not found."""
        if request is None:
            return False
        offered = [entry[0] if isinstance(entry, tuple) else entry for entry in self.get_list_filter(request)]
        names = {getattr(entry, "parameter_name", entry) for entry in offered}
        known = {*names, *_ends(names, LOOKUPS), *_ends([self.date_hierarchy], DATE_PARTS)}
        if lookup not in known or not super().lookup_allowed(lookup, value, request):
            self.refuse(request, "filter", lookup)
        return True

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """A number or a time that no row can have leads back to the whole list, as Django has it for other nonsense."""
        try:
            return super().get_changelist_instance(request)
        except (OverflowError, ValueError, DataError) as beyond:
            if not request.GET:
                raise  # nobody asked for anything: the fault is ours
            raise IncorrectLookupParameters from beyond

    def to_field_allowed(self, request: HttpRequest, to_field: str) -> bool:
        """Rows are named by their primary key and nothing else."""
        return to_field == self.opts.pk.name

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        self._require_known(request)
        if request.method == "POST":
            sent = request.POST.getlist(ACTION_CHECKBOX_NAME) + self._get_edited_object_pks(request, "form")
            self._require_own(request, sent)
        return super().changelist_view(request, extra_context)

    def _require_own(self, request: HttpRequest, sent: Iterable[str]) -> None:
        wanted = set(sent)
        numbers = {number for number in wanted if number.isascii() and number.isdecimal() and len(number) < 19}
        own = {str(pk) for pk in self.get_queryset(request).filter(pk__in=numbers).values_list("pk", flat=True)}
        if not wanted <= own:
            self.refuse(request, "change", ", ".join(sorted(wanted - own)))

    def _require_known(self, request: HttpRequest) -> None:
        to_field = request.POST.get(TO_FIELD_VAR, request.GET.get(TO_FIELD_VAR))
        if to_field and not self.to_field_allowed(request, to_field):
            self.refuse(request, "open", f"{TO_FIELD_VAR}={to_field}")

    def get_deleted_objects(self, objs: Any, request: HttpRequest) -> Any:
        """What is in use is kept: told by number, since thousands of rows may refer to it."""
        used_by = _used_by(objs, self.model)
        return ([], {}, set(), used_by) if used_by else super().get_deleted_objects(objs, request)

    # Choices in forms.

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        """Without Django's links to add, change or delete the related row in a window of its own."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field is not None and isinstance(field.widget, RelatedFieldWidgetWrapper):
            field.widget = field.widget.widget
        return field

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = scoped_rows(self.admin_site, db_field.related_model, request)
        if db_field.name == "company":
            kwargs["required"] = True
        return self._tell_companies(super().formfield_for_foreignkey(db_field, request, **kwargs), request)

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        kwargs["queryset"] = scoped_rows(self.admin_site, db_field.related_model, request)
        kwargs |= {"widget": forms.CheckboxSelectMultiple, "form_class": RowsField}
        return self._tell_companies(super().formfield_for_manytomany(db_field, request, **kwargs), request)

    def _tell_companies(self, field: Any, request: HttpRequest) -> Any:
        """An operator chooses among the rows of all companies, where many groups have the same name."""
        if person_of(request).is_superuser and field.queryset.model is not Company:
            field.queryset = field.queryset.select_related("company")
            field.label_from_instance = lambda row: f"{row} ({row.company})"
        return field

    # The company of a row: the manager's own; an operator chooses it once.

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        if self.company_path == "company" and person_of(request).is_superuser:
            return [(None, {"fields": ["company"]}), *fieldsets]
        return fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        fields = list(super().get_readonly_fields(request, obj))
        return [*fields, "company"] if obj is not None and self.company_path == "company" else fields

    def get_list_display(self, request: HttpRequest) -> list[Any]:
        return [*super().get_list_display(request), *self._company_column(request)]

    def get_list_filter(self, request: HttpRequest) -> list[Any]:
        filters = list(super().get_list_filter(request))
        return [*filters, *((name, OwnRelatedFilter) for name in self._company_column(request))]

    def get_list_select_related(self, request: HttpRequest) -> Any:
        named = super().get_list_select_related(request) or ()
        return [*named, *self._company_column(request)] if not isinstance(named, bool) else named

    def _company_column(self, request: HttpRequest) -> list[str]:
        return ["company"] if self.company_path == "company" and person_of(request).is_superuser else []

    # Writing: the form asks, the action does.

    def create(self, request: HttpRequest, company: Any, values: dict[str, Any], form: Any) -> models.Model:
        raise NotImplementedError

    def change(self, request: HttpRequest, row: Any, values: dict[str, Any]) -> models.Model:
        raise NotImplementedError

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        """Call the action with what was sent; it has written everything when Django comes to save."""
        names = form.changed_data if change else form.cleaned_data
        values = {name: form.cleaned_data[name] for name in names if name in self.values}
        if not change:
            company = form.cleaned_data.get("company") or person_of(request).company
            return self.create(request, company, values, form)
        if form.instance._state.adding:
            self.refuse(request, "change", "a new row in a list")
        row = self.change(request, form.instance, values)
        request._told = [*getattr(request, "_told", []), *_switches(row, form)]  # type: ignore[attr-defined]
        return row

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:
        """Done by the action."""

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Done by the action."""

    def get_changelist_form(self, request: HttpRequest, **kwargs: Any) -> Any:
        return super().get_changelist_form(request, form=ListRowForm, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        form = super().get_form(request, obj, change=change, **kwargs)
        return type(form.__name__, (form,), {"refusal": getattr(request, "_refusal", None)})

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: Any = None,
    ) -> HttpResponse:
        """Django's own page; what the action refuses is shown beside the input, which is kept.

        Not in Django's surrounding transaction: the action has its own, and the audit of a refusal must stay.
        """
        self._require_known(request)
        try:
            return self._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[attr-defined]
        except DomainError as refusal:
            request._refusal = refusal  # type: ignore[attr-defined]
            return self._changeform_view(request, object_id, form_url, extra_context)  # type: ignore[attr-defined]

    def delete_view(self, request: HttpRequest, object_id: str, extra_context: Any = None) -> HttpResponse:
        """As above, without Django's surrounding transaction."""
        self._require_known(request)
        context = {"instead": self.instead_of_deleting} | (extra_context or {})
        return self._delete_view(request, object_id, context)  # type: ignore[attr-defined]

    def message_user(self, request: HttpRequest, message: Any, *args: Any, **kwargs: Any) -> None:
        """After a change of switches, say which one stands how, not only that something was changed."""
        told = getattr(request, "_told", [])
        level = args[0] if args else kwargs.get("level")
        if told and level == SUCCESS:
            request._told = []  # type: ignore[attr-defined]
            message = format_html(
                "{} {}",
                format_html_join(" ", "{}: <strong>{}</strong> {}.", told[:TOLD_AT_MOST]),
                _("Running sessions follow within 5 seconds.")
                if len(told) <= TOLD_AT_MOST
                else _("And %(count)s more switches.") % {"count": len(told) - TOLD_AT_MOST},
            )
        super().message_user(request, message, *args, **kwargs)


class ReadOnlyAdmin(CompanyScopedAdmin):
    """Rows that this page shows and nobody changes here."""

    change_form_template = "admin/read_only_form.html"

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


def person_of(request: HttpRequest) -> User:
    return cast(User, request.user)


def is_manager(request: HttpRequest) -> bool:
    """A manager, or an operator. People with neither role never get here, and would see nothing."""
    return bool(getattr(request.user, "is_staff", False))


def _used_by(rows: Iterable[Any], model: type[models.Model]) -> list[str]:
    """What keeps these rows from being deleted: “3 support sessions”."""
    uses: dict[type[models.Model], models.Q] = {}
    for relation in model._meta.related_objects:
        if relation.on_delete is models.PROTECT:
            refers = models.Q(**{f"{relation.field.name}__in": list(rows)})
            uses[relation.related_model] = uses.get(relation.related_model, models.Q()) | refers
    found = {user: user._default_manager.filter(refers).count() for user, refers in uses.items()}
    return [
        f"{number} {user._meta.verbose_name if number == 1 else user._meta.verbose_name_plural}"
        for user, number in found.items()
        if number
    ]


def _ends(names: Iterable[Any], lookups: Iterable[str]) -> set[str]:
    return {f"{name}{LOOKUP_SEP}{lookup}" for name in names for lookup in lookups}


def _switches(row: models.Model, form: Any) -> list[tuple[str, Any, Any]]:
    fields = [row._meta.get_field(name) for name in form.changed_data if name in form.cleaned_data]
    return [
        (
            str(row),
            capfirst(str(field.verbose_name)),
            _("is now on") if form.cleaned_data[field.name] else _("is now off"),
        )
        for field in fields
        if isinstance(field, models.BooleanField)
    ]
