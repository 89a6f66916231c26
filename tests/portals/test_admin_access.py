"""Who gets into the admin, what it offers them, and that Django's own permission rows decide nothing."""

from collections.abc import Callable

import pytest
from django.contrib import admin
from django.contrib.auth.models import Permission
from django.db import models
from django.test import Client

from portals.models import AuditEvent, Company, Portal, TechnicianGroup, Terms, User
from tests import factories
from tests.portals.admin_pages import address, change_address
from tests.portals.conftest import Rows

pytestmark = pytest.mark.django_db
PAGES = dict(admin.site._registry)


def offered(client: Client, page: str = "/admin/") -> list[str]:
    return [entry["object_name"] for app in client.get(page).context["app_list"] for entry in app["models"]]


def test_a_stranger_is_sent_to_sign_in(own: Rows) -> None:
    for url in ("/admin/", address(User, "changelist"), change_address(own.person)):
        response = Client().get(url, follow=True)

        assert response.redirect_chain[-1][0].startswith("/accounts/login/")


@pytest.mark.parametrize("page", ["", "portals/user/", "portals/user/add/", "portals/company/"])
def test_a_technician_is_refused(page: str, bob: User, client_of: Callable[[User], Client]) -> None:
    assert client_of(bob).get(f"/admin/{page}", follow=True).status_code == 403


def test_rights_of_django_open_nothing(bob: User, client_of: Callable[[User], Client]) -> None:
    bob.user_permissions.set(Permission.objects.all())

    assert client_of(bob).get("/admin/portals/user/", follow=True).status_code == 403


def test_a_manager_who_is_no_longer_one_is_out_at_once(alice: User, manager_client: Client) -> None:
    assert manager_client.get("/admin/").status_code == 200

    User.objects.filter(pk=alice.pk).update(is_manager=False)

    assert manager_client.get("/admin/", follow=True).status_code == 403


def test_a_deactivated_manager_is_signed_out(alice: User, manager_client: Client) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)

    response = manager_client.get("/admin/", follow=True)

    assert response.redirect_chain[-1][0].startswith("/accounts/login/")


def test_the_first_page_offers_what_a_manager_looks_for(manager_client: Client) -> None:
    assert offered(manager_client) == [
        "TechnicianGroup",
        "User",
        "Portal",
        "Company",
        "Terms",
        "AuditEvent",
        "SupportSession",
        "Recording",
        "Delivery",
    ]


def test_company_settings_lead_to_the_one_row(alice: User, manager_client: Client) -> None:
    assert alice.company is not None
    page = manager_client.get("/admin/")

    assert f'href="{change_address(alice.company)}"' in page.content.decode()


def test_the_first_page_says_what_is_missing(client_of: Callable[[User], Client]) -> None:
    bare = Company.objects.create(name="Bare")

    page = client_of(factories.manager(bare)).get("/admin/")

    assert len(page.context["missing"]) == 4
    assert address(Terms, "add") in page.content.decode()


def test_the_first_page_of_a_company_at_work_misses_nothing(manager_client: Client) -> None:
    assert manager_client.get("/admin/").context["missing"] == []


@pytest.mark.parametrize(
    ("model", "role", "add", "change", "delete"),
    [
        (TechnicianGroup, "manager", True, True, True),
        (Portal, "manager", True, True, True),
        (User, "manager", True, True, False),
        (User, "operator", True, True, False),
        (Company, "manager", False, True, False),
        (Company, "operator", True, True, False),
        (Terms, "manager", True, False, False),
        (Terms, "operator", True, False, False),
        (AuditEvent, "manager", False, False, False),
        (AuditEvent, "operator", False, False, False),
    ],
)
def test_what_may_be_added_changed_and_deleted(
    model: type[models.Model],
    role: str,
    add: bool,
    change: bool,
    delete: bool,
    own: Rows,
    request: pytest.FixtureRequest,
) -> None:
    client: Client = request.getfixturevalue(f"{role}_client")
    row = own.of(model)

    def allowed(url: str) -> bool:
        return client.post(url, {"post": "yes"}).status_code != 403

    assert allowed(address(model, "add")) == add
    assert allowed(change_address(row)) == change
    assert allowed(address(model, "delete", row.pk)) == delete


def test_what_only_others_write_is_read_only_for_all(
    own: Rows, manager_client: Client, operator_client: Client
) -> None:
    for row in (own.support_session, own.delivery, own.event):
        for client in (manager_client, operator_client):
            assert client.post(address(row, "add")).status_code == 403
            assert client.post(change_address(row)).status_code == 403
            assert client.post(address(row, "delete", row.pk)).status_code == 403


def test_logging_out_needs_a_post(manager_client: Client) -> None:
    manager_client.get("/accounts/logout/")

    assert manager_client.get("/admin/").status_code == 200
