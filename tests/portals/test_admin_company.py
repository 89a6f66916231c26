"""Company settings and terms."""

import pytest
from django.test import Client

from portals.models import AuditEvent, Company, Terms, User
from tests.portals.admin_pages import address, change_address, errors_of, filled, save
from tests.portals.conftest import Rows

pytestmark = pytest.mark.django_db
PUBLISH = address(Terms, "add")


@pytest.mark.parametrize(
    ("field", "before", "after"),
    [
        ("lens_enabled", True, False),
        ("specialists_enabled", True, False),
        ("recording_allowed", False, True),
        ("code_lifetime_min", 15, 5),
        ("code_lifetime_min", 15, 60),
        ("waiting_limit_min", 60, 0),
        ("idle_limit_min", 0, 999),
    ],
)
def test_a_setting_is_changed_and_audited(
    field: str, before: object, after: object, own: Rows, manager_client: Client
) -> None:
    save(manager_client, own.company, **{field: after})

    own.company.refresh_from_db()
    event = AuditEvent.objects.get(verb="company.changed")
    assert getattr(own.company, field) == after
    assert (event.company, event.changes) == (own.company, {field: [before, after]})


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("code_lifetime_min", 4),
        ("code_lifetime_min", 61),
        ("code_lifetime_min", "x"),
        ("waiting_limit_min", 1000),
        ("idle_limit_min", -1),
        ("name", ""),
    ],
)
def test_a_setting_out_of_bounds_is_refused(field: str, value: object, own: Rows, manager_client: Client) -> None:
    assert list(errors_of(save(manager_client, own.company, **{field: value}))) == [field]


def test_a_manager_does_not_take_more_seats(own: Rows, manager_client: Client) -> None:
    save(manager_client, own.company, seats=500, name="Acme Help")

    own.company.refresh_from_db()
    assert (own.company.seats, own.company.name) == (5, "Acme Help")


def test_an_operator_gives_seats(own: Rows, operator_client: Client) -> None:
    save(operator_client, own.company, seats=50)

    own.company.refresh_from_db()
    assert own.company.seats == 50
    assert AuditEvent.objects.get(verb="company.changed").changes == {"seats": [5, 50]}


def test_seats_in_use_are_not_taken_back(own: Rows, operator_client: Client) -> None:
    response = save(operator_client, own.company, seats=0)

    own.company.refresh_from_db()
    assert errors_of(response) == {"seats": ["1 seat is in use. Take some away first."]}
    assert own.company.seats == 5


def test_an_operator_makes_a_company(operator_client: Client) -> None:
    url = address(Company, "add")

    operator_client.post(url, filled(operator_client, url, name="Initech", seats=3))

    assert Company.objects.get(name="Initech").seats == 3
    assert AuditEvent.objects.get(verb="company.created").company == Company.objects.get(name="Initech")


def test_a_manager_makes_no_company(own: Rows, manager_client: Client) -> None:
    response = manager_client.post(address(Company, "add"), {"name": "Initech", "seats": 3})

    assert response.status_code == 403
    assert not Company.objects.filter(name="Initech").exists()


# Terms.


def test_publishing_begins_with_the_text_that_holds(own: Rows, manager_client: Client) -> None:
    assert filled(manager_client, PUBLISH) == {"text": own.terms.text}


def test_a_new_text_is_the_next_version(own: Rows, alice: User, manager_client: Client) -> None:
    manager_client.post(PUBLISH, {"text": "New words.\r\nOn two lines.", "version": 77})

    current = own.company.current_terms
    assert current is not None
    assert (current.version, current.text) == (2, "New words.\nOn two lines.")
    event = AuditEvent.objects.get(verb="terms.published")
    assert (event.actor_name, event.changes) == (alice.name, {"version": [1, 2]})


def test_the_first_text_is_version_one(own: Rows, manager_client: Client) -> None:
    own.terms.delete()

    manager_client.post(PUBLISH, {"text": "Words."})

    assert own.company.terms.get().version == 1


@pytest.mark.parametrize("text", ["", " \n ", "x" * 20_001])
def test_a_text_that_is_none_is_refused(text: str, own: Rows, manager_client: Client) -> None:
    assert list(errors_of(manager_client.post(PUBLISH, {"text": text}))) == ["text"]


def test_the_same_text_again_is_refused(own: Rows, manager_client: Client) -> None:
    response = manager_client.post(PUBLISH, {"text": own.terms.text.replace("\n", "\r\n")})

    assert errors_of(response) == {"text": ["This is the text that holds already. Change it first."]}
    assert own.company.terms.count() == 1


def test_a_published_text_is_never_changed(own: Rows, manager_client: Client, operator_client: Client) -> None:
    for client in (manager_client, operator_client):
        assert client.post(change_address(own.terms), {"text": "Other words."}).status_code == 403

    assert Terms.objects.get(pk=own.terms.pk).text == own.terms.text


def test_an_operator_publishes_for_a_company(own: Rows, operator_client: Client) -> None:
    operator_client.post(PUBLISH, {"text": "New words.", "company": own.company.pk})

    assert own.company.terms.count() == 2
