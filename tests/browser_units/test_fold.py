"""R-03: whatever the network does to the timeline, the page ends with the server's own, and never shows a hole."""

from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

# A server and its network in one: each line gets the entries that its plan names, in the plan's order, and then
# "session.ready"; the lines after the last plan get what was asked for. Only waits for a lost line pass at once.
RUN = """async ([entries, plans]) => {
  const { Connection } = await import("sessions/connection.js");
  const later = globalThis.realTimeout ??= globalThis.setTimeout;
  globalThis.setTimeout = (run, ms = 0) => (ms < 9000 ? later(run) : 0);
  globalThis.setInterval = () => 0;
  const folded = [], asked = [], holes = [];
  let turn = 0, done = () => {};
  const end = new Promise((resolve) => { done = resolve; });
  const last = entries.at(-1)?.seq ?? 0;
  globalThis.WebSocket = class {
    static OPEN = 1;
    readyState = 1;
    constructor() { queueMicrotask(() => this.onopen?.()); }
    close() {}
    send(text) {
      const message = JSON.parse(text);
      if (message.type !== "session.join") return;
      asked.push(message.last_seq);
      const plan = plans[turn++];
      const told = plan ? plan.map((at) => entries[at]) : entries.filter(({ seq }) => seq > message.last_seq);
      const say = (what) => this.onmessage?.({ data: JSON.stringify(what) });
      queueMicrotask(() => {
        say({ type: "session.welcome", you: "me", session: {}, attendees: [], last_seq: last, resync: false });
        for (const entry of told) say({ type: "chat.posted", ...entry });
        say({ type: "session.ready", seq: last });
      });
    }
  };
  const connection = new Connection({ url: "/ws/", pageId: "page" });
  connection.addEventListener("durable", ({ detail }) => {
    const expected = entries[folded.length]?.seq;
    if (detail.seq !== expected) holes.push([detail.seq, expected]);
    folded.push(detail.seq);
  });
  connection.addEventListener("ready", () => done());
  connection.connect();
  await end;
  connection.disconnect();
  return { folded, asked, holes, lines: turn };
}"""


@st.composite
def timelines(draw: st.DrawFn) -> tuple[list[dict[str, Any]], list[list[int]]]:
    """Entries that one reader may see, some seqs being others', and what each of the first lines delivers of them."""
    steps = draw(st.lists(st.integers(1, 3), max_size=12))
    entries, seq = [], 0
    for number, step in enumerate(steps):
        entries.append({"seq": seq + step, "prev": seq, "id": f"line-{number}", "text": str(number)})
        seq += step
    one = st.lists(st.integers(0, max(0, len(entries) - 1)), max_size=16) if entries else st.just([])
    nearly = st.permutations(range(len(entries))).map(list) | st.sets(st.sampled_from(range(len(entries)))).map(sorted)
    return entries, draw(st.lists(one | nearly if entries else one, max_size=4))


@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(timeline=timelines())
def test_the_page_folds_the_server_s_timeline_whatever_comes(
    page: Page, timeline: tuple[list[dict[str, Any]], list[list[int]]]
) -> None:
    entries, plans = timeline

    ended = page.evaluate(RUN, [entries, plans])

    assert ended["holes"] == []
    assert ended["folded"] == [entry["seq"] for entry in entries]
    assert ended["asked"] == sorted(ended["asked"])
    assert ended["lines"] <= len(plans) + 1
