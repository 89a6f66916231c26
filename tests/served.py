"""A real server process: embedded, or production's settings on the services that the environment names.

With DATABASE_URL and REDIS_URL it gets a database of its own, a Celery worker and a beat process.
"""

import contextlib
import itertools
import os
import random
import re
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent
PASSWORD = "demo-password-of-the-tests"
START_S = 180


PORTS = range(20_000, 32_000)  # below those that the system gives to outgoing connections, which would take it away


def free_port() -> int:
    """A port nobody listens on; no other call of this run gets it, in whatever process of the tests."""
    worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    while True:
        port = random.choice(PORTS) // 8 * 8 + worker % 8
        if port in _given:
            continue
        with contextlib.closing(socket.socket()) as probe, contextlib.suppress(OSError):
            probe.bind(("127.0.0.1", port))
            _given.add(port)
            return port


_given: set[int] = set()


def rss_kib(pid: int) -> int:
    """Resident memory of a process."""
    found = re.search(r"VmRSS:\s+(\d+)", Path(f"/proc/{pid}/status").read_text())
    assert found is not None
    return int(found[1])


@dataclass
class Served:
    """A running server. `env` is what its processes were started with; `url` has no slash at the end."""

    port: int
    folder: Path
    env: dict[str, str]
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}"

    @property
    def mail_dir(self) -> Path:
        return self.folder / "mail"

    @property
    def log(self) -> str:
        return (self.folder / "server.log").read_text()

    def start(self) -> None:
        """Start the server, and its worker, beat and media relay; returns when it answers."""
        self._spawn("serve", "--demo")
        if "REDIS_URL" in self.env:
            self._spawn("media")
            self._spawn_celery("worker", "--concurrency=2", "--loglevel=WARNING")
            self._spawn_celery("beat", "--loglevel=WARNING", f"--schedule={self.folder / 'beat'}")
        self._wait_until_it_answers()

    def beside(self) -> "Served":
        """Another server, not started: on the same database, with the same secrets, for the same origin."""
        port = free_port()
        return Served(port=port, folder=self.folder, env=self.env | {"SIGHTLINE_ORIGINS": self.url, "PORT": str(port)})

    def start_alone(self) -> None:
        """Start the server without worker and beat, on what another has prepared; returns when it answers."""
        self._spawn("serve")
        self._wait_until_it_answers()

    def _wait_until_it_answers(self) -> None:
        deadline = time.monotonic() + START_S
        while time.monotonic() < deadline:
            if self.processes[0].poll() is not None:
                raise RuntimeError(f"The server did not start:\n{self.log}")
            with contextlib.suppress(OSError), urllib.request.urlopen(f"{self.url}/healthz", timeout=2):  # noqa: S310
                return
            time.sleep(0.05)
        raise RuntimeError(f"The server did not answer within {START_S} s:\n{self.log}")

    def kill(self) -> None:
        """As a power cut would: SIGKILL, nothing is said good-bye to."""
        self.stop(signal.SIGKILL)

    def stop(self, how: signal.Signals = signal.SIGTERM) -> None:
        for process in self.processes:
            if process.poll() is None:
                process.send_signal(how)
        for process in self.processes:
            try:
                process.wait(15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self.processes.clear()

    def manage(self, *arguments: str, text: str = "") -> str:
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env=self.env,
            input=text,
            capture_output=True,
            text=True,
            check=True,
        )
        return done.stdout

    def _spawn(self, *arguments: str) -> None:
        self._run([sys.executable, "manage.py", *arguments])

    def _spawn_celery(self, *arguments: str) -> None:
        self._run([sys.executable, "-m", "celery", "-A", "config", *arguments])

    def _run(self, command: list[str]) -> None:
        with (self.folder / "server.log").open("ab") as log:
            self.processes.append(subprocess.Popen(command, cwd=ROOT, env=self.env, stdout=log, stderr=log))


class ServedAlone(Served):
    """Without worker, beat and media relay, which take most of the time of a start on services, and have pools."""

    def start(self) -> None:
        self._spawn("serve", "--demo")
        self._wait_until_it_answers()


@contextlib.contextmanager
def serve(folder: Path, *, kind: type[Served] = Served, **more: str) -> Iterator[Served]:
    """Start a server with a database of its own; `more` are further environment variables. Ends it at the end."""
    port = free_port()
    env = {name: value for name, value in os.environ.items() if not name.startswith("SIGHTLINE_")}
    env |= {
        "PORT": str(port),
        "SIGHTLINE_DATA_DIR": str(folder),
        "SIGHTLINE_DEMO_PASSWORD": PASSWORD,
        "DJANGO_SETTINGS_MODULE": "config.settings",
        "PYTHONUNBUFFERED": "1",
    }
    with contextlib.ExitStack() as stack:
        if os.environ.get("DATABASE_URL") and os.environ.get("REDIS_URL"):
            env |= _services(stack, port)
        else:
            env |= {"SIGHTLINE_EMBEDDED": "true"}
        running = kind(port=port, folder=folder, env=env | more)
        stack.callback(running.stop)
        if "SIGHTLINE_EMBEDDED" not in env:
            running.manage("migrate", "--verbosity=0")
        _give_static_files(running)
        running.start()
        yield running


_static_files: list[Path] = []


def _give_static_files(running: Served) -> None:
    """Hashing and compressing takes seconds: done for the first server, linked for the others of this run."""
    for name in ("static", "static.stamp"):
        if _static_files and (_static_files[0] / name).is_dir():
            shutil.copytree(_static_files[0] / name, running.folder / name, copy_function=os.link)
        elif _static_files:
            shutil.copy2(_static_files[0] / name, running.folder / name)
    if not _static_files:
        running.manage("prepare_static")
        _static_files.append(running.folder)


def _services(stack: contextlib.ExitStack, port: int) -> dict[str, str]:
    """Production's settings on a database made for this server. TLS ends at a proxy; the tests speak to it directly."""
    import psycopg

    given = urlsplit(os.environ["DATABASE_URL"])
    name = f"sightline_served_{secrets.token_hex(4)}"

    def admin(statement: str) -> None:
        with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
            connection.execute(statement)

    admin(f"CREATE DATABASE {name}")
    stack.callback(admin, f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
    return {
        "DATABASE_URL": urlunsplit(given._replace(path=f"/{name}")),
        "REDIS_URL": _own_redis(os.environ["REDIS_URL"]),
        "SIGHTLINE_SECRET_KEY": secrets.token_urlsafe(48),
        "SIGHTLINE_CODE_PEPPER": secrets.token_urlsafe(48),
        "SIGHTLINE_ALLOWED_HOSTS": "localhost,127.0.0.1",
        "SIGHTLINE_ORIGINS": f"http://localhost:{port}",
        "SIGHTLINE_TRUSTED_PROXIES": "0",
        "SIGHTLINE_FROM_EMAIL": "Sightline <help@sightline.example>",
        "SIGHTLINE_EMAIL_BACKEND": "portals.mail_folder.EmailBackend",
    }


_servers = itertools.count()


def _own_redis(url: str) -> str:
    """One of Redis' numbered databases, so that no worker takes the tasks of another server that runs at the time."""
    test_worker = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    number = 1 + (test_worker % 3) * 5 + next(_servers) % 5
    return urlunsplit(urlsplit(url)._replace(path=f"/{number}"))
