"""Runs: the row is the promise that a report will be made, and the proof of how it was."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Case, F, Q, When
from django.db.models.functions import Now
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.reports.options import USUAL, Options, PaperSize, Separator
from apps.reports.schedule import (
    LONGEST_RETENTION,
    ReportFireRecipient,
    ReportRetention,
    ReportSchedule,
    ReportScheduleFire,
    ReportScheduleRecipient,
)
from apps.reports.states import LIFECYCLE, Action, Format, Status

if TYPE_CHECKING:
    from apps.accounts.models import User

__all__ = [
    "MOST_PART_ATTEMPTS",
    "MOST_SMALL_ROWS",
    "ReportFile",
    "ReportFireRecipient",
    "ReportPart",
    "ReportPreferences",
    "ReportRetention",
    "ReportRun",
    "ReportSchedule",
    "ReportScheduleFire",
    "ReportScheduleRecipient",
]

MOST_SMALL_ROWS = 2_000
"""What takes seconds, printed too; it does not wait behind what takes minutes."""


class ReportRunQuerySet(models.QuerySet["ReportRun"]):
    """Questions about runs."""

    def unfinished(self) -> "ReportRunQuerySet":
        """Keep those on which a worker still has to work."""
        return self.filter(status__in=(Status.QUEUED, Status.RUNNING))

    def of_size(self, *, is_small: bool) -> "ReportRunQuerySet":
        """Keep those of one queue: small ones, or the others."""
        if is_small:
            return self.filter(estimated_rows__lte=MOST_SMALL_ROWS)
        return self.filter(estimated_rows__gt=MOST_SMALL_ROWS)

    def ahead_of(self, run: "ReportRun") -> int:
        """Return how many wait in the same queue before this one; 0 when it does not wait."""
        if run.status != Status.QUEUED:
            return 0
        queue = self.of_size(is_small=run.is_small)
        return queue.filter(status=Status.QUEUED, pk__lt=run.pk).count()

    def visible_to(self, person: "User") -> "ReportRunQuerySet":
        """Keep a person's own and those sent to them, or all for those who may view runs."""
        if person.has_perm("reports.view_reportrun"):
            return self
        received = ReportFireRecipient.objects.filter(person=person).values("fire__run")
        return self.filter(Q(requester=person) | Q(pk__in=received))

    def comparable_with(self, run: "ReportRun") -> "ReportRunQuerySet":
        """Keep earlier ones of the same report with a CSV, the same parameters first."""
        return self.filter(
            report=run.report, status=Status.DONE, files__format=Format.CSV, pk__lt=run.pk
        ).order_by(Case(When(parameters=run.parameters, then=0), default=1), "-pk")

    def locked(self) -> "ReportRunQuerySet":
        """Lock the rows, by primary key."""
        return self.order_by("pk").select_for_update(of=("self",))


