"""The shipped coturn configuration, run by the real coturn: who gets in, and what nobody may reach (S-53, S-54)."""

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager

import pytest
from aioice import stun, turn

from lens.ice import LIFETIME_S, turn_credentials
from tests.coturn import SECRET, running_coturn

IPV6 = 0x02000000  # REQUESTED-ADDRESS-FAMILY, RFC 8656 18.11
FORBIDDEN = 403
FAMILIES = {
    "IPv4": "127.0.0.1 0.0.0.0 10.1.2.3 100.64.0.1 169.254.169.254 172.16.0.1 192.168.1.1",
    "IPv6": ":: ::1 ::ffff:127.0.0.1 ::ffff:10.1.2.3 ::ffff:8.8.8.8 fd00::1 fe80::1 64:ff9b::7f00:1",
}
PUBLIC = {"IPv4": "198.51.100.7", "IPv6": "2001:db8::7"}


@pytest.fixture(scope="module")
def coturn(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    with running_coturn(tmp_path_factory.mktemp("coturn")) as port:
        yield port


@pytest.fixture(autouse=True)
def address_family(monkeypatch: pytest.MonkeyPatch) -> None:
    """aioice asks for IPv4 relays only and does not know the attribute that asks for another."""
    entry = (0x0017, "REQUESTED-ADDRESS-FAMILY", stun.pack_unsigned, stun.unpack_unsigned)
    monkeypatch.setitem(stun.ATTRIBUTES_BY_TYPE, entry[0], entry)
    monkeypatch.setitem(stun.ATTRIBUTES_BY_NAME, entry[1], entry)


@asynccontextmanager
async def allocation(
    port: int, *, family: str = "IPv4", now: float | None = None, secret: str = SECRET
) -> AsyncIterator[turn.TurnClientUdpProtocol]:
    """A relayed address, asked for with credentials such as a page gets. Raises stun.TransactionFailed."""
    username, credential = turn_credentials("an-attendee", now=now or time.time(), secret=secret)
    transport, client = await asyncio.get_running_loop().create_datagram_endpoint(
        lambda: turn.TurnClientUdpProtocol(
            server=("127.0.0.1", port),
            username=username,
            password=credential,
            lifetime=600,
            channel_refresh_time=500,
        ),
        remote_addr=("127.0.0.1", port),
    )
    try:
        request = stun.Message(message_method=stun.Method.ALLOCATE, message_class=stun.Class.REQUEST)
        request.attributes["LIFETIME"] = 600
        request.attributes["REQUESTED-TRANSPORT"] = turn.UDP_TRANSPORT
        if family == "IPv6":
            request.attributes["REQUESTED-ADDRESS-FAMILY"] = IPV6
        await client.request_with_retry(request)
        yield client
    finally:
        transport.close()


async def permit(client: turn.TurnClientUdpProtocol, peer: str) -> None:
    """CreatePermission for a peer. Raises stun.TransactionFailed."""
    request = stun.Message(message_method=stun.Method.CREATE_PERMISSION, message_class=stun.Class.REQUEST)
    request.attributes["XOR-PEER-ADDRESS"] = (peer, 5000)
    await client.request_with_retry(request)


@pytest.mark.parametrize("family", FAMILIES)
async def test_what_only_the_server_can_reach_is_out_of_reach(coturn: int, family: str) -> None:
    async with allocation(coturn, family=family) as client:
        await permit(client, PUBLIC[family])

        for peer in FAMILIES[family].split():
            with pytest.raises(stun.TransactionFailed) as refused:
                await permit(client, peer)
            assert refused.value.response.attributes["ERROR-CODE"][0] == FORBIDDEN, peer


async def test_credentials_end_after_their_time(coturn: int) -> None:
    with pytest.raises(stun.TransactionFailed):
        async with allocation(coturn, now=time.time() - LIFETIME_S - 5):  # coturn's clock has whole seconds, and lags
            pass


async def test_another_secret_opens_nothing(coturn: int) -> None:
    with pytest.raises(stun.TransactionFailed):
        async with allocation(coturn, secret="not the secret"):
            pass
