"""LiveSocket against a server that drops it, falls silent, and sends it away."""

import socket
from collections.abc import Iterator
from itertools import count

import pytest
from playwright.sync_api import Page

from tests.browser_units.conftest import OpenPage
from tests.browser_units.socket_server import Line, SocketServer, running_server
from tests.waiting import wait_for

pytestmark = pytest.mark.browser

QUIET_MS = 60_000
STEP_MS = 10


@pytest.fixture
def server() -> Iterator[SocketServer]:
    with running_server() as scripted:
        yield scripted


def start(page: Page, url: str, *, heartbeat_ms: int = QUIET_MS) -> None:
    page.evaluate(
        """async ([url, heartbeatMs]) => {
          const { LiveSocket } = await import("portals/live_socket.js");
          globalThis.seen = [];
          globalThis.live = new LiveSocket({ url, hello: () => ({ type: "hello" }), heartbeatMs });
          for (const name of ["open", "message", "state", "closed"]) {
            live.addEventListener(name, ({ detail }) => seen.push([name, detail]));
          }
          live.open();
          globalThis.wentOutEarly = live.send({ type: "early" });
        }""",
        [url, heartbeat_ms],
    )


def states(page: Page) -> list[str]:
    return page.evaluate('seen.filter(([name]) => name === "state").map(([, { state }]) => state)')  # type: ignore[no-any-return]


def wait_for_state(page: Page, state: str) -> None:
    wait_for(lambda: states(page)[-1:] == [state], f"the state {state}")


def stop_the_clock(page: Page) -> None:
    """From here on the page's timers go only as far as `page.clock.run_for` takes them, however busy the machine is."""
    page.clock.install()
    page.clock.pause_at(page.evaluate("Date.now() + 1000"))


_MARKS = count()


