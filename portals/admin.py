"""What a manager sets up: technician groups and their switches, company settings, terms.

Portals, people and the audit are in admin_portals.py, admin_people.py and admin_audit.py, support sessions in the app
that owns them.
"""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.utils.text import Truncator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portals import actions, clock
from portals.admin_audit import AuditEventAdmin
from portals.admin_people import PersonAdmin
from portals.admin_portals import PortalAdmin
from portals.admin_scope import CompanyScopedAdmin, person_of
from portals.admin_times import moment
from portals.models import Company, TechnicianGroup, Terms

__all__ = [
    "AuditEventAdmin",
    "CompanyAdmin",
    "PersonAdmin",
    "PortalAdmin",
    "TechnicianGroupAdmin",
    "TermsAdmin",
]


@admin.register(TechnicianGroup)
class TechnicianGroupAdmin(CompanyScopedAdmin):
    """Rights across, groups down: who may do what is seen and switched on one page."""

    about = _("Which technicians may do what: each permission is a checkbox.")
    values = actions.GROUP_FIELDS
    instead_of_deleting = _("Give its people another group first.")
    list_display = ("name", "technician_count", *TechnicianGroup.PERMISSIONS)
    list_editable = TechnicianGroup.PERMISSIONS
    list_filter = ("start_lens", "start_private", "by_email", "invite_specialists", "record")
    search_fields = ("name",)
    sortable_by = ("name",)
    ordering = ("name", "pk")
    fieldsets: ClassVar = [
        (None, {"fields": ["name"]}),
        (_("Sessions"), {"fields": ["start_lens", "start_private", "transfer", "hold"]}),
        (_("Ways to reach a customer"), {"fields": ["by_pin", "by_email", "by_link", "by_sms"]}),
        (
            _("Guests"),
            {
                "fields": [
                    "invite_specialists",
                    "specialists_may_draw",
                    "specialists_share_screen",
                    "invite_agents",
                ]
            },
        ),
        (_("Screen"), {"fields": ["view_screen", "remote_control", "show_own_screen"]}),
        (
            _("Files and pictures"),
            {"fields": ["send_files", "receive_files", "snapshots", "record", "download_recordings"]},
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[TechnicianGroup]:
        seats = Count("technicians", filter=Q(technicians__is_active=True, technicians__has_seat=True))
        return super().get_queryset(request).annotate(technician_count=seats)

    @admin.display(description=_("technicians"))
    def technician_count(self, group: Any) -> int:
        return group.technician_count

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.has_change_permission(request, obj)

    def create(self, request: HttpRequest, company: Any, values: dict[str, Any], form: Any) -> TechnicianGroup:
        return actions.create_group(actor=person_of(request), company=company, values=values)

    def change(self, request: HttpRequest, row: TechnicianGroup, values: dict[str, Any]) -> TechnicianGroup:
        return actions.change_group(actor=person_of(request), group=row, values=values)

    def delete_model(self, request: HttpRequest, obj: TechnicianGroup) -> None:
        actions.delete_group(actor=person_of(request), group=obj)

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[TechnicianGroup]) -> None:
        for group in queryset:
            self.delete_model(request, group)


@admin.register(Company)
class CompanyAdmin(CompanyScopedAdmin):
    """One row for a manager; all of them, and new ones, for an operator."""

    about = _("What is possible in the whole company, and how long things last.")
    company_path = "pk"
    values = actions.OPERATOR_COMPANY_FIELDS
    list_display = (
        "name",
        "lens_enabled",
        "specialists_enabled",
        "recording_allowed",
        "seats",
        "seats_taken",
    )
    search_fields = ("name",)
    ordering = ("name", "pk")
    fieldsets: ClassVar = [
        (None, {"fields": ["name", "seats", "seats_taken"]}),
        (
            _("What is possible"),
            {"fields": ["lens_enabled", "specialists_enabled", "recording_allowed", "survey_enabled", "always_relay"]},
        ),
        (_("External specialists"), {"fields": ["specialist_mails_to"]}),
        (
            _("Guests from other companies"),
            {"fields": ["guests_may_join", "guests_may_lead", "technicians_may_be_guests"]},
        ),
        (
            _("How long things last"),
            {
                "fields": [
                    "code_lifetime_min",
                    "waiting_limit_min",
                    "idle_limit_min",
                    "transcript_days",
                    "recording_days",
                ]
            },
        ),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Company]:
        taken = Count("users", filter=Q(users__is_active=True, users__has_seat=True))
        return super().get_queryset(request).annotate(seats_taken=taken)

    @admin.display(description=_("seats taken"))
    def seats_taken(self, company: Any) -> int:
        return getattr(company, "seats_taken", 0)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[Any]:
        return ["seats_taken"] if person_of(request).is_superuser else ["seats", "seats_taken"]

    def has_add_permission(self, request: HttpRequest) -> bool:
        return person_of(request).is_superuser

    def create(self, request: HttpRequest, company: Any, values: dict[str, Any], form: Any) -> Company:
        return actions.create_company(actor=person_of(request), values=values)

    def change(self, request: HttpRequest, row: Company, values: dict[str, Any]) -> Company:
        return actions.change_company(actor=person_of(request), company=row, values=values)


@admin.register(Terms)
class TermsAdmin(CompanyScopedAdmin):
    """Versions of one text: the newest holds, and none is ever changed, since customers have accepted it."""

    about = _("What customers accept before anything is seen. A change is a new version.")
    values = ("text",)
    list_display = ("version", "published", "beginning")
    readonly_fields = ("published",)
    search_fields = ("text",)
    ordering = ("-version", "-pk")
    fieldsets: ClassVar = [(None, {"fields": ["text"]})]
    published = moment("published_at", _("published"))

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj is None else [(None, {"fields": ["version", "published"]}), *fieldsets]

    @admin.display(description=_("text"))
    def beginning(self, terms: Terms) -> str:
        return Truncator(terms.text).chars(100)

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Begin with the text that holds now."""
        company = person_of(request).company
        current = company.current_terms if company else None
        return {"text": current.text} if current else {}

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        title = {"title": _("Publish new terms"), "show_save_and_add_another": False}
        return super().add_view(request, form_url, {**title, **(extra_context or {})})

    def create(self, request: HttpRequest, company: Any, values: dict[str, Any], form: Any) -> Terms:
        return actions.publish_terms(actor=person_of(request), company=company, text=values["text"], now=clock.now())

    def response_add(self, request: HttpRequest, obj: Terms, post_url_continue: str | None = None) -> HttpResponse:
        message = gettext("Version %(version)s holds now for every customer who has not accepted yet.")
        self.message_user(request, message % {"version": obj.version})
        return self.response_post_save_add(request, obj)
