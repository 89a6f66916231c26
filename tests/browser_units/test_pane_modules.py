"""What an open session knows and does without an element: unread lines, saved text, keys, which verb when."""

from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser_units.test_session_list import NOON, row

pytestmark = pytest.mark.browser


def run(page: Page, script: str, argument: object = None) -> Any:
    imports = "".join(
        f"const {name} = await import('sessions/{path}.js');"
        for name, path in {
            "unread": "unread",
            "saving": "auto_save",
            "keys": "shortcuts",
            "state": "pane_state",
            "preferences": "preferences",
        }.items()
    )
    return page.evaluate(f"async (argument) => {{ {imports} {script} }}", argument)


def test_only_others_new_lines_count_as_unread_and_only_while_nobody_looks(page: Page) -> None:
    counts = run(
        page,
        """
        let looking = false, changes = 0;
        const lines = new unread.Unread({ looking: () => looking, onChange: () => (changes += 1) });
        const counts = [];
        const came = (own, live) => (lines.came({ own, live }), counts.push(lines.count));
        came(false, true); came(true, true); came(false, false); came(false, true);
        looking = true;
        came(false, true);
        lines.look(); counts.push(lines.count);
        looking = false;
        lines.look(); came(false, true);
        return { counts, changes };
        """,
    )

    assert counts == {"counts": [1, 1, 1, 2, 2, 0, 1], "changes": 4}


SAVER = """
globalThis.sent = []; globalThis.states = []; globalThis.answers = [];
globalThis.saver = new saving.AutoSave({
  save: (text, { keepalive }) => {
    sent.push([text, keepalive]);
    return new Promise((resolve, reject) => answers.push({ resolve, reject }));
  },
  isFinal: (error) => error.message === "final",
  onState: (state) => states.push(state),
});
saver.loaded("");
"""


@pytest.fixture
def saver(page: Page) -> Page:
    page.clock.install(time=NOON)
    page.clock.pause_at("2026-03-01T12:00:01Z")
    run(page, SAVER)
    return page


def sent(page: Page) -> list[str]:
    return [text for text, _keepalive in page.evaluate("sent")]


def test_text_is_saved_once_after_the_last_key(saver: Page) -> None:
    saver.evaluate("saver.edited('a'); saver.edited('ab')")
    saver.clock.run_for(700)
    saver.evaluate("saver.edited('abc')")
    saver.clock.run_for(700)
    assert sent(saver) == []
    saver.clock.run_for(200)
    assert sent(saver) == ["abc"]
    assert saver.evaluate("saver.unsaved")

    saver.evaluate("answers[0].resolve()")

    assert not saver.evaluate("saver.unsaved")
    assert saver.evaluate("states.at(-1)") == "saved"


def test_what_is_written_while_it_saves_is_saved_after_it(saver: Page) -> None:
    saver.evaluate("saver.edited('a')")
    saver.clock.run_for(1000)
    saver.evaluate("saver.edited('ab')")
    saver.clock.run_for(1000)
    assert sent(saver) == ["a"], "one request at a time"

    saver.evaluate("answers[0].resolve()")
    saver.clock.run_for(1000)

    assert sent(saver) == ["a", "ab"]
    saver.evaluate("answers[1].resolve()")
    assert not saver.evaluate("saver.unsaved")


def test_a_failure_is_tried_again_and_the_text_kept(saver: Page) -> None:
    saver.evaluate("saver.edited('a')")
    saver.clock.run_for(1000)
    saver.evaluate("answers[0].reject(new Error('offline'))")
    assert saver.evaluate("[states.at(-1), saver.unsaved]") == ["failed", True]

    saver.clock.run_for(5000)

    assert sent(saver) == ["a", "a"]
    saver.evaluate("answers[1].resolve()")
    assert saver.evaluate("[states.at(-1), saver.unsaved]") == ["saved", False]


