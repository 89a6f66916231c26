"""Celery inside the serve process: a worker and the periodic sweep, each in a thread (DESIGN 8)."""

import logging
import threading

from celery import beat, signals
from celery.utils.nodenames import anon_nodename
from celery.worker import WorkController, state

from config.celery import app

logger = logging.getLogger("sightline.worker")


class EmbeddedWorker:
    """The same tasks as in production, on a broker in memory. What it loses with the process, the sweep finds again."""

    def __init__(self, *, concurrency: int = 4) -> None:
        app.finalize()
        signals.setup_logging.connect(_keep_our_logging)
        self._worker = WorkController(
            app=app,
            hostname=anon_nodename(),
            pool="threads",
            concurrency=concurrency,
            without_heartbeat=True,
            without_mingle=True,
            without_gossip=True,
            quiet=True,
        )
        self._beat = beat.Service(app, max_interval=1, scheduler_cls=beat.Scheduler)
        self._threads = [
            threading.Thread(target=self._worker.start, name="celery-worker", daemon=True),
            threading.Thread(target=self._beat.start, name="celery-beat", daemon=True),
        ]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self, *, timeout_s: float = 3) -> None:
        """Let running tasks end, but not for long: their rows are picked up at the next start."""
        self._beat.stop(wait=False)
        setattr(state, "should_stop", 0)  # noqa: B010 (an exit status; typed as None)
        for thread in self._threads:
            thread.join(timeout_s)


def _keep_our_logging(**kwargs: object) -> None:
    """Connecting this signal is how Celery is told to leave logging alone."""
