"""People: seats, groups, passwords, and what a manager may not do to anybody (S-05)."""

from collections.abc import Callable

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission
from django.test import Client

from portals.models import AuditEvent, User
from tests import factories
from tests.portals.admin_pages import address, change_address, errors_of, filled, save
from tests.portals.conftest import Rows

pytestmark = pytest.mark.django_db
LIST = address(User, "changelist")
ADD = address(User, "add")
NEW = {"password1": "correct-horse-battery", "password2": "correct-horse-battery"}


def act(client: Client, action: str, *people: User) -> str:
    sent = {"action": action, "index": "0", "_selected_action": [person.pk for person in people]}
    return client.post(LIST, sent, follow=True).content.decode()


def other_columns(person: User) -> dict[str, object]:
    return User.objects.filter(pk=person.pk).values().get()


@pytest.fixture
def nora(own: Rows) -> User:
    """Has an account but no seat."""
    return factories.user(own.company, "Nora", technician_group=own.group)


# Making and changing.


def test_a_technician_is_made(own: Rows, alice: User, manager_client: Client) -> None:
    who = {"name": "Tess", "email": "Tess@Example.com", "technician_group": own.group.pk, "has_seat": "on"}

    manager_client.post(ADD, {**who, **NEW})

    tess = User.objects.get(email="tess@example.com")
    event = AuditEvent.objects.get(verb="person.created")
    assert tess.is_technician
    assert tess.company == alice.company
    assert tess.check_password(NEW["password1"])
    assert event.changes["technician_group"] == [None, own.group.name]
    assert "password" not in str(event.changes).lower()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("name", ""),
        ("email", "tess"),
        ("email", ""),
        ("password1", "short"),
        ("password2", "another-horse-battery"),
        ("password1", ""),
    ],
)
def test_a_person_is_not_made_of_bad_input(field: str, value: str, own: Rows, manager_client: Client) -> None:
    sent = {"name": "Tess", "email": "tess@example.com", **NEW, field: value}

    response = manager_client.post(ADD, sent)

    assert errors_of(response)
    assert not User.objects.filter(name="Tess").exists()


@pytest.mark.parametrize("spelling", ["bob@example.com", "BOB@EXAMPLE.COM"])
def test_an_address_is_used_once(spelling: str, own: Rows, manager_client: Client) -> None:
    User.objects.filter(pk=own.person.pk).update(email="bob@example.com")

    response = manager_client.post(ADD, {"name": "Tess", "email": spelling, **NEW})

    assert list(errors_of(response)) == ["email"]


@pytest.mark.parametrize(
    ("field", "after"),
    [("name", "Robert"), ("email", "robert@example.com"), ("is_manager", True), ("is_active", False)],
)
def test_a_change_is_audited(field: str, after: object, own: Rows, manager_client: Client) -> None:
    before = getattr(own.person, field)

    save(manager_client, own.person, **{field: after})

    own.person.refresh_from_db()
    event = AuditEvent.objects.get(verb="person.changed")
    assert getattr(own.person, field) == after
    assert (event.object_kind, event.changes) == ("user", {field: [before, after]})


def test_a_person_changes_group(own: Rows, manager_client: Client) -> None:
    second = factories.group(own.company)

    save(manager_client, own.person, technician_group=second.pk)

    own.person.refresh_from_db()
    assert own.person.technician_group == second
    assert AuditEvent.objects.get(verb="person.changed").changes == {"technician_group": [own.group.name, second.name]}


def test_a_group_of_another_company_is_refused(own: Rows, foreign: Rows, manager_client: Client) -> None:
    response = save(manager_client, own.person, technician_group=foreign.group.pk)

    own.person.refresh_from_db()
    assert list(errors_of(response)) == ["technician_group"]
    assert own.person.technician_group == own.group


def test_an_operator_does_not_mix_companies_either(own: Rows, foreign: Rows, operator_client: Client) -> None:
    response = save(operator_client, own.person, technician_group=foreign.group.pk)

    assert errors_of(response) == {
        "technician_group": ["Choose a technician group of this person's company."],
    }


def test_an_old_address_no_longer_signs_in(own: Rows, manager_client: Client) -> None:
    EmailAddress.objects.create(user=own.person, email=own.person.email, primary=True, verified=True)

    save(manager_client, own.person, email="robert@example.com")

    assert not EmailAddress.objects.filter(user=own.person).exists()


