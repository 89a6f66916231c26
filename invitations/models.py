"""Ways into a support session, the mails that carry them, and the counters that stop guessing."""

import uuid
from datetime import datetime, timedelta
from enum import Enum
from typing import Any, ClassVar

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from portals.models import Portal, TechnicianGroup, User
from sessions.models import COMMENT_LENGTH, Participant, SupportSession
from sessions.states import EndReason, Status

DIGEST_KEPT = timedelta(hours=24)  # a code is not given out again for this long after its end (S-10)
EXPIRED_TOLD = timedelta(hours=2)  # "expired" is told only for a code that was right within this time (S-15)


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def visible_to(self, actor: Any) -> "InvitationQuerySet":
        return self.filter(support_session__in=SupportSession.objects.visible_to(actor))

    def live(self) -> "InvitationQuerySet":
        """Those of agents and specialists that nobody has cancelled; the session says whether they let in now."""
        return self.exclude(purpose=Invitation.Purpose.CUSTOMER).filter(cancelled_at__isnull=True)

    def unused(self, technician: User, *, now: datetime) -> "InvitationQuerySet":
        """The technician's codes that still wait for their customer."""
        open_ = self.filter(redeemed_at__isnull=True, cancelled_at__isnull=True, expires_at__gt=now)
        customers = open_.filter(purpose=Invitation.Purpose.CUSTOMER)
        return customers.filter(created_by=technician, support_session__status=Status.CONNECTING)


class End(Enum):
    """How an invitation ended; code and link have a sentence for each."""

    USED = "used"
    CANCELLED = "cancelled"
    SESSION_ENDED = "session ended"
    EXPIRED = "expired"


class Invitation(models.Model):
    """A code and a link into one support session; both are the same way in and are spent together.

    The code is stored as a keyed digest, unique among all that are kept, and the link as SHA-256. `sealed` is an
    encrypted copy of both for the creator's eyes, deleted when the invitation ends; the digests go DIGEST_KEPT later.

    A customer's lets one browser in and expires. That of agents or specialists is one for all of them: it lets in any
    number while the session lives and nobody has cancelled it.
    """

    class Purpose(models.TextChoices):
        CUSTOMER = "customer", _("Customer")
        AGENT = "agent", _("Agent")
        SPECIALIST = "specialist", _("Specialist")

    class Method(models.TextChoices):
        PIN = "pin", _("PIN Code")
        EMAIL = "email", _("Email")
        LINK = "link", _("Link")
        SMS = "sms", _("SMS")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    support_session = models.ForeignKey(SupportSession, on_delete=models.CASCADE, related_name="invitations")
    purpose = models.CharField(_("for"), max_length=12, choices=Purpose.choices, default=Purpose.CUSTOMER)
    method = models.CharField(_("method"), max_length=8, choices=Method.choices, blank=True)  # of a customer's
    right = models.CharField(_("right"), max_length=12, choices=Participant.Grant.choices, blank=True)
    comment = models.CharField(_("comment"), max_length=COMMENT_LENGTH, blank=True)  # never shown to the customer
    phone = models.CharField(_("phone number"), max_length=16, blank=True)  # E.164, of the method SMS
    created_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="invitations")
    created_at = models.DateTimeField(_("created"))
    expires_at = models.DateTimeField(_("expires"), null=True)  # null: with the session
    redeemed_at = models.DateTimeField(_("redeemed"), null=True)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True)
    code_digest = models.CharField(max_length=64, null=True, unique=True, editable=False)  # noqa: DJ001 (unique)
    link_digest = models.CharField(max_length=64, null=True, unique=True, editable=False)  # noqa: DJ001 (unique)
    sealed = models.TextField(blank=True, editable=False)

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(redeemed_at__isnull=True, cancelled_at__isnull=True) | Q(sealed=""),
                name="ended_invitation_keeps_no_secret",
            ),
            models.CheckConstraint(
                condition=Q(purpose="customer", expires_at__isnull=False)
                | (~Q(purpose="customer") & Q(expires_at__isnull=True, redeemed_at__isnull=True)),
                name="customers_codes_expire_and_are_redeemed",
            ),
            models.UniqueConstraint(
                fields=["support_session", "purpose"],
                condition=Q(purpose__in=["agent", "specialist"], cancelled_at__isnull=True),
                name="one_live_invitation_for_all",
            ),
        ]
        indexes: ClassVar = [models.Index(fields=["expires_at"], name="invitation_by_expiry")]

    def __str__(self) -> str:
        return f"{self.get_method_display() or self.get_purpose_display()}: {self.support_session}"

    @property
    def company_id(self) -> int:
        return self.support_session.company_id

    @property
    def is_for_customer(self) -> bool:
        return self.purpose == self.Purpose.CUSTOMER

    @property
    def lifetime_min(self) -> int:
        """Of a customer's; 0 for those that live as long as the session."""
        return round((self.expires_at - self.created_at).total_seconds() / 60) if self.expires_at else 0

    def is_open(self, now: datetime) -> bool:
        return self.end(now) is None

    def end(self, now: datetime) -> tuple[End, datetime] | None:
        """How and when it ended; None while it lets somebody in. Looks at `support_session`: load it with the row."""
        support_session = self.support_session
        if self.cancelled_at is not None:
            refused = support_session.end_reason == EndReason.NOT_REQUESTED
            return (End.SESSION_ENDED if refused else End.CANCELLED), self.cancelled_at
        if self.redeemed_at is not None:
            return End.USED, self.redeemed_at
        expires_at = self.expires_at
        if support_session.ended_at is not None and (expires_at is None or support_session.ended_at < expires_at):
            return End.SESSION_ENDED, support_session.ended_at
        return (End.EXPIRED, expires_at) if expires_at is not None and expires_at <= now else None