def test_what_the_server_refuses_is_not_tried_again_until_it_is_edited(saver: Page) -> None:
    saver.evaluate("saver.edited('too long')")
    saver.clock.run_for(1000)
    saver.evaluate("answers[0].reject(new Error('final'))")
    saver.clock.run_for(60_000)
    assert sent(saver) == ["too long"]
    assert saver.evaluate("[states.at(-1), saver.unsaved]") == ["refused", True]

    saver.evaluate("saver.edited('short')")
    saver.clock.run_for(1000)

    assert sent(saver) == ["too long", "short"]


def test_a_page_that_goes_away_sends_what_is_not_saved(saver: Page) -> None:
    saver.evaluate("saver.edited('last words'); saver.leave(); saver.loaded('stored'); saver.leave()")

    assert saver.evaluate("sent") == [["last words", True]]


NOTES = """
const { NotesView } = await import("sessions/notes_view.js");
const answers = [];
globalThis.fetch = (url, { method }) => new Promise((resolve) => {
  answers.push((text) => resolve(new Response(JSON.stringify(method === "GET" ? { text } : {}))));
});
const [field, said] = ["textarea", "p"].map((name) => document.body.appendChild(document.createElement(name)));
const clock = { now: () => Date.now() };
const notes = new NotesView({ id: "1", field, state: said, words: (name) => name, clock });
const first = notes.load();
answers[0]("Router");
await first;
const second = notes.load();
field.value = "Router, unplugged";
field.dispatchEvent(new Event("input"));
const saved = notes.flush();
while (answers.length < 3) await new Promise((next) => setTimeout(next));
answers[2]("");
await saved;
answers[1]("Router");
await second;
return [field.value, said.textContent];
"""


def test_an_answer_from_before_an_edit_does_not_take_it_back(page: Page) -> None:
    assert run(page, NOTES) == ["Router, unplugged", "notes_saved"]


VERB_OF = {
    "n": "new",
    "N": "new",
    "/": "search",
    "s": "start",
    "h": "hold",
    "t": "transfer",
    "e": "end",
    "m": "mute",
    "?": "help",
    "3": "tab",
    "x": None,
    "0": None,
    "Enter": None,
    "constructor": None,
}


def test_keys_mean_verbs(page: Page) -> None:
    found = run(
        page,
        """
        let found;
        document.body.addEventListener("keydown", (event) => (found = keys.shortcutOf(event)?.verb ?? null));
        return argument.map((key) => {
          document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
          return found;
        });
        """,
        list(VERB_OF),
    )

    assert dict(zip(VERB_OF, found, strict=True)) == VERB_OF


TAKEN = [
    "<input class='target'>",
    "<input class='target' type='checkbox'>",
    "<textarea class='target'></textarea>",
    "<select class='target'></select>",
    "<div contenteditable><b class='target'>x</b></div>",
    "<dialog open></dialog><button class='target'></button>",
]


def test_a_key_in_a_field_or_beside_a_dialog_is_no_shortcut(page: Page) -> None:
    found = run(
        page,
        """
        let found;
        document.body.addEventListener("keydown", (event) => (found = keys.shortcutOf(event)));
        return argument.map((markup) => {
          document.body.innerHTML = markup;
          document.querySelector(".target").dispatchEvent(new KeyboardEvent("keydown", { key: "e", bubbles: true }));
          return found;
        });
        """,
        TAKEN,
    )

    assert dict(zip(TAKEN, found, strict=True)) == dict.fromkeys(TAKEN)


def test_a_field_of_a_dialog_that_was_just_closed_takes_no_key(page: Page) -> None:
    script = """
    document.body.innerHTML = "<dialog><input class='target'></dialog>";
    let found;
    document.body.addEventListener("keydown", (event) => (found = keys.shortcutOf(event)), { once: true });
    document.querySelector(".target").dispatchEvent(new KeyboardEvent("keydown", { key: "e", bubbles: true }));
    return found.verb;
    """
    assert run(page, script) == "end"