def test_what_a_browser_forges_changes_nothing(own: Rows, foreign: Rows, manager_client: Client) -> None:
    before = other_columns(own.person)
    forged = {
        "is_superuser": "on",
        "is_staff": "on",
        "company": foreign.company.pk,
        "groups": Group.objects.create(name="Everything").pk,
        "user_permissions": [permission.pk for permission in Permission.objects.all()[:5]],
        "password": "pbkdf2_sha256$1$x$y",
        "public_id": "00000000-0000-0000-0000-000000000000",
        "last_login": "2020-01-01",
        "availability": "away",
        "id": foreign.person.pk,
        "created_at": "2020-01-01",
    }

    response = save(manager_client, own.person, **forged, name="Robert")

    after = other_columns(own.person)
    assert response.status_code == 302
    assert after == {**before, "name": "Robert"}
    assert not own.person.groups.exists()
    assert not own.person.user_permissions.exists()


def test_what_a_browser_forges_makes_no_operator(own: Rows, foreign: Rows, manager_client: Client) -> None:
    forged = {"is_superuser": "on", "is_staff": "on", "company": foreign.company.pk, "is_active": ""}

    manager_client.post(ADD, {"name": "Tess", "email": "tess@example.com", **NEW, **forged})

    tess = User.objects.get(email="tess@example.com")
    assert not tess.is_superuser
    assert not tess.is_manager
    assert tess.is_active
    assert tess.company == own.company


def test_not_even_an_operator_makes_operators_here(own: Rows, operator_client: Client) -> None:
    save(operator_client, own.person, is_superuser=True)
    operator_client.post(
        ADD, {"name": "Tess", "email": "tess@example.com", "company": own.company.pk, "is_superuser": "on", **NEW}
    )

    assert list(User.objects.filter(is_superuser=True).values_list("name", flat=True)) == ["Olga"]
    assert User.objects.get(name="Tess").company == own.company


# Seats.


def test_the_last_seat_is_given_and_no_further_one(own: Rows, nora: User, manager_client: Client) -> None:
    own.company.seats = 2
    own.company.save()
    oscar = factories.user(own.company, "Oscar", technician_group=own.group)

    last = save(manager_client, nora, has_seat=True)
    one_more = save(manager_client, oscar, has_seat=True)

    oscar.refresh_from_db()
    assert last.status_code == 302
    assert errors_of(one_more)["has_seat"][0].startswith("All seats are taken (2).")
    assert not oscar.has_seat


def test_a_seat_of_somebody_deactivated_is_free(own: Rows, nora: User, manager_client: Client) -> None:
    own.company.seats = 1
    own.company.save()

    save(manager_client, own.person, is_active=False)
    given = save(manager_client, nora, has_seat=True)
    back = save(manager_client, own.person, is_active=True)

    assert given.status_code == 302
    assert list(errors_of(back)) == ["has_seat"]


def test_a_seat_needs_a_group(own: Rows, manager_client: Client) -> None:
    pat = factories.user(own.company, "Pat")

    response = save(manager_client, pat, has_seat=True)

    assert errors_of(response) == {
        "technician_group": ["Choose a technician group: its switches say what this person may do."]
    }


def test_a_refused_form_keeps_what_was_typed(own: Rows, nora: User, manager_client: Client) -> None:
    own.company.seats = 1
    own.company.save()

    response = save(manager_client, nora, has_seat=True, name="Leonora")

    nora.refresh_from_db()
    assert 'value="Leonora"' in response.content.decode()
    assert nora.name == "Nora"
    assert not AuditEvent.objects.filter(verb="person.changed").exists()


@pytest.mark.parametrize(
    ("action", "field", "before", "after"),
    [
        ("give_seat", "has_seat", False, True),
        ("take_seat", "has_seat", True, False),
        ("deactivate", "is_active", True, False),
        ("activate", "is_active", False, True),
    ],
)
def test_an_action_changes_several_people(
    action: str, field: str, before: bool, after: bool, own: Rows, nora: User, manager_client: Client
) -> None:
    User.objects.filter(pk__in=[own.person.pk, nora.pk]).update(**{field: before})

    page = act(manager_client, action, own.person, nora)

    events = AuditEvent.objects.filter(verb="person.changed")
    assert "2 people changed." in page
    assert set(User.objects.filter(pk__in=[own.person.pk, nora.pk]).values_list(field, flat=True)) == {after}
    assert [event.changes for event in events] == [{field: [before, after]}] * 2


