"""Schedules: the row says when a report is due, and each due moment leaves one row, ever."""

from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth.models import Group
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

if TYPE_CHECKING:
    from apps.accounts.models import User

LONGEST_RETENTION = timedelta(days=3653)
"""Ten years."""
_MOST_DAYS = 3650


class IsOneOf(Func):
    """Whether a value is in an array of the same row."""

    template = "(%(expressions)s))"
    arg_joiner = " = ANY("
    output_field = models.BooleanField()


class ReportScheduleQuerySet(models.QuerySet["ReportSchedule"]):
    """Questions about schedules."""

    def visible_to(self, person: "User") -> "ReportScheduleQuerySet":
        """Keep a person's own and those that go to them, or all for those who may view them."""
        if person.has_perm("reports.view_reportschedule"):
            return self
        addressed = ReportScheduleRecipient.objects.filter(person=person).values("schedule")
        return self.filter(Q(owner=person) | Q(pk__in=addressed))

    def locked(self) -> "ReportScheduleQuerySet":
        """Lock the rows, by primary key."""
        return self.order_by("pk").select_for_update(of=("self",))


class ReportSchedule(models.Model):
    """A report that runs by itself as its owner; days among its parameters follow the due day."""

    name = models.CharField(_("name"), max_length=120)
    report = models.CharField(_("report"), max_length=60)
    parameters = models.JSONField(_("parameters"), default=dict)
    formats = ArrayField(models.CharField(max_length=4), verbose_name=_("formats"))
    options = models.JSONField(_("options"), default=dict, blank=True)
    cron = models.CharField(
        _("when"),
        max_length=100,
        help_text=_("minute, hour, day of the month, month, day of the week"),
    )
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="report_schedules",
        verbose_name=_("owner"),
    )
    recipients = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        through="ReportScheduleRecipient",
        related_name="+",
        verbose_name=_("recipients"),
    )
    attached = models.CharField(
        _("attached to the e-mail"),
        max_length=4,
        blank=True,
        default="",
        help_text=_("nothing unless a format is chosen; the link is always there"),
    )
    is_active = models.BooleanField(_("active"), default=True)
    pause_reason = models.TextField(_("why paused"), blank=True)
    next_at = models.DateTimeField(_("next run"), null=True, blank=True)
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    objects = ReportScheduleQuerySet.as_manager()
    history = HistoricalRecords(
        table_name="report_schedules_history",
        history_change_reason_field=models.TextField(null=True),
        m2m_fields=(),
        # Moves by itself after each run.
        excluded_fields=["next_at"],
    )

    class Meta:
        db_table = "report_schedules"
        verbose_name = _("schedule")
        verbose_name_plural = _("schedules")
        ordering = ("name", "pk")
        default_permissions = ("view",)
        permissions = (
            ("schedule_report", "Can schedule reports"),
            ("attach_report", "Can have reports attached to e-mails"),
            ("stop_schedule", "Can pause everybody’s schedules"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(is_active=True, pause_reason="", next_at__isnull=False)
                | (Q(is_active=False, next_at__isnull=True) & ~Q(pause_reason="")),
                name="report_schedule_paused_says_why",
            ),
            models.CheckConstraint(
                condition=Q(formats__len__gt=0), name="report_schedule_has_format"
            ),
            models.CheckConstraint(
                condition=Q(attached="") | Q(IsOneOf(F("attached"), F("formats"))),
                name="report_schedule_attaches_what_it_makes",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="report_schedule_has_name"),
        )
        indexes = (
            models.Index(
                fields=("next_at",), condition=Q(is_active=True), name="report_schedule_due"
            ),
        )

    def __str__(self) -> str:
        return self.name


class ReportScheduleRecipient(models.Model):
    """Somebody to whom the runs of a schedule go."""

    schedule = models.ForeignKey(ReportSchedule, models.CASCADE, related_name="addressed")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        db_table = "report_schedule_recipients"
        verbose_name = _("recipient")
        verbose_name_plural = _("recipients")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=("schedule", "person"), name="report_schedule_recipient_once"
            ),
        )

    def __str__(self) -> str:
        return str(self.person)


class ReportScheduleFire(models.Model):
    """That a schedule has run for one due moment, with whom it went to; made with its run."""

    schedule = models.ForeignKey(ReportSchedule, models.PROTECT, related_name="fires")
    due_at = models.DateTimeField(_("due at"))
    run = models.ForeignKey("reports.ReportRun", models.PROTECT, related_name="fires")
    is_by_hand = models.BooleanField(_("run now"), default=False)
    attached = models.CharField(_("attached"), max_length=4, blank=True, default="")
    missed_count = models.PositiveIntegerField(_("missed moments"), default=0)
    recipients = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        through="ReportFireRecipient",
        related_name="+",
        verbose_name=_("recipients"),
    )
    fired_at = models.DateTimeField(_("fired at"), db_default=Now(), editable=False)

    class Meta:
        db_table = "report_schedule_fires"
        verbose_name = _("scheduled run")
        verbose_name_plural = _("scheduled runs")
        ordering = ("-due_at", "-pk")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(
                fields=("schedule", "due_at"), name="report_schedule_fires_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.schedule} {self.due_at:%Y-%m-%d %H:%M}"


class ReportFireRecipient(models.Model):
    """Somebody who may open and download one scheduled run."""

    fire = models.ForeignKey(ReportScheduleFire, models.PROTECT, related_name="addressed")
    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")

    class Meta:
        db_table = "report_fire_recipients"
        verbose_name = _("recipient of a run")
        verbose_name_plural = _("recipients of a run")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("fire", "person"), name="report_fire_recipient_once"),
        )

    def __str__(self) -> str:
        return str(self.person)


class ReportRetention(models.Model):
    """How long the files of runs stay that somebody of this role asked for; the longest counts."""

    role = models.OneToOneField(
        Group, models.PROTECT, related_name="report_retention", verbose_name=_("role")
    )
    days = models.PositiveSmallIntegerField(
        _("days"),
        validators=[MinValueValidator(1), MaxValueValidator(_MOST_DAYS)],
        help_text=_("1 to 3650"),
    )

    history = HistoricalRecords(table_name="report_retentions_history")

    class Meta:
        db_table = "report_retentions"
        verbose_name = _("retention")
        verbose_name_plural = _("retentions")
        ordering = ("role__name",)
        default_permissions = ("add", "change", "view")
        constraints = (
            models.CheckConstraint(
                condition=Q(days__gte=1, days__lte=_MOST_DAYS),
                name="report_retention_days_in_range",
                violation_error_message=_("Days must be from 1 to 3650."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.role}: {self.days}"
