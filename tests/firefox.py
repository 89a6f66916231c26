"""Debian's Firefox with its fake camera, driven by WebDriver BiDi, which it speaks by itself.

https://w3c.github.io/webdriver-bidi/

Playwright drives only a Firefox built for it, which no package brings. Here is as much of BiDi as the tests use: people
find controls by role and name, click with a pointer and type with keys, so that the browser counts it as theirs.
"""

import base64
import itertools
import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pytest
from websockets.sync.client import ClientConnection, connect

from tests.served import free_port
from tests.waiting import wait_for

PATIENCE_S = 45
ANSWER_S = 60  # a command is answered, or Firefox hangs
PREFERENCES = {
    "app.update.enabled": False,
    "browser.shell.checkDefaultBrowser": False,
    "datareporting.policy.dataSubmissionEnabled": False,
    "media.autoplay.default": 0,
    "media.gmp-manager.updateEnabled": False,
    "media.navigator.permission.disabled": True,  # asks nobody
    "media.navigator.streams.fake": True,
    "media.peerconnection.ice.loopback": True,
    "media.peerconnection.ice.obfuscate_host_addresses": False,
    "network.captive-portal-service.enabled": False,
    "network.connectivity-service.enabled": False,
    "services.settings.server": "",
    "toolkit.telemetry.enabled": False,
}
PEERS = """() => {
  window.peersOfTest = [];
  window.faultsOfTest = [];
  const RealPeer = window.RTCPeerConnection;
  window.RTCPeerConnection = class extends RealPeer {
    constructor(...options) { super(...options); window.peersOfTest.push(this); }
  };
  addEventListener("error", ({ message }) => faultsOfTest.push(message));
  addEventListener("unhandledrejection", ({ reason }) => faultsOfTest.push(String(reason)));
  document.addEventListener("securitypolicyviolation", ({ violatedDirective, blockedURI }) =>
    faultsOfTest.push(`policy violation: ${violatedDirective} ${blockedURI}`));
}"""


class Firefox:
    """One running browser."""

    def __init__(self, line: ClientConnection) -> None:
        self._line = line
        self._ids = itertools.count(1)
        self.call("session.new", capabilities={})
        self.call("script.addPreloadScript", functionDeclaration=PEERS)

    def call(self, method: str, **parameters: Any) -> dict[str, Any]:
        """Return the result of a command; a refused one is a RuntimeError."""
        number = next(self._ids)
        self._line.send(json.dumps({"id": number, "method": method, "params": parameters}))
        while True:
            answer = json.loads(self._line.recv(timeout=ANSWER_S))
            if answer.get("id") != number:
                continue  # an event
            if answer["type"] == "error":
                raise RuntimeError(f"{method}: {answer['message']}")
            return dict(answer["result"])

    def new_page(self, width: int, height: int) -> "FirefoxPage":
        """A tab with storage of its own."""
        user = self.call("browser.createUserContext")["userContext"]
        page = FirefoxPage(self, self.call("browsingContext.create", type="tab", userContext=user)["context"])
        self.call("browsingContext.setViewport", context=page.id, viewport={"width": width, "height": height})
        return page


