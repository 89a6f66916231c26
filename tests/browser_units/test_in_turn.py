"""What is asked of a dialog runs one after the other: nothing is lost, nothing runs twice."""

import pytest
from playwright.sync_api import Page

pytestmark = pytest.mark.browser

RUN = """async () => {
  const { InTurn } = await import("portals/in_turn.js");
  const turns = new InTurn(), seen = [], gates = {};
  const ask = (name) => turns.run(name, async () => {
    seen.push(`${name} begins`);
    await new Promise((open) => { gates[name] = open; });
    seen.push(`${name} ends`);
  });
  const pass = async (name) => {
    while (!gates[name]) await new Promise((next) => setTimeout(next));
    gates[name]();
    delete gates[name];
  };
  const asked = [ask("open"), ask("mail"), ask("mail"), ask("cancel")];
  for (const name of ["open", "mail", "cancel"]) await pass(name);
  await Promise.all(asked);
  const again = ask("mail");
  await pass("mail");
  await again;
  return seen;
}"""


def test_each_runs_once_after_what_was_asked_before(page: Page) -> None:
    names = ["open", "mail", "cancel", "mail"]
    assert page.evaluate(RUN) == [f"{name} {step}" for name in names for step in ("begins", "ends")]
