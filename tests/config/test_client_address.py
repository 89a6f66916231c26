"""Proxy headers are believed only from our own proxies (S-46)."""

from typing import Any

import pytest
from django.test import Client

from portals.models import AuditEvent, User
from portals.request_context import client_address
from tests.factories import PASSWORD

PEER = "192.0.2.9"


@pytest.mark.parametrize(
    ("proxies", "forwarded_for", "expected"),
    [
        (0, "", PEER),
        (0, "198.51.100.1", PEER),  # no proxy of ours: whatever it says is the client's own claim
        (1, "", PEER),
        (1, "198.51.100.1", "198.51.100.1"),
        (1, "203.0.113.66, 198.51.100.1", "198.51.100.1"),  # the first entry was forged
        (1, "203.0.113.66,,198.51.100.1,", "198.51.100.1"),
        (2, "203.0.113.66, 198.51.100.1, 192.0.2.5", "198.51.100.1"),
        (2, "198.51.100.1", PEER),  # came past the outer proxy
        (1, "2001:db8::1", "2001:db8::1"),
        (1, "unknown", PEER),
        (1, "198.51.100.1:1234", PEER),
        (1, "198.51.100.1\x00", PEER),
        (1, "198.51.100.1 evil", PEER),
        (1, "<script>", PEER),
        (1, "1" * 5000, PEER),
        (1, "203.0.113.66, ::ffff:198.51.100.1", "::ffff:c633:6401"),
        (1, "fe80::1%" + "x" * 5000, "fe80::1"),
    ],
)
def test_only_what_our_own_proxies_wrote_is_believed(
    settings: Any, proxies: int, forwarded_for: str, expected: str
) -> None:
    settings.TRUSTED_PROXY_COUNT = proxies

    assert client_address(peer=PEER, forwarded_for=forwarded_for) == expected


@pytest.mark.parametrize("header", ["X-Forwarded-For", "X_Forwarded_For", "X-Real-Ip", "Forwarded", "Client-Ip"])
def test_a_forged_header_changes_nothing_in_the_audit(settings: Any, bob: User, header: str) -> None:
    settings.TRUSTED_PROXY_COUNT = settings.ALLAUTH_TRUSTED_PROXY_COUNT = 0

    Client().post(
        "/accounts/login/",
        {"login": bob.email, "password": PASSWORD},
        REMOTE_ADDR=PEER,
        headers={header: "203.0.113.66"},
    )

    assert AuditEvent.objects.get(verb="login").address == PEER
