"""The manager's view of recordings: whose session, who asked, what became of it. Read-only; watched in the record."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet, Sum
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from lens.models import Recording
from portals.admin_scope import ReadOnlyAdmin
from portals.admin_times import moment
from sessions.record import clock


@admin.register(Recording)
class RecordingAdmin(ReadOnlyAdmin):
    about = _("What was recorded, by whom it was asked for, and when it is deleted.")
    company_path = "support_session__company"
    list_display = ("customer", "asked_by", "state", "started", "duration", "size", "deleted")
    list_filter = ("state", "started_at")
    list_select_related = ("support_session", "asked_by")
    search_fields = ("support_session__customer_name", "asked_by__name")
    show_full_result_count = False
    sortable_by = ("started",)
    ordering = ("-asked_at", "-pk")
    readonly_fields = (
        "customer",
        "asked",
        "started",
        "ended",
        "duration",
        "size",
        "answers_told",
        "watched",
        "deleted",
    )
    asked = moment("asked_at", _("asked"))
    started = moment("started_at", _("started"))
    ended = moment("ended_at", _("ended"))
    deleted = moment("deleted_at", _("deleted"))
    fieldsets: ClassVar = [
        (None, {"fields": ["customer", "asked_by", "state", "failure"]}),
        (_("Consent"), {"fields": ["asked", "answers_told"]}),
        (_("What is kept"), {"fields": ["started", "ended", "duration", "size", "watched", "deleted"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[Recording]:
        return super().get_queryset(request).annotate(stored=Sum("files__size"))

    @admin.display(description=_("customer"))
    def customer(self, recording: Recording) -> str:
        return recording.support_session.customer_name

    @admin.display(description=_("duration"))
    def duration(self, recording: Recording) -> str:
        return clock(recording.recorded_for) if recording.started_at else "–"

    @admin.display(description=_("size"))
    def size(self, recording: Any) -> str:
        return filesizeformat(recording.stored) if recording.stored else "–"

    @admin.display(description=_("watch"))
    def watched(self, recording: Recording) -> Any:
        """The files open in the browser's own player; each view is audited."""
        files = [] if recording.pk is None else recording.files.order_by("number")
        links = [(reverse("lens:recording", args=(recording.public_id, file.number)), str(file)) for file in files]
        return format_html_join(", ", '<a href="{}">{}</a>', links) or "–"

    @admin.display(description=_("answers"))
    def answers_told(self, recording: Recording) -> str:
        answers = recording.answers.select_related("participant").order_by("at")
        told = [f"{answer.participant}: {_('agreed') if answer.agrees else _('said no')}" for answer in answers]
        return "\n".join(told) or "–"
