"""STUN and TURN servers for a page; TURN credentials are time-limited and made for admitted attendees only (S-53)."""

import base64
import hashlib
import hmac
import time

from django.conf import settings

from sessions.protocol import IceServer

LIFETIME_S = 2 * 3600


def ice_servers(attendee_id: str) -> list[IceServer]:
    servers = [IceServer(urls=settings.STUN_URLS)] if settings.STUN_URLS else []
    if settings.TURN_URLS:
        username, credential = turn_credentials(attendee_id, now=time.time(), secret=settings.TURN_SECRET)
        servers.append(IceServer(urls=settings.TURN_URLS, username=username, credential=credential))
    return servers


def turn_credentials(attendee_id: str, *, now: float, secret: str) -> tuple[str, str]:
    """User name and credential as coturn's `use-auth-secret` checks them: HMAC-SHA1 over `expiry:name`.

    Source: draft-uberti-behave-turn-rest-00, section 2.2. `now` is in seconds since the epoch.
    """
    username = f"{int(now) + LIFETIME_S}:{attendee_id}"
    digest = hmac.new(secret.encode(), username.encode(), hashlib.sha1).digest()
    return username, base64.b64encode(digest).decode()
