"""The mark and the question of a recording, and the player that runs several pictures as one."""

from typing import Any

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

PARTS = """
  <div data-part="recording-mark" hidden><b data-part="recording-text" data-running="Recording"
    data-paused="Recording paused"></b><span data-part="recording-time"></span>
    <button data-part="recording-stop">Stop recording</button></div>
  <div data-part="recording-question" hidden><b data-part="recording-who" data-asks="{name} asks to record."></b>
    <span data-part="recording-kept" data-days="Kept for {days} days." data-ever="Kept."></span>
    <span data-part="recording-seconds"></span>
    <button data-part="recording-no">No</button><button data-part="recording-yes">Agree</button></div>"""
SET_UP = """
  const { RecordingView } = await import("lens/recording_view.js");
  document.body.innerHTML = parts;
  class Line extends EventTarget { you = "me"; open = true; sent = [];
    tell(message) { if (this.open) this.sent.push(message); return this.open; } }
  const line = new Line(), view = new RecordingView(document, line);
  const state = (more) => ({ id: "r1", state: "asking", by: "tess", by_name: "Tess", since: "", recorded_ms: 0,
    kept_days: 90, unanswered: ["me"], ...more });
  const one = (name) => document.querySelector(`[data-part="recording-${name}"]`);
  const seen = () => ({ mark: !one("mark").hidden && one("text").textContent,
    asks: !one("question").hidden && `${one("who").textContent} ${one("kept").textContent}` });
"""


def run(page: Page, script: str) -> Any:
    return page.evaluate(f"async (parts) => {{ {SET_UP} {script} }}", PARTS)


def test_who_is_asked_sees_who_asks_and_answers_once(page: Page) -> None:
    seen = run(
        page,
        """
        const found = [seen()];
        view.update(state()); found.push(seen());
        one("yes").click(); found.push(seen());
        view.update(state()); found.push(seen());
        view.update(state({ id: "r2", kept_days: 0 })); found.push(seen());
        one("no").click();
        return { found, sent: line.sent };
        """,
    )

    nothing = {"mark": False, "asks": False}
    assert seen["found"] == [
        nothing,
        {"mark": False, "asks": "Tess asks to record. Kept for 90 days."},
        nothing,
        nothing,
        {"mark": False, "asks": "Tess asks to record. Kept."},
    ]
    assert seen["sent"] == [
        {"type": "recording.answer", "id": "r1", "agree": True},
        {"type": "recording.answer", "id": "r2", "agree": False},
    ]


def test_who_has_asked_or_answered_is_not_asked(page: Page) -> None:
    found = run(page, 'view.update(state({ unanswered: ["somebody else"] })); return seen();')

    assert found == {"mark": False, "asks": False}


def test_the_mark_stays_while_it_runs_or_is_paused(page: Page) -> None:
    marks = run(
        page,
        """
        const marks = [];
        for (const more of [{ state: "running" }, { state: "paused", recorded_ms: 65_000 }, null]) {
          view.update(more && state({ ...more, unanswered: [] }));
          marks.push([seen().mark, more?.state === "paused" ? one("time").textContent : ""]);
        }
        view.close();
        return marks;
        """,
    )

    assert marks == [["Recording", ""], ["Recording paused", "1:05"], [False, ""]]


def test_stop_is_said_again_when_the_line_is_back(page: Page) -> None:
    sent = run(
        page,
        """
        view.update(state({ state: "running", unanswered: [] }));
        line.open = false; one("stop").click();
        const before = line.sent.length;
        line.open = true; line.dispatchEvent(new CustomEvent("ready"));
        view.update(null); line.dispatchEvent(new CustomEvent("ready"));
        view.close();
        return { before, sent: line.sent };
        """,
    )

    assert sent == {"before": 0, "sent": [{"type": "recording.stop", "id": "r1"}]}


def test_an_answer_that_got_lost_with_its_line_is_said_again(page: Page) -> None:
    sent = run(
        page,
        """
        view.update(state());
        one("no").click(); // taken by a line that is gone before the server has read it
        view.update(state()); line.dispatchEvent(new CustomEvent("ready"));
        view.update(state({ unanswered: ["somebody else"] })); line.dispatchEvent(new CustomEvent("ready"));
        view.close();
        return line.sent;
        """,
    )

    assert sent == [{"type": "recording.answer", "id": "r1", "agree": False}] * 2


def test_what_was_not_told_is_forgotten_with_its_recording(page: Page) -> None:
    sent = run(
        page,
        """
        view.update(state({ state: "running", unanswered: [] }));
        line.open = false; one("stop").click();
        view.update(null);
        line.open = true; line.dispatchEvent(new CustomEvent("ready"));
        return line.sent;
        """,
    )

    assert sent == []
