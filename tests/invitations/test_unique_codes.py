"""R-07: of all codes that are kept no two are alike, however many are drawn at once."""

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from invitations import codes, ways_in
from invitations.errors import NoCodeFree
from invitations.models import Invitation
from portals.models import User
from sessions.models import SupportSession
from tests import factories
from tests.invitations.at_once import at_once

pytestmark = pytest.mark.django_db(transaction=True)

THREADS = 8


@pytest.fixture
def support_session(bob: User, monkeypatch: pytest.MonkeyPatch) -> SupportSession:
    """With a code of its own; those that are drawn from now on come from a space of 100."""
    made = factories.invited(bob).support_session
    monkeypatch.setitem(codes.DIGITS, "customer", 2)
    return made


def draw(support_session: SupportSession, bob: User) -> str:
    with transaction.atomic():
        _invitation, secrets = ways_in.issue(
            support_session, method=Invitation.Method.PIN, technician=bob, now=timezone.now()
        )
    return secrets.code


def test_in_a_space_of_100_no_code_is_given_out_twice_and_then_none(bob: User, support_session: SupportSession) -> None:
    def draw_until_none_is_free() -> list[str]:
        drawn: list[str] = []
        try:
            while True:
                drawn.append(draw(support_session, bob))
        except NoCodeFree:
            return drawn

    lists = at_once([draw_until_none_is_free] * THREADS)

    drawn = [code for one in lists for code in one]
    digests = set(Invitation.objects.exclude(code_digest=None).values_list("code_digest", flat=True))
    assert len(set(drawn)) == len(drawn) <= 100
    assert {codes.code_digest(code) for code in drawn} < digests
    assert len(drawn) > 75  # 50 candidates are looked at before giving up: one in four is found for all but certain


def test_threads_that_draw_the_same_codes_in_the_same_order_share_them_out(
    bob: User, support_session: SupportSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes, "draw_codes", lambda *, digits, count: [f"{number:02d}" for number in range(THREADS)])

    drawn = at_once([lambda: draw(support_session, bob)] * THREADS)

    assert sorted(drawn) == [f"{number:02d}" for number in range(THREADS)]


def test_when_all_are_taken_none_is_free(
    bob: User, support_session: SupportSession, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes, "draw_codes", lambda *, digits, count: [f"{number:02d}" for number in range(100)])
    for _each in range(100):
        draw(support_session, bob)

    with pytest.raises(NoCodeFree):
        draw(support_session, bob)


def test_the_database_itself_refuses_a_code_twice(bob: User) -> None:
    first, second = factories.invited(bob).invitation, factories.invited(bob).invitation

    with pytest.raises(IntegrityError):
        Invitation.objects.filter(pk=second.pk).update(code_digest=first.code_digest)


def test_the_database_itself_keeps_no_secret_of_an_ended_invitation(bob: User) -> None:
    invitation = factories.invited(bob).invitation

    with pytest.raises(IntegrityError):
        Invitation.objects.filter(pk=invitation.pk).update(redeemed_at=timezone.now())
