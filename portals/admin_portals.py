"""The customers' entrances in the administration: what is possible there, how they look, what they ask."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from portals import actions
from portals.admin_scope import CompanyScopedAdmin, OwnRelatedFilter, is_manager, person_of
from portals.models import Portal, PortalQuestion
from portals.questions import Question

LAST = 99  # the place of a question whose order was left at 0


class PortalQuestionInline(admin.StackedInline):
    """Five rows, always there: a row without a question counts as none."""

    model = PortalQuestion
    fieldsets = ((None, {"fields": [("label", "required", "position")]}),)
    extra = max_num = Portal.MAX_QUESTIONS
    ordering = ("position", "pk")
    verbose_name_plural = _("Questions of the form")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PortalQuestion]:
        return super().get_queryset(request).filter(pk__in=PortalQuestion.objects.visible_to(person_of(request)))

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return is_manager(request)

    has_add_permission = has_change_permission = has_delete_permission = has_view_permission


@admin.register(Portal)
class PortalAdmin(CompanyScopedAdmin):
    about = _("The customers' entrances: what is possible there, and which groups serve them.")
    values = actions.PORTAL_FIELDS
    instead_of_deleting = _("Take “Open” away instead: a closed portal tells its visitors so, and lets nobody in.")
    inlines = (PortalQuestionInline,)
    list_display = ("name", "slug", "mode", "is_open", "lens_enabled", "specialists_enabled", "group_names")
    list_editable = ("is_open", "lens_enabled", "specialists_enabled")
    list_filter = ("mode", "is_open", "lens_enabled", "specialists_enabled", ("groups", OwnRelatedFilter))
    search_fields = ("name", "slug")
    sortable_by = ("name", "slug", "mode")
    ordering = ("name", "pk")
    prepopulated_fields: ClassVar = {"slug": ("name",)}
    radio_fields: ClassVar = {
        "mode": admin.VERTICAL,
        "session_kind": admin.VERTICAL,
        "highest_specialist_right": admin.VERTICAL,
    }
    fieldsets: ClassVar = [
        (None, {"fields": ["name", "slug", "is_open", "mode", "session_kind", "groups"]}),
        (
            _("What is possible here"),
            {
                "fields": [
                    "lens_enabled",
                    "recording_allowed",
                    "specialists_enabled",
                    "highest_specialist_right",
                    "admit_specialists",
                ]
            },
        ),
        (_("What customers see"), {"fields": ["colour", "logo", "welcome_text"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Portal]:
        return super().get_queryset(request).prefetch_related("groups")

    @admin.display(description=_("technician groups"))
    def group_names(self, portal: Portal) -> str:
        return ", ".join(sorted(group.name for group in portal.groups.all()))

    def formfield_for_dbfield(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "colour":
            kwargs["widget"] = forms.ColorInput
        return super().formfield_for_dbfield(db_field, request, **kwargs)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    # The questions are written by the same action as the portal. Hence they are judged before it, and not by Django's
    # own way, which saves the portal first and then finds a question wrong.

    def save_form(self, request: HttpRequest, form: Any, change: bool) -> Any:
        if self._asked(request, form.instance, change=change) is None:
            return form.save(commit=False)  # writes nothing; Django finds the formset wrong as well and shows it
        return super().save_form(request, form, change)

    def _asked(self, request: HttpRequest, portal: Portal, *, change: bool) -> list[Question] | None:
        """The questions that were sent; none where a list or a client sent no formset; None where one is wrong."""
        if "questions-TOTAL_FORMS" not in request.POST:
            return []
        formsets, _inlines = self._create_formsets(request, portal, change=change)  # type: ignore[attr-defined]
        if not all(formset.is_valid() for formset in formsets):
            return None
        rows = [form.cleaned_data for formset in formsets for form in formset.forms if form.cleaned_data.get("label")]
        rows = sorted((row for row in rows if not row.get("DELETE")), key=lambda row: row["position"] or LAST)
        return [Question(label=row["label"], required=row["required"]) for row in rows]

    def _values(self, request: HttpRequest, portal: Portal, values: dict[str, Any], *, change: bool) -> dict[str, Any]:
        if "questions-TOTAL_FORMS" not in request.POST:
            return values
        return {**values, "questions": self._asked(request, portal, change=change) or []}

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        return super().construct_change_message(request, form, [], add)

    def create(self, request: HttpRequest, company: Any, values: dict[str, Any], form: Any) -> Portal:
        values = self._values(request, form.instance, values, change=False)
        return actions.create_portal(actor=person_of(request), company=company, values=values)

    def change(self, request: HttpRequest, row: Portal, values: dict[str, Any]) -> Portal:
        values = self._values(request, row, values, change=True)
        return actions.change_portal(actor=person_of(request), portal=row, values=values)

    def delete_model(self, request: HttpRequest, obj: Portal) -> None:
        actions.delete_portal(actor=person_of(request), portal=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[Portal]) -> None:
        for portal in queryset:
            self.delete_model(request, portal)
