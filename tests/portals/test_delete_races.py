"""A portal or a group is deleted in the moment in which somebody else begins to use it: one of both is refused."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.exceptions import ObjectDoesNotExist
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory
from django.utils import timezone

from invitations.actions import create_invited_session
from invitations.colleagues import invite_colleague
from invitations.portal_actions import enter_portal
from portals.actions import change_person, change_portal, delete_group, delete_portal
from portals.error_pages import domain_error_middleware
from portals.errors import DomainError, InvalidInput
from portals.models import Portal, TechnicianGroup, User
from sessions import presence
from sessions.transfers import transfer_session
from tests import factories
from tests.invitations.at_once import at_once

ROUNDS = 2
REFUSALS = (DomainError, ObjectDoesNotExist)

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(params=range(ROUNDS))
def bob(request: pytest.FixtureRequest) -> User:
    """Bob at his console, in a world made anew for each round."""
    bob = factories.technician("Bob")
    presence.renew_console(technician=bob, now=timezone.now())
    return bob


def portal_of(bob: User, **fields: Any) -> Portal:
    assert bob.company is not None
    assert bob.technician_group is not None
    return factories.portal(bob.company, bob.technician_group, **fields)


def group_of(bob: User) -> TechnicianGroup:
    assert bob.company is not None
    return factories.group(bob.company)


def race(alice: User, gone: Portal | TechnicianGroup, use: Callable[[], Any]) -> None:
    """Alice deletes while somebody uses: nobody meets a fault, and at least one of both has what was wanted."""

    def delete() -> None:
        if isinstance(gone, Portal):
            delete_portal(actor=alice, portal=gone)
        else:
            delete_group(actor=alice, group=gone)

    refused = [outcome for outcome in at_once([delete, use]) if isinstance(outcome, Exception)]
    assert [error for error in refused if not isinstance(error, REFUSALS)] == []
    assert len(refused) < 2


def test_a_portal_from_which_a_technician_invites(bob: User, alice: User) -> None:
    portal = portal_of(bob)

    def invite() -> None:
        create_invited_session(
            technician=bob,
            kind="lens",
            name="Dora",
            portal_id=portal.public_id,
            method="pin",
            to="",
            by_server=False,
            now=timezone.now(),
        )

    race(alice, portal, invite)


def test_a_portal_that_a_customer_enters(bob: User, alice: User) -> None:
    portal = portal_of(bob, mode="queue")

    def enter() -> None:
        enter_portal(
            portal_pk=portal.pk,
            name="Dora",
            answers=[],
            technician_id=None,
            address="192.0.2.1",
            language="en",
            now=timezone.now(),
        )

    race(alice, portal, enter)


@pytest.mark.parametrize("ask", [transfer_session, invite_colleague])
def test_a_portal_that_is_asked_for_help(bob: User, alice: User, ask: Callable[..., Any]) -> None:
    tom = factories.technician("Tom", of=bob.company)
    presence.renew_console(technician=tom, now=timezone.now())
    portal, active = portal_of(tom), factories.active_session(bob)

    def use() -> None:
        ask(
            technician=bob,
            session_id=active.public_id,
            kind="portal",
            target_id=str(portal.public_id),
            comment="",
            now=timezone.now(),
        )

    race(alice, portal, use)


def test_a_group_that_a_person_joins(bob: User, alice: User) -> None:
    group = group_of(bob)
    race(alice, group, lambda: change_person(actor=alice, person=bob, values={"technician_group": group}))


def test_a_group_that_serves_a_portal(bob: User, alice: User) -> None:
    group, portal = group_of(bob), portal_of(bob)
    race(alice, group, lambda: change_portal(actor=alice, portal=portal, values={"groups": [group]}))


# ---- What a page makes of it ---------------------------------------------------------------------


@pytest.fixture
def one_bob() -> User:
    return factories.technician("Bob")


def test_a_group_that_is_gone_is_no_choice_any_more(one_bob: User) -> None:
    assert one_bob.company is not None
    alice, gone = factories.manager(one_bob.company), group_of(one_bob)
    TechnicianGroup.objects.filter(pk=gone.pk).delete()

    with pytest.raises(InvalidInput) as refused:
        change_person(actor=alice, person=one_bob, values={"technician_group": gone})
    assert refused.value.errors == {"technician_group": "Somebody has just deleted it. Choose another."}


def page(commit: Callable[[], Any]) -> HttpResponse:
    """What a view answers that commits at its end, as the administration's do."""

    def view(request: HttpRequest) -> HttpResponse:
        with transaction.atomic():
            commit()
        return HttpResponse()

    request = RequestFactory().get("/")
    middleware = domain_error_middleware(view)
    try:
        return middleware(request)
    except Exception as raised:
        answer = middleware.process_exception(request, raised)
        if answer is None:
            raise
        return answer


def test_a_page_that_commits_too_late_says_so(one_bob: User) -> None:
    def commit() -> None:
        portal = portal_of(one_bob)
        Portal.groups.through.objects.create(portal=portal, techniciangroup_id=987_654)

    answer = page(commit)

    assert answer.status_code == 409
    assert "Somebody has just deleted what this needs" in answer.content.decode()


def test_any_other_refusal_of_the_database_is_a_fault_of_ours(one_bob: User) -> None:
    def commit() -> None:
        User.objects.create(email=one_bob.email, name="Bob")

    with pytest.raises(IntegrityError):
        page(commit)


def test_what_went_away_while_a_page_worked_is_not_found() -> None:
    answer = page(lambda: Portal.objects.get(pk=987_654))

    assert answer.status_code == 404