class FirefoxPage:
    def __init__(self, browser: Firefox, context: str) -> None:
        self._browser = browser
        self.id = context

    def goto(self, url: str) -> None:
        self._browser.call("browsingContext.navigate", context=self.id, url=url, wait="complete")

    def evaluate(self, function: str) -> Any:
        """What the function returns or promises, by way of JSON."""
        result = self._browser.call(
            "script.callFunction",
            functionDeclaration=f"async () => JSON.stringify((await ({function})()) ?? null)",
            target={"context": self.id},
            awaitPromise=True,
        )
        if result["type"] == "exception":
            raise RuntimeError(result["exceptionDetails"]["text"])
        return json.loads(result["result"]["value"])

    def find(self, name: str, role: str | None = None) -> dict[str, Any]:
        """Wait for one visible control; a field for a password has a name, but no role."""
        wanted = {"name": name} | ({"role": role} if role else {})
        found: list[dict[str, Any]] = []

        def look() -> bool:
            where = {"type": "accessibility", "value": wanted}
            with suppress(RuntimeError):  # the page goes to another one
                answer = self._browser.call("browsingContext.locateNodes", context=self.id, locator=where)
                found[:] = [node for node in answer["nodes"] if self._is_visible(node)]
            return bool(found)

        wait_for(look, f"{role or 'field'} {name}", timeout_s=PATIENCE_S, every_s=0.1)
        return {"sharedId": found[0]["sharedId"]}

    def click(self, role: str, name: str) -> None:
        element = self.find(name, role)
        self._on(element, "(one) => one.scrollIntoView({ block: 'center' })")
        point = {"type": "pointerMove", "x": 0, "y": 0, "origin": {"type": "element", "element": element}}
        press, release = ({"type": kind, "button": 0} for kind in ("pointerDown", "pointerUp"))
        self._act({"type": "pointer", "id": "mouse", "actions": [point, press, release]})

    def fill(self, name: str, text: str) -> None:
        element = self.find(name)
        self._on(element, "(one) => { one.focus(); one.select(); }")
        keys = [{"type": kind, "value": letter} for letter in text for kind in ("keyDown", "keyUp")]
        self._act({"type": "key", "id": "keys", "actions": keys})

    def reads(self, text: str) -> None:
        """Wait for a text that the page shows."""

        def look() -> bool:
            with suppress(RuntimeError):  # the page goes to another one
                return text in self.evaluate("() => document.body.innerText")
            return False

        wait_for(look, text, timeout_s=PATIENCE_S, every_s=0.1)

    def screenshot(self, path: Path) -> None:
        """Write what the window shows, as PNG."""
        picture = self._browser.call("browsingContext.captureScreenshot", context=self.id)["data"]
        path.write_bytes(base64.b64decode(picture))

    def _act(self, source: dict[str, Any]) -> None:
        self._browser.call("input.performActions", context=self.id, actions=[source])

    def _is_visible(self, node: dict[str, Any]) -> bool:
        return bool(self._on({"sharedId": node["sharedId"]}, "(one) => one.checkVisibility()"))

    def _on(self, element: dict[str, Any], function: str) -> Any:
        answer = self._browser.call(
            "script.callFunction",
            functionDeclaration=function,
            target={"context": self.id},
            arguments=[element],
            awaitPromise=False,
        )
        return answer.get("result", {}).get("value")


@contextmanager
def running_firefox() -> Iterator[Firefox]:
    program = shutil.which("firefox-esr") or shutil.which("firefox")
    if program is None:
        pytest.skip("there is no Firefox")
    port = free_port()
    with tempfile.TemporaryDirectory(prefix="firefox-", ignore_cleanup_errors=True) as profile:
        lines = (f"user_pref({json.dumps(name)}, {json.dumps(value)});" for name, value in PREFERENCES.items())
        Path(profile, "user.js").write_text("\n".join(lines))
        with Path(profile, "log").open("wb") as log:
            process = subprocess.Popen(
                [program, "--headless", "--no-remote", f"--remote-debugging-port={port}", "--profile", profile],
                stdout=log,
                stderr=log,
            )
            try:
                yield from _session(port)
            finally:
                process.terminate()
                process.wait(timeout=30)


def _session(port: int) -> Iterator[Firefox]:
    lines: list[ClientConnection] = []

    def reach() -> bool:
        try:
            lines.append(connect(f"ws://127.0.0.1:{port}/session", max_size=None, proxy=None, compression=None))
        except OSError:
            return False
        return True

    wait_for(reach, "Firefox", timeout_s=PATIENCE_S, every_s=0.2)
    with lines[0] as line:
        yield Firefox(line)
