"""The ledger's rows: transactions, entries and holds, written by the database's own functions."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.contenttypes.fields import GenericForeignKey
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from apps.common.money import LARGEST
from apps.wallets.states import HoldStatus, TransactionKind

if TYPE_CHECKING:
    from apps.accounts.models import User


class LedgerTransactionQuerySet(models.QuerySet["LedgerTransaction"]):
    """Questions about transactions."""

    def visible_to(self, person: "User") -> "LedgerTransactionQuerySet":
        """Keep all for those who may view the journal, and nothing for anybody else."""
        return self if person.has_perm("wallets.view_ledgertransaction") else self.none()


class LedgerTransaction(models.Model):
    """One balanced movement of money; append-only; its id is its number in the journal.

    Its rules are those of the function that writes it: see migration 0007, which also says why.
    """

    kind = models.CharField(_("kind"), max_length=12, choices=TransactionKind)
    effective_on = models.DateField(_("effective on"))
    posted_at = models.DateTimeField(_("posted at"), db_default=Now(), editable=False)
    description = models.CharField(_("description"), max_length=254, blank=True)
    key = models.CharField(
        _("idempotency key"), max_length=200, help_text=_("moves money once, ever")
    )
    fingerprint = models.CharField(_("fingerprint"), max_length=64)
    actor = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        db_index=False,
        db_constraint=False,
        verbose_name=_("actor"),
    )
    about_type = models.ForeignKey(
        "contenttypes.ContentType",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        db_index=False,
        db_constraint=False,
    )
    about_id = models.BigIntegerField(null=True, blank=True)
    about = GenericForeignKey("about_type", "about_id")
    reverses = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="reversed_by",
        db_index=False,
        db_constraint=False,
        verbose_name=_("reverses"),
    )
    hold = models.ForeignKey(
        "wallets.Hold",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="captures",
        db_index=False,
        db_constraint=False,
        verbose_name=_("captures"),
    )

    objects = LedgerTransactionQuerySet.as_manager()

    class Meta:
        db_table = "ledger_transactions"
        verbose_name = _("ledger transaction")
        verbose_name_plural = _("journal")
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = (("reverse_ledgertransaction", "Can reverse ledger transactions"),)
        constraints = (models.UniqueConstraint(fields=("key",), name="transaction_key_is_unique"),)
        indexes = (
            models.Index(
                fields=("about_type", "about_id"),
                condition=Q(about_type__isnull=False),
                name="transaction_by_about",
            ),
            models.Index(
                fields=("hold",), condition=Q(hold__isnull=False), name="transaction_by_hold"
            ),
            models.Index(fields=("effective_on", "id"), name="transaction_by_effective_on"),
        )

    def __str__(self) -> str:
        return f"T-{self.pk}"


class LedgerEntry(models.Model):
    """One side of a transaction on one wallet; credit is positive, debit is negative."""

    # Each index and foreign key costs every posting: the unique constraints below find rows, and
    # the function that posts refuses an unknown wallet.
    transaction = models.ForeignKey(
        LedgerTransaction,
        models.PROTECT,
        related_name="entries",
        db_index=False,
        db_constraint=False,
    )
    line = models.IntegerField(_("line"))
    wallet = models.ForeignKey(
        "wallets.Wallet",
        models.PROTECT,
        related_name="entries",
        db_index=False,
        db_constraint=False,
    )
    currency = models.CharField(_("currency"), max_length=3)
    amount = models.BigIntegerField(_("amount"), help_text=_("minor units; credit is positive"))
    # An entry of an open wallet gets these three a little later, by the roll-up, and once.
    balance = models.BigIntegerField(
        _("balance after"), null=True, help_text=_("running, minor units")
    )
    position = models.BigIntegerField(
        _("position"), null=True, help_text=_("1, 2, 3 … within the wallet, without a gap")
    )
    placed_at = models.DateTimeField(
        _("placed at"), null=True, help_text=_("rises with the position")
    )
    effective_on = models.DateField(_("effective on"))

    class Meta:
        db_table = "ledger_entries"
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        ordering = ("id",)
        default_permissions = ("view",)
        constraints = (
            models.UniqueConstraint(fields=("wallet", "position"), name="entry_position_is_unique"),
            models.UniqueConstraint(fields=("transaction", "line"), name="entry_line_is_unique"),
        )
        indexes = (
            models.Index(
                fields=("wallet", "effective_on", "position"),
                include=("amount",),
                name="entry_by_effective_on",
            ),
        )

    def __str__(self) -> str:
        return f"{self.transaction_id}/{self.line}"

    @property
    def debit(self) -> int:
        """The amount when it is a debit, as a positive figure; else 0."""
        return max(-self.amount, 0)

    @property
    def credit(self) -> int:
        """The amount when it is a credit; else 0."""
        return max(self.amount, 0)


class HoldQuerySet(models.QuerySet["Hold"]):
    """Questions about holds."""

    def active(self) -> "HoldQuerySet":
        """Keep those that still lower what is available."""
        return self.filter(status=HoldStatus.ACTIVE)

    def visible_to(self, person: "User") -> "HoldQuerySet":
        """Keep all for those who may view holds, else those in a person's own wallets."""
        return self if person.has_perm("wallets.view_hold") else self.filter(wallet__owner=person)

    def locked(self) -> "HoldQuerySet":
        """Lock the rows, by primary key."""
        return self.order_by("pk").select_for_update(of=("self",))