def test_an_action_says_whom_it_refused(own: Rows, nora: User, manager_client: Client) -> None:
    own.company.seats = 1
    own.company.save()

    page = act(manager_client, "give_seat", own.person, nora)

    nora.refresh_from_db()
    assert "Nora: All seats are taken (1)." in page
    assert not nora.has_seat


# Oneself, and deleting.


def test_a_manager_does_not_lock_oneself_out(alice: User, own: Rows, manager_client: Client) -> None:
    no_manager = save(manager_client, alice, is_manager=False)
    not_active = save(manager_client, alice, is_active=False)
    page = act(manager_client, "deactivate", alice)

    alice.refresh_from_db()
    assert list(errors_of(no_manager)) == ["is_manager"]
    assert list(errors_of(not_active)) == ["is_active"]
    assert "You cannot deactivate yourself." in page
    assert alice.is_staff


def test_a_manager_takes_the_flag_of_another_manager(own: Rows, manager_client: Client) -> None:
    second = factories.manager(own.company, "Anna")

    save(manager_client, second, is_manager=False)

    second.refresh_from_db()
    assert not second.is_manager


def test_people_are_deactivated_and_never_deleted(own: Rows, nora: User, manager_client: Client) -> None:
    one = manager_client.post(address(User, "delete", nora.pk), {"post": "yes"})
    act(manager_client, "delete_selected", nora)

    assert one.status_code == 403
    assert User.objects.filter(pk=nora.pk).exists()


# Passwords.


def test_a_manager_gives_a_password(own: Rows, manager_client: Client) -> None:
    manager_client.post(address(User, "password", own.person.pk), NEW)

    own.person.refresh_from_db()
    event = AuditEvent.objects.get(verb="person.password_set")
    assert own.person.check_password(NEW["password1"])
    assert (event.object_name, event.changes) == (own.person.name, {})


def test_a_new_password_signs_out_everywhere(
    own: Rows, manager_client: Client, client_of: Callable[[User], Client]
) -> None:
    page_of_bob = client_of(own.person)
    assert page_of_bob.get("/console/").status_code == 200

    manager_client.post(address(User, "password", own.person.pk), NEW)

    assert page_of_bob.get("/console/").status_code == 302


@pytest.mark.parametrize(
    ("first", "second"),
    [("", ""), ("short", "short"), ("password1234", "password1234"), ("correct-horse-battery", "correct-horse")],
)
def test_a_bad_password_is_refused(first: str, second: str, own: Rows, manager_client: Client) -> None:
    response = manager_client.post(
        address(User, "password", own.person.pk), {"password1": first, "password2": second, "usable_password": "false"}
    )

    own.person.refresh_from_db()
    assert response.status_code == 200
    assert own.person.check_password(factories.PASSWORD)


def test_the_own_password_is_changed_where_the_old_one_is_asked_for(alice: User, manager_client: Client) -> None:
    response = manager_client.post(address(User, "password", alice.pk), NEW)

    alice.refresh_from_db()
    assert response.headers["Location"] == "/accounts/password/change/"
    assert alice.check_password(factories.PASSWORD)


def test_no_page_shows_a_hash(own: Rows, manager_client: Client, operator_client: Client) -> None:
    for client in (manager_client, operator_client):
        for url in (LIST, change_address(own.person), address(User, "password", own.person.pk)):
            page = client.get(url).content.decode()
            assert own.person.password not in page
            assert "md5" not in page


def test_the_form_offers_nothing_of_djangos_rights(own: Rows, operator_client: Client) -> None:
    offered = set(filled(operator_client, change_address(own.person)))

    assert offered == {"name", "email", "technician_group", "has_seat", "is_active"}


def test_a_manager_sees_who_manages(own: Rows, alice: User, manager_client: Client) -> None:
    shown = manager_client.get(LIST, {"is_manager__exact": "1"}).context["cl"].queryset

    assert list(shown) == [alice]
