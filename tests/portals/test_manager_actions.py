"""The managers' verbs, called as an API or a script would: whoever calls, the same rules hold."""

from collections.abc import Callable
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from portals import actions
from portals.errors import InUse, InvalidInput, NotAllowed, SeatsFull
from portals.models import AuditEvent, Portal, TechnicianGroup, Terms, User
from tests import factories
from tests.invitations.at_once import at_once
from tests.portals.conftest import Rows

Verb = Callable[[User, Rows], Any]
NEW_PERSON = {"name": "Tess", "email": "tess@example.com"}
ON_A_ROW: dict[str, Verb] = {
    "group.change": lambda actor, rows: actions.change_group(actor=actor, group=rows.group, values={"record": True}),
    "group.delete": lambda actor, rows: actions.delete_group(actor=actor, group=rows.group),
    "portal.change": lambda actor, rows: actions.change_portal(actor=actor, portal=rows.portal, values={"name": "P"}),
    "portal.delete": lambda actor, rows: actions.delete_portal(actor=actor, portal=rows.portal),
    "person.change": lambda actor, rows: actions.change_person(actor=actor, person=rows.person, values={"name": "X"}),
    "person.set_password": lambda actor, rows: actions.set_password(actor=actor, person=rows.person, password="x" * 20),
}
IN_A_COMPANY: dict[str, Verb] = {
    "company.change": lambda actor, rows: actions.change_company(
        actor=actor, company=rows.company, values={"name": "X"}
    ),
    "terms.publish": lambda actor, rows: actions.publish_terms(
        actor=actor, company=rows.company, text="Words.", now=timezone.now()
    ),
    "group.create": lambda actor, rows: actions.create_group(actor=actor, company=rows.company, values={"name": "X"}),
    "portal.create": lambda actor, rows: actions.create_portal(
        actor=actor, company=rows.company, values={"name": "X", "slug": "x"}
    ),
    "person.create": lambda actor, rows: actions.create_person(
        actor=actor, company=rows.company, values=NEW_PERSON, password="x" * 20
    ),
}
ALL = ON_A_ROW | IN_A_COMPANY


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ALL)
def test_a_technician_is_refused_and_the_refusal_is_kept(verb: str, own: Rows) -> None:
    with pytest.raises(NotAllowed):
        ALL[verb](own.person, own)

    event = AuditEvent.objects.get(verb=verb)
    assert event.refused
    assert (event.company, event.actor_name) == (own.company, own.person.name)


@pytest.mark.django_db
@pytest.mark.parametrize("verb", IN_A_COMPANY)
def test_a_manager_of_another_company_is_refused(verb: str, alice: User, foreign: Rows) -> None:
    with pytest.raises(NotAllowed):
        ALL[verb](alice, foreign)


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ON_A_ROW)
def test_a_row_of_another_company_does_not_exist(verb: str, alice: User, foreign: Rows) -> None:
    with pytest.raises((TechnicianGroup.DoesNotExist, Portal.DoesNotExist, User.DoesNotExist)):
        ALL[verb](alice, foreign)


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ALL)
def test_a_manager_of_a_moment_ago_is_refused(verb: str, alice: User, own: Rows) -> None:
    User.objects.filter(pk=alice.pk).update(is_manager=False)

    with pytest.raises(NotAllowed):
        ALL[verb](alice, own)


@pytest.mark.django_db
def test_only_an_operator_makes_a_company(alice: User, operator: User) -> None:
    with pytest.raises(NotAllowed):
        actions.create_company(actor=alice, values={"name": "Initech"})

    assert actions.create_company(actor=operator, values={"name": "Initech"}).seats == 5


@pytest.mark.django_db
@pytest.mark.parametrize("field", ["is_superuser", "company", "password", "public_id", "availability", "groups"])
def test_a_field_that_is_not_listed_is_refused(field: str, alice: User, own: Rows) -> None:
    with pytest.raises(NotAllowed):
        actions.change_person(actor=alice, person=own.person, values={"name": "Robert", field: True})

    own.person.refresh_from_db()
    assert own.person.name == "Bob"


@pytest.mark.django_db
def test_seats_are_the_operators(alice: User, own: Rows) -> None:
    with pytest.raises(NotAllowed):
        actions.change_company(actor=alice, company=own.company, values={"seats": 99})


