"""What the first start on an empty data folder makes, and what it does not."""

import os
import signal
import sqlite3
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from tests.served import PASSWORD, ROOT, START_S, free_port
from tests.waiting import wait_for


def serve_once(folder: Path, *arguments: str) -> None:
    """Start the embedded server, wait until it answers, and end it as Ctrl-C does."""
    port = free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith(("SIGHTLINE_", "DJANGO_"))}
    for name in ("DATABASE_URL", "REDIS_URL"):
        env.pop(name, None)
    env |= {
        "PORT": str(port),
        "SIGHTLINE_EMBEDDED": "true",
        "SIGHTLINE_DATA_DIR": str(folder),
        "SIGHTLINE_DEMO_PASSWORD": PASSWORD,
    }
    server = subprocess.Popen([sys.executable, "manage.py", "serve", *arguments], cwd=ROOT, env=env)
    try:
        wait_for(lambda: answers(port) or server.poll() is not None, "an answer", timeout_s=START_S)
        server.send_signal(signal.SIGINT)
        assert server.wait(START_S) == 0
    finally:
        server.kill()
        server.wait()


def answers(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://localhost:{port}/healthz", timeout=2):
            return True
    except OSError:
        return False


def people(folder: Path) -> list[str]:
    with sqlite3.connect(folder / "sightline.sqlite3") as database:
        return [email for (email,) in database.execute("SELECT email FROM portals_user ORDER BY email")]


@pytest.mark.timeout(600)
def test_demo_people_are_made_when_asked_for_and_never_otherwise(tmp_path: Path) -> None:
    serve_once(tmp_path)
    assert people(tmp_path) == []
    secrets = {name: (tmp_path / name).read_text() for name in ("secret_key", "code_pepper")}

    serve_once(tmp_path, "--demo")

    assert people(tmp_path) == [
        "gina@globex.example",
        "manager@acme.example",
        "nora@acme.example",
        "tess@acme.example",
        "tom@acme.example",
    ]
    for name, secret in secrets.items():
        assert (tmp_path / name).read_text() == secret
        assert (tmp_path / name).stat().st_mode & 0o777 == 0o600
    assert secrets["secret_key"] != secrets["code_pepper"]
