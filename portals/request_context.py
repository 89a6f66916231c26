"""Who is asking: address and request id of the current HTTP request or socket, for audit rows and logs."""

import ipaddress
import uuid
from collections.abc import Callable
from contextvars import ContextVar
from dataclasses import dataclass

from django.conf import settings
from django.http import HttpRequest, HttpResponse


@dataclass(frozen=True)
class RequestContext:
    request_id: str = ""
    address: str = ""


NOBODY = RequestContext()
_current: ContextVar[RequestContext] = ContextVar("request_context", default=NOBODY)


def current() -> RequestContext:
    return _current.get()


def enter(context: RequestContext) -> None:
    _current.set(context)


def client_address(*, peer: str, forwarded_for: str) -> str:
    """Return the client's address, believing X-Forwarded-For only for the configured number of own proxies (S-46).

    With N trusted proxies the N-th entry from the right was written by our outermost proxy; everything left of it is
    the client's own claim. An unreadable value falls back to the peer's address.
    """
    proxies: int = settings.TRUSTED_PROXY_COUNT
    if proxies:
        entries = [entry.strip() for entry in forwarded_for.split(",") if entry.strip()]
        if len(entries) >= proxies:
            try:
                return str(ipaddress.ip_address(entries[-proxies].partition("%")[0]))  # without a zone, of any length
            except ValueError:
                return peer
    return peer


def source_of(address: str) -> str:
    """One IPv4 address, or one IPv6 /64: the least that one household or phone has."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "address:unknown"
    if isinstance(found, ipaddress.IPv6Address):
        if found.ipv4_mapped is not None:
            return f"address:{found.ipv4_mapped}"
        return f"address:{ipaddress.ip_network((found, 64), strict=False)}"
    return f"address:{found}"


def address_of(request: HttpRequest) -> str:
    return client_address(
        peer=request.META.get("REMOTE_ADDR") or "",
        forwarded_for=request.META.get("HTTP_X_FORWARDED_FOR", ""),
    )


def request_context_middleware(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Give each request an id and note its address; the id goes back in `X-Request-Id`."""

    def middleware(request: HttpRequest) -> HttpResponse:
        request_id = uuid.uuid4().hex
        enter(RequestContext(request_id=request_id, address=address_of(request)))
        response = get_response(request)
        response.headers["X-Request-Id"] = request_id
        return response

    return middleware
