"""The questions of a portal's form, in the manager's administration."""

from typing import Any

import pytest
from django.test import Client

from portals import actions
from portals.errors import InvalidInput
from portals.models import AuditEvent, Portal, PortalQuestion, User
from portals.questions import Question
from tests import factories
from tests.portals.admin_pages import address, change_address, filled
from tests.portals.conftest import Rows

pytestmark = pytest.mark.django_db


def ask(client: Client, portal: Portal, *labels: str, **changes: Any) -> Any:
    url = change_address(portal)
    rows = {f"questions-{number}-label": label for number, label in enumerate(labels)}
    rows |= {f"questions-{number}-position": number + 1 for number in range(len(labels))}
    return client.post(url, filled(client, url, **(rows | changes)))


def labels(portal: Portal) -> list[str]:
    return list(portal.questions.order_by("position").values_list("label", flat=True))


def test_questions_are_written_in_their_order_and_audited(own: Rows, manager_client: Client) -> None:
    ask(manager_client, own.portal, "Second", "First", **{"questions-0-position": 7, "questions-1-required": "on"})

    assert labels(own.portal) == ["First", "Second"]
    assert AuditEvent.objects.get(verb="portal.changed").changes == {"questions": [[], ["First *", "Second"]]}


def test_a_portal_is_made_together_with_its_questions(own: Rows, manager_client: Client) -> None:
    url = address(Portal, "add")
    sent = {"questions-0-label": "What is wrong?", "questions-0-position": 1}

    manager_client.post(url, filled(manager_client, url, name="Hotline", slug="hotline", **sent))

    assert labels(Portal.objects.get(slug="hotline")) == ["What is wrong?"]


def test_one_is_taken_away_and_another_changed(own: Rows, manager_client: Client) -> None:
    ask(manager_client, own.portal, "One", "Two", "Three")

    ask(manager_client, own.portal, "One", "Zwei", "Three", **{"questions-0-DELETE": "on"})

    assert labels(own.portal) == ["Zwei", "Three"]


def test_saving_the_same_changes_nothing(own: Rows, manager_client: Client) -> None:
    ask(manager_client, own.portal, "One", "Two")
    before = list(PortalQuestion.objects.values())

    ask(manager_client, own.portal, "One", "Two")

    assert list(PortalQuestion.objects.values()) == before
    assert AuditEvent.objects.filter(verb="portal.changed").count() == 1


def test_the_list_leaves_them_alone(own: Rows, manager_client: Client) -> None:
    ask(manager_client, own.portal, "One")
    url = address(Portal, "changelist")
    forms = {"form-TOTAL_FORMS": 1, "form-INITIAL_FORMS": 1, "form-0-id": own.portal.pk, "_save": "Save"}

    manager_client.post(url, forms)

    assert not Portal.objects.get(pk=own.portal.pk).is_open
    assert labels(own.portal) == ["One"]


def test_a_question_that_is_too_long_keeps_the_whole_portal_as_it_was(own: Rows, manager_client: Client) -> None:
    response = ask(manager_client, own.portal, "x" * 129, welcome_text="Hello")

    assert response.status_code == 200
    assert response.context["inline_admin_formsets"][0].formset.errors[0]["label"]
    assert Portal.objects.get(pk=own.portal.pk).welcome_text == ""
    assert labels(own.portal) == []


def test_what_the_portal_itself_refuses_keeps_the_questions_as_they_were(own: Rows, manager_client: Client) -> None:
    ask(manager_client, own.portal, "One", colour="red")

    assert labels(own.portal) == []


def test_a_sixth_is_refused(own: Rows, alice: User) -> None:
    six = [Question(label=f"Question {number}", required=False) for number in range(6)]

    with pytest.raises(InvalidInput, match="A form has 5 questions at most"):
        actions.change_portal(actor=alice, portal=own.portal, values={"questions": six})

    actions.change_portal(actor=alice, portal=own.portal, values={"questions": six[:5]})
    assert own.portal.questions.count() == 5


def test_more_rows_than_five_in_a_forged_form_change_nothing(own: Rows, manager_client: Client) -> None:
    seven = {f"questions-{number}-label": "?" for number in range(7)} | {
        f"questions-{number}-position": number for number in range(7)
    }

    ask(manager_client, own.portal, **{"questions-TOTAL_FORMS": 7}, **seven)

    assert own.portal.questions.count() <= 5


def test_another_companys_question_cannot_be_taken_over(own: Rows, foreign: Rows, manager_client: Client) -> None:
    theirs = foreign.portal.questions.create(label="Theirs", position=1)
    forged = {"questions-INITIAL_FORMS": 1, "questions-0-id": theirs.pk, "questions-0-portal": foreign.portal.pk}

    ask(manager_client, own.portal, "Mine now", **forged)

    theirs.refresh_from_db()
    assert (theirs.label, theirs.portal) == ("Theirs", foreign.portal)


def test_the_page_of_a_portal_asks_little_of_the_database(
    own: Rows, manager_client: Client, django_assert_max_num_queries: Any
) -> None:
    for number in range(5):
        own.portal.questions.create(label=f"Question {number}", position=number)
    factories.group(own.company)

    with django_assert_max_num_queries(12):
        assert manager_client.get(change_address(own.portal)).status_code == 200
