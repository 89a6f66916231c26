"""Where addresses are hidden, media goes through TURN alone and no other candidate leaves the page (S-52, R-17)."""

import json
import re
import time
from collections.abc import Iterator

import pytest
from aioice.ice import get_host_addresses
from playwright.sync_api import Page

from lens.ice import turn_credentials
from tests.browser_units.conftest import OpenPage
from tests.browser_units.relay_world import relay_world
from tests.browser_units.test_peer import run
from tests.browser_units.test_relayed_pages import attendee, live, sees_more
from tests.coturn import SECRET, running_coturn
from tests.waiting import wait_for

pytestmark = pytest.mark.browser


LOCAL_KINDS = """async () => {
  const reports = [...(await peers[0].getStats()).values()];
  const pairs = reports.filter(({ type, nominated }) => type === "candidate-pair" && nominated);
  return pairs.map(({ localCandidateId }) => reports.find(({ id }) => id === localCandidateId).candidateType);
}"""


@pytest.fixture
def network(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """What a plan tells a page of a company that hides addresses, as JSON."""
    # Both ends of this test are where the shipped configuration lets nobody in.
    with running_coturn(tmp_path_factory.mktemp("coturn"), loopback=True) as port:
        username, credential = turn_credentials("an-attendee", now=time.time(), secret=SECRET)
        server = {"urls": [f"turn:127.0.0.1:{port}?transport=udp"], "username": username, "credential": credential}
        yield json.dumps({"iceServers": [server], "relayOnly": True})


def test_media_flows_and_only_relayed_candidates_leave(page: Page, network: str) -> None:
    sent = run(
        page,
        f"""
        const wire = new Wire({{ network: {network} }});
        wire.a.setTrack("camera", movingPicture());
        await framesFlow(wire.b);
        return wire.sent.map(({{ signal }}) => signal.candidate?.candidate ?? signal.description?.sdp ?? "");
        """,
    )

    assert isinstance(sent, list)
    kinds = re.findall(r"candidate:.+ typ (\w+)(?: raddr (\S+))?", "\n".join(sent))
    assert kinds
    assert {kind for kind, _address in kinds} == {"relay"}
    assert {address for _kind, address in kinds} <= {"", "0.0.0.0", "::"}  # noqa: S104 (hidden, not bound)


def test_the_relay_is_reached_through_turn(open_page: OpenPage, tmp_path_factory: pytest.TempPathFactory) -> None:
    """README: who can only reach TURN reaches the media relay by it, once the configuration lets TURN reach that."""
    addresses = get_host_addresses(use_ipv4=True, use_ipv6=True)
    folder = tmp_path_factory.mktemp("coturn")
    with running_coturn(folder, loopback=True, reaches=addresses) as port, relay_world() as world:
        username, credential = turn_credentials("an-attendee", now=time.time(), secret=SECRET)
        urls = [f"turn:127.0.0.1:{port}?transport=udp"]
        world.turn = [{"urls": urls, "username": username, "credential": credential}]
        phone, desk = (attendee(open_page, world, name) for name in ("customer", "desk"))

        world.plan("customer", "desk", relayed=True)

        sees_more(desk)
        wait_for(lambda: live(phone) == live(desk) == 1, "one connection each")
        assert set(desk.evaluate(LOCAL_KINDS)) == {"relay"}
