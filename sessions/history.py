"""The history: the one filter over past and present sessions, for the page, the API and the exports."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo
from typing import Any, cast
from uuid import UUID
from zoneinfo import ZoneInfo

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db.models import Exists, OuterRef, Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from portals.models import NAME_LENGTH, Portal, User
from sessions.models import Participant, SupportSession, SupportSessionQuerySet
from sessions.states import ENDED, LIVE, EndReason, Status

PAGE_ROWS = 50
COUNTED = 1000  # of more sessions than this it is only said that there are more
# Days have a day before and one after them, in every time zone.
FIRST_DAY, LAST_DAY = date(1970, 1, 1), date(2999, 12, 31)
CODE_LENGTHS = range(6, 10)  # digits of a code (DESIGN 5)

CodeReader = Callable[[str], set[int]]
_code_reader: CodeReader | None = None


def set_code_reader(reader: CodeReader) -> None:
    """Called once at start by the app that owns codes; it maps a typed code to the sessions it led into, by key."""
    global _code_reader
    _code_reader = reader


def _choices(blank: Any, choices: list[tuple[str, Any]]) -> list[tuple[str, Any]]:
    return [("", blank), *choices]


def _unknown(field: Any) -> dict[str, Any]:
    return {"invalid_choice": field, "invalid": field}


class HistoryFilter(forms.Form):
    """What is looked for. Everything is optional; a value that means nothing is told, and kept for correction.

    `q` is part of a name, or a whole code: a code is found as long as its digest is kept, a day after its end.
    `from` and `to` are days of the time zone `tz`.
    """

    use_required_attribute = False

    q = forms.CharField(
        label=_lazy("Search"),
        required=False,
        max_length=NAME_LENGTH,
        strip=True,
        widget=forms.TextInput(attrs={"type": "search"}),
        error_messages={"max_length": _lazy("A name has at most %(limit_value)d characters.")},
    )
    technician = forms.ChoiceField(
        label=_lazy("Technician"),
        required=False,
        error_messages=_unknown(_lazy("There is no such technician. Choose one of the list.")),
    )
    portal = forms.ChoiceField(
        label=_lazy("Portal"),
        required=False,
        error_messages=_unknown(_lazy("There is no such portal. Choose one of the list.")),
    )
    kind = forms.ChoiceField(
        label=_lazy("Type"),
        required=False,
        choices=_choices(_lazy("Lens and Screen"), SupportSession.Kind.choices),
        error_messages=_unknown(_lazy("There is no such type. Choose Lens or Screen.")),
    )
    status = forms.ChoiceField(
        label=_lazy("Status"),
        required=False,
        choices=[
            ("", _lazy("All")),
            (_lazy("Not ended"), [(one.value, one.label) for one in Status if one in LIVE]),
            (_lazy("Ended"), [(one.value, one.label) for one in Status if one in ENDED]),
            (_lazy("How it ended"), EndReason.choices),
        ],
        error_messages=_unknown(_lazy("There is no such status. Choose one of the list.")),
    )
    outcome = forms.ChoiceField(
        label=_lazy("Outcome"),
        required=False,
        choices=_choices(_lazy("All"), [*SupportSession.Outcome.choices, ("none", _lazy("Not said"))]),
        error_messages=_unknown(_lazy("There is no such outcome. Choose one of the list.")),
    )
    tz = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, data: Mapping[str, Any], *, reader: User) -> None:
        super().__init__({name: _clean(value) for name, value in data.items()})
        self.reader = reader
        # `from` is a word of Python: these two cannot be written as attributes.
        self.fields["from"] = _day_field(_lazy("From"))
        self.fields["to"] = _day_field(_lazy("To"))
        self._choose("technician", _lazy("Everybody"), _people(reader))
        self._choose("portal", _lazy("All"), _portals(reader))
        for name, field in self.fields.items():
            if name != "tz":
                field.widget.attrs["class"] = "input"
        self.fields["q"].widget.attrs["placeholder"] = _("Name or code")

    def _choose(self, name: str, blank: Any, choices: list[tuple[str, str]]) -> None:
        cast(forms.ChoiceField, self.fields[name]).choices = _choices(blank, choices)

    def clean_tz(self) -> tzinfo:
        name = self.cleaned_data["tz"] or "UTC"
        try:
            return ZoneInfo(name)
        except (KeyError, ValueError, OSError):
            raise forms.ValidationError(_("There is no such time zone.")) from None

    def clean(self) -> dict[str, Any]:
        found = super().clean() or self.cleaned_data
        start, end = found.get("from"), found.get("to")
        if start and end and start > end:
            self.add_error("to", _("This day is before the first one."))
        return found

    @property
    def is_empty(self) -> bool:
        return not any(self.data.get(name) for name in self.fields if name != "tz")

    def asked(self) -> dict[str, str]:
        """What is asked for, in the words of the address; for links and the audit of an export."""
        return {name: value for name in self.fields if (value := str(self.data.get(name, "")))}

    def told(self) -> dict[str, str]:
        """The same for the audit, which never holds a code (S-76)."""
        asked = self.asked()
        return asked | {"q": without_code(asked["q"])} if "q" in asked else asked

    def sessions(self) -> SupportSessionQuerySet:
        """What exists for the reader and fits, unordered. Nothing at all while a value is wrong."""
        if not self.is_valid():
            return SupportSession.objects.none()
        return _readable(self.reader).filter(self._condition(self.cleaned_data))

    def _condition(self, asked: dict[str, Any]) -> Q:
        condition = _named(asked["q"])
        for name, column in {"technician": "lead__public_id", "portal": "portal__public_id", "kind": "kind"}.items():
            if asked[name]:
                condition &= Q(**{column: asked[name]})
        if asked["status"]:
            column = "status" if asked["status"] in Status.values else "end_reason"
            condition &= Q(**{column: asked["status"]})
        if asked["outcome"]:
            condition &= Q(outcome="" if asked["outcome"] == "none" else asked["outcome"])
        if asked["from"]:
            condition &= Q(created_at__gte=_midnight(asked["from"], asked["tz"]))
        if asked["to"]:
            condition &= Q(created_at__lt=_midnight(asked["to"] + timedelta(days=1), asked["tz"]))
        return condition


def _readable(reader: User) -> SupportSessionQuerySet:
    """What visible_to gives, said once more so that a database finds it by an index: it would not for its "or"."""
    visible = SupportSession.objects.visible_to(reader)
    if reader.is_superuser:
        return visible
    inside = Participant.objects.filter(user=reader)  # a lead is an attendee, too
    if not reader.is_manager:
        return visible.filter(pk__in=inside.values("support_session"))
    elsewhere = inside.exclude(support_session__company=reader.company_id)
    guest_in = set(elsewhere.values_list("support_session_id", flat=True))
    own = Q(company=reader.company_id)
    return visible.filter(own | Q(pk__in=guest_in) if guest_in else own)


def _day_field(label: Any) -> forms.DateField:
    return forms.DateField(
        label=label,
        required=False,
        input_formats=["%Y-%m-%d"],
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        validators=[
            MinValueValidator(FIRST_DAY, _lazy("There were no sessions so long ago.")),
            MaxValueValidator(LAST_DAY, _lazy("This day is too far in the future.")),
        ],
        error_messages={"invalid": _lazy("Write a day as 2026-11-24.")},
    )


def _clean(value: Any) -> str:
    return str(value).replace("\x00", "").strip()


def _midnight(day: date, zone: tzinfo) -> datetime:
    return datetime.combine(day, time.min, tzinfo=zone)


def _named(words: str) -> Q:
    """By name; digits of a code's length also by code."""
    if not words:
        return Q()
    by_name = Q(customer_name__icontains=words)
    found = by_code(words)
    return by_name | Q(pk__in=found) if found else by_name


