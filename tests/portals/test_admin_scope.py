"""S-01, S-03, S-04: every door of the admin, and behind each a row of another company does not exist."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.contrib.auth.models import Group
from django.db import models
from django.test import Client

from portals.admin_scope import CompanyScopedAdmin, OwnRelatedFilter
from portals.models import AuditEvent, Company, Portal, TechnicianGroup, Terms, User
from sessions.models import SupportSession
from tests import factories
from tests.portals.admin_pages import address, change_address, filled_list
from tests.portals.conftest import Rows

pytestmark = pytest.mark.django_db
PAGES = dict(admin.site._registry)
MODELS = pytest.mark.parametrize("model", PAGES, ids=lambda model: model._meta.model_name)
WRITTEN = [model for model, page in PAGES.items() if page.values]
NOWHERE = 999_999_999
# No number, date or text that a row could have; the last two are dates only in some time zones.
NONSENSE = ("", "x", "\x00", "-1", "9" * 20, "9" * 4, "0001-01-01 00:00:00+14:00", "9999-12-31 23:59:59-12:00")


# What is registered.


@MODELS
def test_every_page_declares_how_its_rows_belong_to_a_company(model: type[models.Model]) -> None:
    page = PAGES[model]

    assert isinstance(page, CompanyScopedAdmin)
    model._default_manager.filter(**{page.company_path: 1}).exists()


def test_no_page_of_django_or_another_app_is_registered() -> None:
    assert Group not in PAGES
    assert {model._meta.app_label for model in PAGES} == {"portals", "support_sessions", "invitations", "lens"}


@MODELS
def test_keys_are_big_numbers_that_the_database_gives(model: type[models.Model]) -> None:
    inlines = [inline.model for inline in PAGES[model].inlines]

    assert {type(each._meta.pk) for each in [model, *inlines]} == {models.BigAutoField}


@MODELS
def test_filters_by_related_rows_offer_only_own_rows(model: type[models.Model]) -> None:
    for entry in PAGES[model].list_filter:
        path, used = entry if isinstance(entry, tuple) else (entry, None)
        field = model._meta.get_field(path) if isinstance(path, str) else None
        assert field is None or not field.is_relation or used is OwnRelatedFilter


# Pages about one row.


@MODELS
def test_an_own_row_is_shown(model: type[models.Model], own: Rows, manager_client: Client) -> None:
    assert manager_client.get(change_address(own.of(model))).status_code == 200


@MODELS
@pytest.mark.parametrize("page", ["change", "delete", "history"])
def test_a_foreign_row_is_not_found(
    model: type[models.Model], page: str, foreign: Rows, manager_client: Client
) -> None:
    row = foreign.of(model)
    before = model._default_manager.values().get(pk=row.pk)

    for query in ("", "?_popup=1", "?_popup=1&_to_field=id"):
        url = address(model, page, row.pk) + query
        assert manager_client.get(url).status_code == 404
        assert manager_client.post(url, {"post": "yes", "name": "Mine now", "_popup": "1"}).status_code == 404

    assert model._default_manager.values().get(pk=row.pk) == before


@MODELS
@pytest.mark.parametrize("page", ["change", "delete", "history"])
def test_a_foreign_row_looks_like_none_at_all(
    model: type[models.Model], page: str, foreign: Rows, manager_client: Client
) -> None:
    of_another = manager_client.get(address(model, page, foreign.of(model).pk))
    of_nobody = manager_client.get(address(model, page, NOWHERE))

    assert (of_another.status_code, of_another.content) == (of_nobody.status_code, of_nobody.content)


@pytest.mark.parametrize("key", ["0", "-1", "x", "1_00", "9" * 40, "%00", "1/change"])
def test_a_key_that_is_none_is_not_found(key: str, manager_client: Client) -> None:
    assert manager_client.get(f"/admin/portals/user/{key}/change/").status_code == 404


@pytest.mark.parametrize("method", ["get", "post"])
def test_the_password_of_a_foreign_person_is_not_found(method: str, foreign: Rows, manager_client: Client) -> None:
    url = address(User, "password", foreign.person.pk)
    sent = {"password1": "taken-over-by-alice", "password2": "taken-over-by-alice"} if method == "post" else {}

    response = getattr(manager_client, method)(url, sent)

    foreign.person.refresh_from_db()
    assert response.status_code == 404
    assert not foreign.person.check_password("taken-over-by-alice")


def test_a_try_at_a_foreign_row_is_audited(alice: User, foreign: Rows, manager_client: Client) -> None:
    manager_client.post(change_address(foreign.group), {"name": "Mine now"})

    event = AuditEvent.objects.get(verb="techniciangroup.open")
    assert event.refused
    assert event.company == alice.company
    assert event.actor_name == alice.name
    assert event.changes == {"not_found": str(foreign.group.pk)}


@MODELS
def test_the_old_address_of_a_row_is_gone(model: type[models.Model], foreign: Rows, manager_client: Client) -> None:
    assert manager_client.get(address(model, "changelist") + f"{foreign.of(model).pk}/").status_code == 404


@pytest.mark.parametrize("field", ["public_id", "email", "password", "company", "name", "pk"])
@pytest.mark.parametrize("page", ["changelist", "add", "change", "delete"])
def test_rows_are_referred_to_by_their_key_only(field: str, page: str, own: Rows, manager_client: Client) -> None:
    arguments = [own.group.pk] if page in {"change", "delete"} else []
    url = address(TechnicianGroup, page, *arguments)

    assert manager_client.get(f"{url}?_popup=1&_to_field={field}").status_code == 404


# Lists: what they show, and how they are narrowed.


@MODELS
def test_a_list_shows_own_rows_only(
    model: type[models.Model], own: Rows, foreign: Rows, manager_client: Client
) -> None:
    for query in ("", "?_popup=1", "?_popup=1&_to_field=id", "?all=", "?_facets=True", "?p=1"):
        shown = manager_client.get(address(model, "changelist") + query).context["cl"].queryset

        assert own.of(model) in shown
        assert foreign.of(model) not in shown


@pytest.mark.parametrize("model", [model for model, page in PAGES.items() if page.search_fields])
def test_search_finds_own_rows_only(
    model: type[models.Model], own: Rows, foreign: Rows, manager_client: Client
) -> None:
    for word in ("Charlie", foreign.company.name, foreign.group.name, foreign.portal.slug, foreign.person.email):
        shown = manager_client.get(address(model, "changelist"), {"q": word}).context["cl"].queryset

        assert foreign.of(model) not in shown


@pytest.mark.parametrize(
    ("model", "lookup"),
    [
        (User, "company"),
        (User, "company__id"),
        (User, "company__id__exact"),
        (User, "company__name__startswith"),
        (User, "technician_group__company__name"),
        (User, "technician_group__portals__name"),
        (User, "password__startswith"),
        (User, "is_superuser"),
        (User, "email__startswith"),
        (User, "participations__support_session__customer_name"),
        (TechnicianGroup, "company__id__exact"),
        (TechnicianGroup, "technicians__email__startswith"),
        (Portal, "groups__company__id"),
        (Portal, "groups__technicians__password__startswith"),
        (Company, "users__email__startswith"),
        (Terms, "company__users__email__startswith"),
        (AuditEvent, "company__id__exact"),
        (SupportSession, "company__id__exact"),
        (SupportSession, "lead__company__name"),
        (SupportSession, "lead__password__startswith"),
        (SupportSession, "participants__token_digest__startswith"),
        (SupportSession, "invitations__code_digest__startswith"),
    ],
)
def test_a_filter_that_the_page_does_not_offer_is_not_found(
    model: type[models.Model], lookup: str, foreign: Rows, manager_client: Client
) -> None:
    response = manager_client.get(address(model, "changelist"), {lookup: str(foreign.company.pk)})

    assert response.status_code == 404


@pytest.mark.parametrize("lookup", ["at__year", "at__in", "at__range", "at__gte__lte"])
def test_a_filter_asks_only_as_its_links_do(lookup: str, manager_client: Client) -> None:
    assert manager_client.get(address(AuditEvent, "changelist"), {lookup: "2026"}).status_code == 404


@MODELS
def test_nonsense_in_a_filter_is_answered(model: type[models.Model], own: Rows, manager_client: Client) -> None:
    url = address(model, "changelist")
    page = manager_client.get(url)
    asked = {name for spec in page.context["cl"].filter_specs for name in spec.expected_parameters()}
    asked |= {f"{PAGES[model].date_hierarchy}__year"} if PAGES[model].date_hierarchy else set()

    for name in asked:
        for value in NONSENSE:
            assert manager_client.get(url, {name: value}).status_code in {200, 302, 404}, (name, value)


@pytest.mark.parametrize(
    ("model", "lookup", "related"),
    [
        (User, "technician_group__id__exact", "group"),
        (Portal, "groups__id__exact", "group"),
        (SupportSession, "lead__id__exact", "person"),
        (SupportSession, "portal__id__exact", "portal"),
    ],
)
def test_a_filter_by_a_foreign_row_is_not_found(
    model: type[models.Model], lookup: str, related: str, own: Rows, foreign: Rows, manager_client: Client
) -> None:
    url = address(model, "changelist")

    mine = manager_client.get(url, {lookup: getattr(own, related).pk})
    theirs = manager_client.get(url, {lookup: getattr(foreign, related).pk})

    assert own.of(model) in mine.context["cl"].queryset
    assert theirs.status_code == 404


@MODELS
def test_no_list_names_anything_foreign(
    model: type[models.Model], own: Rows, foreign: Rows, manager_client: Client
) -> None:
    page = manager_client.get(address(model, "changelist")).content.decode()

    for name in ("Charlie", foreign.company.name, foreign.group.name, foreign.portal.name, foreign.person.email):
        assert name not in page


@pytest.mark.parametrize("model", WRITTEN)
def test_no_form_names_anything_foreign(
    model: type[models.Model], own: Rows, foreign: Rows, manager_client: Client
) -> None:
    urls = [change_address(own.of(model))] + ([] if model is Company else [address(model, "add")])

    for url in urls:
        page = manager_client.get(url).content.decode()
        for name in ("Charlie", foreign.company.name, foreign.group.name, foreign.portal.name):
            assert name not in page


# Ids sent with a list.


@pytest.mark.parametrize(("model", "switch"), [(TechnicianGroup, "start_lens"), (Portal, "lens_enabled")])
def test_a_foreign_id_in_a_saved_list_is_not_found(
    model: type[models.Model], switch: str, own: Rows, foreign: Rows, manager_client: Client
) -> None:
    url = address(model, "changelist")
    sent = filled_list(manager_client, url, **{"form-0-id": str(foreign.of(model).pk), f"form-0-{switch}": False})

    response = manager_client.post(url, sent)

    assert response.status_code == 404
    assert getattr(model._default_manager.get(pk=foreign.of(model).pk), switch)
    assert getattr(model._default_manager.get(pk=own.of(model).pk), switch)
    assert AuditEvent.objects.filter(verb=f"{model._meta.model_name}.change", refused=True).exists()


def test_a_saved_list_adds_nothing(own: Rows, manager_client: Client) -> None:
    url = address(TechnicianGroup, "changelist")
    sent = filled_list(manager_client, url, **{"form-TOTAL_FORMS": "2", "form-1-start_lens": True, "form-1-id": ""})

    response = manager_client.post(url, sent)

    assert response.status_code == 404
    assert TechnicianGroup.objects.filter(company=own.company).count() == 1


@pytest.mark.parametrize("action", ["give_seat", "take_seat", "activate", "deactivate"])
def test_an_action_on_a_foreign_person_is_not_found(
    action: str, own: Rows, foreign: Rows, manager_client: Client
) -> None:
    before = User.objects.order_by("pk").values_list("pk", "is_active", "has_seat")
    expected = list(before)
    sent = {"action": action, "index": "0", "_selected_action": [own.person.pk, foreign.person.pk]}

    response = manager_client.post(address(User, "changelist"), sent)

    assert response.status_code == 404
    assert list(before.all()) == expected


@pytest.mark.parametrize("model", [TechnicianGroup, Portal])
@pytest.mark.parametrize("confirmed", [{}, {"post": "yes"}])
@pytest.mark.parametrize("across", ["0", "1"])
def test_foreign_rows_are_not_deleted_with_own_ones(
    model: type[models.Model], confirmed: dict[str, str], across: str, foreign: Rows, manager_client: Client
) -> None:
    row = foreign.of(model)
    sent = {"action": "delete_selected", "_selected_action": [row.pk], "select_across": across, **confirmed}

    response = manager_client.post(address(model, "changelist"), sent)

    assert response.status_code == 404
    assert model._default_manager.filter(pk=row.pk).exists()


def test_all_across_means_all_of_the_own_company(own: Rows, foreign: Rows, manager_client: Client) -> None:
    sent = {"action": "deactivate", "index": "0", "_selected_action": [own.person.pk], "select_across": "1"}

    manager_client.post(address(User, "changelist"), sent)

    own.person.refresh_from_db()
    foreign.person.refresh_from_db()
    assert not own.person.is_active
    assert foreign.person.is_active


# Endpoints of the site itself.


@pytest.mark.parametrize(
    "query", ["", "?app_label=portals&model_name=user&field_name=technician_group&term=", "?term=Charlie"]
)
def test_there_is_no_autocomplete(query: str, manager_client: Client) -> None:
    assert manager_client.get(f"/admin/autocomplete/{query}").status_code == 404


def test_there_is_no_way_from_a_content_type_to_a_row(foreign: Rows, manager_client: Client) -> None:
    from django.contrib.contenttypes.models import ContentType

    kind = ContentType.objects.get_for_model(Portal).pk

    assert manager_client.get(f"/admin/r/{kind}/{foreign.portal.pk}/").status_code == 404


def test_an_operator_sees_all_companies(own: Rows, foreign: Rows, operator_client: Client) -> None:
    for model in PAGES:
        shown = operator_client.get(address(model, "changelist")).context["cl"].queryset
        assert {own.of(model), foreign.of(model)} <= set(shown)
        assert operator_client.get(change_address(foreign.of(model))).status_code == 200


def test_a_manager_does_not_see_an_operator_of_the_same_company(
    alice: User, operator: User, manager_client: Client
) -> None:
    User.objects.filter(pk=operator.pk).update(company=alice.company)

    assert manager_client.get(change_address(operator)).status_code == 404
    assert manager_client.get(address(User, "password", operator.pk)).status_code == 404


def test_a_list_asks_the_database_as_often_for_many_rows_as_for_one(
    own: Rows, manager_client: Client, django_assert_max_num_queries: Callable[..., object]
) -> None:
    for _number in range(12):
        member = factories.technician(of=own.company)
        factories.invited(member)

    for model in PAGES:
        with django_assert_max_num_queries(16):
            manager_client.get(address(model, "changelist"))