class Hold(models.Model):
    """Money set aside in a wallet: it lowers `available`, not `posted`."""

    wallet = models.ForeignKey("wallets.Wallet", models.PROTECT, related_name="holds")
    amount = models.BigIntegerField(_("amount"), help_text=_("minor units"))
    captured = models.BigIntegerField(_("captured"), default=0)
    released = models.BigIntegerField(_("released"), default=0)
    status = models.CharField(
        _("status"), max_length=8, choices=HoldStatus, default=HoldStatus.ACTIVE
    )
    reason = models.CharField(_("reason"), max_length=254, blank=True)
    key = models.CharField(_("idempotency key"), max_length=200, unique=True)
    about_type = models.ForeignKey(
        "contenttypes.ContentType", models.PROTECT, null=True, blank=True, related_name="+"
    )
    about_id = models.BigIntegerField(null=True, blank=True)
    about = GenericForeignKey("about_type", "about_id")
    placed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("placed by")
    )
    placed_at = models.DateTimeField(_("placed at"), db_default=Now(), editable=False)
    expires_at = models.DateTimeField(_("expires at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)

    objects = HoldQuerySet.as_manager()

    class Meta:
        db_table = "ledger_holds"
        verbose_name = _("hold")
        verbose_name_plural = _("holds")
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = (
            ("capture_hold", "Can capture and release holds that others placed by hand"),
            ("place_hold", "Can place and release holds by hand"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(amount__gt=0, captured__gte=0, released__gte=0)
                & Q(amount__gte=F("captured") + F("released")),
                name="hold_parts_within_amount",
            ),
            models.CheckConstraint(
                condition=Q(status="active", amount__gt=F("captured") + F("released"))
                | (~Q(status="active") & Q(amount=F("captured") + F("released"))),
                name="hold_ended_has_no_rest",
            ),
            models.CheckConstraint(
                condition=Q(status="active", ended_at__isnull=True)
                | (~Q(status="active") & Q(ended_at__isnull=False)),
                name="hold_ended_has_moment",
            ),
            models.CheckConstraint(condition=Q(amount__lte=LARGEST), name="hold_amount_is_bounded"),
            models.CheckConstraint(
                condition=Q(status__in=HoldStatus.values), name="hold_has_status"
            ),
        )
        indexes = (
            models.Index(fields=("about_type", "about_id"), name="hold_by_about"),
            models.Index(
                fields=("expires_at",),
                condition=Q(status="active", expires_at__isnull=False),
                name="hold_to_expire",
            ),
            models.Index(
                fields=("wallet",), condition=Q(status="active"), name="hold_active_by_wallet"
            ),
        )

    def __str__(self) -> str:
        return f"H-{self.pk}"

    @property
    def rest(self) -> int:
        """What is still held, in minor units."""
        return self.amount - self.captured - self.released
