"""The manager's view of support sessions: who, when, chat, status changes, attendees. All of it read-only."""

from typing import Any, ClassVar

from django.contrib import admin
from django.contrib.admin.views.main import SEARCH_VAR
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.urls import path
from django.utils.translation import gettext_lazy as _

from portals import audit, clock
from portals.admin_scope import OwnRelatedFilter, ReadOnlyAdmin, person_of
from portals.admin_times import moment
from sessions import exports, history, record
from sessions.models import SupportSession


@admin.register(SupportSession)
class SupportSessionAdmin(ReadOnlyAdmin):
    about = _("Who helped whom, when and how it ended; with chat and everything that happened.")
    change_form_template = "admin/support_sessions/supportsession/change_form.html"
    change_list_template = "admin/support_sessions/supportsession/change_list.html"
    list_display = ("customer_name", "lead", "kind", "status_label", "outcome_label", "portal", "created", "duration")
    list_filter = (
        "status",
        "kind",
        "end_reason",
        "outcome",
        ("reported_at", admin.EmptyFieldListFilter),
        ("lead", OwnRelatedFilter),
        ("portal", OwnRelatedFilter),
        "created_at",
    )
    list_select_related = ("lead", "portal")
    search_fields = ("customer_name", "lead__name", "lead__email", "portal__name")
    show_full_result_count = False
    sortable_by = ("customer_name", "created")
    date_hierarchy = "created_at"
    ordering = ("-created_at", "-pk")
    readonly_fields = (
        "status_label",
        "outcome_label",
        "created",
        "waiting",
        "started",
        "ended",
        "accepted",
        "duration",
        "reported",
        "transcript_deleted",
        "survey_told",
        "answers_told",
    )
    created = moment("created_at", _("created"))
    waiting = moment("waiting_at", _("waiting since"))
    started = moment("started_at", _("started"))
    ended = moment("ended_at", _("ended"))
    accepted = moment("terms_accepted_at", _("terms accepted"))
    reported = moment("reported_at", _("reported"))
    transcript_deleted = moment("transcript_deleted_at", _("transcript deleted"))
    fieldsets: ClassVar = [
        (None, {"fields": ["customer_name", "lead", "kind", "portal", "status_label"]}),
        (
            _("When"),
            {"fields": ["created", "waiting", "started", "ended", "duration"]},
        ),
        (_("Consent"), {"fields": ["terms", "accepted", "answers_told"]}),
        (_("How it went"), {"fields": ["outcome_label", "notes", "survey_told", "reported", "report"]}),
    ]

    def get_urls(self) -> list[Any]:
        export = self.admin_site.admin_view(self.export_view)
        name = "support_sessions_supportsession_export"
        return [path("export/<str:format>/", export, name=name), *super().get_urls()]

    def export_view(self, request: HttpRequest, format: str) -> HttpResponseBase:
        """What the list shows with its filters and search, as CSV or JSON; audited."""
        if format not in {"csv", "json"}:
            raise Http404
        listed = self.get_changelist_instance(request).get_queryset(request)
        told = {name: str(value) for name, value in request.GET.items() if name != SEARCH_VAR}
        if words := request.GET.get(SEARCH_VAR, ""):
            told[SEARCH_VAR] = history.without_code(words)
        sessions = SupportSession.objects.filter(pk__in=listed.order_by().values("pk"))
        return exports.export(request, sessions, reader=person_of(request), format=format, told=told, now=clock.now())

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[SupportSession], search_term: str
    ) -> tuple[QuerySet[SupportSession], bool]:
        """By Django's search, and by code as in the console's history."""
        found, may_repeat = super().get_search_results(request, queryset, search_term)
        by_code = history.by_code(search_term)
        return (found | queryset.filter(pk__in=by_code), True) if by_code else (found, may_repeat)

    @admin.display(description=_("status"), ordering="status")
    def status_label(self, support_session: SupportSession) -> Any:
        return support_session.status_label

    @admin.display(description=_("outcome"), ordering="outcome")
    def outcome_label(self, support_session: SupportSession) -> Any:
        return support_session.get_outcome_display() or "–"

    @admin.display(description=_("survey"))
    def survey_told(self, support_session: SupportSession) -> str:
        survey = record.survey_of(support_session)
        if survey is None:
            return "–"
        solved = {True: _("solved"), False: _("not solved"), None: _("partly solved, or not said")}[survey.solved]
        return ". ".join(filter(None, [f"{survey.rating} / 5", str(solved), survey.comment]))

    @admin.display(description=_("answers in the portal’s form"))
    def answers_told(self, support_session: SupportSession) -> str:
        return "\n".join(f"{question}: {answer}" for question, answer in support_session.answers) or "–"

    @admin.display(description=_("total"))
    def duration(self, support_session: SupportSession) -> str:
        """Active, on hold and being transferred, up to now; nothing where it was never started."""
        return record.clock(support_session.total_for(clock.now())) if support_session.started_at else "–"

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The fields, and below them the same record that the console shows. Reading it is audited (S-76)."""
        support_session = self.get_object(request, object_id)
        audit.record(actor=request.user, verb="session.viewed", target=support_session)
        found = record.read(support_session, reader=person_of(request), now=clock.now())
        return super().change_view(
            request, object_id, form_url, {"title": _("Support session"), **found, **(extra_context or {})}
        )
