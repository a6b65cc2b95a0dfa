"""What was done, by whom, to what, and the seals that prove that nothing was changed since."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex, OpClass
from django.core.serializers.json import DjangoJSONEncoder
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now, Upper
from django.utils.translation import gettext_lazy as _


class Outcome(models.TextChoices):
    """Whether the deed happened."""

    DONE = "done", _("done")
    DENIED = "denied", _("denied")


class Source(models.TextChoices):
    """Through which door the deed came in."""

    ADMIN = "admin", _("admin")
    API = "api", _("API")
    JOB = "job", _("job")
    SHELL = "shell", _("shell")


class AuditEvent(models.Model):
    """One deed or denied attempt, with names as they were at that moment."""

    at = models.DateTimeField(_("at"), db_default=Now(), editable=False)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("actor")
    )
    actor_name = models.CharField(_("actor’s name then"), max_length=254)
    on_behalf_of = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("on behalf of"),
    )
    action = models.CharField(_("action"), max_length=80, help_text=_("app.past_tense"))
    target_type = models.ForeignKey(
        "contenttypes.ContentType",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("kind of target"),
    )
    target_id = models.CharField(_("target’s id"), max_length=64, blank=True)
    target_label = models.CharField(_("target then"), max_length=254, blank=True)
    before = models.JSONField(_("before"), encoder=DjangoJSONEncoder, default=dict)
    after = models.JSONField(_("after"), encoder=DjangoJSONEncoder, default=dict)
    reason = models.TextField(_("reason"), blank=True)
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome, default=Outcome.DONE)
    source = models.CharField(_("source"), max_length=8, choices=Source)
    ip_address = models.GenericIPAddressField(_("address"), null=True, blank=True)
    request_id = models.UUIDField(_("request"), help_text=_("the same for all that one click did"))

    class Meta:
        db_table = "audit_logs"
        verbose_name = _("audit event")
        verbose_name_plural = _("audit log")
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = (("export_auditevent", "Can export the audit log"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(outcome__in=Outcome.values), name="audit_event_has_outcome"
            ),
            models.CheckConstraint(
                condition=Q(source__in=Source.values), name="audit_event_has_source"
            ),
        )
        indexes = (
            models.Index(fields=("target_type", "target_id", "-id"), name="audit_event_by_target"),
            models.Index(fields=("actor", "-id"), name="audit_event_by_actor"),
            models.Index(fields=("action", "-id"), name="audit_event_by_action"),
            models.Index(fields=("request_id",), name="audit_event_by_request"),
            models.Index(fields=("-at",), name="audit_event_by_time"),
            models.Index(fields=("-id",), condition=Q(outcome="denied"), name="audit_event_denied"),
            # For the beginning of a name, whatever its case.
            models.Index(
                OpClass(Upper("target_label"), name="text_pattern_ops"),
                name="audit_event_by_target_label",
            ),
        )

    def __str__(self) -> str:
        return f"{self.action} {self.target_label}".strip()


class AuditBlock(models.Model):
    """A seal: the digests of the events that it covers, chained to the block before it."""

    number = models.PositiveBigIntegerField(_("number"), unique=True)
    event_ids = ArrayField(models.BigIntegerField(), verbose_name=_("events"))
    event_count = models.PositiveIntegerField(_("number of events"))
    digests = models.BinaryField(
        _("digests"),
        help_text=_("SHA-256 of each event, 32 bytes each, in the same order"),
    )
    below = models.BigIntegerField(
        _("below"), help_text=_("database transactions with a lower number had all ended")
    )
    previous_hash = models.CharField(_("previous hash"), max_length=64)
    hash = models.CharField(_("hash"), max_length=64, unique=True)
    sealed_at = models.DateTimeField(_("sealed at"), editable=False)

    class Meta:
        db_table = "audit_blocks"
        verbose_name = _("audit block")
        verbose_name_plural = _("audit blocks")
        ordering = ("-number",)
        default_permissions = ("view",)
        permissions = (("seal_auditblock", "Can seal the audit log"),)
        indexes = (
            # Tells of one event whether, and by which block, it is sealed.
            GinIndex(fields=("event_ids",), name="audit_block_by_event", fastupdate=False),
        )

    def __str__(self) -> str:
        return f"#{self.number} {self.hash[:12]}"


class RunOutcome(models.TextChoices):
    """How a run of a job went."""

    RUNNING = "running", _("running")
    OK = "ok", _("done")
    FAILED = "failed", _("failed")


class JobRun(models.Model):
    """One run of a job that the clock sends, or a row of consecutive ones that found nothing.

    Kept for a while and then deleted: it tells whether the office runs, and proves nothing. What a
    job did to the business is in the audit log.
    """

    job = models.CharField(_("job"), max_length=80, help_text=_("its name in the schedule"))
    task_id = models.CharField(max_length=64, editable=False)
    outcome = models.CharField(_("outcome"), max_length=8, choices=RunOutcome)
    began_at = models.DateTimeField(_("since"), help_text=_("when the first of these runs started"))
    started_at = models.DateTimeField(_("started at"), help_text=_("the last of them"))
    finished_at = models.DateTimeField(_("finished at"), null=True)
    run_count = models.PositiveIntegerField(_("runs"), default=1)
    did = models.TextField(_("what it did"), blank=True, help_text=_("empty: it found nothing"))
    error = models.TextField(_("failure"), blank=True)
    host = models.CharField(_("machine"), max_length=120)
    asked_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        related_name="+",
        verbose_name=_("asked by"),
        help_text=_("empty: the clock"),
    )

    class Meta:
        db_table = "job_runs"
        verbose_name = _("run of a job")
        verbose_name_plural = _("jobs")
        ordering = ("-started_at", "-id")
        default_permissions = ("view",)
        permissions = (("run_job", "Can run jobs now"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(outcome__in=RunOutcome.values), name="job_run_has_outcome"
            ),
            models.CheckConstraint(
                condition=Q(outcome="running", finished_at__isnull=True)
                | (~Q(outcome="running") & Q(finished_at__isnull=False)),
                name="job_run_finished_has_moment",
            ),
            models.CheckConstraint(
                condition=~Q(outcome="failed") | ~Q(error=""), name="job_run_failed_says_why"
            ),
        )
        indexes = (models.Index(fields=("job", "-started_at", "-id"), name="job_run_by_job"),)

    def __str__(self) -> str:
        return f"{self.job} {self.get_outcome_display()}"
