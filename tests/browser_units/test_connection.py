"""Connection against a scripted server; whatever the browser sends must fit the protocol."""

from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page

from sessions import protocol
from tests.browser_units.socket_server import Line, SocketServer, running_server

pytestmark = pytest.mark.browser

EVENTS = ["welcome", "ready", "changed", "durable", "ack", "plan", "signal", "refused", "state", "unsent"]


@pytest.fixture
def server() -> Iterator[SocketServer]:
    with running_server() as scripted:
        yield scripted


@pytest.fixture
def line(page: Page, server: SocketServer) -> Line:
    """The first line of a page that has just asked to join."""
    page.evaluate(
        """async ([url, names]) => {
          const { Connection } = await import("sessions/connection.js");
          globalThis.seen = [];
          globalThis.connection = new Connection({ url, pageId: "page-1" });
          for (const name of names) connection.addEventListener(name, ({ detail }) => seen.push([name, detail]));
          connection.connect();
        }""",
        [server.url, EVENTS],
    )
    line = server.next_line()
    assert parsed(line) == protocol.SessionJoin(page="page-1", last_seq=0)
    return line


def parsed(line: Line) -> Any:
    return protocol.parse_from_browser(line.receive_text())


def welcome(line: Line, **more: Any) -> None:
    line.send(type="session.welcome", you="me", session={}, attendees=[], last_seq=0, **more)


def let_in(line: Line, *, seq: int = 0) -> None:
    welcome(line)
    line.send(type="session.ready", seq=seq)


def post(line: Line, seq: int, *, prev: int | None = None, **more: Any) -> None:
    line.send(type="chat.posted", seq=seq, prev=seq - 1 if prev is None else prev, **{"id": f"line-{seq}", **more})


def say_while_the_line_is_down(page: Page, line: Line, *, lines: int) -> list[str]:
    """Return the ids of what was said after a first line was opened and cut."""
    let_in(line)
    wait_for(page, "ready")
    line.cut()
    page.wait_for_function("seen.at(-1)[1].state === 'waiting'")
    said = "length => Array.from({ length }, (_, number) => connection.postChat(`line ${number}`))"
    return page.evaluate(said, lines)  # type: ignore[no-any-return]


def seen(page: Page, name: str) -> list[Any]:
    return page.evaluate("name => seen.filter(([one]) => one === name).map(([, detail]) => detail)", name)  # type: ignore[no-any-return]


def wait_for(page: Page, name: str, count: int = 1) -> list[Any]:
    page.wait_for_function("([name, count]) => seen.filter(([one]) => one === name).length >= count", arg=[name, count])
    return seen(page, name)


def durable(page: Page) -> list[int]:
    return [message["seq"] for message in seen(page, "durable")]


def test_durable_messages_come_in_order_and_once(page: Page, line: Line) -> None:
    welcome(line)
    for seq in (1, 2, 2, 1, 3):
        post(line, seq)
    post(line, 7, prev=3)  # what others may see is none of this reader's
    line.send(type="session.ready", seq=7)
    wait_for(page, "ready")

    assert durable(page) == [1, 2, 3, 7]
    assert page.evaluate("[connection.lastSeq, connection.you]") == [7, "me"]


def test_a_gap_leads_to_a_resync(page: Page, line: Line, server: SocketServer) -> None:
    let_in(line)
    post(line, 1)
    post(line, 3)

    fresh = server.next_line()

    assert parsed(fresh) == protocol.SessionJoin(page="page-1", last_seq=1)
    welcome(fresh)
    for seq in (2, 3):
        post(fresh, seq)
    fresh.send(type="session.ready", seq=3)
    wait_for(page, "ready", 2)
    assert durable(page) == [1, 2, 3]


def test_a_missing_end_leads_to_a_resync(page: Page, line: Line, server: SocketServer) -> None:
    welcome(line)
    post(line, 1)
    line.send(type="session.ready", seq=2)

    assert parsed(server.next_line()).last_seq == 1
    assert seen(page, "ready") == []


def test_a_server_that_knows_less_is_followed(page: Page, line: Line) -> None:
    let_in(line)
    for seq in (1, 2):
        post(line, seq)
    welcome(line, resync=True)
    post(line, 1, text="another first")
    line.send(type="session.ready", seq=1)
    wait_for(page, "ready", 2)

    assert durable(page) == [1, 2, 1]
    assert page.evaluate("connection.lastSeq") == 1


