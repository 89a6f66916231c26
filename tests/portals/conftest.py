"""Two companies with one row of everything that the admin shows."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.db import models
from django.test import Client

from invitations.models import Delivery
from lens.models import Recording
from portals import audit
from portals.models import AuditEvent, Company, Portal, TechnicianGroup, Terms, User
from sessions.models import SupportSession
from tests import factories


@dataclass
class Rows:
    """One row of each kind, all of one company."""

    company: Company
    group: TechnicianGroup
    portal: Portal
    terms: Terms
    person: User
    support_session: SupportSession
    delivery: Delivery
    recording: Recording
    event: AuditEvent

    def of(self, model: type[models.Model]) -> models.Model:
        return next(row for row in vars(self).values() if isinstance(row, model))


def rows_of(technician: User) -> Rows:
    company, group = technician.company, technician.technician_group
    assert company is not None
    assert group is not None
    created = factories.invited(technician, name=f"Dora of {technician.name}", method="email", to="dora@example.org")
    assert created.delivery is not None
    return Rows(
        company=company,
        group=group,
        portal=company.portals.get(),
        terms=company.terms.get(),
        person=technician,
        support_session=created.support_session,
        delivery=created.delivery,
        recording=factories.recording(created.support_session),
        event=audit.record(actor=technician, verb="login", target=technician),
    )


@pytest.fixture
def own(bob: User) -> Rows:
    return rows_of(bob)


@pytest.fixture
def foreign(charlie: User) -> Rows:
    return rows_of(charlie)


@pytest.fixture
def manager_client(alice: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(alice)


@pytest.fixture
def operator(db: None) -> User:
    return User.objects.create_superuser("operator@example.com", factories.PASSWORD, name="Olga")


@pytest.fixture
def operator_client(operator: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(operator)
