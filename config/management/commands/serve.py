"""Run Sightline as one process: pages, sockets, and (embedded) the worker and its sweep."""

import contextlib
import logging
import os
import socket
import sys
from argparse import ArgumentParser
from typing import Any

import segno
from daphne.endpoints import build_endpoint_description_strings
from django.conf import settings
from django.core.management import BaseCommand, CommandError, call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor

from config import lan
from config.embedded_worker import EmbeddedWorker
from config.live_server import LiveServer, exit_within
from portals import clock, demo

THREADS_S = 2  # for threads to end after everything else has
MAX_FRAME_BYTES = 80 * 1024  # a little over the protocol's own limit, which answers with a sentence


class Command(BaseCommand):
    help = "Serve Sightline. Embedded (SIGHTLINE_EMBEDDED=true) it needs no other process."
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", help="Address to listen on (default: this machine only; with --tls, all).")
        parser.add_argument("--port", type=int, default=settings.PORT)
        parser.add_argument("--tls", action="store_true", help="For phones of this network: https, self-signed.")
        parser.add_argument("--demo", action="store_true", help="Make the demo company first; prints who may sign in.")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["tls"] and not settings.TLS:
            _start_again_with_tls()
        host, port = options["host"] or ("0.0.0.0" if settings.TLS else "127.0.0.1"), options["port"]  # noqa: S104
        _require_free_port(host, port)
        if settings.EMBEDDED:
            _prepare()
        if options["demo"]:
            demo.create_demo()
        connections.close_all()
        clock.now()  # looks at the database, before an event loop would have to do without
        worker = EmbeddedWorker() if settings.EMBEDDED else None
        server = LiveServer(
            application=_application(),
            endpoints=_endpoints(host, port),
            websocket_max_message_size=MAX_FRAME_BYTES,
            websocket_max_frame_size=MAX_FRAME_BYTES,
            websocket_handshake_timeout=15,  # longer than a socket waits for the database, to hear why it may not open
            ping_interval=20,
            ping_timeout=30,
            application_close_timeout=5,
            server_name="sightline",
            ready_callable=lambda: self._greet(options["demo"]),
        )
        if worker is not None:
            worker.start()
        try:
            server.run()
        finally:
            if worker is not None:
                worker.stop()
            connections.close_all()
        self.stdout.write("Sightline has stopped.")
        self.stdout.flush()
        exit_within(THREADS_S)

    def _greet(self, with_demo: bool) -> None:
        address = settings.ORIGINS[0]
        lines = ["", f"Sightline is ready at {address}", ""]
        if with_demo:
            lines += [
                f"  Technician   {address}/console/   tess@acme.example, tom@acme.example, gina@globex.example",
                f"  Manager      {address}/admin/     manager@acme.example",
                f"  Customer     {address}/           types the code, or opens the link of the mail",
                f"  Portals      {address}/p/acme/, {address}/p/acme-web/, {address}/p/acme-queue/",
                "  No seat      nora@acme.example",
                "",
                f"  Password of all of them: {demo.demo_password()}",
                f"  Mails are written to {settings.MAIL_DIR}",
                "",
            ]
        if settings.TLS:
            lines += ["Scan this with a phone of the same network, and accept the certificate once:", ""]
            self.stdout.write("\n".join(lines))
            lines = []
            segno.make(f"{address}/").terminal(sys.stdout, compact=True)
        lines += ["Stop with Ctrl-C.", ""]
        self.stdout.write("\n".join(lines))
        self.stdout.flush()


def _start_again_with_tls() -> None:
    """The settings (origins, cookies) depend on it, and they are read already: begin anew with it known."""
    if not settings.EMBEDDED:
        raise CommandError("--tls is for an embedded run; in production a reverse proxy ends TLS.")
    os.execve(sys.executable, [sys.executable, *sys.argv], os.environ | {"SIGHTLINE_TLS": "true"})  # noqa: S606


def _endpoints(host: str, port: int) -> list[str]:
    if not settings.TLS:
        return list(build_endpoint_description_strings(host=host, port=port))
    key, certificate = lan.certificate(settings.DATA_DIR / "tls", lan.address())
    return [f"ssl:{port}:privateKey={key}:certKey={certificate}:interface={host}"]


def _application() -> Any:
    from config.asgi import application

    return application


def _require_free_port(host: str, port: int) -> None:
    """Two servers on one port would answer for each other; say so instead."""
    with contextlib.closing(socket.socket()) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            raise CommandError(
                f"Port {port} cannot be used: {error.strerror}. Choose another with PORT=8001."
            ) from None


def _prepare() -> None:
    """Embedded: bring database and static files up to date; both are quick when nothing has changed."""
    logging.getLogger("django.db.backends.schema").setLevel(logging.WARNING)
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True)
    executor = MigrationExecutor(connections["default"])
    if executor.migration_plan(executor.loader.graph.leaf_nodes()):
        sys.stdout.write("Preparing the database…\n")
        call_command("migrate", interactive=False, verbosity=0)
    call_command("prepare_static")
