"""Recordings of support sessions: who asked, who agreed, what became of it, and the files that can be watched."""

import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portals.models import NAME_LENGTH
from sessions.models import Participant, SupportSession

ANSWER_WITHIN = timedelta(seconds=30)  # then silence is a no


class RecordingQuerySet(models.QuerySet["Recording"]):
    def visible_to(self, actor: Any) -> "RecordingQuerySet":
        """The recordings of the sessions whose record the actor may read."""
        return self.filter(support_session__in=SupportSession.objects.visible_to(actor))

    def open(self) -> "RecordingQuerySet":
        return self.filter(state__in=OPEN)

    def under_way(self) -> "RecordingQuerySet":
        return self.filter(state__in=UNDER_WAY)


class Recording(models.Model):
    """One recording of one session; `state` is written by `move_to` alone, under the session's row lock."""

    class State(models.TextChoices):
        ASKING = "asking", _("asked for")
        REFUSED = "refused", _("not agreed to")
        RUNNING = "running", _("running")
        PAUSED = "paused", _("paused")
        FINISHING = "finishing", _("being finished")
        READY = "ready", _("ready")
        FAILED = "failed", _("failed")
        DELETED = "deleted", _("deleted")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    support_session = models.ForeignKey(SupportSession, on_delete=models.CASCADE, related_name="recordings")
    asked_by = models.ForeignKey(
        Participant, verbose_name=_("asked by"), on_delete=models.PROTECT, related_name="asked_recordings"
    )
    state = models.CharField(_("state"), max_length=12, choices=State.choices, default=State.ASKING)
    state_since = models.DateTimeField()
    asked_at = models.DateTimeField(_("asked"))
    started_at = models.DateTimeField(_("started"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    deleted_at = models.DateTimeField(_("deleted"), null=True)
    recorded_for = models.DurationField(_("recorded"), default=timedelta)  # pauses not counted
    failure = models.CharField(_("failure"), max_length=200, blank=True)
    folder = models.CharField(max_length=32, unique=True, editable=False)  # a random name
    # Who writes it now, and until when that writer is taken to live; both empty when nobody does.
    writer = models.CharField(max_length=64, blank=True, editable=False)
    writer_until = models.DateTimeField(null=True, editable=False)
    # [[when it happened, where it is in the files in ms, how long in ms], ...]; between two of them was a pause.
    spans = models.JSONField(default=list, editable=False)

    objects = RecordingQuerySet.as_manager()

    class Meta:
        verbose_name = _("recording")
        verbose_name_plural = _("recordings")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["support_session"],
                condition=Q(state__in=["asking", "running", "paused"]),
                name="one_open_recording_per_session",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["state", "state_since"],
                condition=Q(state__in=["asking", "running", "paused", "finishing"]),
                name="recording_unfinished",
            ),
            models.Index(fields=["ended_at"], condition=Q(deleted_at__isnull=True), name="recording_kept"),
        ]

    def __str__(self) -> str:
        return f"{self.support_session}: {self.get_state_display()}"

    @property
    def company_id(self) -> int:
        """The company whose session this is, for the audit."""
        return self.support_session.company_id

    @property
    def is_open(self) -> bool:
        return self.state in OPEN

    @property
    def is_under_way(self) -> bool:
        return self.state in UNDER_WAY

    def is_too_late_to_answer(self, now: datetime) -> bool:
        return now >= self.asked_at + ANSWER_WITHIN

    def length(self, now: datetime) -> timedelta:
        """What has been recorded up to now, without the pauses."""
        running = now - self.state_since if self.state == self.State.RUNNING else timedelta(0)
        return self.recorded_for + max(timedelta(0), running)

    def move_to(self, state: State, *, now: datetime, **changes: Any) -> None:
        """Write the new state with the columns that go with it. The caller holds the session's row lock."""
        if state not in NEXT_STATE[self.State(self.state)]:
            raise ValueError(f"A recording that is {self.state} does not become {state}.")
        self.recorded_for = self.length(now)
        if state == self.State.RUNNING:
            self.started_at = self.started_at or now
        if self.is_open and state not in OPEN:
            self.ended_at = now
        if state == self.State.DELETED:
            self.deleted_at = now
        self.state, self.state_since = state, now
        for column, value in changes.items():
            setattr(self, column, value)
        self.save(
            update_fields=["state", "state_since", "started_at", "ended_at", "deleted_at", "recorded_for", *changes]
        )


_State = Recording.State
NEXT_STATE: dict[Recording.State, frozenset[Recording.State]] = {
    _State.ASKING: frozenset({_State.RUNNING, _State.REFUSED}),
    _State.REFUSED: frozenset(),
    _State.RUNNING: frozenset({_State.PAUSED, _State.FINISHING}),
    _State.PAUSED: frozenset({_State.RUNNING, _State.FINISHING}),
    _State.FINISHING: frozenset({_State.READY, _State.FAILED}),
    _State.READY: frozenset({_State.DELETED}),
    _State.FAILED: frozenset({_State.DELETED}),
    _State.DELETED: frozenset(),
}
UNDER_WAY = frozenset({_State.RUNNING, _State.PAUSED})
OPEN = UNDER_WAY | {_State.ASKING}
KEPT = frozenset({_State.READY, _State.FAILED})  # what retention looks at


class RecordingAnswer(models.Model):
    """What one attendee answered when asked."""

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="answers")
    participant = models.ForeignKey(Participant, on_delete=models.PROTECT, related_name="recording_answers")
    agrees = models.BooleanField(_("agrees"))
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("answer")
        verbose_name_plural = _("answers")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recording", "participant"], name="one_answer_per_attendee"),
        ]

    def __str__(self) -> str:
        return f"{self.participant}: {self.agrees}"


class RecordingFile(models.Model):
    """One source of a finished recording with everybody's sound: a file that any browser plays by itself."""

    class Kind(models.TextChoices):
        CAMERA = "camera", _("camera")
        SCREEN = "screen", _("screen")
        SOUND = "sound", _("sound only")

    recording = models.ForeignKey(Recording, on_delete=models.CASCADE, related_name="files")
    number = models.PositiveSmallIntegerField()  # 1 is the one that is shown first
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    of = models.CharField(_("of"), max_length=NAME_LENGTH, blank=True)  # the attendee's name
    name = models.CharField(max_length=200)  # in the storage
    size = models.PositiveBigIntegerField(_("size"))  # bytes
    duration_ms = models.PositiveIntegerField(_("duration"))

    class Meta:
        verbose_name = _("file")
        verbose_name_plural = _("files")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["recording", "number"], name="file_number_once_per_recording"),
        ]

    def __str__(self) -> str:
        return f"{self.of}: {self.get_kind_display()}"
