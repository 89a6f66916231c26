"""Technician groups: their switches in the list and in the form, each change audited with before and after."""

import pytest
from django.test import Client

from portals.models import AuditEvent, TechnicianGroup, User
from tests import factories
from tests.portals.admin_pages import address, change_address, errors_of, filled, filled_list, row_number, save
from tests.portals.conftest import Rows

pytestmark = pytest.mark.django_db
LIST = address(TechnicianGroup, "changelist")
SWITCHES = TechnicianGroup.PERMISSIONS


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_switch_is_turned_in_the_list(switch: str, own: Rows, alice: User, manager_client: Client) -> None:
    before = getattr(own.group, switch)

    response = manager_client.post(
        LIST, filled_list(manager_client, LIST, **{f"form-0-{switch}": not before}), follow=True
    )

    own.group.refresh_from_db()
    event = AuditEvent.objects.get(verb="group.changed")
    assert getattr(own.group, switch) is not before
    assert (event.company, event.actor_name, event.object_name) == (own.company, alice.name, own.group.name)
    assert event.changes == {switch: [before, not before]}
    assert "is now off" in response.content.decode() if before else "is now on" in response.content.decode()


@pytest.mark.parametrize("switch", SWITCHES)
def test_a_switch_is_turned_in_the_form(switch: str, own: Rows, manager_client: Client) -> None:
    before = getattr(own.group, switch)

    save(manager_client, own.group, **{switch: not before})

    own.group.refresh_from_db()
    assert getattr(own.group, switch) is not before
    assert AuditEvent.objects.get(verb="group.changed").changes == {switch: [before, not before]}


def test_each_box_of_the_list_has_a_name_of_its_own(own: Rows, manager_client: Client) -> None:
    page = manager_client.get(LIST).content.decode()

    assert f'aria-label="{own.group.name}: Start Lens sessions"' in page
    assert f'aria-label="{own.group.name}: Use the Email method"' in page


def test_one_save_of_the_list_changes_several_groups(own: Rows, manager_client: Client) -> None:
    other = factories.group(own.company)
    here, there = (row_number(manager_client, LIST, group) for group in (own.group, other))
    changes = {f"form-{here}-start_lens": False, f"form-{there}-record": True}

    manager_client.post(LIST, filled_list(manager_client, LIST, **changes))

    events = {event.object_name: event.changes for event in AuditEvent.objects.filter(verb="group.changed")}
    assert events == {own.group.name: {"start_lens": [True, False]}, other.name: {"record": [False, True]}}


def test_a_save_that_changes_nothing_is_not_audited(own: Rows, manager_client: Client) -> None:
    manager_client.post(LIST, filled_list(manager_client, LIST))
    save(manager_client, own.group)

    assert not AuditEvent.objects.filter(verb="group.changed").exists()


def test_a_page_left_open_turns_nothing_back_on(own: Rows, manager_client: Client) -> None:
    shown = {f"initial-form-0-{switch}": str(getattr(own.group, switch)) for switch in SWITCHES}
    sent = filled_list(manager_client, LIST, **{"form-0-record": True})
    TechnicianGroup.objects.filter(pk=own.group.pk).update(start_lens=False)

    manager_client.post(LIST, {**sent, **shown})

    own.group.refresh_from_db()
    assert own.group.record
    assert not own.group.start_lens


def test_a_page_tells_what_it_showed(own: Rows, manager_client: Client) -> None:
    for url in (LIST, change_address(own.group)):
        page = manager_client.get(url).content.decode()

        assert 'name="initial-' in page


def test_a_group_is_made_in_the_own_company(own: Rows, foreign: Rows, manager_client: Client) -> None:
    url = address(TechnicianGroup, "add")
    sent = filled(manager_client, url, name="Trainees", company=foreign.company)

    manager_client.post(url, sent)

    group = TechnicianGroup.objects.get(name="Trainees")
    event = AuditEvent.objects.get(verb="group.created")
    assert group.company == own.company
    assert event.changes["name"] == [None, "Trainees"]
    assert event.changes["start_lens"] == [None, True]


