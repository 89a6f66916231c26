"""Who changed what, when and from where. Read-only, as the rows themselves are."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from portals.admin_scope import ReadOnlyAdmin
from portals.admin_times import moment
from portals.models import AuditEvent

SHOWN_IN_LIST = 4  # fields of one change; all of them are on its page
KINDS = {
    "user": _("account"),
    "operator": _("operator"),
    "participant": _("attendee"),
    "system": _("the product itself"),
}


class AboutFilter(admin.SimpleListFilter):
    """A fixed list: the distinct values of a large table would be counted on every page."""

    title = _("what it is about")
    parameter_name = "about"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("user", _("People and sign-in")),
            ("techniciangroup", _("Technician groups")),
            ("portal", _("Portals")),
            ("company", _("Company settings")),
            ("terms", _("Terms")),
            ("supportsession", _("Support sessions")),
            ("invitation", _("Invitations")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[AuditEvent]) -> QuerySet[AuditEvent]:
        return queryset.filter(object_kind=self.value()) if self.value() else queryset


class TimeFilter(admin.DateFieldListFilter):
    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.title = _("time")


@admin.register(AuditEvent)
class AuditEventAdmin(ReadOnlyAdmin):
    about = _("Who changed, refused or accepted what, and when.")
    list_display = ("time", "actor", "what", "object_name", "short", "address")
    list_filter = ("refused", AboutFilter, ("at", TimeFilter))
    search_fields = ("actor_name", "object_name", "verb", "address")
    sortable_by = ("time",)
    ordering = ("-at", "-pk")
    fieldsets: ClassVar = [
        (None, {"fields": ["time", "actor", "what"]}),
        (_("About"), {"fields": ["object_kind", "object_name", "summary"]}),
        (_("From"), {"fields": ["address", "request_id"]}),
    ]
    readonly_fields = ("time", "actor", "what", "summary")
    time = moment("at", _("time"))

    @admin.display(description=_("actor"))
    def actor(self, event: AuditEvent) -> str:
        """The name as it was then, and what this person was here."""
        kind = str(KINDS.get(event.actor_kind, event.actor_kind))
        return f"{event.actor_name} ({kind})" if event.actor_name else capfirst(kind)

    @admin.display(description=_("what"), ordering="verb")
    def what(self, event: AuditEvent) -> str | SafeString:
        """The verb as it is stored, so that it can be searched for."""
        if not event.refused:
            return event.verb
        return format_html('{} <span class="refused">{}</span>', event.verb, _("refused"))

    @admin.display(description=_("changes"))
    def summary(self, event: AuditEvent) -> SafeString:
        """Each field with before and after; everything is text, whoever typed it (S-62)."""
        return _changes(event, len(event.changes))

    @admin.display(description=_("changes"))
    def short(self, event: AuditEvent) -> SafeString:
        more = len(event.changes) - SHOWN_IN_LIST
        rest = format_html('<div class="change">{}</div>', _("and %(more)s more") % {"more": more}) if more > 0 else ""
        return format_html("{}{}", _changes(event, SHOWN_IN_LIST), rest)


def _changes(event: AuditEvent, limit: int) -> SafeString:
    lines = [(name.replace("_", " "), *_sides(value)) for name, value in list(event.changes.items())[:limit]]
    return format_html_join("", '<div class="change">{}: {}<strong>{}</strong></div>', lines)


def _sides(value: Any) -> tuple[str, str]:
    if isinstance(value, list) and len(value) == 2:
        before = "" if value[0] is None else f"{_plain(value[0])} → "
        return before, _plain(value[1])
    return "", _plain(value)


def _plain(value: Any) -> str:
    match value:
        case True:
            return gettext("on")
        case False:
            return gettext("off")
        case None | "" | []:
            return "–"
        case list():
            return ", ".join(str(item) for item in value)
    return str(value)
