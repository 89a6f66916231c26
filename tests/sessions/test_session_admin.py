"""The manager's record of a support session: who, when, chat, status changes, attendees, all of it text."""

from collections.abc import Callable

import pytest
from django.test import Client
from django.utils import timezone

from portals.models import AuditEvent, User
from sessions import chat, endings
from sessions.models import SupportSession
from tests import factories

pytestmark = pytest.mark.django_db
LIST = "/admin/support_sessions/supportsession/"


@pytest.fixture
def manager_client(alice: User, client_of: Callable[[User], Client]) -> Client:
    return client_of(alice)


@pytest.fixture
def ended(bob: User) -> SupportSession:
    """Bob helped Dora, both wrote a line, Bob ended it."""
    support_session = factories.active_session(bob, name="Dora")
    dora, lead = factories.customer_of(support_session), support_session.participants.get(user=bob)
    for author, text, audience in (
        (dora, "It hums <b>loudly</b>.\nHear it?", "everyone"),
        (lead, "I hear it.", "everyone"),
        (lead, "The bearing, I think.", "technicians"),
    ):
        chat.post_chat(
            participant=author, client_msg_id=f"line-{text[:4]}", text=text, audience=audience, now=timezone.now()
        )
    return endings.end_session(technician=bob, session_id=support_session.public_id, now=timezone.now())


def page_of(support_session: SupportSession, client: Client) -> str:
    return client.get(f"{LIST}{support_session.pk}/change/").content.decode()


def test_the_record_is_read_from_top_to_bottom(ended: SupportSession, manager_client: Client) -> None:
    page = page_of(ended, manager_client)

    story = [
        "Dora has joined the session",
        "It hums",
        "I hear it.",
        "The bearing, I think.",
        "Dora has left the session",
    ]
    places = [page.index(words) for words in story]
    assert places == sorted(places)
    for words in ("Bob", "Closed by technician", "technicians only", "Customer", "Lead", "Status: Active"):
        assert words in page


def test_what_was_typed_is_text(ended: SupportSession, manager_client: Client) -> None:
    page = page_of(ended, manager_client)

    assert "It hums &lt;b&gt;loudly&lt;/b&gt;.<br>Hear it?" in page
    assert "<b>loudly" not in page


def test_it_holds_no_code_and_no_digest(bob: User, manager_client: Client) -> None:
    created = factories.invited(bob)
    page = page_of(created.support_session, manager_client)

    for secret in (created.secrets.code, created.secrets.token, created.invitation.code_digest):
        assert secret not in page


def test_reading_it_is_audited(ended: SupportSession, alice: User, manager_client: Client) -> None:
    page_of(ended, manager_client)

    event = AuditEvent.objects.get(verb="session.viewed")
    assert (event.actor_name, event.object_name) == (alice.name, str(ended))


@pytest.mark.parametrize(
    ("query", "count"),
    [({"q": "dora"}, 1), ({"q": "bob"}, 1), ({"q": "nobody"}, 0), ({"status__exact": "closed"}, 1), ({"kind": "x"}, 0)],
)
def test_sessions_are_found(query: dict[str, str], count: int, ended: SupportSession, manager_client: Client) -> None:
    shown = manager_client.get(LIST, query).context["cl"].queryset

    assert shown.count() == count


def test_a_manager_who_helped_elsewhere_sees_only_the_own_company_here(
    ended: SupportSession, charlie: User, alice: User, manager_client: Client
) -> None:
    elsewhere = factories.invited(charlie).support_session
    elsewhere.participants.create(role="technician", name=alice.name, user=alice)

    assert manager_client.get(f"{LIST}{elsewhere.pk}/change/").status_code == 404