class ReportRun(models.Model):
    """One making of a report with fixed parameters, at one position of the ledger."""

    report = models.CharField(_("report"), max_length=60)
    parameters = models.JSONField(_("parameters"), default=dict)
    summary = models.CharField(
        _("parameters"), max_length=254, default="", help_text=_("the parameters in words")
    )
    options = models.JSONField(
        _("options"), default=dict, blank=True, help_text=_("how its files are written")
    )
    formats = ArrayField(models.CharField(max_length=4, choices=Format), verbose_name=_("formats"))
    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("requested by")
    )
    status = models.CharField(
        _("status"), max_length=10, choices=Status, default=Status.QUEUED, editable=False
    )
    is_cancel_requested = models.BooleanField(default=False, editable=False)
    attempt_count = models.PositiveSmallIntegerField(_("attempts"), default=0, editable=False)
    lease_until = models.DateTimeField(null=True, blank=True, editable=False)
    lease_holder = models.UUIDField(null=True, blank=True, editable=False)
    rows_done = models.BigIntegerField(_("rows done"), default=0, editable=False)
    rows_total = models.BigIntegerField(_("rows in all"), null=True, blank=True, editable=False)
    pages_done = models.PositiveIntegerField(_("pages done"), default=0, editable=False)
    pages_total = models.PositiveIntegerField(
        _("pages in all"), null=True, blank=True, editable=False
    )
    estimated_rows = models.BigIntegerField(
        _("estimated rows"),
        default=0,
        editable=False,
        help_text=_("guessed beforehand; decides the queue"),
    )
    stage = models.CharField(_("stage"), max_length=60, blank=True, editable=False)
    ledger_position = models.BigIntegerField(
        _("ledger position"), null=True, blank=True, help_text=_("last ledger transaction seen")
    )
    ledger_count = models.BigIntegerField(
        _("transactions in the ledger"),
        null=True,
        blank=True,
        help_text=_("with the position it names one state of the ledger"),
    )
    totals = models.JSONField(_("totals"), default=dict, blank=True)
    tie_outs = models.JSONField(_("tie-outs"), default=list, blank=True)
    failure = models.TextField(_("failure"), blank=True, editable=False)
    created_at = models.DateTimeField(_("requested at"), db_default=Now(), editable=False)
    started_at = models.DateTimeField(_("started at"), null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True, editable=False)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True, editable=False)
    kept_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        editable=False,
        related_name="+",
        verbose_name=_("kept longer by"),
    )
    keep_reason = models.TextField(_("why kept longer"), blank=True, default="", editable=False)

    objects = ReportRunQuerySet.as_manager()

    class Meta:
        db_table = "report_runs"
        verbose_name = _("report run")
        verbose_name_plural = _("report runs")
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = (
            ("run_report", "Can run reports"),
            ("download_report", "Can download reports"),
            ("export_list", "Can export lists"),
            ("keep_report", "Can keep the files of reports longer"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=Status.values), name="report_run_has_status"
            ),
            models.CheckConstraint(
                condition=~Q(status="done")
                | Q(finished_at__isnull=False, expires_at__isnull=False),
                name="report_run_done_has_moments",
            ),
            models.CheckConstraint(
                condition=~Q(status="failed") | ~Q(failure=""), name="report_run_failed_says_why"
            ),
            models.CheckConstraint(
                condition=Q(pages_total__isnull=True) | Q(pages_done__lte=F("pages_total")),
                name="report_run_pages_add_up",
            ),
            models.CheckConstraint(
                condition=Q(kept_by__isnull=True, keep_reason="")
                | (Q(kept_by__isnull=False) & ~Q(keep_reason="")),
                name="report_run_kept_says_why",
            ),
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True)
                | Q(expires_at__lte=models.F("finished_at") + LONGEST_RETENTION),
                name="report_run_kept_ten_years",
            ),
        )
        indexes = (
            models.Index(
                fields=("lease_until",),
                condition=Q(status__in=("queued", "running")),
                name="report_run_unfinished",
            ),
            models.Index(
                fields=("expires_at",), condition=Q(status="done"), name="report_run_to_expire"
            ),
        )

    def __str__(self) -> str:
        return f"RR-{self.pk}"

    @property
    def is_small(self) -> bool:
        """Tell whether it goes the quick way."""
        return self.estimated_rows <= MOST_SMALL_ROWS

    @property
    def is_tied(self) -> bool:
        """Tell whether every figure is what it must be, as far as was looked."""
        return all(kept["ok"] for kept in self.tie_outs)

    def move(self, action: Action) -> None:
        """Set the status that follows `action`."""
        self.status = LIFECYCLE.after(action, Status(self.status))


