"""Whether a mail went out: the manager's read-only list of deliveries."""

from typing import Any, ClassVar

from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from invitations.models import Delivery
from portals import audit
from portals.admin_scope import ReadOnlyAdmin
from portals.admin_times import moment
from portals.models import User


@admin.register(Delivery)
class DeliveryAdmin(ReadOnlyAdmin):
    about = _("Mails with a code and a link: sent, delivered or failed, and why.")
    company_path = "invitation__support_session__company"
    list_display = ("to", "state", "reason", "support_session", "attempts", "queued", "sent")
    list_filter = ("state", "created_at")
    list_select_related = ("invitation__support_session",)
    search_fields = ("to", "invitation__support_session__customer_name")
    sortable_by = ("queued", "sent")
    ordering = ("-created_at", "-pk")
    readonly_fields = ("support_session", "queued", "sent")
    queued = moment("created_at", _("queued"))
    sent = moment("sent_at", _("sent"))
    fieldsets: ClassVar = [
        (None, {"fields": ["to", "state", "reason", "support_session"]}),
        (_("When"), {"fields": ["attempts", "queued", "sent"]}),
    ]

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        """A list of customers' addresses: looking at it is audited (S-76)."""
        response = super().changelist_view(request, extra_context)
        company = request.user.company if isinstance(request.user, User) else None
        audit.record(actor=request.user, verb="deliveries.viewed", company=company)
        return response

    @admin.display(description=_("support session"))
    def support_session(self, delivery: Delivery) -> SafeString:
        support_session = delivery.invitation.support_session
        url = reverse("admin:support_sessions_supportsession_change", args=[support_session.pk])
        return format_html('<a href="{}">{}</a>', url, support_session)
