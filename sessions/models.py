"""Support sessions, the people inside them, and the timeline of what happened."""

import uuid
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portals.models import NAME_LENGTH, Company, Portal, TechnicianGroup, Terms, User
from sessions.errors import IllegalMove
from sessions.states import ENDED, LISTED, LIVE, NEXT_STATUS, EndReason, Status

LEASE = timedelta(seconds=45)  # an attendee is connected this long after the last sign of life (three heartbeats)
OFFLINE_AFTER = timedelta(minutes=5)  # then "reconnecting" becomes "offline"
CHAT_LENGTH = 4000  # characters of one chat line
NOTES_LENGTH = 20_000  # characters
COMMENT_LENGTH = 1000  # characters: of a transfer, of a survey, of a report, of an invitation
MAX_SPECIALISTS = 5  # external specialists inside one session at the same time


class SupportSessionQuerySet(models.QuerySet["SupportSession"]):
    def visible_to(self, actor: Any) -> "SupportSessionQuerySet":
        """Sessions that exist for `actor`: a manager's company, a technician's own, an attendee's one.

        A technician's own are those of the own company in which the technician is or was, and of another company the
        one session in which the technician is a guest, while inside.
        """
        if isinstance(actor, Participant):
            return self.filter(pk=actor.support_session_id)
        if actor.is_superuser:
            return self
        attended = Participant.objects.filter(user=actor)
        home = Q(company_id=actor.company_id) & (Q(lead=actor) | Q(pk__in=attended.values("support_session")))
        own = home | Q(pk__in=attended.filter(left_at=None).values("support_session"))
        if actor.is_manager:
            return self.filter(Q(company_id=actor.company_id) | own)
        return self.filter(own) if actor.is_technician else self.none()

    def offered_to(self, technician: User) -> "SupportSessionQuerySet":
        """Sessions of others that the technician may pick up: waiting in a served queue, or being transferred here.

        Nothing of them may be read but name and waiting time until then (S-16).
        """
        if not technician.is_technician:
            return self.none()
        return self.filter(company_id=technician.company_id).filter(
            Q(status=Status.WAITING, lead=None, portal__in=_served_by(technician))
            | (Q(status=Status.TRANSFERRING) & _transferred_to(technician) & ~Q(lead=technician))
        )

    def ever_offered_to(self, technician: User) -> "SupportSessionQuerySet":
        """The same, and those that somebody else has picked up meanwhile: who comes too late is told so."""
        if not technician.is_technician:
            return self.none()
        queued = Q(via_portal=True, portal__in=_served_by(technician))
        return self.filter(company_id=technician.company_id).filter(queued | _transferred_to(technician))

    def live(self) -> "SupportSessionQuerySet":
        return self.filter(status__in=LIVE)

    def listed(self) -> "SupportSessionQuerySet":
        return self.filter(status__in=LISTED)

    def ended(self) -> "SupportSessionQuerySet":
        return self.filter(status__in=ENDED)


def _served_by(technician: User) -> models.QuerySet[Portal]:
    return Portal.objects.filter(groups=technician.technician_group_id)  # a group serves portals of its own company


def _transferred_to(technician: User) -> Q:
    return (
        Q(transfer_user=technician)
        | Q(transfer_group=technician.technician_group_id)
        | Q(transfer_portal__in=_served_by(technician))
    )


