"""STUN and TURN servers for a page."""

import base64
import hashlib
import hmac
from typing import Any

import pytest
import time_machine

from lens.ice import LIFETIME_S, ice_servers, turn_credentials
from sessions.protocol import IceServer

# As coturn computes it: echo -n 1800007200:dora | openssl dgst -sha1 -hmac north -binary | base64
KNOWN = {
    ("dora", 1_800_000_000, "north"): ("1800007200:dora", "J/lus79ZP3eI10KwaU4XwHQf20s="),
}


def test_credentials_are_those_that_coturn_computes() -> None:
    for (attendee, now, secret), answer in KNOWN.items():
        assert turn_credentials(attendee, now=now, secret=secret) == answer


def test_credentials_end_after_two_hours_at_most() -> None:
    assert LIFETIME_S <= 2 * 3600

    username, _credential = turn_credentials("dora", now=1_000_000.9, secret="s" * 32)

    assert username == f"{1_000_000 + LIFETIME_S}:dora"


def test_credentials_are_bound_to_name_moment_and_secret() -> None:
    one = turn_credentials("dora", now=1000, secret="s" * 32)

    assert turn_credentials("dora", now=1000, secret="s" * 32) == one
    for other in (
        turn_credentials("bob", now=1000, secret="s" * 32),
        turn_credentials("dora", now=1001, secret="s" * 32),
        turn_credentials("dora", now=1000, secret="t" * 32),
    ):
        assert other[1] != one[1]


def test_a_claim_of_a_longer_life_does_not_verify() -> None:
    username, credential = turn_credentials("dora", now=1000, secret="north")

    forged = f"9{username}"

    digest = hmac.new(b"north", forged.encode(), hashlib.sha1).digest()
    assert base64.b64encode(digest).decode() != credential


@pytest.mark.parametrize(
    ("stun", "turn", "expected"),
    [
        ([], [], []),
        (["stun:a"], [], [IceServer(urls=["stun:a"])]),
        (["stun:a", "stun:b"], [], [IceServer(urls=["stun:a", "stun:b"])]),
    ],
)
def test_without_turn_no_credentials_are_made(settings: Any, stun: list[str], turn: list[str], expected: Any) -> None:
    settings.STUN_URLS, settings.TURN_URLS = stun, turn

    assert ice_servers("dora") == expected


def test_turn_comes_with_the_attendee_s_own_credentials(settings: Any) -> None:
    settings.STUN_URLS, settings.TURN_URLS, settings.TURN_SECRET = ["stun:a"], ["turn:b", "turns:b"], "north"

    with time_machine.travel(1_800_000_000, tick=False):
        _stun, turn = ice_servers("dora")

    username, credential = KNOWN["dora", 1_800_000_000, "north"]
    assert turn == IceServer(urls=["turn:b", "turns:b"], username=username, credential=credential)
