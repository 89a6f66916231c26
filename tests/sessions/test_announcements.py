"""Living pages are told after commit, never before, and nothing is told of what was rolled back."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import transaction
from django.utils import timezone

from portals.errors import DomainError
from portals.models import User
from sessions import actions, bus, chat, endings, presence
from sessions.models import SupportSession
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)
Told = list[tuple[str, bus.Hint]]
Verb = Callable[[SupportSession, User], Any]


@pytest.fixture
def told(monkeypatch: pytest.MonkeyPatch) -> Told:
    heard: Told = []
    monkeypatch.setattr(bus, "publish", lambda group, hint, local=None: heard.append((group, hint)))
    return heard


def customer(support_session: SupportSession) -> Any:
    return factories.customer_of(support_session)


def lead(support_session: SupportSession) -> Any:
    return support_session.participants.get(user=support_session.lead)


def say(support_session: SupportSession, who: Any) -> Any:
    return chat.post_chat(
        participant=who, client_msg_id="line-0001", text="hello", audience="everyone", now=timezone.now()
    )


# A verb, the session it needs, and what it does.
VERBS: dict[str, tuple[str, Verb]] = {
    "accept": (
        "connecting",
        lambda s, bob: actions.accept_terms(participant=customer(s), version=1, now=timezone.now()),
    ),
    "decline": ("connecting", lambda s, bob: actions.decline_terms(participant=customer(s), now=timezone.now())),
    "start": (
        "waiting",
        lambda s, bob: actions.start_session(technician=bob, session_id=s.public_id, now=timezone.now()),
    ),
    "end": ("active", lambda s, bob: endings.end_session(technician=bob, session_id=s.public_id, now=timezone.now())),
    "leave": ("active", lambda s, bob: endings.leave_session(participant=customer(s), now=timezone.now())),
    "chat": ("active", lambda s, bob: say(s, lead(s))),
    "open page": (
        "active",
        lambda s, bob: presence.open_page(participant=customer(s), page_id="p", now=timezone.now()),
    ),
    "media state": (
        "active",
        lambda s, bob: presence.set_media_state(participant=customer(s), camera=True, microphone=True),
    ),
}


def ready(stage: str, bob: User) -> SupportSession:
    match stage:
        case "connecting":
            return factories.customer_on_the_way(bob)[0].support_session
        case "waiting":
            return factories.waiting_session(bob)
    return factories.active_session(bob)


@pytest.mark.parametrize("name", VERBS)
def test_a_verb_tells_the_room_and_the_lead_s_console_after_commit(bob: User, told: Told, name: str) -> None:
    stage, verb = VERBS[name]
    support_session = ready(stage, bob)
    told.clear()

    with transaction.atomic():
        verb(support_session, bob)
        assert told == []

    groups = {group for group, _hint in told}
    console = set() if name == "chat" else {bus.console_group(bob.pk)}  # a chat line changes nothing in the lists
    assert groups == {bus.room_group(support_session.public_id)} | console


@pytest.mark.parametrize("name", VERBS)
def test_nothing_is_told_of_what_was_rolled_back(bob: User, told: Told, name: str) -> None:
    stage, verb = VERBS[name]
    support_session = ready(stage, bob)
    told.clear()

    with pytest.raises(RuntimeError), transaction.atomic():
        verb(support_session, bob)
        raise RuntimeError

    assert told == []


def test_each_new_line_is_told_with_its_seq(bob: User, told: Told) -> None:
    active = factories.active_session(bob)
    told.clear()

    entry = say(active, lead(active))

    assert (bus.room_group(active.public_id), {"kind": "entry", "seq": entry.seq, "of": "chat.posted"}) in told


def test_a_refused_verb_tells_nothing(bob: User, alice: User, told: Told) -> None:
    active = factories.active_session(bob)
    told.clear()

    with pytest.raises(DomainError):
        endings.end_session(technician=alice, session_id=active.public_id, now=timezone.now())

    assert told == []


def test_closing_a_page_that_no_longer_speaks_tells_nothing(bob: User, told: Told) -> None:
    dora = customer(factories.active_session(bob))
    lease_until = presence.open_page(participant=dora, page_id="new", now=timezone.now())
    told.clear()

    presence.close_page(participant=dora, page_id="old", lease_until=lease_until, now=timezone.now())

    assert told == []
