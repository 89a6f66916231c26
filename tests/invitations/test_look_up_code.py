"""A typed code: the right one leads to its landing, every other is told what it was, within two hours of its end."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from invitations import actions, ways_in
from invitations.actions import Created
from invitations.errors import CodeCancelled, CodeEnded, CodeExpired, CodeNotValid, CodeUsed
from invitations.models import GuessCounter, Invitation
from portals.errors import DomainError
from portals.models import AuditEvent, User
from sessions import endings
from tests import factories
from tests.invitations.conftest import Clock

pytestmark = pytest.mark.django_db

NEVER_ISSUED = "This code is not valid. Check the numbers, or ask your technician for a new one."


def _use(bob: User, created: Created) -> None:
    actions.redeem(token=created.secrets.token, language="en", now=timezone.now())


def _cancel(bob: User, created: Created) -> None:
    actions.cancel(technician=bob, invitation_id=created.invitation.public_id, now=timezone.now())


def _refuse(bob: User, created: Created) -> None:
    actions.refuse(token=created.secrets.token, now=timezone.now())


def _expire(bob: User, created: Created) -> None:
    factories.expired(created.invitation)


def _end(bob: User, created: Created) -> None:
    endings.end_session(technician=bob, session_id=created.support_session.public_id, now=timezone.now())


ENDS: dict[str, tuple[Callable[[User, Created], None], type[DomainError], str]] = {
    "used": (_use, CodeUsed, "This code has already been used."),
    "cancelled": (_cancel, CodeCancelled, "This code was cancelled by the technician."),
    "refused": (_refuse, CodeEnded, "The session of this code has ended."),
    "expired": (_expire, CodeExpired, "The code has expired: ask your technician for a new one."),
    "session ended": (_end, CodeEnded, "The session of this code has ended."),
}


def type_code(browser: Client, code: str, *, address: str = "192.0.2.7") -> Any:
    return browser.post("/", {"code": code}, REMOTE_ADDR=address)


def never_issued(*created: Created) -> str:
    taken = {one.secrets.code for one in created}
    return next(code for code in ("111111", "222222", "333333") if code not in taken)


def test_the_right_code_leads_to_the_landing_of_its_link(dora: Client, bob: User) -> None:
    created = factories.invited(bob)

    response = type_code(dora, created.secrets.code)

    assert response.status_code == 302
    assert response.headers["Location"] == f"/join/#{created.secrets.token}"


def test_the_right_code_spends_nothing(dora: Client, bob: User) -> None:
    created = factories.invited(bob)
    before = Invitation.objects.values().get()

    for _time in range(10):
        assert type_code(dora, created.secrets.code).status_code == 302

    assert Invitation.objects.values().get() == before
    assert not GuessCounter.objects.filter(wrong__gt=0).exists()


def test_each_of_two_living_codes_opens_its_own_session(dora: Client, bob: User, charlie: User) -> None:
    bobs, charlies = factories.invited(bob), factories.invited(charlie)

    assert type_code(dora, bobs.secrets.code).headers["Location"].endswith(bobs.secrets.token)
    assert type_code(dora, charlies.secrets.code).headers["Location"].endswith(charlies.secrets.token)


def test_a_wrong_code_is_not_valid(dora: Client, bob: User) -> None:
    created = factories.invited(bob)

    response = type_code(dora, never_issued(created))

    assert response.status_code == 400
    assert response.context["form"].errors["code"] == [NEVER_ISSUED]


@pytest.mark.parametrize("how", ENDS)
def test_a_code_that_has_ended_is_told_so_in_its_own_words(dora: Client, bob: User, how: str) -> None:
    end, _error, sentence = ENDS[how]
    created = factories.invited(bob)
    end(bob, created)

    response = type_code(dora, created.secrets.code)

    assert response.status_code == 400
    assert response.context["form"].errors["code"][0].startswith(sentence)


@pytest.mark.parametrize("how", ENDS)
def test_until_two_hours_later_the_reason_is_told(bob: User, how: str, clock: Clock) -> None:
    end, error, _sentence = ENDS[how]
    created = factories.invited(bob)
    end(bob, created)

    clock.forward(hours=2, seconds=-10)

    with pytest.raises(error):
        ways_in.look_up_code(code=created.secrets.code, address="192.0.2.7", visitor="", now=timezone.now())


@pytest.mark.parametrize("how", ENDS)
def test_after_two_hours_it_is_a_code_like_any_other(bob: User, how: str, clock: Clock) -> None:
    end, _error, _sentence = ENDS[how]
    created = factories.invited(bob)
    end(bob, created)

    clock.forward(hours=2, seconds=10)

    with pytest.raises(CodeNotValid):
        ways_in.look_up_code(code=created.secrets.code, address="192.0.2.7", visitor="", now=timezone.now())


def test_a_code_is_good_until_its_last_second(bob: User) -> None:
    created = factories.invited(bob)
    last = created.invitation.expires_at - timedelta(seconds=1)

    found = ways_in.look_up_code(code=created.secrets.code, address="192.0.2.7", visitor="", now=last)

    assert found == created.secrets


def test_a_code_has_expired_at_its_end(bob: User) -> None:
    created = factories.invited(bob)

    with pytest.raises(CodeExpired):
        ways_in.look_up_code(
            code=created.secrets.code, address="192.0.2.7", visitor="", now=created.invitation.expires_at
        )


@pytest.mark.parametrize("how", ENDS)
def test_an_ended_code_answers_with_the_status_and_size_of_an_unknown_one(dora: Client, bob: User, how: str) -> None:
    end, _error, _sentence = ENDS[how]
    created = factories.invited(bob)
    end(bob, created)
    dora.get("/")

    unknown = type_code(dora, never_issued(created))
    ended = type_code(dora, created.secrets.code)

    assert ended.status_code == unknown.status_code
    assert set(ended.headers) == set(unknown.headers)
    assert abs(len(ended.content) - len(unknown.content)) < 256


@pytest.mark.parametrize("how", ENDS)
def test_an_ended_code_costs_the_queries_of_an_unknown_one(bob: User, how: str) -> None:
    end, _error, _sentence = ENDS[how]
    created = factories.invited(bob)
    end(bob, created)

    def queries(code: str, address: str) -> list[str]:
        with (
            CaptureQueriesContext(
                connection,
            ) as captured,
            pytest.raises(DomainError),
        ):
            ways_in.look_up_code(code=code, address=address, visitor="v", now=timezone.now())
        return [query["sql"].split()[0] for query in captured]

    queries(never_issued(created), "192.0.2.1")  # makes the counter of everybody
    GuessCounter.objects.exclude(source="everybody").delete()
    unknown = queries(never_issued(created), "192.0.2.2")
    GuessCounter.objects.exclude(source="everybody").delete()
    ended = queries(created.secrets.code, "192.0.2.3")

    assert ended == unknown


def test_every_try_is_audited_with_the_company_it_hit(bob: User) -> None:
    created = factories.invited(bob)
    now = timezone.now()

    with pytest.raises(CodeNotValid):
        ways_in.look_up_code(code=never_issued(created), address="192.0.2.7", visitor="", now=now)
    ways_in.look_up_code(code=created.secrets.code, address="192.0.2.7", visitor="", now=now)

    tries = AuditEvent.objects.filter(verb="code.try").order_by("pk").values_list("refused", "company")
    assert list(tries) == [(True, None), (False, bob.company_id)]


def test_the_audit_knows_where_a_try_came_from(dora: Client) -> None:
    type_code(dora, "111111", address="192.0.2.99")

    assert AuditEvent.objects.get(verb="code.try").address == "192.0.2.99"