class ReportFile(models.Model):
    """One finished file of a run."""

    run = models.ForeignKey(ReportRun, models.PROTECT, related_name="files")
    format = models.CharField(_("format"), max_length=4, choices=Format)
    file = models.FileField(_("file"), upload_to="reports/", max_length=250)
    name = models.CharField(_("name"), max_length=150)
    size = models.PositiveBigIntegerField(_("size"), help_text=_("bytes"))
    sha256 = models.CharField(_("SHA-256"), max_length=64)
    page_count = models.PositiveIntegerField(_("pages"), null=True, blank=True)

    class Meta:
        db_table = "report_files"
        verbose_name = _("report file")
        verbose_name_plural = _("report files")
        ordering = ("run", "format")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("run", "format"), name="report_file_one_each"),
        )

    def __str__(self) -> str:
        return self.name


class ReportPreferences(models.Model):
    """How one person wants their files written; without a row, as usual."""

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        primary_key=True,
        related_name="+",
        verbose_name=_("person"),
    )
    separator = models.CharField(
        _("separator of the CSV"), max_length=1, choices=Separator, default=USUAL.separator
    )
    has_bom = models.BooleanField(_("byte-order mark"), default=USUAL.has_bom)
    paper = models.CharField(_("paper"), max_length=6, choices=PaperSize, default=USUAL.paper)

    class Meta:
        db_table = "report_preferences"
        verbose_name = _("preferences for reports")
        verbose_name_plural = _("preferences for reports")
        default_permissions = ()
        constraints = (
            models.CheckConstraint(
                condition=Q(separator__in=Separator.values), name="report_preferences_separator"
            ),
            models.CheckConstraint(
                condition=Q(paper__in=PaperSize.values), name="report_preferences_paper"
            ),
        )

    def __str__(self) -> str:
        return gettext("How my files are written")

    @classmethod
    def of(cls, person: "User") -> Options:
        """Return what the person has chosen, or what is usual."""
        kept = cls.objects.filter(person=person).values(*USUAL.as_json()).first()
        return Options.of(kept or {})


MOST_PART_ATTEMPTS = 3


class ReportPartQuerySet(models.QuerySet["ReportPart"]):
    """Questions about parts."""

    def wanted(self) -> "ReportPartQuerySet":
        """Keep those of attempts that still want them."""
        return self.filter(
            run__status=Status.RUNNING,
            run__lease_holder=F("holder"),
            run__lease_until__gte=Now(),
            run__is_cancel_requested=False,
        )

    def free(self) -> "ReportPartQuerySet":
        """Keep those that nobody has printed or is printing."""
        return self.filter(
            Q(claimed_until__isnull=True) | Q(claimed_until__lt=Now()),
            printed_at__isnull=True,
            attempt_count__lt=MOST_PART_ATTEMPTS,
        )

    def hopeless(self) -> "ReportPartQuerySet":
        """Keep those whose last attempt ended without a word."""
        return self.filter(
            claimed_until__lt=Now(),
            printed_at__isnull=True,
            attempt_count__gte=MOST_PART_ATTEMPTS,
        )


class ReportPart(models.Model):
    """Some pages of a PDF that is being made, to be printed by whichever worker is free.

    `holder` names the attempt of the run; with it the rows come and go.
    """

    run = models.ForeignKey(ReportRun, models.PROTECT, related_name="+")
    holder = models.UUIDField()
    number = models.PositiveIntegerField()
    first_page = models.PositiveIntegerField()
    page_count = models.PositiveIntegerField()
    attempt_count = models.PositiveSmallIntegerField(default=0)
    claimed_until = models.DateTimeField(null=True)
    printed_at = models.DateTimeField(null=True)
    # Where in the storage; empty when the worker that joins has printed it itself.
    file = models.CharField(max_length=250, blank=True)

    objects = ReportPartQuerySet.as_manager()

    class Meta:
        db_table = "report_parts"
        ordering = ("holder", "number")
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("holder", "number"), name="report_part_one_each"),
            models.CheckConstraint(
                condition=Q(attempt_count__lte=MOST_PART_ATTEMPTS), name="report_part_few_attempts"
            ),
            models.CheckConstraint(
                condition=Q(printed_at__isnull=False) | Q(file=""), name="report_part_file_printed"
            ),
        )

    def __str__(self) -> str:
        return f"{self.holder} {self.number}"
