"""`serve --tls`: https with a certificate of its own, for phones of the local network."""

import json
import ssl
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.served import ROOT, Served, serve
from tests.waiting import wait_for


@pytest.fixture
def embedded(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("DATABASE_URL", "REDIS_URL"):
        monkeypatch.delenv(name, raising=False)


def test_it_serves_https_and_shows_a_code_to_scan(embedded: None, tmp_path: Path) -> None:
    with serve(tmp_path) as plain:
        env = plain.env | {"SIGHTLINE_DATA_DIR": str(tmp_path)}
    log = tmp_path / "tls.log"
    with log.open("wb") as output:
        running = subprocess.Popen(
            [sys.executable, "manage.py", "serve", "--demo", "--tls"], cwd=ROOT, env=env, stdout=output, stderr=output
        )
    tls = Served(port=plain.port, folder=tmp_path, env=env, processes=[running])
    trusting = ssl._create_unverified_context()  # noqa: S323 (its own certificate, on this machine)
    try:
        wait_for(lambda: "Stop with" in log.read_text() or running.poll() is not None, "it to start", timeout_s=180)
        with urllib.request.urlopen(f"https://localhost:{plain.port}/", context=trusting, timeout=60) as page:
            cookies = page.headers.get_all("Set-Cookie")
            assert page.headers["Strict-Transport-Security"] is None
    finally:
        tls.stop()

    assert all("Secure" in cookie for cookie in cookies), json.dumps(cookies)
    assert any(cookie.startswith("__Host-csrf=") for cookie in cookies)
    assert "▄▄▄" in log.read_text()
    for key in (tmp_path / "tls").glob("*.key"):
        assert key.stat().st_mode & 0o077 == 0
