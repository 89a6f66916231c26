"""Starting background work after commit, without importing the tasks (they import the actions)."""

from celery import current_app
from django.db import transaction


def send_delivery_on_commit(delivery_id: int, *, countdown_s: float = 0) -> None:
    """Losing this message loses nothing: the sweep sends what is due."""

    def start() -> None:
        current_app.send_task(
            "invitations.tasks.send_delivery", kwargs={"delivery_id": delivery_id}, countdown=countdown_s, retry=False
        )

    transaction.on_commit(start, robust=True)
