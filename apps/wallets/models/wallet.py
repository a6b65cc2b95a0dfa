"""Wallets: the accounts of the ledger."""

from functools import cached_property
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce, Now
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.wallets.states import (
    CLASS_OF,
    WALLET_LIFECYCLE,
    AccountClass,
    Role,
    WalletAction,
    WalletStatus,
)

if TYPE_CHECKING:
    from apps.accounts.models import User


class WalletQuerySet(models.QuerySet["Wallet"]):
    """Questions about wallets."""

    def of_people(self) -> "WalletQuerySet":
        """Keep people's wallets."""
        return self.filter(owner__isnull=False)

    def of_the_system(self) -> "WalletQuerySet":
        """Keep the chart's wallets."""
        return self.filter(owner__isnull=True)

    def visible_to(self, person: "User") -> "WalletQuerySet":
        """Keep all for those who may view wallets, else a person's own."""
        return self if person.has_perm("wallets.view_wallet") else self.filter(owner=person)

    def locked(self) -> "WalletQuerySet":
        """Lock the rows, by primary key."""
        return self.order_by("pk").select_for_update(of=("self",))

    def with_posted(self) -> "WalletQuerySet":
        """Fetch `posted` along: annotate `posted_now`, also for SQL, exact in every wallet."""
        entries = Wallet.entries.rel.related_model._default_manager
        waiting = entries.filter(wallet=OuterRef("pk"), position=None)
        total = Subquery(waiting.values("wallet").annotate(total=Sum("amount")).values("total"))
        unplaced = Coalesce(total, 0, output_field=models.BigIntegerField())
        return self.annotate(posted_now=F("placed") + unplaced)


class Wallet(models.Model):
    """An account of the ledger, of a person or of the chart; credit is positive.

    A wallet without a floor is *open*: its entries are written without touching this row, so that
    the whole company may post to it at once, and a roll-up gives them their places a little later.
    `posted` is exact in either case. The figures are written by the ledger's own functions alone;
    the other rules are triggers: see the migrations 0003 and 0007.
    """

    number = models.CharField(_("number"), max_length=40, unique=True)
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="wallets",
        verbose_name=_("owner"),
    )
    role = models.CharField(_("place in the chart"), max_length=24, choices=Role, blank=True)
    title = models.CharField(
        _("title"),
        max_length=120,
        blank=True,
        default="",
        db_default="",
        help_text=_("name of a general account"),
    )
    general_class = models.CharField(
        _("class of a general account"),
        max_length=9,
        choices=AccountClass,
        blank=True,
        default="",
        db_default="",
    )
    currency = models.CharField(_("currency"), max_length=3)
    status = models.CharField(
        _("status"), max_length=8, choices=WalletStatus, default=WalletStatus.ACTIVE
    )
    floor = models.BigIntegerField(
        _("floor"),
        null=True,
        blank=True,
        help_text=_("least that may be available, in minor units; empty: none"),
    )
    placed = models.BigIntegerField(
        _("placed"),
        default=0,
        editable=False,
        db_column="posted",
        help_text=_("sum of the entries that have their place, in minor units"),
    )
    held = models.BigIntegerField(_("held"), default=0, editable=False)
    position = models.BigIntegerField(
        _("position"), default=0, editable=False, help_text=_("number of entries with a place")
    )
    moved_at = models.DateTimeField(
        _("moved at"), null=True, editable=False, help_text=_("moment of the last place")
    )
    opened_at = models.DateTimeField(_("opened at"), db_default=Now(), editable=False)

    objects = WalletQuerySet.as_manager()
    history = HistoricalRecords(
        excluded_fields=["placed", "held", "position", "moved_at", "opened_at"],
        table_name="wallets_history",
        history_change_reason_field=models.TextField(null=True),
    )

    class Meta:
        db_table = "wallets"
        verbose_name = _("wallet")
        verbose_name_plural = _("wallets")
        ordering = ("number",)
        default_permissions = ("view",)
        permissions = (
            ("open_wallet", "Can open wallets"),
            ("freeze_wallet", "Can freeze, unfreeze and close wallets"),
            ("open_general_account", "Can open general accounts"),
        )
        constraints = (
            # Without a floor the comparison is unknown, which a CHECK lets pass.
            models.CheckConstraint(
                condition=Q(placed__gte=F("floor") + F("held")),
                name="wallet_available_above_floor",
            ),
            models.UniqueConstraint(
                fields=("owner", "currency"),
                condition=Q(owner__isnull=False) & ~Q(status="closed"),
                name="wallet_one_open_each",
                violation_error_message=_("This person has a wallet in this currency already."),
            ),
            models.UniqueConstraint(
                fields=("role", "currency"),
                condition=Q(owner__isnull=True) & ~Q(role=Role.GENERAL),
                name="wallet_role_is_unique",
            ),
            models.UniqueConstraint(
                fields=("currency", "title"),
                condition=Q(role=Role.GENERAL),
                name="wallet_title_is_unique",
                violation_error_message=_("There is a general account with this title already."),
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.name}"

    @property
    def name(self) -> str:
        """The owner's name, the title of a general account, or the place in the chart."""
        return str(self.owner) if self.owner_id else self.title or str(Role(self.role).label)

    @property
    def is_open(self) -> bool:
        """Whether the wallet has no floor, so that postings to it do not wait for each other."""
        return self.floor is None

    @cached_property
    def posted(self) -> int:
        """The sum of all entries as this row was read, in minor units; see `with_posted`."""
        if not self.is_open:
            return self.placed
        if "posted_now" not in self.__dict__:
            return type(self).objects.with_posted().get(pk=self.pk).posted
        return int(self.__dict__["posted_now"])

    @property
    def available(self) -> int:
        """What may be spent: posted less held, in minor units."""
        return self.posted - self.held

    @property
    def account_class(self) -> AccountClass:
        """The class of the account; what we owe people is a liability."""
        if self.general_class:
            return AccountClass(self.general_class)
        return CLASS_OF[Role(self.role)] if self.role else AccountClass.LIABILITY

    def move(self, action: WalletAction) -> None:
        """Set the status that follows `action`."""
        self.status = WALLET_LIFECYCLE.after(action, WalletStatus(self.status))