def test_a_chat_line_is_unsent_until_it_is_acknowledged(page: Page, line: Line) -> None:
    let_in(line)
    wait_for(page, "ready")
    id = page.evaluate("connection.postChat('Hello')")

    assert parsed(line) == protocol.ChatPost(id=id, text="Hello", audience="everyone")
    line.send(type="ack", id=id, seq=1)
    wait_for(page, "ack")
    assert seen(page, "unsent") == [[{"id": id, "text": "Hello", "audience": "everyone"}], []]


def test_what_was_not_acknowledged_is_sent_again_in_order(page: Page, line: Line, server: SocketServer) -> None:
    let_in(line)
    wait_for(page, "ready")
    ids = page.evaluate("['a', 'b', 'c', 'd'].map((text) => connection.postChat(text, 'technicians'))")
    for _ in ids:
        parsed(line)
    line.send(type="ack", id=ids[1], seq=2)
    wait_for(page, "ack")
    line.cut()

    fresh = server.next_line()
    parsed(fresh)
    welcome(fresh)
    post(fresh, 1, id=ids[0])  # stored, but its ack was lost
    post(fresh, 2, id=ids[1])
    fresh.send(type="session.ready", seq=2)

    again = [parsed(fresh) for _ in range(2)]
    assert [(message.id, message.text, message.audience) for message in again] == [
        (ids[2], "c", "technicians"),
        (ids[3], "d", "technicians"),
    ]
    assert fresh.receives_nothing_for(0.3)


def test_a_chat_line_posted_while_the_line_is_down_waits(page: Page, line: Line, server: SocketServer) -> None:
    (id,) = say_while_the_line_is_down(page, line, lines=1)

    fresh = server.next_line()
    parsed(fresh)
    welcome(fresh)
    assert fresh.receives_nothing_for(0.2)
    fresh.send(type="session.ready", seq=0)

    assert parsed(fresh).id == id


def test_many_lines_that_waited_are_posted_in_order_and_not_faster_than_the_server_lets_one_socket_say(
    page: Page, line: Line, server: SocketServer
) -> None:
    ids = say_while_the_line_is_down(page, line, lines=50)

    fresh = server.next_line()
    parsed(fresh)
    let_in(fresh)
    wait_for(page, "ready", 2)
    ids.append(page.evaluate("connection.postChat('and one more')"))

    first = [parsed(fresh).id for _ in range(20)]
    assert fresh.receives_nothing_for(0.4)
    rest = [parsed(fresh).id for _ in range(31)]
    assert first + rest == ids
    assert fresh.receives_nothing_for(0.3)


def test_lines_that_were_not_yet_posted_again_wait_for_the_next_line(
    page: Page, line: Line, server: SocketServer
) -> None:
    ids = say_while_the_line_is_down(page, line, lines=30)
    second = server.next_line()
    parsed(second)
    let_in(second)
    for seq, id in enumerate(ids[:20], start=1):
        assert parsed(second).id == id
        post(second, seq, id=id)
    page.wait_for_function("connection.lastSeq === 20")
    second.cut()

    third = server.next_line()
    parsed(third)
    welcome(third)
    assert third.receives_nothing_for(1.2)  # longer than the pause
    third.send(type="session.ready", seq=20)

    assert [parsed(third).id for _ in range(10)] == ids[20:]
    assert third.receives_nothing_for(0.3)


def test_a_refused_chat_line_comes_back_with_its_text(page: Page, line: Line, server: SocketServer) -> None:
    let_in(line)
    wait_for(page, "ready")
    id = page.evaluate("connection.postChat('Too long')")
    line.send(type="error", code="too_long", message="A line may have …", id=id)

    refused = wait_for(page, "refused")

    assert [(error["id"], error["code"], error["text"]) for error in refused] == [(id, "too_long", "Too long")]
    assert seen(page, "unsent")[-1] == []


