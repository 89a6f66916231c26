"""Debian's coturn on deploy/turnserver.conf, with its CHANGE lines filled in for this machine."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.served import ROOT, free_port
from tests.waiting import wait_for

SECRET = "a-secret-of-the-tests"
CONFIGURATION = ROOT / "deploy" / "turnserver.conf"


@contextmanager
def running_coturn(folder: Path, *, loopback: bool = False, reaches: Sequence[str] = ()) -> Iterator[int]:
    """Yield the port it listens on at 127.0.0.1; `loopback` lets peers of this machine be reached, too.

    reaches: further addresses that may be reached, as an operator allows that of the media relay.
    """
    program = shutil.which("turnserver")
    if program is None:
        pytest.skip("there is no coturn")
    port = free_port()
    lines = CONFIGURATION.read_text().replace("CHANGE-ME", SECRET)
    lines = lines.replace("relay-ip=192.0.2.10", "relay-ip=127.0.0.1\nrelay-ip=::1").replace("192.0.2.10", "127.0.0.1")
    lines = lines.replace("listening-port=3478", f"listening-port={port}")
    if loopback:
        lines = lines.replace("#allowed-peer-ip=10.0.0.5", "allowed-peer-ip=127.0.0.1\nallow-loopback-peers")
    lines += "".join(f"\nallowed-peer-ip={address}" for address in reaches)
    (folder / "turnserver.conf").write_text(lines)
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            [program, "-c", "turnserver.conf", "--no-tcp", "--no-tls", "--no-dtls", "--pidfile=pid", "--userdb=db"],
            cwd=folder,
            stdout=log,
            stderr=log,
        )
    try:
        wait_for(lambda: b"Total General servers" in (folder / "log").read_bytes(), "coturn")
        yield port
    finally:
        process.terminate()
        process.wait(15)
