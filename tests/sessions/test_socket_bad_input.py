"""What a socket is sent that it should not be: an answer in words, the same line still usable, or 1008."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from portals.models import AuditEvent, User
from sessions import protocol, sockets
from sessions.models import SupportSession
from tests.sessions.pages import Page, Pages, in_thread
from tests.sessions.refusals import kept

pytestmark = pytest.mark.django_db(transaction=True)

LIMIT = protocol.MAX_MESSAGE_BYTES


def chat(text: str, message_id: str = "line-0001") -> str:
    return json.dumps({"type": "chat.post", "id": message_id, "text": text}, ensure_ascii=False)


def of_size(size: int) -> str:
    """A message of the protocol that has exactly this many bytes, by white space alone."""
    text = chat("hello")
    return text + " " * (size - len(text))


BAD: dict[str, tuple[str, str]] = {
    "not JSON": ("hello", "bad_json"),
    "half of JSON": ('{"type":"chat.post","id":', "bad_json"),
    "nothing but space": (" ", "bad_json"),
    "two messages": ('{"type":"presence.ping"}{"type":"presence.ping"}', "bad_json"),
    "NaN": ('{"type":"session.join","page":"p","last_seq":NaN}', "bad_json"),
    "a lone surrogate": ('{"type":"chat.post","id":"line-0001","text":"\\ud800"}', "bad_json"),
    "no object": ("[]", "bad_message"),
    "null": ("null", "bad_message"),
    "no type": ("{}", "bad_message"),
    "unknown type": ('{"type":"session.end"}', "bad_message"),
    "a type for browsers": ('{"type":"session.ready","seq":1}', "bad_message"),
    "a type that is a number": ('{"type":1}', "bad_message"),
    "a dunder": ('{"type":"__class__"}', "bad_message"),
    "unknown field": ('{"type":"presence.ping","role":"technician"}', "bad_message"),
    "a field twice, once wrong": ('{"type":"chat.post","id":"line-0001","text":"a","text":1}', "bad_message"),
    "missing field": ('{"type":"chat.post","id":"line-0001"}', "bad_message"),
    "wrong type of field": ('{"type":"media.state","camera":"yes","microphone":1}', "bad_message"),
    "unknown audience": ('{"type":"chat.post","id":"line-0001","text":"a","audience":"managers"}', "bad_message"),
    "an id with NUL": ('{"type":"chat.post","id":"line\\u0000-0001","text":"a"}', "bad_message"),
    "an id that is too long": (chat("a", "x" * 37), "bad_message"),
    "an id that is too short": (chat("a", "x" * 7), "bad_message"),
    "a page id that is too long": (json.dumps({"type": "session.join", "page": "p" * 33}), "bad_message"),
    "a big integer": ('{"type":"session.join","page":"p","last_seq":9007199254740993}', "bad_message"),
    "a huge integer": ('{"type":"session.join","page":"p","last_seq":' + "9" * 4000 + "}", "bad_message"),
    "a negative integer": ('{"type":"session.join","page":"p","last_seq":-1}', "bad_message"),
    "deep arrays": ("[" * 30_000, "bad_message"),
    "deep objects in a known field": ('{"type":"chat.post","id":' + '{"a":' * 10_000, "bad_message"),
    "deep arrays in an unknown field": ('{"type":"presence.ping","x":' + "[" * 30_000, "bad_message"),
    "a message twice as long as the longest line": (chat("x" * (2 * protocol.MAX_CHAT_CHARACTERS + 1)), "bad_message"),
}


@pytest.fixture
async def page(pages: Pages, bob: User, active: SupportSession) -> Page:
    return await pages.technician(active, bob)


@pytest.fixture
async def rationed(pages: Pages, bob: User, active: SupportSession, monkeypatch: pytest.MonkeyPatch) -> Page:
    """A page with BURST messages and no more, however slow the machine; the join was the first of them."""
    monkeypatch.setattr(sockets, "MESSAGES_PER_S", 0)
    return await pages.technician(active, bob)


async def refused(page: Page, send: Callable[[], Any], code: str) -> None:
    await send()
    answer = await page.until("error")
    assert answer["code"] == code
    assert answer["message"]


@pytest.mark.parametrize("name", BAD)
async def test_a_bad_message_is_answered_and_the_socket_stays_usable(page: Page, name: str) -> None:
    text, code = BAD[name]

    await refused(page, lambda: page.send_text(text), code)

    assert (await page.post("still here"))["type"] == "ack"


async def test_a_binary_frame_is_answered_and_the_socket_stays_usable(page: Page) -> None:
    await refused(page, lambda: page.send_bytes(b'{"type":"presence.ping"}'), "binary")

    assert (await page.post("still here"))["type"] == "ack"


@pytest.mark.parametrize("text", [of_size(LIMIT + 1), "é" * (LIMIT // 2 + 1)], ids=["bytes", "characters of two bytes"])
async def test_what_is_over_64_kib_closes_the_socket_with_a_sentence(page: Page, text: str) -> None:
    await refused(page, lambda: page.send_text(text), "too_large")

    assert await page.until_closed() == protocol.CLOSE_POLICY


async def test_exactly_64_kib_are_understood(page: Page) -> None:
    await page.send_text(of_size(LIMIT))

    assert (await page.until("ack"))["id"] == "line-0001"


async def test_a_refused_action_names_the_message_and_the_socket_stays_usable(page: Page) -> None:
    answer = await page.post(" ", id="line-0001")

    assert answer == {"type": "error", "code": "message_empty", "message": "Write something first.", "id": "line-0001"}
    assert (await page.post("x" * (protocol.MAX_CHAT_CHARACTERS + 1)))["code"] == "message_too_long"
    assert (await page.post("still here"))["type"] == "ack"


async def test_nothing_bad_changes_anything(
    active: SupportSession, page: Page, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sockets, "FAULTS_ALLOWED", len(BAD))
    before = await in_thread(kept, active)
    audited = await in_thread(AuditEvent.objects.count)

    for text, _code in BAD.values():
        await page.send_text(text)
        await page.until("error")

    assert await in_thread(kept, active) == before
    assert await in_thread(AuditEvent.objects.count) == audited


# ---- Too much of it ------------------------------------------------------------------------------


async def test_ten_faults_are_answered_and_the_next_one_closes(page: Page) -> None:
    for _each in range(sockets.FAULTS_ALLOWED):
        await refused(page, lambda: page.send_text("{"), "bad_json")
    await page.settle()

    await refused(page, lambda: page.send_text("{"), "bad_json")

    assert await page.until_closed() == protocol.CLOSE_POLICY


async def test_too_many_messages_close_the_socket(rationed: Page) -> None:
    for _each in range(sockets.BURST):
        await rationed.send("chat.post", id="the-same-line", text="Hello")

    assert await rationed.until_closed() == protocol.CLOSE_POLICY
    assert len(rationed.came("ack")) == sockets.BURST - 1


async def test_what_is_sent_beyond_the_limit_is_not_done(rationed: Page, active: SupportSession) -> None:
    for number in range(sockets.BURST + 5):
        await rationed.send("chat.post", id=f"line-{number:04}", text=f"{number}")
    await rationed.until_closed()

    assert await in_thread(lambda: active.timeline.filter(kind="chat.posted").count()) == sockets.BURST - 1


async def test_the_limit_is_an_average(monkeypatch: pytest.MonkeyPatch) -> None:
    now = 100.0
    monkeypatch.setattr(sockets.time, "monotonic", lambda: now)
    bucket = sockets.TokenBucket(per_s=20, burst=60)

    assert [bucket.take() for _each in range(61)] == [True] * 60 + [False]
    now += 1
    assert [bucket.take() for _each in range(21)] == [True] * 20 + [False]
    now += 3600
    assert sum(bucket.take() for _each in range(100)) == 60


async def test_one_who_sends_too_much_does_not_disturb_the_other(
    pages: Pages, rationed: Page, active: SupportSession
) -> None:
    dora = await pages.customer(active)

    for _each in range(sockets.BURST):
        await rationed.send("presence.ping")
    await rationed.until_closed()

    assert (await dora.post("I am still here."))["type"] == "ack"


# ---- Whatever comes (S-42) --------------------------------------------------------------------------

_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=10,
)
_fields = ["page", "last_seq", "id", "text", "audience", "to", "description", "candidate", "camera", "microphone", "x"]
_almost = st.builds(
    lambda kind, fields: json.dumps({"type": kind, **fields}),
    st.sampled_from(["session.join", "chat.post", "signal.send", "media.state", "presence.ping", "chat.posted"]),
    st.dictionaries(st.sampled_from(_fields), _json, max_size=5),
)


@settings(deadline=None, max_examples=300, suppress_health_check=[HealthCheck.too_slow])
@given(text=st.text(max_size=300) | _json.map(json.dumps) | _almost)
def test_any_text_is_a_message_or_a_protocol_error(text: str) -> None:
    for parse in (protocol.parse_from_browser, protocol.parse_from_console):
        try:
            parse(text)
        except protocol.ProtocolError as error:
            assert error.code in {"bad_json", "bad_message", "too_large"}
            assert error.message
