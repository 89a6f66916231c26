"""`make run` as a newcomer types it: it serves, says who may sign in, and ends cleanly on Ctrl-C."""

import os
import re
import signal
import subprocess
import urllib.request
from pathlib import Path

from tests.served import ROOT, free_port
from tests.waiting import wait_for


def test_make_run_serves_the_demo_and_ends_on_ctrl_c(tmp_path: Path) -> None:
    port = free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith(("SIGHTLINE_", "DJANGO_"))}
    env = {name: value for name, value in env.items() if name not in {"DATABASE_URL", "REDIS_URL", "MAKEFLAGS"}}
    env |= {"PORT": str(port), "SIGHTLINE_DATA_DIR": str(tmp_path / "data"), "PYTHONUNBUFFERED": "1"}
    log = tmp_path / "log"
    with log.open("wb") as output:
        running = subprocess.Popen(
            ["make", "run"], cwd=ROOT, env=env, stdout=output, stderr=subprocess.STDOUT, start_new_session=True
        )
    try:
        wait_for(lambda: "Stop with" in log.read_text() or running.poll() is not None, "it to start", timeout_s=180)
        said = log.read_text()
        assert f"http://localhost:{port}/console/" in said
        for person in ("manager@acme.example", "tess@acme.example", "gina@globex.example", "nora@acme.example"):
            assert person in said
        assert re.search(r"Password of all of them: \S{12,}", said)
        with urllib.request.urlopen(f"http://localhost:{port}/", timeout=60) as page:
            assert b"Start Support Session" in page.read()
    finally:
        os.killpg(running.pid, signal.SIGINT)
        running.wait(60)

    assert "Sightline has stopped." in log.read_text()
    assert "Traceback" not in log.read_text()
    assert (tmp_path / "data" / "secret_key").stat().st_mode & 0o077 == 0
