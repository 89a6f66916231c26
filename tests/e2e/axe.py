"""Axe, by the debugger: what it finds on a page as it stands."""

from typing import Any

from playwright.sync_api import Page

from tests.served import ROOT

AXE = (ROOT / "tests" / "vendor" / "axe.min.js").read_text()
# Without its preload: that adds a style element of axe's own, which the pages' policy refuses.
# A colour on its way to another is nobody's to read: what fades is judged as it will be.
RUN = """async () => {
  for (const fading of document.getAnimations()) if (fading instanceof CSSTransition) fading.finish();
  return (await axe.run(document, { resultTypes: ['violations'], preload: false })).violations;
}"""


def assert_axe_is_content(page: Page, where: str) -> None:
    """Axe runs in an isolated world of its own scripts' policy: evaluated by the debugger, not by the page."""
    if not page.evaluate("typeof axe !== 'undefined'"):
        page.evaluate(AXE)
    found: list[dict[str, Any]] = page.evaluate(RUN)
    told = [f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}" for one in found]
    assert told == [], f"{where}: {told}"
