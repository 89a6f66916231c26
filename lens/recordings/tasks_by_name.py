"""Starting background work after commit, without importing the tasks (they import what starts them)."""

from celery import current_app
from django.db import transaction


def finish_recording_on_commit(recording_id: str) -> None:
    """Losing this message loses nothing: the sweep finds what is to be finished."""

    def start() -> None:
        current_app.send_task("lens.tasks.finish_recording", kwargs={"recording_id": recording_id}, retry=False)

    transaction.on_commit(start, robust=True)