class SupportSession(models.Model):
    """One case with one customer. `status` is written by `move_to` alone, under a row lock."""

    class Kind(models.TextChoices):
        LENS = "lens", _("Lens")
        SCREEN = "screen", _("Screen")

    class Outcome(models.TextChoices):
        RESOLVED = "resolved", _("Resolved")
        UNRESOLVED = "unresolved", _("Unresolved")
        UNKNOWN = "unknown", _("Unknown")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    company = models.ForeignKey(Company, on_delete=models.PROTECT, related_name="support_sessions")
    portal = models.ForeignKey(Portal, on_delete=models.PROTECT, related_name="support_sessions")
    kind = models.CharField(_("kind"), max_length=8, choices=Kind.choices)
    status = models.CharField(_("status"), max_length=16, choices=Status.choices, default=Status.CONNECTING)
    end_reason = models.CharField(_("end reason"), max_length=32, choices=EndReason.choices, blank=True)
    via_portal = models.BooleanField(_("through a portal's form"), default=False)
    customer_name = models.CharField(_("name"), max_length=NAME_LENGTH)
    lead = models.ForeignKey(
        User, verbose_name=_("lead"), on_delete=models.PROTECT, null=True, related_name="led_sessions"
    )
    terms = models.ForeignKey(Terms, verbose_name=_("terms"), on_delete=models.PROTECT, null=True)
    terms_accepted_at = models.DateTimeField(_("terms accepted"), null=True)
    outcome = models.CharField(_("outcome"), max_length=12, choices=Outcome.choices, blank=True)
    notes = models.TextField(_("notes"), max_length=NOTES_LENGTH, blank=True)  # technicians only
    answers = models.JSONField(_("answers"), default=list, blank=True)  # of a portal's form: [[question, answer], ...]
    created_at = models.DateTimeField(_("created"))
    waiting_at = models.DateTimeField(_("waiting since"), null=True)
    started_at = models.DateTimeField(_("started"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)
    reported_at = models.DateTimeField(_("reported"), null=True)
    report = models.CharField(_("report"), max_length=COMMENT_LENGTH, blank=True)  # of the customer; managers only
    transcript_deleted_at = models.DateTimeField(_("transcript deleted"), null=True)
    status_since = models.DateTimeField(default=timezone.now, editable=False)
    last_activity_at = models.DateTimeField(default=timezone.now, editable=False)  # of the timeline
    active_for = models.DurationField(_("active"), default=timedelta)
    held_for = models.DurationField(_("on hold"), default=timedelta)
    transferring_for = models.DurationField(_("transferring"), default=timedelta)
    # To whom it is being transferred, or was at last: one of the three.
    transfer_user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="incoming_sessions")
    transfer_group = models.ForeignKey(
        TechnicianGroup, on_delete=models.SET_NULL, null=True, related_name="incoming_sessions"
    )
    transfer_portal = models.ForeignKey(Portal, on_delete=models.PROTECT, null=True, related_name="incoming_sessions")
    transfer_comment = models.CharField(max_length=COMMENT_LENGTH, blank=True)
    lead_offered_to = models.ForeignKey("Participant", on_delete=models.SET_NULL, null=True, related_name="+")
    last_seq = models.PositiveBigIntegerField(default=0, editable=False)
    last_public_seq = models.PositiveBigIntegerField(default=0, editable=False)

    objects = SupportSessionQuerySet.as_manager()

    class Meta:
        verbose_name = _("support session")
        verbose_name_plural = _("support sessions")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["lead"], condition=Q(kind="lens", status="active"), name="one_active_lens_per_technician"
            ),
            models.CheckConstraint(
                condition=Q(status__in=sorted(ENDED), ended_at__isnull=False)
                | (~Q(status__in=sorted(ENDED)) & Q(ended_at__isnull=True)),
                name="ended_at_goes_with_an_end",
            ),
            models.CheckConstraint(
                condition=~Q(status__in=["active", "on_hold"]) | Q(lead__isnull=False, started_at__isnull=False),
                name="active_session_has_a_lead",
            ),
            models.CheckConstraint(
                condition=Q(status__in=["connecting", *sorted(ENDED)]) | Q(terms_accepted_at__isnull=False),
                name="listed_only_after_terms",
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["lead", "status"], name="session_by_lead_status"),
            models.Index(fields=["company", "-created_at"], name="session_by_company_newest"),
            models.Index(fields=["lead", "-created_at"], name="session_by_lead_newest"),
            models.Index(fields=["portal", "status", "waiting_at"], name="session_by_queue"),
            models.Index(fields=["status", "status_since"], condition=Q(status__in=sorted(LIVE)), name="session_live"),
        ]

    def __str__(self) -> str:
        return f"{self.customer_name} ({self.get_kind_display()})"

    @property
    def is_active(self) -> bool:
        return self.status == Status.ACTIVE

    @property
    def is_ended(self) -> bool:
        return self.status in ENDED

    @property
    def helped_by(self) -> str:
        """The lead's name; the company's while nobody leads."""
        return self.lead.name if self.lead else self.company.name

    @property
    def asks_for_survey(self) -> bool:
        """Whether the customer is asked how it went: after a session that was started, unless its texts are gone."""
        talked = self.is_ended and self.started_at is not None
        return talked and self.transcript_deleted_at is None and self.company.survey_enabled

    @property
    def status_label(self) -> str:
        """The word for people: the end reason where there is one, else the status."""
        return self.get_end_reason_display() if self.end_reason else self.get_status_display()

    def can_move_to(self, status: Status) -> bool:
        return status in NEXT_STATUS[Status(self.status)]

    def move_to(self, status: Status, *, now: datetime, reason: EndReason | None = None, **changes: Any) -> None:
        """Write the new status with the columns that go with it. The caller holds the row lock.

        Raises IllegalMove for a move that NEXT_STATUS does not list. `changes` are further columns to save.
        """
        if not self.can_move_to(status):
            raise IllegalMove(status=self.status_label, wanted=status.label)
        self._count_time(now)
        self.status = status
        self.status_since = now
        match status:
            case Status.WAITING:
                self.waiting_at = now
            case Status.ACTIVE:
                self.started_at = self.started_at or now
        if status in ENDED:
            self.ended_at = now
            self.end_reason = reason or ""
        for column, value in changes.items():
            setattr(self, column, value)
        self.save(
            update_fields=[
                "status",
                "end_reason",
                "waiting_at",
                "started_at",
                "ended_at",
                "status_since",
                *TOTAL_OF.values(),
                *changes,
            ],
        )

    def _count_time(self, now: datetime) -> None:
        """Add what the status that ends now has lasted to its total."""
        total = TOTAL_OF.get(Status(self.status))
        if total is not None:
            setattr(self, total, getattr(self, total) + max(timedelta(0), now - self.status_since))

    def total_for(self, now: datetime) -> timedelta:
        """Active, hold and transfer time together, up to now; connecting and waiting do not count (DESIGN 4)."""
        done = self.active_for + self.held_for + self.transferring_for
        running = now - self.status_since if Status(self.status) in TOTAL_OF else timedelta(0)
        return done + max(timedelta(0), running)