def test_a_key_with_a_modifier_belongs_to_the_browser(page: Page) -> None:
    script = """
    return argument.map((how) => keys.shortcutOf(new KeyboardEvent("keydown", { key: "n", [how]: true })));
    """
    assert run(page, script, ["ctrlKey", "metaKey", "altKey", "isComposing", "repeat"]) == [None] * 5


def test_switched_off_keys_do_nothing_and_the_switch_is_remembered(page: Page) -> None:
    heard = run(
        page,
        """
        localStorage.clear();
        const enabled = new preferences.Switch("keys", true);
        const heard = [];
        const verbs = { new: () => heard.push("new"), tab: (place) => heard.push(place) };
        keys.listenForShortcuts({ enabled, verbs });
        const press = (key) => document.body.dispatchEvent(new KeyboardEvent("keydown", { key, bubbles: true }));
        press("n"); press("2"); press("h");
        enabled.on = false;
        press("n");
        return { heard, stored: new preferences.Switch("keys", true).on };
        """,
    )

    assert heard == {"heard": ["new", 1], "stored": False}


VERBS = """
const rights = { whyNotHold: argument.whyNotHold ?? "", whyNotTransfer: "", takesBack: "takes it back",
  notLead: "not the lead" };
const it = new state.PaneState(argument.row, rights);
if (argument.code) it.line = { state: "closed", code: argument.code };
if (argument.unlisted) it.listed(undefined, rights);
const offers = it.offers();
return Object.fromEntries(Object.entries(offers).filter(([, { shown }]) => shown)
  .map(([verb, { why, hint }]) => [verb, why || hint || ""]));
"""


@pytest.mark.parametrize(
    ("status", "relation", "verbs"),
    [
        ("waiting", "own", {"start": "", "transfer": "", "end": ""}),
        ("waiting", "queue", {"start": ""}),
        ("transferring", "incoming", {"start": ""}),
        ("transferring", "outgoing", {"start": "takes it back", "end": ""}),
        ("active", "own", {"hold": "", "transfer": "", "end": ""}),
        ("on_hold", "own", {"start": "", "end": ""}),
        ("active", "agent", {"hold": "not the lead", "transfer": "not the lead", "end": "not the lead", "leave": ""}),
        ("closed", "own", {}),
        ("timed_out", "own", {}),
        ("aborted", "own", {}),
    ],
)
def test_verbs_go_with_status_and_relation(page: Page, status: str, relation: str, verbs: dict[str, str]) -> None:
    given = {"row": row(status=status, relation=relation, why_not="")}
    assert run(page, VERBS, given) == verbs


LATER = """
const it = new state.PaneState(argument.row, {});
const { since, status } = argument.told;
it.heard({ status, since, status_label: status, ended_at: null }, []);
return [it.status, it.label, it.isActive];
"""


@pytest.mark.parametrize(
    ("told_at", "shown"),
    [("2026-03-01T11:59:59Z", ["active", "Active", True]), ("2026-03-01T12:00:01Z", ["on_hold", "on_hold", False])],
)
def test_the_later_of_list_and_line_is_true(page: Page, told_at: str, shown: list[Any]) -> None:
    told = {"status": "on_hold", "since": told_at}
    assert run(page, LATER, {"row": row(status="active", status_label="Active"), "told": told}) == shown


def test_a_verb_is_offered_with_the_reason_why_not(page: Page) -> None:
    held_back = {"row": row(why_not="One at a time.")}
    assert run(page, VERBS, held_back)["start"] == "One at a time."
    no_right = {"row": row(status="active", why_not=""), "whyNotHold": "Hold is off."}
    assert run(page, VERBS, no_right)["hold"] == "Hold is off."


def test_nothing_is_offered_to_who_is_out_or_came_too_late(page: Page) -> None:
    assert run(page, VERBS, {"row": row(status="active", why_not=""), "code": 4001}) == {}
    assert run(page, VERBS, {"row": row(status="active", why_not=""), "code": 4000}) == {}
    assert run(page, VERBS, {"row": row(relation="queue", why_not=""), "unlisted": True}) == {}


