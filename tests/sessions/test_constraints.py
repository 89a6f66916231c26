"""What holds whoever writes: each rule is broken by hand, and the database refuses."""

from collections.abc import Callable
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from portals.models import User
from sessions.models import Participant, SupportSession, TimelineEntry
from sessions.states import Status
from tests.sessions.rows import attendee, session_in

pytestmark = pytest.mark.django_db


def refused(name: str, write: Callable[[], Any]) -> None:
    """`write` breaks the constraint `name`; SQLite names the columns of a unique one instead."""
    with pytest.raises(IntegrityError) as error, transaction.atomic():
        write()
    assert name in str(error.value) or "UNIQUE constraint failed" in str(error.value)


def update(support_session: SupportSession, **fields: Any) -> Callable[[], Any]:
    return lambda: SupportSession.objects.filter(pk=support_session.pk).update(**fields)


def test_a_technician_has_one_active_lens_session(bob: User) -> None:
    session_in(Status.ACTIVE, lead=bob)
    other = session_in(Status.WAITING, lead=bob)

    refused("one_active_lens_per_technician", update(other, status="active", started_at=timezone.now()))


def test_another_technician_and_another_kind_may_be_active_beside_it(bob: User, charlie: User) -> None:
    session_in(Status.ACTIVE, lead=bob)
    session_in(Status.ACTIVE, lead=bob, kind="screen")
    session_in(Status.ACTIVE, lead=bob, kind="screen")
    session_in(Status.ACTIVE, lead=charlie)
    session_in(Status.ON_HOLD, lead=bob)


@pytest.mark.parametrize("status", ["closed", "timed_out", "aborted"])
def test_an_end_has_its_moment(bob: User, status: str) -> None:
    refused("ended_at_goes_with_an_end", update(session_in(Status.ACTIVE, lead=bob), status=status))


def test_only_an_end_has_that_moment(bob: User) -> None:
    refused("ended_at_goes_with_an_end", update(session_in(Status.WAITING, lead=bob), ended_at=timezone.now()))


@pytest.mark.parametrize("status", [Status.ACTIVE, Status.ON_HOLD])
@pytest.mark.parametrize("missing", ["lead", "started_at"])
def test_a_started_session_has_a_lead_and_a_start(bob: User, status: Status, missing: str) -> None:
    refused("active_session_has_a_lead", update(session_in(status, lead=bob), **{missing: None}))


@pytest.mark.parametrize("status", [Status.WAITING, Status.ACTIVE, Status.ON_HOLD, Status.TRANSFERRING])
def test_nobody_is_listed_before_the_terms(bob: User, status: Status) -> None:
    refused("listed_only_after_terms", update(session_in(status, lead=bob), terms_accepted_at=None))


def test_a_person_is_one_attendee_of_a_session(bob: User) -> None:
    support_session = session_in(Status.WAITING, lead=bob)

    refused("one_attendee_per_user_and_session", lambda: attendee(support_session, bob))


def test_a_session_has_one_customer(bob: User) -> None:
    support_session = session_in(Status.WAITING, lead=bob)

    def make() -> Participant:
        return Participant.objects.create(support_session=support_session, role="customer", name="Dora")

    make()
    refused("one_customer_per_session", make)


def entry(support_session: SupportSession, seq: int, **fields: Any) -> TimelineEntry:
    return TimelineEntry.objects.create(support_session=support_session, seq=seq, kind="chat.posted", **fields)


def test_a_seq_is_given_once(bob: User) -> None:
    support_session = session_in(Status.WAITING, lead=bob)
    entry(support_session, 1)

    refused("seq_once_per_session", lambda: entry(support_session, 1))
    entry(session_in(Status.WAITING, lead=bob), 1)


def test_a_message_of_an_attendee_is_stored_once(bob: User) -> None:
    support_session = session_in(Status.WAITING, lead=bob)
    author = support_session.participants.get()
    dora = Participant.objects.create(support_session=support_session, role="customer", name="Dora")
    entry(support_session, 1, author=author, client_msg_id="same-id")

    refused("client_message_once", lambda: entry(support_session, 2, author=author, client_msg_id="same-id"))
    entry(support_session, 2, author=dora, client_msg_id="same-id")


def test_the_line_before_is_an_earlier_one(bob: User) -> None:
    support_session = session_in(Status.WAITING, lead=bob)

    refused("previous_seq_is_smaller", lambda: entry(support_session, 1, prev_public_seq=1))


def test_a_browser_token_opens_one_place(bob: User) -> None:
    first, second = (attendee(session_in(Status.WAITING, lead=bob), charlie) for charlie in _two_people(bob))
    Participant.objects.filter(pk=first.pk).update(token_digest="d" * 64)

    refused("token_digest", lambda: Participant.objects.filter(pk=second.pk).update(token_digest="d" * 64))


def _two_people(bob: User) -> list[User]:
    return [User.objects.create_user(f"{name}@example.com", name=name, company=bob.company) for name in ("uma", "vic")]
