"""Under a link: UDP ports of our own in place of aioice's, and who has been let in over them."""

import logging
import random
import socket
import struct
from collections.abc import Callable, Sequence
from typing import Any

import aioice.ice
from aioice import stun
from aioice.candidate import Candidate, candidate_foundation, candidate_priority

from lens.relay import rtp
from lens.relay.aiortc_hooks.media_socket import MediaSocket

logger = logging.getLogger("sightline.relay")

RECEIVE_BYTES = 1024 * 1024  # of the kernel, for each port: a key frame comes as one burst


class MediaPort(aioice.ice.StunProtocol):
    """One UDP port of a link: STUN goes to aioice, all else is heard only from where ICE has let somebody in."""

    on_media: Callable[[bytes], None] | None = None
    on_all_read: Callable[[], None] | None = None

    def datagram_received(self, data: bytes | str, addr: tuple[Any, ...]) -> None:
        if not isinstance(data, bytes) or len(data) < rtp.HEADER_BYTES:
            return
        source = (addr[0], addr[1])
        if data[0] < 4:
            self._take_stun(data, source)
        elif not self.receiver.has_let_in(source):  # type: ignore[attr-defined]
            return
        elif 127 < data[0] < 192:
            if self.on_media is not None:
                self.on_media(data)
        else:
            self.receiver.data_received(data, self.local_candidate.component)

    def all_read(self) -> None:
        if self.on_all_read is not None:
            self.on_all_read()

    def _take_stun(self, data: bytes, source: tuple[str, int]) -> None:
        """As aioice does, which however takes what is not STUN for media, and some nonsense for an error of its own."""
        try:
            message = stun.parse_message(data)
        except (ValueError, struct.error, IndexError, KeyError):
            return
        if message.message_class in (stun.Class.RESPONSE, stun.Class.ERROR):
            transaction = self.transactions.get(message.transaction_id)
            if transaction is not None:
                transaction.response_received(message, source)
        elif message.message_class == stun.Class.REQUEST:
            self.receiver.request_received(message, source, self)


class Gate:
    """Makes an aioice.Connection gather as we want, and know who has proven to be the other page."""

    def __init__(
        self,
        connection: Any,
        *,
        on_media: Callable[[bytes], None],
        on_all_read: Callable[[], None],
        network: "Network",
    ) -> None:
        self._connection = connection
        self._on_media, self._on_all_read = on_media, on_all_read
        self._network = network
        self._let_in: set[tuple[str, int]] = set()
        self._check_incoming = connection.check_incoming
        connection.check_incoming = self._incoming
        connection.has_let_in = self._has_let_in
        connection.get_component_candidates = self._gather

    def _incoming(self, message: Any, addr: tuple[str, int], protocol: Any) -> None:
        self._let_in.add(addr)  # the check was signed with this link's password
        self._check_incoming(message, addr, protocol)

    def _has_let_in(self, addr: tuple[str, int]) -> bool:
        return addr in self._let_in or any(addr == early[1] for early in self._connection._early_checks)

    async def _gather(self, component: int, addresses: list[str]) -> list[Candidate]:
        candidates: list[Candidate] = []
        for address in addresses or ["127.0.0.1"]:
            port = self._open(address)
            if port is None:
                continue
            number = port.transport.get_extra_info("sockname")[1]
            port.local_candidate = _candidate(address, number, component)
            port.on_media, port.on_all_read = self._on_media, self._on_all_read
            self._connection._protocols.append(port)
            candidates.append(port.local_candidate)
        for address in self._network.announced:
            candidates += [_candidate(address, known.port, component) for known in candidates[:1]]
        return candidates

    def _open(self, address: str) -> MediaPort | None:
        for number in self._network.ports_to_try():
            line = socket.socket(socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_DGRAM)
            try:
                line.bind((address, number))
            except OSError:
                line.close()
                continue
            line.setblocking(False)
            line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BYTES)
            port = MediaPort(self._connection)
            MediaSocket(line, port)
            return port
        logger.warning("No UDP port of SIGHTLINE_MEDIA_PORTS is free on %s.", address)
        return None


def _candidate(address: str, port: int, component: int) -> Candidate:
    return Candidate(
        foundation=candidate_foundation("host", "udp", address),
        component=component,
        transport="udp",
        priority=candidate_priority(component, "host"),
        host=address,
        port=port,
        type="host",
    )


class Network:
    """Which UDP ports links use (None: any), and addresses they are reached at beside the machine's own (NAT)."""

    def __init__(self, *, ports: tuple[int, int] | None = None, announced: Sequence[str] = ()) -> None:
        self.ports = ports
        self.announced = list(announced)

    def ports_to_try(self) -> list[int]:
        if self.ports is None:
            return [0]
        numbers = list(range(self.ports[0], self.ports[1] + 1))
        start = random.randrange(len(numbers))  # noqa: S311 (where to begin looking is no secret)
        return numbers[start:] + numbers[:start]
