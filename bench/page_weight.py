"""Bytes over the wire and requests until the customer stands in the waiting room, with a cold cache.

    .venv/bin/python bench/page_weight.py

Opens a mailed link in Debian's Chromium as a phone does, goes through Continue, camera, terms, and counts what the
browser received for each request (headers and compressed bodies, as Chromium's network layer reports them). What it
asks for once the waiting room is shown is counted apart: the customer then waits for a technician and nothing else.
"""

import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from playwright.sync_api import BrowserContext, Page, Request, sync_playwright

from tests.chromium import launch
from tests.e2e.conftest import LAPTOP, PHONE
from tests.e2e.people import Customer, Technician
from tests.served import PASSWORD, serve

AIM_BYTES = 20_000
# When the page shows the waiting room, in ms since the epoch.
WATCH = """
new MutationObserver(() => {
  if (document.body?.dataset.step === "waiting") window.waitsSince ??= performance.timeOrigin + performance.now();
}).observe(document, { subtree: true, attributeFilter: ["data-step"] });
"""
PEER_BYTES = 22 * 1024  # the lightest page of a peer measured: MeshCentral's messenger (raw bodies, gzip)


class Scale:
    """Adds up what each request of a page brought over the wire, as Chromium's network layer reports it."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.finished: list[Request] = []
        page.on("requestfinished", lambda request: self.finished.append(request))

    def rows(self) -> list[tuple[int, int, str, bool]]:
        """Headers and body, body alone (both in bytes, compressed), address, and whether it came while waiting."""
        since = self.page.evaluate("waitsSince")
        rows = []
        for request in self.finished:
            sizes = request.sizes()
            heads, body = sizes["responseHeadersSize"], sizes["responseBodySize"]
            if request.url.startswith("http") and body >= 0:  # else it came from the cache
                rows.append((heads + body, body, request.url, request.timing["startTime"] > since))
        return sorted(rows, reverse=True)


def weigh(context: BrowserContext, pin_link: str) -> Scale:
    context.add_init_script(WATCH)
    ana = Customer(context.new_page())
    scale = Scale(ana.page)
    ana.page.goto(pin_link)
    ana.continues()
    ana.allows_camera()
    ana.accepts_terms()
    ana.page.wait_for_timeout(500)  # late requests, if any
    return scale


def main() -> None:
    with serve(Path(tempfile.mkdtemp(prefix="sightline-bench-"))) as served, sync_playwright() as playwright:
        browser = launch(playwright)
        tess = Technician(browser.new_context(base_url=served.url, **LAPTOP).new_page(), "tess@acme.example", PASSWORD)  # type: ignore[arg-type]
        tess.sign_in()
        tess.opens_new_session("Ana", "Link")
        with tess.page.expect_response("**/api/v1/sessions/") as answer:
            tess.dialog.get_by_role("button", name="Create Link").click()
        link = answer.value.json()["invitation"]["link"]
        phone = browser.new_context(base_url=served.url, permissions=["camera", "microphone"], **PHONE)  # type: ignore[arg-type]
        rows = weigh(phone, link).rows()
        browser.close()
    waiting = [row for row in rows if row[3]]
    rows = [row for row in rows if not row[3]]
    total, bodies = (sum(row[column] for row in rows) for column in (0, 1))
    print(f"{'bytes':>7} {'body':>7}  address")
    for size, body, url, _late in rows + waiting:
        print(f"{size:>7} {body:>7}  {url.removeprefix(served.url).split('#')[0]}")
    print(f"{total:>7} {bodies:>7}  in {len(rows)} requests until the waiting room")
    print(f"{sum(row[0] for row in waiting):>7} {'':>7}  in {len(waiting)} more requests while waiting")
    print(f"ratio to the aim of {AIM_BYTES}: {total / AIM_BYTES:.2f} (bodies alone {bodies / AIM_BYTES:.2f})")
    print(f"ratio of bodies to the lightest peer page ({PEER_BYTES}): {bodies / PEER_BYTES:.2f}")


if __name__ == "__main__":
    main()
