"""Portals: switches, the groups that serve them, and what a browser may not send."""

from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from portals.models import AuditEvent, Portal
from sessions.models import SupportSession
from tests import factories
from tests.portals.admin_pages import address, errors_of, filled, filled_list, save
from tests.portals.conftest import Rows

pytestmark = pytest.mark.django_db
LIST = address(Portal, "changelist")
ADD = address(Portal, "add")


@pytest.mark.parametrize(("switch", "before"), [("lens_enabled", True), ("specialists_enabled", False)])
def test_a_switch_is_turned_in_the_list(switch: str, before: bool, own: Rows, manager_client: Client) -> None:
    manager_client.post(LIST, filled_list(manager_client, LIST, **{f"form-0-{switch}": not before}))

    own.portal.refresh_from_db()
    event = AuditEvent.objects.get(verb="portal.changed")
    assert getattr(own.portal, switch) is not before
    assert (event.object_name, event.changes) == (own.portal.name, {switch: [before, not before]})


def test_a_list_takes_no_other_field(own: Rows, manager_client: Client) -> None:
    forged = {"form-0-name": "Mine", "form-0-slug": "mine", "form-0-company": own.company.pk + 1}

    manager_client.post(LIST, filled_list(manager_client, LIST, **forged, **{"form-0-lens_enabled": False}))

    after = Portal.objects.get(pk=own.portal.pk)
    assert (after.name, after.slug, after.company) == (own.portal.name, own.portal.slug, own.company)
    assert not after.lens_enabled


def test_the_groups_that_serve_a_portal_are_chosen_and_audited(own: Rows, manager_client: Client) -> None:
    second = factories.group(own.company, name="Second line")

    save(manager_client, own.portal, groups=[own.group.pk, second.pk])

    assert set(own.portal.groups.all()) == {own.group, second}
    change = AuditEvent.objects.get(verb="portal.changed").changes
    assert change == {"groups": [[own.group.name], sorted([own.group.name, "Second line"])]}


def test_groups_of_another_company_are_refused(own: Rows, foreign: Rows, manager_client: Client) -> None:
    response = save(manager_client, own.portal, groups=[own.group.pk, foreign.group.pk])

    assert list(errors_of(response)) == ["groups"]
    assert set(own.portal.groups.all()) == {own.group}


@pytest.mark.parametrize("nonsense", ["9" * 20, "-1", "x", ""])
def test_groups_that_nobody_has_are_refused(nonsense: str, own: Rows, manager_client: Client) -> None:
    response = save(manager_client, own.portal, groups=[own.group.pk, nonsense])

    assert list(errors_of(response)) == ["groups"]
    assert set(own.portal.groups.all()) == {own.group}


def test_an_operator_does_not_mix_companies_either(own: Rows, foreign: Rows, operator_client: Client) -> None:
    response = save(operator_client, own.portal, groups=[foreign.group.pk])

    assert errors_of(response) == {"groups": ["Choose technician groups of this company."]}
    assert set(own.portal.groups.all()) == {own.group}


def test_a_portal_is_made(own: Rows, manager_client: Client) -> None:
    sent = filled(manager_client, ADD, name="Hotline", slug="hotline", groups=[own.group.pk])

    manager_client.post(ADD, sent)

    portal = Portal.objects.get(slug="hotline")
    assert portal.company == own.company
    assert list(portal.groups.all()) == [own.group]
    assert AuditEvent.objects.get(verb="portal.created").changes["groups"] == [None, [own.group.name]]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("slug", "has space"),
        ("slug", ""),
        ("mode", "telepathy"),
        ("colour", "red"),
        ("colour", "#12345g"),
        ("highest_specialist_right", "everything"),
        ("welcome_text", "x" * 2001),
    ],
)
def test_input_that_is_none_is_refused(field: str, value: str, own: Rows, manager_client: Client) -> None:
    assert list(errors_of(save(manager_client, own.portal, **{field: value}))) == [field]


def test_an_address_is_used_once_everywhere(own: Rows, foreign: Rows, manager_client: Client) -> None:
    response = save(manager_client, own.portal, slug=foreign.portal.slug)

    assert list(errors_of(response)) == ["slug"]


def test_a_name_is_used_once_in_a_company(own: Rows, manager_client: Client) -> None:
    other = factories.portal(own.company)

    response = save(manager_client, other, name=own.portal.name)

    assert errors_of(response) == {"name": ["Portal: this name is taken already. Choose another."]}


def test_a_portal_that_was_never_used_is_deleted(own: Rows, manager_client: Client) -> None:
    spare = factories.portal(own.company)

    manager_client.post(address(spare, "delete", spare.pk), {"post": "yes"})

    assert not Portal.objects.filter(pk=spare.pk).exists()
    assert AuditEvent.objects.get(verb="portal.deleted").object_name == spare.name


def test_a_portal_with_sessions_is_kept(own: Rows, manager_client: Client) -> None:
    page = manager_client.post(address(own.portal, "delete", own.portal.pk), {"post": "yes"})

    assert page.status_code == 200
    assert Portal.objects.filter(pk=own.portal.pk).exists()


def test_a_portal_in_use_is_kept_and_its_sessions_are_counted_not_listed(
    own: Rows, manager_client: Client, django_assert_max_num_queries: Any
) -> None:
    bob = factories.user(own.company, "Bob", has_seat=True, technician_group=own.group)
    for number in range(3):
        SupportSession.objects.create(
            company=own.company,
            portal=own.portal,
            lead=bob,
            kind="lens",
            customer_name=f"Dora {number}",
            created_at=timezone.now(),
        )

    with django_assert_max_num_queries(12):
        page = manager_client.get(address(own.portal, "delete", own.portal.pk)).content.decode()

    assert f"<li>{own.portal.support_sessions.count()} support sessions</li>" in page
    assert "Dora" not in page
    assert "Take “Open” away instead" in page