def test_who_hears_that_the_line_is_ready_may_speak_at_once(page: Page, line: Line) -> None:
    page.evaluate(
        """() => {
          const stop = { type: "recording.stop", id: "r1" };
          globalThis.went = [connection.tell(stop)];
          connection.addEventListener("ready", () => went.push(connection.tell(stop)));
        }"""
    )

    let_in(line)

    assert parsed(line) == protocol.RecordingStop(id="r1")
    assert page.evaluate("went") == [False, True]


def test_signals_pass_while_the_page_is_inside(page: Page, line: Line) -> None:
    send = "connection.signal('them', 'page-2', { description: { type: 'offer', sdp: 'v=0' } })"
    before = page.evaluate(send)
    welcome(line)
    wait_for(page, "welcome")
    inside = page.evaluate(send)

    assert (before, inside) == (False, True)
    assert parsed(line) == protocol.SignalSend(
        to="them", page="page-2", description=protocol.Description(type="offer", sdp="v=0")
    )


def test_signals_and_plans_are_handed_on(page: Page, line: Line) -> None:
    let_in(line)
    plan = {"type": "media.plan", "peers": [], "send": [], "ice_servers": [], "relay_only": False}
    signal = {"type": "signal.received", "sender": "them", "page": "page-2", "description": None, "candidate": None}
    line.send(**plan)
    line.send(**signal)
    line.send(type="session.changed", session={}, attendees=[])
    wait_for(page, "changed")

    assert (seen(page, "plan"), seen(page, "signal")) == ([plan], [signal])


def test_what_is_captured_is_told_again_after_a_drop(page: Page, line: Line, server: SocketServer) -> None:
    page.evaluate("connection.sendMediaState({ camera: true, microphone: true })")
    let_in(line)
    assert parsed(line) == protocol.MediaState(camera=True, microphone=True)
    page.evaluate("connection.sendMediaState({ camera: true, microphone: false })")
    assert parsed(line) == protocol.MediaState(camera=True, microphone=False)
    line.cut()

    fresh = server.next_line()
    parsed(fresh)
    let_in(fresh)

    assert parsed(fresh) == protocol.MediaState(camera=True, microphone=False)


def test_the_end_of_the_session_is_told_with_its_code(page: Page, line: Line, server: SocketServer) -> None:
    let_in(line)
    line.close(4000)
    page.wait_for_function("seen.at(-1)[1].state === 'closed'")

    assert seen(page, "state")[-1] == {"state": "closed", "code": 4000}
    assert server.has_no_line_for(0.7)


def test_chat_is_whole_after_many_drops(page: Page, line: Line, server: SocketServer) -> None:
    """The server dies eight times with lines stored that it has not told of, or not acknowledged."""
    stored: list[dict[str, Any]] = []
    page.evaluate(
        """() => {
          let number = 0;
          const timer = setInterval(() => {
            connection.postChat(`line ${++number}`);
            if (number === 40) clearInterval(timer);
          }, 50);
        }"""
    )

    last_seq = 0
    for _ in range(8):
        live_through(line, stored, last_seq=last_seq, lines=5)
        line.cut()
        line = server.next_line()
        last_seq = parsed(line).last_seq
    live_through(line, stored, last_seq=last_seq, lines=1000)

    page.wait_for_function("connection.lastSeq === 40")
    assert [entry["text"] for entry in stored] == [f"line {number}" for number in range(1, 41)]
    assert durable(page) == list(range(1, 41))
    assert seen(page, "unsent")[-1] == []


def live_through(line: Line, stored: list[dict[str, Any]], *, last_seq: int, lines: int) -> None:
    """Serve one line of a browser until it has posted so many chat lines, or until all are stored and told."""
    welcome(line)
    for entry in stored[last_seq:]:
        line.send(**entry)
    line.send(type="session.ready", seq=len(stored))
    for number in range(1, lines + 1):
        if len(stored) == 40 and lines == 1000:
            return
        message = parsed(line)
        seqs = [entry["seq"] for entry in stored if entry["id"] == message.id]
        if not seqs:
            seq = len(stored) + 1
            seqs = [seq]
            stored.append({"type": "chat.posted", "seq": seq, "prev": seq - 1, "id": message.id, "text": message.text})
            if number < lines - 1:
                line.send(**stored[-1])
        if number < lines:
            line.send(type="ack", id=message.id, seq=seqs[0])
