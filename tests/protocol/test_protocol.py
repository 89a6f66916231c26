"""The one schema of the live protocol: examples of each message, what is refused, and the browser's copy."""

import json
from pathlib import Path

import msgspec
import pytest

from sessions import protocol, protocol_js
from sessions.management.commands.write_protocol_js import PATH

EXAMPLES = sorted((Path(__file__).parent / "from_browser").glob("*.json"))


@pytest.mark.parametrize("path", EXAMPLES, ids=lambda path: path.stem)
def test_every_example_is_understood_and_says_the_same_again(path: Path) -> None:
    text = path.read_text()

    message = protocol.parse_from_browser(text)

    again = json.loads(protocol.encode(message))
    given = json.loads(text)
    assert {name: again[name] for name in given} == given or again.items() >= given.items()


def test_there_is_an_example_of_every_message_a_browser_sends() -> None:
    told = {json.loads(path.read_text())["type"] for path in EXAMPLES}

    assert told == {member.__struct_config__.tag for member in protocol.FromBrowser.__args__}


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("{", "bad_json"),
        ("[" * 5000, "bad_message"),
        ('"\\ud800"', "bad_json"),
        ("{}", "bad_message"),
        ('{"type": "chat.shout"}', "bad_message"),
        ('{"type": "presence.ping", "more": 1}', "bad_message"),
        ('{"type": "session.join", "page": "p", "last_seq": 9007199254740993}', "bad_message"),
        ('{"type": "session.join", "page": "p", "last_seq": "7"}', "bad_message"),
        ('{"type": "chat.post", "id": "12345678", "text": 7}', "bad_message"),
        ('{"type": "chat.post", "id": "short", "text": "x"}', "bad_message"),
        ('{"type": "media.state", "camera": 1, "microphone": false}', "bad_message"),
        (json.dumps({"type": "chat.post", "id": "12345678", "text": "x" * protocol.MAX_MESSAGE_BYTES}), "too_large"),
    ],
)
def test_what_is_not_of_the_protocol_is_refused_by_name(text: str, code: str) -> None:
    with pytest.raises(protocol.ProtocolError) as refused:
        protocol.parse_from_browser(text)

    assert refused.value.code == code


def test_the_browsers_copy_is_not_stale() -> None:
    assert PATH.read_text() == protocol_js.module(), "run manage.py write_protocol_js"


def test_every_durable_message_names_what_came_before() -> None:
    for message in protocol.DURABLE:
        assert {"seq", "prev", "at", "by", "audience"} <= set(message.__struct_fields__)
        assert message.__struct_config__.frozen
    assert msgspec.inspect.type_info(protocol.ChatPosted).tag == "chat.posted"  # type: ignore[union-attr]
