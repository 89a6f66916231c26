"""People without a browser: plain HTTP with cookies, and sockets, against a real server process."""

import http.cookiejar
import json
import re
import urllib.error
import urllib.parse
import urllib.request
from typing import Any

from websockets.asyncio.client import ClientConnection, connect

from tests.served import PASSWORD, Served


class Wire:
    """One browser's worth of cookies."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.jar = http.cookiejar.CookieJar()
        self._opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(self.jar))

    def get(self, path: str) -> str:
        with self._opener.open(f"{self.served.url}{path}", timeout=60) as answer:
            return str(answer.read().decode())

    def post(self, path: str, data: dict[str, Any], *, as_json: bool = False) -> tuple[int, str]:
        """Return status and body; a refusal is an answer like any other."""
        body = json.dumps(data) if as_json else urllib.parse.urlencode(data)
        kind = "application/json" if as_json else "application/x-www-form-urlencoded"
        headers = {"Content-Type": kind, "X-CSRFToken": self._csrf(), "Origin": self.served.url}
        request = urllib.request.Request(f"{self.served.url}{path}", body.encode(), headers)  # noqa: S310
        try:
            with self._opener.open(request, timeout=60) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as refusal:
            return refusal.code, refusal.read().decode()

    def sign_in(self, email: str) -> None:
        self.get("/accounts/login/")
        status, _body = self.post("/accounts/login/", {"login": email, "password": PASSWORD})
        assert status == 200

    def api(self, path: str, data: dict[str, Any] | None = None) -> dict[str, Any]:
        status, body = self.post(f"/api/v1/{path}", data or {}, as_json=True)
        assert status < 300, body
        return dict(json.loads(body))

    def socket(self, path: str, *, port: int | None = None, **options: Any) -> connect:
        """A socket with this browser's cookies; `port` leads it through a proxy."""
        cookies = "; ".join(f"{cookie.name}={cookie.value}" for cookie in self.jar)
        return connect(
            f"ws://localhost:{port or self.served.port}{path}",
            origin=self.served.url,  # type: ignore[arg-type]
            additional_headers={"Cookie": cookies},
            open_timeout=60,
            close_timeout=1,
            **options,
        )

    def _csrf(self) -> str:
        return next((str(cookie.value) for cookie in self.jar if cookie.name.endswith("csrf")), "")


def waiting_pair(served: Served, name: str) -> tuple[Wire, Wire, str]:
    """Tess and a customer who has accepted the terms; return both and the session's id."""
    tess = Wire(served)
    tess.sign_in("tess@acme.example")
    return tess, *waiting_customer(tess, name)


def waiting_customer(technician: Wire, name: str) -> tuple[Wire, str]:
    """A customer of this technician who has accepted the terms; return the customer and the session's id."""
    created = technician.api("sessions/", {"kind": "lens", "name": name, "method": "link"})
    ana = Wire(technician.served)
    ana.get("/")
    token = re.sub(r".*#", "", created["invitation"]["link"])
    assert ana.post("/join/continue/", {"token": token})[0] == 200
    status, body = ana.post(f"/s/{created['id']}/accept/", {"terms_version": "1"})
    assert json.loads(body) == {"status": "waiting"}, (status, body)
    return ana, created["id"]


async def receive(socket: ClientConnection) -> dict[str, Any]:
    return dict(json.loads(await socket.recv()))