def by_code(words: str) -> set[int]:
    """Keys of the sessions that these words are a code of, whoever may see them."""
    code = _code(words)
    return _code_reader(code) if code and _code_reader else set()


def without_code(words: str) -> str:
    return "(code)" if _code(words) else words


def _code(words: str) -> str:
    """The digits of what may be a code, written in one or in groups; else empty."""
    digits = "".join(words.replace("-", " ").split())
    return digits if digits.isdecimal() and len(digits) in CODE_LENGTHS else ""


def _people(reader: User) -> list[tuple[str, str]]:
    """The reader's technicians, those of former times too."""
    led = SupportSession.objects.filter(lead=OuterRef("pk"))
    people = User.objects.visible_to(reader).filter(Q(has_seat=True) | Exists(led))
    return [
        (str(public_id), name) for public_id, name in people.order_by("name", "pk").values_list("public_id", "name")
    ]


def _portals(reader: User) -> list[tuple[str, str]]:
    portals = Portal.objects.visible_to(reader).order_by("name", "pk")
    return [(str(public_id), name) for public_id, name in portals.values_list("public_id", "name")]


# ---- Pages -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class HistoryPage:
    """Some rows in order, and the rows to go on from; None where there is nothing more."""

    rows: list[SupportSession]
    newer: UUID | None
    older: UUID | None


def newest_first(sessions: SupportSessionQuerySet) -> SupportSessionQuerySet:
    return sessions.order_by("-created_at", "-pk")


def read_page(
    sessions: SupportSessionQuerySet, *, after: UUID | None = None, before: UUID | None = None, size: int = PAGE_ROWS
) -> HistoryPage:
    """A page by its neighbour's id, so that the last one costs as little as the first. Nothing is counted.

    after: the last row of the page before; before: the first row of the page after. Raises
    SupportSession.DoesNotExist for a neighbour that does not exist for the reader.
    """
    neighbour = after or before
    edge = sessions.only("created_at").get(public_id=neighbour) if neighbour else None
    ordered = newest_first(sessions)
    if edge is None:
        keys = _keys(ordered, size)
    elif after:
        keys = _keys(ordered.filter(created_at__lte=edge.created_at).filter(_older_than(edge)), size)
    else:
        newer = sessions.filter(created_at__gte=edge.created_at).exclude(_older_than(edge)).exclude(pk=edge.pk)
        keys = _keys(newer.order_by("created_at", "pk"), size)
    more, keys = len(keys) > size, keys[:size]
    if before and not after:
        keys.reverse()
        return _page(_load(keys), newer=more, older=True)
    return _page(_load(keys), newer=after is not None, older=more)


def _keys(ordered: SupportSessionQuerySet, size: int) -> list[int]:
    """One more than fits. Keys alone: they are read from the index, and only what is shown is read in full."""
    return list(ordered.values_list("pk", flat=True)[: size + 1])


def _load(keys: list[int]) -> list[SupportSession]:
    found = SupportSession.objects.select_related("portal", "lead", "company", "survey").in_bulk(keys)
    return [found[key] for key in keys if key in found]


def _older_than(edge: SupportSession) -> Q:
    return Q(created_at__lt=edge.created_at) | Q(created_at=edge.created_at, pk__lt=edge.pk)


def _page(rows: list[SupportSession], *, newer: bool, older: bool) -> HistoryPage:
    return HistoryPage(
        rows=rows,
        newer=rows[0].public_id if rows and newer else None,
        older=rows[-1].public_id if rows and older else None,
    )


def count_up_to(sessions: SupportSessionQuerySet, limit: int = COUNTED) -> int:
    """How many there are; one more than `limit` stands for more."""
    return sessions.order_by()[: limit + 1].count()
