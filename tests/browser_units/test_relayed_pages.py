"""Pages of one session and the real relay: the plan moves them from direct connections to it, and back."""

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page

from tests.browser_units.conftest import OpenPage
from tests.browser_units.relay_world import RelayWorld, relay_world
from tests.waiting import wait_for

pytestmark = [pytest.mark.browser, pytest.mark.timeout(400)]

OPEN = """async ([url, attendee]) => {
  const { RelayedPage } = await import("units/relayed.js");
  const { movingPicture, tone } = await import("units/media.js");
  window.peers = [];
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(options) { super(options); window.peers.push(this); }
  };
  window.own = await RelayedPage.open(url, attendee);
  own.set.setLocal({ camera: attendee === "customer" ? movingPicture() : null, microphone: tone() });
}"""


@pytest.fixture
def world() -> Iterator[RelayWorld]:
    with relay_world() as world:
        yield world


def attendee(open_page: OpenPage, world: RelayWorld, name: str) -> Page:
    page = open_page()
    page.evaluate(OPEN, [world.url, name])
    return page


def frames(page: Page) -> int:
    return int(page.evaluate("own.frames.length"))


def sees_more(page: Page, more: int = 15) -> None:
    wanted = frames(page) + more
    wait_for(lambda: frames(page) >= wanted, "frames", every_s=0.1)


def live(page: Page) -> int:
    return int(page.evaluate("peers.filter((one) => one.connectionState === 'connected').length"))


def hears(page: Page, who: str, source: str = "microphone") -> None:
    before = page.evaluate(f"own.received('{who}', '{source}')")
    wait_for(lambda: page.evaluate(f"own.received('{who}', '{source}')") > before + 5, f"{source} of {who}")


def test_the_plan_moves_to_the_relay_and_back_without_a_gap(open_page: OpenPage, world: RelayWorld) -> None:
    phone, desk = (attendee(open_page, world, name) for name in ("customer", "desk"))
    world.plan("customer", "desk", relayed=False)
    sees_more(desk)

    third = attendee(open_page, world, "third")
    world.plan("customer", "desk", "third", relayed=True)
    sees_more(third)
    wait_for(lambda: live(phone) == live(desk) == live(third) == 1, "one connection each")
    for page, others in ((phone, ("desk", "third")), (desk, ("customer", "third")), (third, ("customer", "desk"))):
        for other in others:
            hears(page, other)
    sees_more(desk)
    assert desk.evaluate("own.states.at(-1).relayed")
    print("longest gap to the relay, ms:", desk.evaluate("own.longestGap"))

    world.plan("customer", "desk", relayed=False)
    wait_for(lambda: live(third) == 0, "no connection of one who is out")
    wait_for(
        lambda: desk.evaluate("own.states.at(-1)") == {"attendee": "customer", "state": "connected", "relayed": False},
        "direct again",
    )
    wait_for(lambda: live(phone) == live(desk) == 1, "the relay to be left")
    sees_more(desk)
    print("longest gap back, ms:", desk.evaluate("own.longestGap"))


def test_a_plan_that_comes_and_goes_leaves_one_connection(open_page: OpenPage, world: RelayWorld) -> None:
    phone, desk = (attendee(open_page, world, name) for name in ("customer", "desk"))
    for relayed in (False, True, False, True, True, False, True):
        world.plan("customer", "desk", relayed=relayed)
    sees_more(desk)
    wait_for(lambda: live(phone) == live(desk) == 1, "one connection each")
    world.plan("customer", "desk", relayed=False)
    sees_more(desk)
    world.plan("customer", "desk", relayed=True)
    wait_for(lambda: live(phone) == live(desk) == 1 and desk.evaluate("own.states.at(-1).relayed"), "the relay")
    sees_more(desk)


def test_when_the_relay_dies_its_successor_brings_the_picture_back(open_page: OpenPage, world: RelayWorld) -> None:
    phone, desk = (attendee(open_page, world, name) for name in ("customer", "desk"))
    world.plan("customer", "desk", relayed=True)
    sees_more(desk)

    world.move("customer", "desk")

    sees_more(desk)
    wait_for(lambda: live(phone) == live(desk) == 1, "one connection each")


def test_a_connection_that_goes_dead_is_made_anew_by_itself(open_page: OpenPage, world: RelayWorld) -> None:
    """R-17: the page notices, asks the relay for another, and has the picture again; the phone is left in peace."""
    phone, desk = (attendee(open_page, world, name) for name in ("customer", "desk"))
    world.plan("customer", "desk", relayed=True)
    sees_more(desk)

    world.cut("desk")

    wait_for(lambda: desk.evaluate("peers.length") == 2, "another connection", timeout_s=60)
    sees_more(desk)
    hears(desk, "customer")
    assert phone.evaluate("peers.length") == 1


def test_a_screen_comes_and_goes_beside_the_camera(open_page: OpenPage, world: RelayWorld) -> None:
    phone, desk, third = (attendee(open_page, world, name) for name in ("customer", "desk", "third"))
    everybody = ("customer", "desk", "third")
    world.plan(*everybody, relayed=True, screens=("third",))
    sees_more(desk)
    before = desk.evaluate("peers.length")

    third.evaluate(
        "async () => own.set.setLocal({ screen: (await import('units/media.js')).movingPicture('#c33', 640) })"
    )
    for page in (phone, desk):
        wait_for(lambda page=page: page.evaluate("own.tracks.has('third/screen')"), "a screen")
        hears(page, "third", "screen")
    third.evaluate("own.set.setLocal({ screen: null })")

    wait_for(lambda: not desk.evaluate("own.tracks.has('third/screen')"), "no screen")
    sees_more(desk)
    assert desk.evaluate("peers.length") == before
