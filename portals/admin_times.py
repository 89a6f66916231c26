"""Times on admin pages: written in UTC, shown on the reader's own clock (local_times.js)."""

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.contrib import admin
from django.utils.html import format_html
from django.utils.safestring import SafeString


def moment(name: str, description: Any) -> Callable[[Any, Any], str]:
    """A column, or a read-only field, that shows the moment in the row's field `name`."""

    @admin.display(description=description, ordering=name)
    def show(page: Any, row: Any) -> str:
        at = getattr(row, name)
        return time_tag(at) if at is not None else "–"

    return show


def time_tag(at: datetime) -> SafeString:
    utc = at.astimezone(UTC)
    return format_html(
        '<time datetime="{}" data-local="stamp">{} UTC</time>',
        utc.isoformat(timespec="seconds"),
        utc.strftime("%Y-%m-%d %H:%M:%S"),
    )
