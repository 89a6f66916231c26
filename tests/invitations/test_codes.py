"""Six digits and a link token: how they are drawn, stored, read, kept apart, and forgotten."""

import hashlib
import hmac
from datetime import timedelta
from typing import Any

import pytest
from cryptography.fernet import Fernet
from django.utils import timezone

from invitations import actions, codes, tasks, ways_in
from invitations.errors import CodeNotValid, NoCodeFree
from invitations.models import DIGEST_KEPT, Invitation
from portals.models import User
from sessions import endings
from tests import factories
from tests.invitations.conftest import Clock

DIGITS_OF_THE_WORLD = ["１２３４５６", "١٢٣٤٥٦", "۱۲۳۴۵۶", "१२३४५६", "๑๒๓๔๕๖"]


@pytest.mark.parametrize(
    "typed",
    [
        "123456",
        " 123 456 ",
        "123-456",
        "123\u00a0456",
        "123\u2009456",
        "123\u2010456",
        "123\u2011456",
        "123 – 456",
        "123—456",
        "1 2 3-4 5 6",
        "\t123456\r\n",
        "123\u200b456",
        "\ufeff123456",
        "\u2068123\u2069456",
        *DIGITS_OF_THE_WORLD,
    ],
)
def test_what_people_put_between_digits_is_dropped(typed: str) -> None:
    assert codes.normalise(typed) == "123456"


@pytest.mark.parametrize(
    ("typed", "kept"), [("12a456", "12a456"), ("12.34", "12.34"), ("½23", "½23"), ("²3", "²3"), ("Ⅻ", "Ⅻ"), ("", "")]
)
def test_what_is_no_digit_is_kept_for_the_form_to_refuse(typed: str, kept: str) -> None:
    assert codes.normalise(typed) == kept


def test_leading_zeros_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("invitations.codes.secrets.randbelow", lambda limit: 42)

    assert codes.draw_codes(digits=6, count=2) == ["000042", "000042"]


def test_codes_are_drawn_from_the_whole_space() -> None:
    drawn = codes.draw_codes(digits=2, count=5000)

    assert set(drawn) == {f"{number:02d}" for number in range(100)}


def test_a_code_is_shown_in_groups_of_three() -> None:
    assert codes.Secrets(code="012345", token="t").code_display == "012 345"
    assert codes.Secrets(code="01234567", token="t").code_display == "0123 4567"


def test_a_token_has_256_bits() -> None:
    tokens = {codes.new_token() for _each in range(100)}

    assert len(tokens) == 100
    assert {len(token) for token in tokens} == {43}


@pytest.mark.django_db
def test_a_code_with_leading_zeros_opens_its_session(bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "draw_codes", lambda *, digits, count: ["000042"])
    created = factories.invited(bob)

    found = ways_in.look_up_code(code="000042", address="192.0.2.1", visitor="", now=timezone.now())

    assert found == created.secrets


@pytest.mark.django_db
def test_neither_code_nor_token_is_stored_as_it_is(bob: User) -> None:
    created = factories.invited(bob)

    row = Invitation.objects.values().get()
    stored = " ".join(str(value) for value in row.values())
    assert created.secrets.token not in stored
    assert hashlib.sha256(created.secrets.code.encode()).hexdigest() not in stored
    assert created.secrets.code not in (row["code_digest"], row["link_digest"], row["sealed"])


@pytest.mark.django_db
def test_the_digest_of_a_code_is_keyed_by_the_pepper_alone(bob: User, settings: Any) -> None:
    created = factories.invited(bob)

    expected = hmac.new(settings.CODE_PEPPER.encode(), created.secrets.code.encode(), "sha256").hexdigest()
    assert created.invitation.code_digest == expected
    settings.SECRET_KEY = "another-secret-key-0123456789-abcdefghijklmnopqrst"
    assert codes.code_digest(created.secrets.code) == expected


