"""The managers' workplace: Django's admin behind our own sign-in, for managers and operators only."""

from typing import Any

from allauth.account.decorators import secure_admin_login
from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as __
from django.utils.translation import gettext_lazy as _

from portals.admin_scope import CompanyScopedAdmin
from portals.models import Company, User

# What a manager looks for, in this order; the rest follows by name.
ORDER = (
    "TechnicianGroup",
    "User",
    "Portal",
    "Company",
    "Terms",
    "SupportSession",
    "Recording",
    "Delivery",
    "AuditEvent",
)
# Django's addresses that look up any row of any model. Nothing here needs them.
CLOSED = ("autocomplete", "view_on_site")


class SightlineAdminSite(AdminSite):
    site_header = "Sightline"
    site_title = "Sightline"
    index_title = _("Administration")
    site_url = "/console/"
    empty_value_display = "–"

    def register(self, model_or_iterable: Any, admin_class: Any = None, **options: Any) -> None:
        """Only pages with a company's scope: those that Django and its apps bring along (groups of rights, e-mail
        addresses) have none, and stay out."""
        if admin_class is not None and issubclass(admin_class, CompanyScopedAdmin):
            super().register(model_or_iterable, admin_class, **options)

    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """Our own sign-in for strangers; Django's form, which counts no wrong passwords, for nobody."""
        return secure_admin_login(lambda request, **context: redirect("admin:index"))(request)

    def password_change(  # type: ignore[override]
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """One page for everybody's own password."""
        return redirect("account_change_password")

    def get_urls(self) -> list[Any]:
        return [entry for entry in super().get_urls() if getattr(entry, "name", None) not in CLOSED]

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        company = getattr(request.user, "company", None)
        return {**super().each_context(request), "site_header": str(company or self.site_header)}

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        company = getattr(request.user, "company", None)
        missing = _missing(company) if company else []
        return super().index(request, {"missing": missing, **(extra_context or {})})

    def get_app_list(self, request: HttpRequest, app_label: str | None = None) -> list[dict[str, Any]]:
        """Django's list, ordered, each entry with a sentence; a manager's settings are one row."""
        apps = super().get_app_list(request, app_label)
        user = request.user
        for app in apps:
            for entry in app["models"]:
                entry["about"] = getattr(self.get_model_admin(entry["model"]), "about", "")
                if entry["model"] is Company and isinstance(user, User) and not user.is_superuser:
                    entry["admin_url"] = reverse("admin:portals_company_change", args=[user.company_id])
            app["models"].sort(key=lambda entry: _place(entry["object_name"]))
        return sorted(apps, key=lambda app: min(_place(entry["object_name"]) for entry in app["models"]))


def _place(object_name: str) -> int:
    return ORDER.index(object_name) if object_name in ORDER else len(ORDER)


def _missing(company: Company) -> list[tuple[str, str]]:
    """What a company still needs before its first session: a sentence, and where it is put right."""
    needs = [
        (
            company.terms.exists(),
            __("Publish your terms: customers accept them before anything is seen."),
            "admin:portals_terms_add",
        ),
        (
            company.technician_groups.exists(),
            __("Make a technician group: it says what its technicians may do."),
            "admin:portals_techniciangroup_add",
        ),
        (
            company.portals.filter(groups__isnull=False).exists(),
            __("Make a portal and choose the technician groups that serve it."),
            "admin:portals_portal_changelist",
        ),
        (
            company.users.technicians().exists(),
            __("Give a seat and a technician group to somebody."),
            "admin:portals_user_changelist",
        ),
    ]
    return [(sentence, reverse(name)) for met, sentence, name in needs if not met]