def run_out_of(page: Page, state: str, *, longest_ms: int) -> None:
    """Let the page's time pass until it has left this state, and no further: what times the next one stands still."""
    for _ in range(longest_ms // STEP_MS):
        if states(page)[-1] != state:
            return
        page.clock.run_for(STEP_MS)
    assert states(page)[-1] != state


def answer(page: Page, line: Line) -> None:
    """Answers a ping, and sees that the page has read the answer."""
    mark = next(_MARKS)
    line.send(type="presence.pong")
    line.send(type="mark", mark=mark)
    wait_for(lambda: ["message", {"type": "mark", "mark": mark}] in page.evaluate("seen"), "the mark")


def test_it_says_hello_first_and_hands_messages_on(page: Page, server: SocketServer) -> None:
    start(page, server.url)
    line = server.next_line()

    assert line.receive() == {"type": "hello"}
    line.send(type="some.thing", number=1)
    page.wait_for_function('seen.some(([name]) => name === "message")')
    assert page.evaluate("seen") == [
        ["state", {"state": "connecting", "code": None}],
        ["state", {"state": "open", "code": None}],
        ["open", None],
        ["message", {"type": "some.thing", "number": 1}],
    ]


def test_it_takes_a_path_for_an_address(page: Page) -> None:
    asked = page.evaluate(
        """async () => {
          const { LiveSocket } = await import("portals/live_socket.js");
          const asked = [];
          const real = WebSocket;
          globalThis.WebSocket = class extends real { constructor(url) { super(url); asked.push(url); } };
          const live = new LiveSocket({ url: "/ws/console/" });
          live.open();
          live.close();
          return asked[0];
        }"""
    )

    assert asked == page.url.replace("http", "ws", 1) + "ws/console/"


def test_it_tells_whether_a_message_went_out(page: Page, server: SocketServer) -> None:
    start(page, server.url)
    line = server.next_line()
    wait_for_state(page, "open")

    assert page.evaluate("wentOutEarly") is False
    assert page.evaluate("live.send({ type: 'now' })") is True
    assert [line.receive()["type"] for _ in range(2)] == ["hello", "now"]


def test_a_line_that_answers_its_pings_stays(page: Page, server: SocketServer) -> None:
    stop_the_clock(page)
    start(page, server.url, heartbeat_ms=300)
    line = server.next_line()
    line.receive()
    wait_for_state(page, "open")

    page.clock.run_for(300)
    for _ in range(4):
        assert line.receive() == {"type": "presence.ping"}
        page.clock.run_for(199)
        answer(page, line)
        page.clock.run_for(101)

    assert states(page) == ["connecting", "open"]
    assert "presence.pong" not in str(page.evaluate("seen"))


def test_a_line_that_falls_silent_is_replaced(page: Page, server: SocketServer) -> None:
    stop_the_clock(page)
    start(page, server.url, heartbeat_ms=300)
    silent = server.next_line()
    silent.receive()
    wait_for_state(page, "open")
    page.clock.run_for(300)
    assert silent.receive() == {"type": "presence.ping"}

    page.clock.run_for(200)
    assert states(page)[-1] == "waiting"
    run_out_of(page, "waiting", longest_ms=500)  # the new line gets as much real time as it needs

    assert server.next_line().receive() == {"type": "hello"}
    wait_for_state(page, "open")
    assert states(page) == ["connecting", "open", "waiting", "connecting", "open"]


def test_a_handshake_that_hangs_is_given_up(page: Page) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        start(page, f"ws://127.0.0.1:{mute.getsockname()[1]}/", heartbeat_ms=300)
        wait_for_state(page, "waiting")
        page.evaluate("live.close()")


@pytest.mark.parametrize("code", [4003, 1012, 1011, 1001, 1000, None])
def test_it_comes_back_after(page: Page, server: SocketServer, code: int | None) -> None:
    stop_the_clock(page)
    start(page, server.url)
    line = server.next_line()
    line.send(type="some.thing")
    line.cut() if code is None else line.close(code)
    wait_for_state(page, "waiting")

    page.clock.run_for(500)

    server.next_line()
    wait_for_state(page, "open")
    assert ["state", {"state": "waiting", "code": code or 1006}] in page.evaluate("seen")


@pytest.mark.parametrize("code", [4000, 4001, 4002])
def test_it_stays_away_after(page: Page, server: SocketServer, code: int) -> None:
    start(page, server.url)
    server.next_line().close(code)
    wait_for_state(page, "closed")

    page.evaluate("globalThis.dispatchEvent(new Event('online'))")

    assert page.evaluate("seen").count(["closed", code]) == 1
    assert server.has_no_line_for(1)


def test_it_can_be_opened_again_after_it_was_sent_away(page: Page, server: SocketServer) -> None:
    start(page, server.url)
    server.next_line().close(4002)
    wait_for_state(page, "closed")

    page.evaluate("live.open()")

    assert server.next_line().receive() == {"type": "hello"}


def test_a_server_that_does_not_want_it_is_asked_less_and_less_often(page: Page, server: SocketServer) -> None:
    stop_the_clock(page)
    start(page, server.url)

    for shortest, longest in ((250, 500), (500, 1000), (1000, 2000), (2000, 4000), (4000, 8000), (4000, 8000)):
        server.next_line().close(1011)
        wait_for_state(page, "waiting")
        page.clock.run_for(shortest - 1)
        assert states(page)[-1] == "waiting"
        page.clock.run_for(longest - shortest + 1)

    server.next_line()


def test_after_a_breach_of_the_rules_it_waits_long(page: Page, server: SocketServer) -> None:
    stop_the_clock(page)
    start(page, server.url)
    line = server.next_line()
    line.send(type="some.thing")
    line.close(1008)
    wait_for_state(page, "waiting")

    page.clock.run_for(3999)
    assert states(page)[-1] == "waiting"
    page.clock.run_for(4001)

    server.next_line()


@pytest.mark.parametrize(
    "event", ["globalThis.dispatchEvent(new Event('online'))", "document.dispatchEvent(new Event('visibilitychange'))"]
)
def test_it_wakes_up_at_once(page: Page, server: SocketServer, event: str) -> None:
    stop_the_clock(page)
    start(page, server.url)
    server.next_line().close(1008)
    wait_for_state(page, "waiting")

    page.evaluate(event)

    server.next_line()


def test_waking_up_it_looks_whether_the_line_lives(open_page: OpenPage, server: SocketServer) -> None:
    page = open_page(fast_clock=True)
    start(page, server.url, heartbeat_ms=600_000)
    line = server.next_line()
    line.receive()
    wait_for_state(page, "open")

    page.evaluate("document.dispatchEvent(new Event('visibilitychange'))")

    assert line.receive() == {"type": "presence.ping"}
    server.next_line()


def test_closed_it_keeps_quiet(page: Page, server: SocketServer) -> None:
    start(page, server.url)
    server.next_line()
    wait_for_state(page, "open")

    page.evaluate("live.close()")

    assert states(page)[-1] == "closed"
    page.evaluate("globalThis.dispatchEvent(new Event('online'))")
    assert server.has_no_line_for(1)


def test_it_connects_anew_on_demand(page: Page, server: SocketServer) -> None:
    start(page, server.url)
    server.next_line()
    wait_for_state(page, "open")
    page.wait_for_timeout(1000)

    page.evaluate("live.reconnect()")

    server.next_line()
    assert "waiting" not in states(page)


def test_a_line_just_opened_is_not_replaced_at_once(page: Page, server: SocketServer) -> None:
    start(page, server.url)
    server.next_line()
    wait_for_state(page, "open")

    page.evaluate("live.reconnect()")

    server.next_line()
    assert "waiting" in states(page)