@pytest.mark.django_db
def test_its_creator_can_see_the_code_again_while_it_lives(bob: User) -> None:
    created = factories.invited(bob)

    assert codes.unseal(Invitation.objects.get().sealed) == created.secrets


@pytest.mark.django_db
def test_a_new_secret_key_still_reads_what_the_old_one_sealed(bob: User, settings: Any) -> None:
    created = factories.invited(bob)

    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-secret-key-0123456789-abcdefghijklmnopqrst"

    assert codes.unseal(created.invitation.sealed) == created.secrets


@pytest.mark.django_db
def test_a_copy_that_no_key_opens_is_no_code(bob: User) -> None:
    created = factories.invited(bob)
    Invitation.objects.update(sealed=Fernet(Fernet.generate_key()).encrypt(b"[]").decode())

    with pytest.raises(CodeNotValid):
        ways_in.look_up_code(code=created.secrets.code, address="192.0.2.1", visitor="", now=timezone.now())


def _redeemed(bob: User) -> None:
    created = factories.invited(bob)
    actions.redeem(token=created.secrets.token, language="en", now=timezone.now())


def _cancelled(bob: User) -> None:
    created = factories.invited(bob)
    actions.cancel(technician=bob, invitation_id=created.invitation.public_id, now=timezone.now())


def _refused(bob: User) -> None:
    actions.refuse(token=factories.invited(bob).secrets.token, now=timezone.now())


def _expired(bob: User) -> None:
    factories.expired(factories.invited(bob).invitation)
    tasks.end_overdue_sessions()


def _ended_with_its_session(bob: User) -> None:
    created = factories.invited(bob)
    endings.end_session(technician=bob, session_id=created.support_session.public_id, now=timezone.now())
    tasks.end_overdue_sessions()


@pytest.mark.django_db
@pytest.mark.parametrize("end", [_redeemed, _cancelled, _refused, _expired, _ended_with_its_session])
def test_the_sealed_copy_is_deleted_at_the_end(bob: User, end: Any) -> None:
    end(bob)

    assert Invitation.objects.get().sealed == ""


@pytest.mark.django_db
def test_the_sweep_leaves_the_copies_of_living_codes(bob: User) -> None:
    created = factories.invited(bob)

    tasks.end_overdue_sessions()
    tasks.forget_old_codes()

    assert codes.unseal(Invitation.objects.get().sealed) == created.secrets


@pytest.mark.django_db
@pytest.mark.parametrize("end", [_redeemed, _cancelled, _expired, _ended_with_its_session])
def test_a_code_is_not_given_out_again_for_24_hours_after_its_end(
    bob: User, end: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(codes, "draw_codes", lambda *, digits, count: ["777777"] * count)
    end(bob)

    clock.forward(hours=23, minutes=59)
    tasks.forget_old_codes()

    with pytest.raises(NoCodeFree):
        factories.invited(bob)


@pytest.mark.django_db
@pytest.mark.parametrize("end", [_redeemed, _cancelled, _expired, _ended_with_its_session])
def test_a_code_is_free_again_after_that(bob: User, end: Any, clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(codes, "draw_codes", lambda *, digits, count: ["777777"] * count)
    end(bob)
    longest = Invitation.objects.get().expires_at - timezone.now()

    clock.forward(seconds=(max(longest, timedelta(0)) + DIGEST_KEPT).total_seconds() + 1)
    tasks.forget_old_codes()

    assert factories.invited(bob).secrets.code == "777777"


@pytest.mark.django_db
def test_a_taken_code_is_passed_over(bob: User, monkeypatch: pytest.MonkeyPatch) -> None:
    taken = factories.invited(bob).secrets.code
    free = f"{(int(taken) + 1) % 10**6:06d}"
    monkeypatch.setattr(codes, "draw_codes", lambda *, digits, count: [taken, free])

    assert factories.invited(bob).secrets.code == free
