"""Companies and the people in them: who may do what is decided from these rows (see permissions.py)."""

import uuid
from datetime import datetime
from typing import Any, ClassVar

from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from portals.logos import LogoField
from portals.receivers import ReceiversField

NAME_LENGTH = 128  # characters, as in the session reports of the field


class CompanyQuerySet(models.QuerySet["Company"]):
    def visible_to(self, actor: Any) -> "CompanyQuerySet":
        if actor.is_superuser:
            return self
        return self.filter(pk=actor.company_id)


class Company(models.Model):
    """A tenant. Its switches stand above those of its portals and technician groups."""

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    lens_enabled = models.BooleanField(_("Lens enabled"), default=True)
    specialists_enabled = models.BooleanField(_("external specialists enabled"), default=True)
    recording_allowed = models.BooleanField(_("recording allowed"), default=False)
    technicians_may_be_guests = models.BooleanField(
        _("our technicians may be guests in sessions of other companies"), default=True
    )
    guests_may_join = models.BooleanField(
        _("guests of other companies may join our sessions"),
        default=True,
        help_text=_("They are technicians with a seat elsewhere, and see the one session they were invited to."),
    )
    guests_may_lead = models.BooleanField(_("a guest may become lead"), default=False)
    always_relay = models.BooleanField(
        _("always relay"),
        default=False,
        help_text=_(
            "Picture and sound go through the server even between two people, so that nobody learns another's network "
            "address. They are then not encrypted from browser to browser."
        ),
    )
    code_lifetime_min = models.PositiveSmallIntegerField(
        _("code lifetime in minutes"),
        default=15,
        validators=[MinValueValidator(5), MaxValueValidator(60)],
        help_text=_("How long a PIN and its link are valid: 5 to 60 minutes."),
    )
    waiting_limit_min = models.PositiveSmallIntegerField(
        _("waiting limit in minutes"),
        default=60,
        validators=[MaxValueValidator(999)],
        help_text=_("A waiting customer is timed out after this long; 0 means never."),
    )
    idle_limit_min = models.PositiveSmallIntegerField(
        _("idle limit in minutes"),
        default=0,
        validators=[MaxValueValidator(999)],
        help_text=_("An active session without any activity is timed out after this long; 0 means never."),
    )
    transcript_days = models.PositiveSmallIntegerField(
        _("days until transcripts are deleted"),
        default=0,
        validators=[MaxValueValidator(3650)],
        help_text=_("Chat lines, notes and survey comments are deleted this many days after the end; 0 means never."),
    )
    specialist_mails_to = ReceiversField(
        _("mails to external specialists only to"),
        max_length=4000,
        blank=True,
        help_text=_(
            "Addresses or domains, one a line, such as ana@example.com or example.com. Empty: to anybody. "
            "It binds the mails that the server sends."
        ),
    )
    recording_days = models.PositiveSmallIntegerField(
        _("days until recordings are deleted"),
        default=90,
        validators=[MaxValueValidator(3650)],
        help_text=_("Recordings are deleted this many days after they end; 0 means never."),
    )
    survey_enabled = models.BooleanField(_("customers are asked how it went"), default=True)
    seats = models.PositiveIntegerField(_("seats"), default=5, help_text=_("How many technicians may hold a seat."))
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    objects = CompanyQuerySet.as_manager()

    class Meta:
        verbose_name = _("company")
        verbose_name_plural = _("company settings")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(code_lifetime_min__gte=5, code_lifetime_min__lte=60), name="company_code_lifetime_5_to_60"
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def current_terms(self) -> "Terms | None":
        return self.terms.order_by("-version").first()


class CompanyOwnedQuerySet(models.QuerySet[Any]):
    """Rows that belong to one company through their column `company`."""

    def visible_to(self, actor: Any) -> "CompanyOwnedQuerySet":
        if actor.is_superuser:
            return self
        return self.filter(company_id=actor.company_id)


