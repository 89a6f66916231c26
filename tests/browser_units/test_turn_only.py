"""Where addresses are hidden, media goes through TURN alone and no other candidate leaves the page (S-52, R-17)."""

import json
import re
import time
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from lens.ice import turn_credentials
from tests.browser_units.test_peer import run
from tests.coturn import SECRET, running_coturn

pytestmark = pytest.mark.browser


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
