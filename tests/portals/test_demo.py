"""The demo company is made once, and a later start leaves alone what a manager has changed since."""

import pytest

from portals import demo
from portals.models import Company, TechnicianGroup, User


@pytest.fixture(autouse=True)
def _password(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SIGHTLINE_DEMO_PASSWORD", "the-first-password")


def test_it_makes_both_companies_and_their_people() -> None:
    demo.create_demo()

    assert {company.name for company in Company.objects.all()} == {"Acme Support", "Globex"}
    assert set(User.objects.values_list("email", flat=True)) == set(demo.EMAILS)


def test_a_later_start_survives_what_a_manager_changed() -> None:
    demo.create_demo()
    acme = Company.objects.get(name="Acme Support")
    TechnicianGroup.objects.create(company=acme, name="Second line")
    Company.objects.filter(pk=acme.pk).update(name="Acme Help")
    User.objects.filter(email=demo.TOM).update(email="thomas@acme.example")

    demo.create_demo()

    assert Company.objects.count() == 2
    assert User.objects.count() == len(demo.EMAILS)


def test_a_later_start_takes_a_new_password(monkeypatch: pytest.MonkeyPatch) -> None:
    demo.create_demo()
    monkeypatch.setenv("SIGHTLINE_DEMO_PASSWORD", "the-second-password")

    demo.create_demo()

    assert User.objects.get(email=demo.TESS).check_password("the-second-password")