class Terms(models.Model):
    """One published version of the text a customer accepts; never changed, so that a consent stays readable."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="terms")
    version = models.PositiveIntegerField(_("version"), editable=False)
    text = models.TextField(_("text"), max_length=20_000)
    published_at = models.DateTimeField(_("published"), default=timezone.now, editable=False)

    objects = CompanyOwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("terms")
        verbose_name_plural = _("terms")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "version"], name="one_text_per_terms_version"),
        ]

    def __str__(self) -> str:
        return f"{self.company}: {self.version}"


class TechnicianGroup(models.Model):
    """Carries the permissions of its technicians; each is one switch of DESIGN 3."""

    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="technician_groups")
    name = models.CharField(_("name"), max_length=NAME_LENGTH)

    start_lens = models.BooleanField(_("start Lens sessions"), default=True)
    start_private = models.BooleanField(_("start private sessions"), default=True)
    by_pin = models.BooleanField(_("use the PIN method"), default=True)
    by_email = models.BooleanField(_("use the Email method"), default=True)
    by_link = models.BooleanField(_("use the Link method"), default=True)
    by_sms = models.BooleanField(_("use the SMS method"), default=False)
    invite_specialists = models.BooleanField(_("invite external specialists"), default=False)
    invite_agents = models.BooleanField(_("invite agents"), default=True)
    transfer = models.BooleanField(_("transfer sessions"), default=True)
    hold = models.BooleanField(_("hold sessions"), default=True)
    view_screen = models.BooleanField(_("view screen"), default=True)
    remote_control = models.BooleanField(_("remote control"), default=True)
    show_own_screen = models.BooleanField(_("show own screen"), default=True)
    send_files = models.BooleanField(_("send files"), default=True)
    receive_files = models.BooleanField(_("receive files"), default=True)
    snapshots = models.BooleanField(_("take snapshots"), default=True)
    record = models.BooleanField(_("record"), default=False)
    download_recordings = models.BooleanField(_("download recordings"), default=False)
    specialists_may_draw = models.BooleanField(_("specialists may point and draw"), default=True)
    specialists_share_screen = models.BooleanField(_("specialists may share their screen"), default=False)

    PERMISSIONS: ClassVar[tuple[str, ...]] = (
        "start_lens",
        "start_private",
        "by_pin",
        "by_email",
        "by_link",
        "by_sms",
        "invite_specialists",
        "invite_agents",
        "transfer",
        "hold",
        "view_screen",
        "remote_control",
        "show_own_screen",
        "send_files",
        "receive_files",
        "snapshots",
        "record",
        "download_recordings",
        "specialists_may_draw",
        "specialists_share_screen",
    )

    objects = CompanyOwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("technician group")
        verbose_name_plural = _("technician groups")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "name"], name="group_name_once_per_company"),
        ]

    def __str__(self) -> str:
        return self.name


class Portal(models.Model):
    """The customers' entrance, and the frame of rights for every session that belongs to it."""

    class Mode(models.TextChoices):
        PHONE = "phone", _("Phone: the customer types a code")
        WEB = "web", _("Web: a form, then a technician of choice")
        QUEUE = "queue", _("Queue: a form, then whoever is free")

    class SpecialistRight(models.TextChoices):
        VIEW_ONLY = "view_only", _("View only")
        CONTROL = "control", _("Control keyboard and mouse")

    class SessionKind(models.TextChoices):
        LENS = "lens", _("Lens: the customer’s camera")
        SCREEN = "screen", _("Screen: the customer’s computer")

    MAX_QUESTIONS: ClassVar[int] = 5

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    company = models.ForeignKey(Company, on_delete=models.CASCADE, related_name="portals")
    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    slug = models.SlugField(_("address"), max_length=64, unique=True, help_text=_("The last part of its web address."))
    mode = models.CharField(_("mode"), max_length=8, choices=Mode.choices, default=Mode.PHONE)
    is_open = models.BooleanField(
        _("open"), default=True, help_text=_("A closed portal tells its visitors so, and lets nobody in.")
    )
    session_kind = models.CharField(
        _("kind of session"),
        max_length=8,
        choices=SessionKind.choices,
        default=SessionKind.LENS,
        help_text=_("What the form of Web and Queue mode opens."),
    )
    lens_enabled = models.BooleanField(_("Lens enabled"), default=True)
    recording_allowed = models.BooleanField(
        _("recording allowed"), default=True, help_text=_("Where the company allows it, and everybody inside agrees.")
    )
    specialists_enabled = models.BooleanField(_("external specialists enabled"), default=False)
    highest_specialist_right = models.CharField(
        _("highest specialist right"),
        max_length=12,
        choices=SpecialistRight.choices,
        default=SpecialistRight.VIEW_ONLY,
    )
    admit_specialists = models.BooleanField(
        _("admit specialists one by one"),
        default=False,
        help_text=_("External specialists wait until the technician who leads the session lets them in."),
    )
    groups = models.ManyToManyField(
        TechnicianGroup, verbose_name=_("technician groups"), related_name="portals", blank=True
    )
    colour = models.CharField(
        _("colour"),
        max_length=7,
        default="#17324d",
        validators=[RegexValidator(r"^#[0-9a-fA-F]{6}\Z", _("Write a colour as # and six hexadecimal digits."))],
    )
    logo = LogoField(
        _("logo"),
        blank=True,
        help_text=_("PNG, JPEG, WebP or GIF, at most 256 KB and 2000 by 2000 pixels."),
    )
    welcome_text = models.TextField(_("welcome text"), max_length=2000, blank=True)

    objects = CompanyOwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("portal")
        verbose_name_plural = _("portals")
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["company", "name"], name="portal_name_once_per_company"),
        ]

    def __str__(self) -> str:
        return self.name