@pytest.mark.django_db
@pytest.mark.parametrize("verb", ["person.change", "person.set_password"])
def test_a_manager_does_not_touch_an_operator(verb: str, alice: User, operator: User, own: Rows) -> None:
    User.objects.filter(pk=operator.pk).update(company=own.company)
    own.person = operator

    with pytest.raises(NotAllowed):
        ALL[verb](alice, own)


@pytest.mark.django_db
def test_what_is_in_use_is_not_deleted(alice: User, own: Rows) -> None:
    with pytest.raises(InUse) as group:
        actions.delete_group(actor=alice, group=own.group)
    with pytest.raises(InUse):
        actions.delete_portal(actor=alice, portal=own.portal)

    assert str(group.value) == f"“{own.group.name}” is in use and cannot be deleted."
    assert not AuditEvent.objects.filter(verb__endswith=".deleted").exists()


@pytest.mark.django_db
def test_a_change_to_the_same_is_none(alice: User, own: Rows) -> None:
    actions.change_group(actor=alice, group=own.group, values={"start_lens": True})
    actions.change_portal(actor=alice, portal=own.portal, values={"groups": [own.group]})

    assert not AuditEvent.objects.filter(verb__endswith=".changed").exists()


@pytest.mark.django_db
def test_setting_a_seat_is_a_change_like_any_other(alice: User, own: Rows) -> None:
    actions.set_seat(actor=alice, person=own.person, has_seat=False)
    actions.set_active(actor=alice, person=own.person, is_active=False)

    changes = AuditEvent.objects.filter(verb="person.changed").order_by("pk").values_list("changes", flat=True)
    assert list(changes) == [{"has_seat": [True, False]}, {"is_active": [True, False]}]


# Races: two real transactions.


@pytest.mark.django_db(transaction=True)
def test_one_last_seat_is_given_once() -> None:
    company = factories.company(seats=1)
    alice = factories.manager(company)
    team = factories.group(company)
    people = [factories.user(company, name, technician_group=team) for name in ("Bob", "Nora", "Tess")]

    answers = at_once([partial(actions.set_seat, actor=alice, person=person, has_seat=True) for person in people])

    assert User.objects.filter(company=company, has_seat=True).count() == 1
    assert sorted(type(answer).__name__ for answer in answers) == ["SeatsFull", "SeatsFull", "User"]
    assert next(answer for answer in answers if isinstance(answer, SeatsFull)).fields == {"limit": 1}


@pytest.mark.django_db(transaction=True)
def test_versions_of_terms_have_no_gap_and_no_double() -> None:
    company = factories.company()
    alice = factories.manager(company)
    now = timezone.now()

    at_once(
        [partial(actions.publish_terms, actor=alice, company=company, text=f"Words {n}.", now=now) for n in range(4)]
    )

    versions = Terms.objects.filter(company=company).order_by("version").values_list("version", flat=True)
    assert list(versions) == [1, 2, 3, 4, 5]


@pytest.mark.django_db(transaction=True)
def test_two_managers_do_not_put_each_other_out() -> None:
    company = factories.company()
    alice, anna = factories.manager(company), factories.manager(company, "Anna")

    at_once(
        [
            partial(actions.change_person, actor=alice, person=anna, values={"is_manager": False}),
            partial(actions.change_person, actor=anna, person=alice, values={"is_manager": False}),
        ]
    )

    assert User.objects.filter(company=company, is_manager=True).count() == 1


@pytest.mark.django_db(transaction=True)
def test_one_address_is_taken_once_by_two_companies() -> None:
    managers = [factories.manager(factories.company()) for _number in range(2)]

    answers = at_once(
        [
            partial(actions.create_person, actor=manager, company=manager.company, values=NEW_PERSON, password="x" * 20)
            for manager in managers
        ]
    )

    assert User.objects.filter(email=NEW_PERSON["email"]).count() == 1
    assert sorted(type(answer) for answer in answers if isinstance(answer, Exception)) == [InvalidInput]


def test_every_verb_is_in_the_tables_above() -> None:
    """Every verb above names who may call it; a new one has to be added to the tables."""
    verbs = {name for name, value in vars(actions).items() if getattr(value, "__module__", "") == actions.__name__}
    called = {"create_company", "set_seat", "set_active"} | {
        f"{verb}_{noun}" for noun, verb in (entry.split(".") for entry in ALL if not entry.startswith("person.set"))
    }

    public = {name for name in verbs if not name.startswith("_") and callable(getattr(actions, name))}
    assert public - {"Row"} == called | {"set_password"}
