"""Where the media of a support session is, while it goes through the relay."""

from django.db import models

from sessions.models import SupportSession


class MediaProcess(models.Model):
    """A running `manage.py media`. It counts as dead once its lease is over, and others take its sessions."""

    name = models.CharField(max_length=32, unique=True)
    lease_until = models.DateTimeField()

    def __str__(self) -> str:
        return self.name


class RelayPin(models.Model):
    """The one process that relays a support session."""

    support_session = models.OneToOneField(SupportSession, on_delete=models.CASCADE, related_name="relay_pin")
    process = models.ForeignKey(MediaProcess, on_delete=models.CASCADE, related_name="pins")
    page = models.CharField(max_length=32, unique=True)  # new with each move: pages then make another connection

    def __str__(self) -> str:
        return self.page