class PortalQuestionQuerySet(models.QuerySet["PortalQuestion"]):
    def visible_to(self, actor: Any) -> "PortalQuestionQuerySet":
        return self if actor.is_superuser else self.filter(portal__company_id=actor.company_id)


class PortalQuestion(models.Model):
    """A field of a portal's form beside the name; what was answered is kept as text with the session."""

    portal = models.ForeignKey(Portal, on_delete=models.CASCADE, related_name="questions")
    label = models.CharField(_("question"), max_length=NAME_LENGTH)
    required = models.BooleanField(_("must be answered"), default=False)
    position = models.PositiveSmallIntegerField(_("order"), default=0)

    objects = PortalQuestionQuerySet.as_manager()

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")

    def __str__(self) -> str:
        return self.label


class UserManager(BaseUserManager["User"]):
    def create_user(self, email: str, password: str | None = None, **fields: Any) -> "User":
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        return self.create_user(email, password, is_superuser=True, **fields)

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class UserQuerySet(CompanyOwnedQuerySet):
    def technicians(self) -> "UserQuerySet":
        return self.filter(is_active=True, has_seat=True, technician_group__isnull=False)


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account: operator (superuser), manager, technician (holds a seat), or neither."""

    class Availability(models.TextChoices):
        ONLINE = "online", _("Online")
        AWAY = "away", _("Away")

    public_id = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    email = models.EmailField(_("email"), unique=True)
    name = models.CharField(_("name"), max_length=NAME_LENGTH)
    company = models.ForeignKey(
        Company, verbose_name=_("company"), on_delete=models.CASCADE, null=True, blank=True, related_name="users"
    )
    is_active = models.BooleanField(_("active"), default=True)
    is_manager = models.BooleanField(_("manager"), default=False, help_text=_("Works in this administration."))
    has_seat = models.BooleanField(_("holds a seat"), default=False, help_text=_("May work in the console."))
    technician_group = models.ForeignKey(
        TechnicianGroup,
        verbose_name=_("technician group"),
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="technicians",
    )
    availability = models.CharField(
        _("status"), max_length=8, choices=Availability.choices, default=Availability.ONLINE
    )
    console_until = models.DateTimeField(null=True, editable=False)  # a console of theirs is open until then
    created_at = models.DateTimeField(default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]

    objects = UserManager.from_queryset(UserQuerySet)()

    class Meta:
        verbose_name = _("person")
        verbose_name_plural = _("people")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(is_superuser=True) | Q(company__isnull=False), name="only_operators_without_company"
            ),
        ]

    def __str__(self) -> str:
        return self.name or self.email

    def get_full_name(self) -> str:
        return self.name

    @property
    def is_staff(self) -> bool:
        """Whether the admin opens for this person."""
        return self.is_active and (self.is_superuser or self.is_manager)

    @property
    def is_technician(self) -> bool:
        return self.is_active and self.has_seat and self.technician_group_id is not None

    def is_present(self, now: datetime) -> bool:
        """Whether a console of this technician is open."""
        return self.console_until is not None and self.console_until > now


class AuditEvent(models.Model):
    """One line of the append-only audit; written by audit.py, changed by nobody."""

    company = models.ForeignKey(Company, on_delete=models.PROTECT, null=True, related_name="audit_events")
    at = models.DateTimeField(_("at"), default=timezone.now, db_index=True)
    actor_kind = models.CharField(_("kind of actor"), max_length=16)
    actor_name = models.CharField(_("actor"), max_length=NAME_LENGTH, blank=True)
    actor_id = models.CharField(max_length=64, blank=True)
    verb = models.CharField(_("verb"), max_length=64, db_index=True)
    refused = models.BooleanField(_("refused"), default=False)
    object_kind = models.CharField(_("object"), max_length=64, blank=True)
    object_id = models.CharField(max_length=64, blank=True)
    object_name = models.CharField(_("name"), max_length=NAME_LENGTH, blank=True)
    changes = models.JSONField(_("changes"), default=dict)
    address = models.CharField(_("address"), max_length=45, blank=True)
    request_id = models.CharField(max_length=32, blank=True)

    objects = CompanyOwnedQuerySet.as_manager()

    class Meta:
        verbose_name = _("audit event")
        verbose_name_plural = _("audit events")

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.actor_name} {self.verb}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("Audit events are never changed.")
        super().save(*args, **kwargs)
