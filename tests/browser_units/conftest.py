"""Single modules in a real Chromium: a page of a small static server imports them by the names of the import map."""

import functools
from collections.abc import Callable, Iterator
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest
from playwright.sync_api import Browser, Error, Page, sync_playwright

from tests.chromium import fake_camera, launch

ROOT = Path(__file__).resolve().parents[2]
FOLDERS = {app: ROOT / app / "static" / app for app in ("portals", "sessions", "lens")} | {
    "units": Path(__file__).parent / "modules",
    "vendor": ROOT / "portals" / "static" / "portals" / "vendor",
}
PAGE = """<!doctype html><meta charset="utf-8"><title>unit</title><link rel="icon" href="data:,">
<script type="importmap">{"imports": {"portals/": "/portals/", "sessions/": "/sessions/", "lens/": "/lens/",
"units/": "/units/", "vendor/": "/vendor/"}}</script><body></body>"""
CAMERAS = fake_camera(2, pictures_a_second=30)
# Long waits pass ten times as fast; what is under a second is left alone.
PATIENCE_MS = 60_000
FAST_CLOCK = """
for (const name of ["setTimeout", "setInterval"]) {
  const real = window[name].bind(window);
  window[name] = (run, ms = 0, ...rest) => real(run, ms >= 1000 ? ms / 10 : ms, ...rest);
}
"""

# What waits for a second or more never happens: nothing that only mends can be what a test sees.
NO_LONG_WAITS = """
const later = window.setTimeout.bind(window);
window.setTimeout = (run, ms = 0, ...rest) => (ms >= 1000 ? 0 : later(run, ms, ...rest));
"""


class Handler(SimpleHTTPRequestHandler):
    def do_GET(self) -> None:
        if self.path != "/":
            return super().do_GET()
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(PAGE.encode())
        return None

    def translate_path(self, path: str) -> str:
        app, _, name = path.split("?")[0].lstrip("/").partition("/")
        return str(FOLDERS.get(app, ROOT / "nothing") / name)

    def log_message(self, *arguments: object) -> None:
        """Quiet."""


class Server(ThreadingHTTPServer):
    def handle_error(self, *arguments: object) -> None:
        """A page that is closed in the middle of an answer is no error."""


@pytest.fixture(scope="package")
def origin() -> Iterator[str]:
    server = Server(("127.0.0.1", 0), Handler)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


@pytest.fixture(scope="package")
def chromium() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch(playwright, camera=CAMERAS)
        yield browser
        browser.close()


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(chromium: Browser, origin: str) -> Iterator[OpenPage]:
    """Open pages with the import map; at the end none of them may have seen an error that nobody caught."""
    contexts, errors = [], []

    def open_page(*, fast_clock: bool = False, long_waits: bool = True, user_agent: str | None = None) -> Page:
        context = chromium.new_context(user_agent=user_agent, permissions=["camera", "microphone"])
        contexts.append(context)
        context.set_default_timeout(PATIENCE_MS)
        if fast_clock:
            context.add_init_script(FAST_CLOCK)
        if not long_waits:
            context.add_init_script(NO_LONG_WAITS)
        page = context.new_page()
        page.on("pageerror", functools.partial(_note, errors))
        page.goto(origin)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert errors == []


@pytest.fixture
def page(open_page: OpenPage) -> Page:
    return open_page()


def _note(errors: list[str], error: Error) -> None:
    errors.append(str(error))
