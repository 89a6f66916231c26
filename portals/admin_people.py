"""People with an account: managers make, group, seat and deactivate them, but never delete them."""

from collections.abc import Callable
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.contrib.admin.helpers import AdminForm
from django.contrib.auth.forms import AdminPasswordChangeForm, BaseUserCreationForm
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.debug import sensitive_post_parameters

from portals.actions import PERSON_FIELDS, change_person, create_person, set_active, set_password, set_seat
from portals.admin_scope import ActionForm, CompanyScopedAdmin, OwnRelatedFilter, person_of
from portals.admin_times import moment
from portals.errors import DomainError
from portals.models import User


class PersonForm(ActionForm):
    def clean_email(self) -> str:
        """One spelling, so that an address is taken or free whatever its capitals."""
        return str(self.cleaned_data["email"]).lower()


class PersonCreationForm(PersonForm, BaseUserCreationForm):
    """A new person with a first password, judged by Django's own form."""

    class Meta:
        model = User
        fields = ("name", "email")


class PasswordForm(AdminPasswordChangeForm):
    """Django's form without the choice of no password at all: who may not sign in is made inactive."""

    def __init__(self, user: User, *args: Any, **kwargs: Any) -> None:
        super().__init__(user, *args, **kwargs)
        self.fields.pop("usable_password", None)
        for name in ("password1", "password2"):
            self.fields[name].required = True


@admin.register(User)
class PersonAdmin(CompanyScopedAdmin):
    about = _("Technicians and managers: their group, their seat, whether they may sign in.")
    values = PERSON_FIELDS
    form = PersonForm
    change_form_template = "admin/portals/user/change_form.html"
    list_display = ("name", "email", "technician_group", "has_seat", "is_manager", "is_active", "signed_in")
    list_filter = (("technician_group", OwnRelatedFilter), "has_seat", "is_manager", "is_active")
    list_select_related = ("technician_group",)
    search_fields = ("name", "email")
    ordering = ("name", "pk")
    actions = ("give_seat", "take_seat", "activate", "deactivate")
    readonly_fields = ("signed_in", "created")
    signed_in = moment("last_login", _("last sign-in"))
    created = moment("created_at", _("account made"))
    add_fieldsets: ClassVar = [
        (None, {"fields": ["name", "email"]}),
        (_("Work"), {"fields": ["technician_group", "has_seat", "is_manager"]}),
        (_("First password"), {"fields": ["password1", "password2"]}),
    ]
    fieldsets: ClassVar = [
        (None, {"fields": ["name", "email", "is_active"]}),
        (_("Work"), {"fields": ["technician_group", "has_seat", "is_manager"]}),
        (_("Dates"), {"fields": ["signed_in", "created"]}),
    ]

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        """Operators exist for operators only: a new password would be a way into their rights (S-06)."""
        people = super().get_queryset(request)
        return people if person_of(request).is_superuser else people.filter(is_superuser=False)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        fieldsets = super().get_fieldsets(request, obj)
        return fieldsets if obj else [*fieldsets[: -len(self.fieldsets)], *self.add_fieldsets]

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs.setdefault("form", PersonCreationForm)
        return super().get_form(request, obj, change=change, **kwargs)

    def create(self, request: HttpRequest, company: Any, values: dict[str, Any], form: Any) -> User:
        password = form.cleaned_data["password1"]
        return create_person(actor=person_of(request), company=company, values=values, password=password)

    def change(self, request: HttpRequest, row: User, values: dict[str, Any]) -> User:
        return change_person(actor=person_of(request), person=row, values=values)

    @method_decorator(sensitive_post_parameters())
    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        return super().add_view(request, form_url, extra_context)

    # Password.

    def get_urls(self) -> list[Any]:
        view = self.admin_site.admin_view(self.password_view)
        return [path("<path:object_id>/password/", view, name="portals_user_password"), *super().get_urls()]

    @method_decorator(sensitive_post_parameters())
    def password_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Give somebody a password; the own one is changed where the old one is asked for."""
        person = self.get_object(request, object_id)
        if person == request.user:
            return redirect("account_change_password")
        form = PasswordForm(person, request.POST if request.method == "POST" else None)
        if form.is_valid():
            set_password(actor=person_of(request), person=person, password=form.cleaned_data["password1"])
            self.log_change(request, person, [{"changed": {"fields": ["password"]}}])
            self.message_user(request, gettext("%(name)s has a new password.") % {"name": person}, messages.SUCCESS)
            return redirect("admin:portals_user_change", person.pk)
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("Set password: %(name)s") % {"name": person},
            "adminform": AdminForm(form, [(None, {"fields": list(form.fields)})], {}),  # type: ignore[arg-type]
            "form": form,
            "opts": self.opts,
            "original": person,
        }
        return TemplateResponse(request, "admin/portals/user/set_password.html", context)

    # Several at a time.

    @admin.action(description=_("Give a seat"), permissions=["change"])
    def give_seat(self, request: HttpRequest, people: QuerySet[User]) -> None:
        self._each(request, people, lambda person: self._set_seat(request, person, True))

    @admin.action(description=_("Take the seat away"), permissions=["change"])
    def take_seat(self, request: HttpRequest, people: QuerySet[User]) -> None:
        self._each(request, people, lambda person: self._set_seat(request, person, False))

    @admin.action(description=_("Activate: may sign in"), permissions=["change"])
    def activate(self, request: HttpRequest, people: QuerySet[User]) -> None:
        self._each(request, people, lambda person: self._set_active(request, person, True))

    @admin.action(description=_("Deactivate: may not sign in"), permissions=["change"])
    def deactivate(self, request: HttpRequest, people: QuerySet[User]) -> None:
        self._each(request, people, lambda person: self._set_active(request, person, False))

    def _set_seat(self, request: HttpRequest, person: User, has_seat: bool) -> User:
        return set_seat(actor=person_of(request), person=person, has_seat=has_seat)

    def _set_active(self, request: HttpRequest, person: User, is_active: bool) -> User:
        return set_active(actor=person_of(request), person=person, is_active=is_active)

    def _each(self, request: HttpRequest, people: QuerySet[User], do: Callable[[User], User]) -> None:
        """One by one, so that a refusal of one says whose it is and stops nobody else's change."""
        done = 0
        for person in people:
            try:
                do(person)
            except DomainError as refusal:
                self.message_user(request, f"{person}: {refusal}", messages.ERROR)
            else:
                done += 1
        if done:
            sentence = ngettext("%(count)s person changed.", "%(count)s people changed.", done)
            self.message_user(request, sentence % {"count": done}, messages.SUCCESS)