def test_the_desktop_is_told_only_while_the_page_is_hidden_and_where_it_was_allowed(page: Page) -> None:
    told = run(
        page,
        """
        const { Alerts } = await import("sessions/alerts.js");
        const told = [];
        let hidden = false, clicked = "";
        class Shown extends EventTarget {
          static permission = "default";
          static requestPermission = async () => (Shown.permission = "granted");
          constructor(text, { tag }) { super(); told.push([text, tag]); Shown.last = this; }
          close() {}
        }
        globalThis.Notification = Shown;
        Object.defineProperty(document, "hidden", { get: () => hidden });
        const alerts = new Alerts({ on: false });
        const notify = (id) => alerts.notify({ id, text: `${id} is waiting`, onClick: () => (clicked = id) });
        hidden = true; notify("early");
        const answer = await alerts.ask();
        hidden = false; notify("seen");
        hidden = true; notify("Ana");
        Shown.last.dispatchEvent(new Event("click"));
        return { told, answer, clicked };
        """,
    )

    assert told == {"told": [["Ana is waiting", "Ana"]], "answer": "granted", "clicked": "Ana"}


PRESSED = """
const { PaneVerbs } = await import("sessions/pane_verbs.js");
const { relation, line, status } = argument;
const did = [];
globalThis.fetch = async (url) => {
  did.push(url.split("/").slice(-2)[0]);
  return new Response(status === 200 ? "{}" : '{"detail": "Somebody was quicker."}', { status });
};
const known = new state.PaneState({ id: "1", kind: "lens", name: "Ana", relation, status: "waiting", can_start: true },
  { whyNotHold: "", whyNotTransfer: "", takesBack: "", notLead: "" });
known.line = line;
const tell = (what) => () => did.push(what);
const pane = new PaneVerbs({
  state: known, media: { openMicrophone: tell("microphone") }, notes: null, words: (key) => key,
  fail: tell("told"), sentence: String, you: () => "", connect: tell("line"), onChange: tell("drawn"),
});
await pane.start();
return did;
"""


@pytest.mark.parametrize(
    ("relation", "line", "status", "then"),
    [
        ("own", {"state": "open"}, 200, ["drawn", "microphone"]),
        ("own", {"state": "closed", "code": 4002}, 200, ["drawn", "microphone", "line"]),
        ("queue", {"state": "none"}, 200, ["drawn", "microphone", "line"]),
        ("own", {"state": "open"}, 409, ["told", "drawn"]),
    ],
)
def test_a_start_goes_out_before_the_page_is_drawn_and_one_refused_opens_no_microphone(
    page: Page, relation: str, line: dict[str, Any], status: int, then: list[str]
) -> None:
    did = run(page, PRESSED, {"relation": relation, "line": line, "status": status})

    assert did == ["start", "drawn", *then]


def test_who_comes_and_goes_is_told_once_all_was_heard_and_nobody_when_the_session_ends(page: Page) -> None:
    told = run(
        page,
        """
        const { Comings } = await import("sessions/comings.js");
        const told = [];
        const toasts = { show: ({ text }) => told.push(text), dismiss: () => {} };
        const comings = new Comings({ toasts, words: (key, { name }) => `${name} ${key}`, you: () => "me" });
        const hear = (type, id, why = "") => comings.heard({ type, why, attendee: { id, name: id } });
        hear("attendee.joined", "Early");
        comings.catchUp();
        hear("attendee.joined", "Sam"); hear("attendee.left", "Sam", "removed"); hear("attendee.left", "me");
        hear("attendee.left", "Tom"); hear("attendee.left", "Ana", "ended");
        return told;
        """,
    )

    assert told == ["Sam has_joined", "Sam has_left", "Tom has_left"]