# The column that keeps a status's time.
TOTAL_OF = {Status.ACTIVE: "active_for", Status.ON_HOLD: "held_for", Status.TRANSFERRING: "transferring_for"}


class ParticipantQuerySet(models.QuerySet["Participant"]):
    def inside(self) -> "ParticipantQuerySet":
        return self.filter(joined_at__isnull=False, left_at__isnull=True)

    def specialists(self) -> "ParticipantQuerySet":
        return self.filter(role=Participant.Role.SPECIALIST)

    def technicians(self) -> "ParticipantQuerySet":
        return self.filter(role=Participant.Role.TECHNICIAN)


class Participant(models.Model):
    """An attendee: anyone who is or was inside one support session."""

    class Role(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        TECHNICIAN = "technician", _("Technician")
        SPECIALIST = "specialist", _("Specialist")

    class Connection(models.TextChoices):
        CONNECTED = "connected", _("connected")
        RECONNECTING = "reconnecting", _("reconnecting")
        OFFLINE = "offline", _("offline")

    class Grant(models.TextChoices):
        VIEW_ONLY = "view_only", _("View only")
        CONTROL = "control", _("Control keyboard and mouse")

    class WayIn(models.TextChoices):
        CODE = "code", _("code on the join page")
        PORTAL = "portal", _("code at the portal")
        LINK = "link", _("link")
        MAIL = "mail", _("link in a mail")
        QR = "qr", _("QR code")
        CONSOLE = "console", _("console")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    support_session = models.ForeignKey(SupportSession, on_delete=models.CASCADE, related_name="participants")
    role = models.CharField(_("role"), max_length=12, choices=Role.choices)
    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="participations")
    token_digest = models.CharField(max_length=64, unique=True, null=True, editable=False)  # noqa: DJ001 (unique)
    language = models.CharField(max_length=8, blank=True)
    joined_at = models.DateTimeField(_("joined"), null=True)  # null: on the way in
    left_at = models.DateTimeField(_("left"), null=True)
    removed_at = models.DateTimeField(_("removed"), null=True)  # by the lead, at the same moment as left_at
    grant = models.CharField(_("right"), max_length=12, choices=Grant.choices, default=Grant.CONTROL)
    way_in = models.CharField(_("way in"), max_length=8, choices=WayIn.choices, blank=True)
    invited_by = models.ForeignKey(
        User, verbose_name=_("invited by"), on_delete=models.PROTECT, null=True, related_name="invited_attendees"
    )
    slot = models.PositiveSmallIntegerField(null=True, editable=False)  # a specialist's place, 1 to MAX_SPECIALISTS
    from_seq = models.PositiveBigIntegerField(default=0, editable=False)  # what was said up to it is not for them
    lease_until = models.DateTimeField(null=True, editable=False)
    page_id = models.CharField(max_length=32, blank=True, editable=False)
    camera_on = models.BooleanField(default=False, editable=False)
    microphone_on = models.BooleanField(default=False, editable=False)

    objects = ParticipantQuerySet.as_manager()

    class Meta:
        verbose_name = _("attendee")
        verbose_name_plural = _("attendees")
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["support_session", "user"],
                condition=Q(user__isnull=False),
                name="one_attendee_per_user_and_session",
            ),
            models.UniqueConstraint(
                fields=["support_session"], condition=Q(role="customer"), name="one_customer_per_session"
            ),
            models.UniqueConstraint(
                fields=["support_session", "slot"],
                condition=Q(slot__isnull=False, left_at__isnull=True),
                name="one_specialist_per_slot",
            ),
            models.CheckConstraint(
                condition=Q(slot__isnull=True) | Q(role="specialist", slot__gte=1, slot__lte=MAX_SPECIALISTS),
                name="slots_are_for_specialists",
            ),
            models.CheckConstraint(
                condition=~Q(role="specialist", joined_at__isnull=False) | Q(slot__isnull=False),
                name="specialist_inside_has_a_slot",
            ),
            models.CheckConstraint(
                condition=Q(removed_at__isnull=True) | Q(left_at__isnull=False), name="removed_attendee_has_left"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def company_id(self) -> int:
        """The company whose session this is, for the audit."""
        return self.support_session.company_id

    @property
    def is_inside(self) -> bool:
        return self.joined_at is not None and self.left_at is None

    def connection(self, now: datetime) -> Connection:
        """Computed from the lease, never stored."""
        seen_until = self.lease_until or self.joined_at
        if seen_until is None or seen_until > now:
            return self.Connection.CONNECTED if self.lease_until else self.Connection.RECONNECTING
        return self.Connection.RECONNECTING if now - seen_until < OFFLINE_AFTER else self.Connection.OFFLINE


class TimelineEntry(models.Model):
    """One line of the append-only log of a support session; `seq` has no gaps (see timeline.py)."""

    class Audience(models.TextChoices):
        EVERYONE = "everyone", _("everyone")
        TECHNICIANS = "technicians", _("technicians only")

    support_session = models.ForeignKey(SupportSession, on_delete=models.CASCADE, related_name="timeline")
    seq = models.PositiveBigIntegerField()
    prev_public_seq = models.PositiveBigIntegerField(default=0)
    at = models.DateTimeField(default=timezone.now)
    kind = models.CharField(max_length=32)
    audience = models.CharField(max_length=12, choices=Audience.choices, default=Audience.EVERYONE)
    author = models.ForeignKey(Participant, on_delete=models.PROTECT, null=True, related_name="entries")
    author_name = models.CharField(max_length=NAME_LENGTH, blank=True)
    client_msg_id = models.CharField(max_length=36, null=True)  # noqa: DJ001 (unique with the author)
    data = models.JSONField(default=dict)

    class Meta:
        verbose_name = _("timeline entry")
        verbose_name_plural = _("timeline")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["support_session", "seq"], name="seq_once_per_session"),
            models.UniqueConstraint(
                fields=["client_msg_id", "author"],  # the id first: many are looked for at once (chat.py)
                condition=Q(client_msg_id__isnull=False),
                name="client_message_once",
            ),
            models.CheckConstraint(condition=Q(prev_public_seq__lt=F("seq")), name="previous_seq_is_smaller"),
        ]

    def __str__(self) -> str:
        return f"{self.seq} {self.kind}"


class Survey(models.Model):
    """What the customer thought of it, on one page after the end."""

    support_session = models.OneToOneField(SupportSession, on_delete=models.CASCADE, related_name="survey")
    rating = models.PositiveSmallIntegerField(_("rating"))  # 1 (poor) to 5 (very good)
    solved = models.BooleanField(_("solved"), null=True)
    comment = models.CharField(_("comment"), max_length=COMMENT_LENGTH, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("survey")
        verbose_name_plural = _("surveys")
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(rating__gte=1, rating__lte=5), name="survey_rating_1_to_5"),
        ]

    def __str__(self) -> str:
        return f"{self.support_session}: {self.rating}"
