"""Proof of the books: seals over the ledger, checks of the whole, and what a check remembers."""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.wallets.states import BOOKS_CHECK_LIFECYCLE, BooksCheckAction, BooksCheckStatus


class LedgerSeal(models.Model):
    """A block of the hash chain over the ledger; append-only, without a gap.

    It covers every transaction up to `last_id` that no block before it covers, and no other;
    `apps.wallets.sealing` says what the hashes are made of.
    """

    number = models.PositiveBigIntegerField(_("number"), unique=True)
    transaction_count = models.PositiveIntegerField(_("transactions"))
    entry_count = models.PositiveIntegerField(_("entries"))
    first_id = models.BigIntegerField(_("first transaction"))
    last_id = models.BigIntegerField(
        _("last transaction"), help_text=_("what has a lower number and no seal came late")
    )
    contents = models.BinaryField(
        _("contents"), help_text=_("the number of each transaction, 8 bytes, and its SHA-256, 32")
    )
    contents_hash = models.CharField(_("hash of the contents"), max_length=64)
    checkpoint_hash = models.CharField(
        _("hash of the checkpoint"),
        max_length=64,
        blank=True,
        help_text=_("the newest that a check of the books had kept by then"),
    )
    search = models.JSONField(
        _("search"), help_text=_("what the next seal needs to find transactions that commit late")
    )
    previous_hash = models.CharField(_("previous hash"), max_length=64)
    hash = models.CharField(_("hash"), max_length=64, unique=True)
    sealed_at = models.DateTimeField(_("sealed at"), editable=False)

    class Meta:
        db_table = "ledger_seals"
        verbose_name = _("ledger seal")
        verbose_name_plural = _("ledger seals")
        ordering = ("-number",)
        default_permissions = ("view",)
        permissions = (("seal_ledger", "Can seal the ledger"),)

    def __str__(self) -> str:
        return f"#{self.number} {self.hash[:12]}"


class BooksCheckQuerySet(models.QuerySet["BooksCheck"]):
    """Questions about checks of the books."""

    def unfinished(self) -> "BooksCheckQuerySet":
        """Keep those on which a worker still has to work."""
        return self.filter(status__in=(BooksCheckStatus.WAITING, BooksCheckStatus.RUNNING))

    def with_verdict(self) -> "BooksCheckQuerySet":
        """Keep those that came to an end with a verdict."""
        return self.filter(status__in=(BooksCheckStatus.RIGHT, BooksCheckStatus.WRONG))

    def locked(self) -> "BooksCheckQuerySet":
        """Lock the rows, by primary key."""
        return self.order_by("pk").select_for_update(of=("self",))


class BooksCheck(models.Model):
    """One verification of the books: asked for by a person or the nightly job, and its verdict."""

    requester = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("asked for by")
    )
    status = models.CharField(
        _("verdict"),
        max_length=8,
        choices=BooksCheckStatus,
        default=BooksCheckStatus.WAITING,
        editable=False,
    )
    stage = models.CharField(_("stage"), max_length=80, blank=True, editable=False)
    done_count = models.BigIntegerField(_("done"), default=0, editable=False)
    total_count = models.BigIntegerField(_("to do"), default=0, editable=False)
    attempt_count = models.PositiveSmallIntegerField(_("attempts"), default=0, editable=False)
    transaction_count = models.BigIntegerField(_("transactions"), default=0, editable=False)
    entry_count = models.BigIntegerField(_("entries"), default=0, editable=False)
    block_count = models.BigIntegerField(_("seals"), default=0, editable=False)
    unsealed_count = models.BigIntegerField(
        _("not sealed yet"), default=0, editable=False, help_text=_("transactions")
    )
    head = models.CharField(
        _("head"), max_length=90, blank=True, editable=False, help_text=_("number:hash")
    )
    fault = models.TextField(_("what does not fit"), blank=True, editable=False)
    requested_at = models.DateTimeField(_("asked for at"), db_default=Now(), editable=False)
    heard_at = models.DateTimeField(
        db_default=Now(), editable=False, help_text=_("last sign of life of whoever works on it")
    )
    started_at = models.DateTimeField(_("started at"), null=True, blank=True, editable=False)
    finished_at = models.DateTimeField(_("finished at"), null=True, blank=True, editable=False)

    objects = BooksCheckQuerySet.as_manager()

    class Meta:
        db_table = "books_checks"
        verbose_name = _("check of the books")
        verbose_name_plural = _("checks of the books")
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = (("check_books", "Can check the books"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=BooksCheckStatus.values), name="books_check_has_status"
            ),
            models.CheckConstraint(
                condition=Q(status__in=("waiting", "running"), finished_at__isnull=True)
                | Q(status__in=("right", "wrong", "stopped"), finished_at__isnull=False),
                name="books_check_ended_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("wrong", "stopped")) ^ Q(fault=""),
                name="books_check_fault_is_said",
            ),
        )
        indexes = (
            models.Index(
                fields=("id",),
                condition=Q(status__in=("waiting", "running")),
                name="books_check_unfinished",
            ),
        )

    def __str__(self) -> str:
        return f"BC-{self.pk}"

    @property
    def is_right(self) -> bool:
        """Whether everything fitted."""
        return self.status == BooksCheckStatus.RIGHT

    @property
    def is_unfinished(self) -> bool:
        """Whether a worker still has to work on it."""
        return self.status in {BooksCheckStatus.WAITING, BooksCheckStatus.RUNNING}

    @property
    def seconds(self) -> float | None:
        """How long it took; None before its end."""
        if self.started_at is None or self.finished_at is None:
            return None
        return (self.finished_at - self.started_at).total_seconds()

    def move(self, action: BooksCheckAction) -> None:
        """Set the status that follows `action`."""
        self.status = BOOKS_CHECK_LIFECYCLE.after(action, BooksCheckStatus(self.status))


class BooksCheckpoint(models.Model):
    """What a full check remembers: position and balance of each wallet at a block.

    The seals name its digest, so that nobody changes it unseen. Only the newest few are kept.
    """

    number = models.PositiveBigIntegerField(_("block"), help_text=_("the last one that it knows"))
    hash = models.CharField(_("hash of the block"), max_length=64)
    wallet_ids = ArrayField(models.BigIntegerField(), verbose_name=_("wallets"))
    positions = ArrayField(models.BigIntegerField(), verbose_name=_("positions"))
    balances = ArrayField(models.BigIntegerField(), verbose_name=_("balances"))
    digest = models.CharField(_("digest"), max_length=64)
    made_at = models.DateTimeField(_("made at"), db_default=Now(), editable=False)

    class Meta:
        db_table = "books_checkpoints"
        verbose_name = _("checkpoint")
        verbose_name_plural = _("checkpoints")
        ordering = ("-id",)
        default_permissions = ()

    def __str__(self) -> str:
        return f"#{self.number} {self.digest[:12]}"