def test_a_name_is_used_once_in_a_company(own: Rows, foreign: Rows, manager_client: Client) -> None:
    url = address(TechnicianGroup, "add")

    taken = manager_client.post(url, filled(manager_client, url, name=own.group.name))
    free = manager_client.post(url, filled(manager_client, url, name=foreign.group.name))

    assert errors_of(taken) == {"name": ["Technician group: this name is taken already. Choose another."]}
    assert free.status_code == 302


@pytest.mark.parametrize("name", ["", " ", "x" * 129])
def test_a_name_that_is_none_is_refused(name: str, own: Rows, manager_client: Client) -> None:
    assert list(errors_of(save(manager_client, own.group, name=name))) == ["name"]


def test_an_operator_chooses_the_company_of_a_new_group(foreign: Rows, operator_client: Client) -> None:
    url = address(TechnicianGroup, "add")

    nowhere = operator_client.post(url, filled(operator_client, url, name="Trainees"))
    operator_client.post(url, filled(operator_client, url, name="Trainees", company=foreign.company))

    assert list(errors_of(nowhere)) == ["company"]
    assert TechnicianGroup.objects.get(name="Trainees").company == foreign.company


def test_nobody_moves_a_group_to_another_company(own: Rows, foreign: Rows, operator_client: Client) -> None:
    save(operator_client, own.group, company=foreign.company, record=True)

    own.group.refresh_from_db()
    assert own.group.company == own.company
    assert own.group.record


def test_a_group_without_technicians_is_deleted(own: Rows, manager_client: Client) -> None:
    spare = factories.group(own.company)

    manager_client.post(address(spare, "delete", spare.pk), {"post": "yes"})

    assert not TechnicianGroup.objects.filter(pk=spare.pk).exists()
    assert AuditEvent.objects.get(verb="group.deleted").object_name == spare.name


def test_a_group_with_technicians_is_kept(own: Rows, manager_client: Client) -> None:
    page = manager_client.post(address(own.group, "delete", own.group.pk), {"post": "yes"})

    assert page.status_code == 200
    told = page.content.decode()
    assert f"“{own.group}” is in use and cannot be deleted." in told
    assert "<li>1 person</li>" in told
    assert "Give its people another group first." in told
    assert TechnicianGroup.objects.filter(pk=own.group.pk).exists()
    assert not AuditEvent.objects.filter(verb="group.deleted").exists()


def test_several_groups_are_deleted_at_once(own: Rows, manager_client: Client) -> None:
    spare = [factories.group(own.company).pk for _number in range(2)]
    sent = {"action": "delete_selected", "_selected_action": spare, "post": "yes"}

    manager_client.post(LIST, sent)

    assert not TechnicianGroup.objects.filter(pk__in=spare).exists()
    assert AuditEvent.objects.filter(verb="group.deleted").count() == 2


def test_several_groups_with_one_in_use_are_all_kept(own: Rows, manager_client: Client) -> None:
    spare = factories.group(own.company)
    sent = {"action": "delete_selected", "_selected_action": [spare.pk, own.group.pk], "post": "yes"}

    page = manager_client.post(LIST, sent)

    assert page.status_code == 200
    assert TechnicianGroup.objects.filter(pk__in=[spare.pk, own.group.pk]).count() == 2


def test_groups_are_filtered_by_a_switch(own: Rows, manager_client: Client) -> None:
    without = factories.group(own.company, by_email=False)

    shown = manager_client.get(LIST, {"by_email__exact": "0"}).context["cl"].queryset

    assert list(shown) == [without]


def test_markup_in_a_name_is_text(own: Rows, manager_client: Client) -> None:
    save(manager_client, own.group, name="<script>alert(1)</script>")

    for url in (
        LIST,
        change_address(own.group),
        "/admin/portals/auditevent/",
        address(own.group, "history", own.group.pk),
    ):
        page = manager_client.get(url).content.decode()
        assert "<script>alert(1)</script>" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