class Arrival(models.Model):
    """Who came in by an invitation of agents or specialists, and from where; the address is for the lead who admits."""

    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="arrivals")
    participant = models.OneToOneField(Participant, on_delete=models.CASCADE, related_name="arrival")
    at = models.DateTimeField(_("at"))
    address = models.CharField(_("address"), max_length=45, blank=True)  # forgotten once inside, or turned away
    wrong_codes = models.PositiveIntegerField(_("wrong codes before"), default=0)
    refused_at = models.DateTimeField(_("refused"), null=True)

    class Meta:
        verbose_name = _("arrival")
        verbose_name_plural = _("arrivals")

    def __str__(self) -> str:
        return f"{self.participant}: {self.invitation}"


class AgentRequest(models.Model):
    """A colleague, a technician group or those who serve a portal, asked into a session; the first to accept joins."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    support_session = models.ForeignKey(SupportSession, on_delete=models.CASCADE, related_name="agent_requests")
    invited_by = models.ForeignKey(User, on_delete=models.PROTECT, related_name="+")
    to_user = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    to_group = models.ForeignKey(TechnicianGroup, on_delete=models.CASCADE, null=True, related_name="+")
    to_portal = models.ForeignKey(Portal, on_delete=models.CASCADE, null=True, related_name="+")
    comment = models.CharField(_("comment"), max_length=COMMENT_LENGTH, blank=True)  # never shown to the customer
    created_at = models.DateTimeField(_("created"))
    ended_at = models.DateTimeField(_("ended"), null=True)  # accepted, declined by the one who was asked, or withdrawn
    accepted_by = models.ForeignKey(User, on_delete=models.PROTECT, null=True, related_name="+")
    declined_by = models.ManyToManyField(User, related_name="+")

    class Meta:
        verbose_name = _("request to colleagues")
        verbose_name_plural = _("requests to colleagues")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(to_user__isnull=False, to_group__isnull=True, to_portal__isnull=True)
                | Q(to_user__isnull=True, to_group__isnull=False, to_portal__isnull=True)
                | Q(to_user__isnull=True, to_group__isnull=True, to_portal__isnull=False),
                name="request_goes_to_one",
            ),
            models.CheckConstraint(
                condition=Q(accepted_by__isnull=True) | Q(ended_at__isnull=False), name="accepted_request_has_ended"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["support_session"], condition=Q(ended_at__isnull=True), name="request_open"),
        ]

    def __str__(self) -> str:
        return f"{self.to_name}: {self.support_session}"

    @property
    def to_name(self) -> str:
        return str(self.to_user or self.to_group or self.to_portal)


class Delivery(models.Model):
    """One mail or text that carries an invitation. The row is what survives; the task that sends it may be lost."""

    class Channel(models.TextChoices):
        MAIL = "mail", _("Mail")
        SMS = "sms", _("SMS")

    class State(models.TextChoices):
        QUEUED = "queued", _("Queued")
        SENT = "sent", _("Sent")
        DELIVERED = "delivered", _("Delivered")
        BOUNCED = "bounced", _("Bounced")
        FAILED = "failed", _("Failed")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    invitation = models.ForeignKey(Invitation, on_delete=models.CASCADE, related_name="deliveries")
    channel = models.CharField(_("channel"), max_length=4, choices=Channel.choices, default=Channel.MAIL)
    to = models.CharField(_("to"), max_length=254)
    language = models.CharField(_("language"), max_length=8, default="en")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(_("reason"), max_length=255, blank=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    created_at = models.DateTimeField(_("queued"))
    sent_at = models.DateTimeField(_("sent"), null=True)
    next_attempt_at = models.DateTimeField(null=True)  # of a queued mail; null when nothing is to be done any more
    round = models.PositiveSmallIntegerField(default=1)  # counts the times that the technician had it sent (again)
    provider_id = models.CharField(max_length=255, blank=True)  # the provider's name for what was sent last

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(state="queued") | Q(next_attempt_at__isnull=False), name="queued_delivery_has_a_time"
            ),
        ]
        indexes: ClassVar = [
            models.Index(fields=["state", "next_attempt_at"], name="delivery_due"),
            models.Index(fields=["provider_id"], condition=~Q(provider_id=""), name="delivery_by_provider_id"),
        ]

    def __str__(self) -> str:
        return f"{self.to}: {self.get_state_display()}"


class DeliveryEvent(models.Model):
    """What a mail provider told about one mail, stored once however often it is told (R-10)."""

    class Kind(models.TextChoices):
        DELIVERED = "delivered", _("Delivered")
        COMPLAINED = "complained", _("Marked as spam")
        REJECTED = "rejected", _("Rejected")
        BOUNCED = "bounced", _("Bounced")

    delivery = models.ForeignKey(Delivery, on_delete=models.CASCADE, related_name="events")
    round = models.PositiveSmallIntegerField()  # of the delivery, at the time of the mail that this is about
    provider = models.CharField(max_length=32)
    event_id = models.CharField(max_length=255)
    kind = models.CharField(_("kind"), max_length=12, choices=Kind.choices)
    reason = models.CharField(_("reason"), max_length=255, blank=True)
    at = models.DateTimeField(_("at"))

    class Meta:
        verbose_name = _("delivery event")
        verbose_name_plural = _("delivery events")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["provider", "event_id", "delivery"], name="provider_event_once"),
        ]

    def __str__(self) -> str:
        return f"{self.delivery}: {self.get_kind_display()}"


class GuessCounter(models.Model):
    """Wrong codes from one source: an IPv4 address, an IPv6 /64 or a browser's cookie (S-13).

    A source that begins with `portal:` counts the sessions that an address has opened through portals' forms instead.
    """

    source = models.CharField(max_length=80, unique=True)
    wrong = models.PositiveIntegerField(default=0)
    window_started_at = models.DateTimeField()
    blocked_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("guess counter")
        verbose_name_plural = _("guess counters")
        indexes: ClassVar = [models.Index(fields=["window_started_at"], name="guess_counter_by_age")]

    def __str__(self) -> str:
        return f"{self.source}: {self.wrong}"
