"""Who waits for what, in the order in which they came."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.tickets.models.ticket import Ticket
from apps.tickets.states import WAITING_LIFECYCLE, WaitingAction, WaitingStatus

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.assets.models import Asset, Category


class WaitingQuerySet(models.QuerySet["WaitingEntry"]):
    """Questions about the waiting list."""

    def waiting(self) -> "WaitingQuerySet":
        """Keep those who have no offer yet, first come first."""
        return self.filter(status=WaitingStatus.WAITING).order_by("pk")

    def offered(self) -> "WaitingQuerySet":
        """Keep those whose offer is open."""
        return self.filter(status=WaitingStatus.OFFERED).order_by("pk")

    def open(self) -> "WaitingQuerySet":
        """Keep those who still wait, with an offer or without, first come first."""
        return self.filter(status__in=(WaitingStatus.WAITING, WaitingStatus.OFFERED)).order_by("pk")

    def visible_to(self, person: "User") -> "WaitingQuerySet":
        """Keep those that the person may see: all by a role, else their own."""
        if not person.is_active:
            return self.none()
        if person.has_perm("tickets.view_waitingentry"):
            return self
        return self.filter(person=person)

    def locked(self) -> "WaitingQuerySet":
        """Lock the rows, by primary key."""
        return self.order_by("pk").select_for_update(of=("self",))


class WaitingEntry(models.Model):
    """One person’s place on the waiting list of an asset or of a category."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="waiting_entries",
        verbose_name=_("person"),
    )
    asset = models.ForeignKey(
        "assets.Asset",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="waiting_entries",
        verbose_name=_("asset"),
    )
    category = models.ForeignKey(
        "assets.Category",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="waiting_entries",
        verbose_name=_("category"),
    )
    starts_at = models.DateTimeField(
        _("from"), null=True, blank=True, help_text=_("empty: as soon as it is free")
    )
    length = models.DurationField(_("for how long"))
    purpose = models.CharField(_("purpose"), max_length=254)
    status = models.CharField(
        _("status"), max_length=10, choices=WaitingStatus, default=WaitingStatus.WAITING
    )
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("entered by")
    )
    created_at = models.DateTimeField(_("waits since"))
    offered_asset = models.ForeignKey(
        "assets.Asset",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("offered asset"),
    )
    reservation = models.OneToOneField(
        "assets.Reservation",
        models.PROTECT,
        null=True,
        blank=True,
        related_name="waiting_entry",
        verbose_name=_("reservation"),
        help_text=_("keeps the offered time free until the offer ends"),
    )
    offered_at = models.DateTimeField(_("offered at"), null=True, blank=True)
    expires_at = models.DateTimeField(_("offer ends"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ticket = models.OneToOneField(
        Ticket,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="waiting_entry",
        verbose_name=_("ticket"),
    )

    objects = WaitingQuerySet.as_manager()
    history = HistoricalRecords(table_name="waiting_entries_history")

    class Meta:
        db_table = "waiting_entries"
        verbose_name = _("place on the waiting list")
        verbose_name_plural = _("places on the waiting list")
        ordering = ("pk",)
        default_permissions = ("view",)
        permissions = (("manage_waitingentry", "Can add, answer and end for everybody who waits"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=WaitingStatus.values), name="waiting_entry_has_status"
            ),
            models.CheckConstraint(
                condition=Q(asset__isnull=True, category__isnull=False)
                | Q(asset__isnull=False, category__isnull=True),
                name="waiting_entry_of_asset_or_category",
            ),
            models.CheckConstraint(
                condition=Q(length__gt=timedelta(0)), name="waiting_entry_takes_time"
            ),
            models.CheckConstraint(
                condition=~Q(status__in=("offered", "taken", "declined"))
                | Q(
                    offered_asset__isnull=False,
                    reservation__isnull=False,
                    offered_at__isnull=False,
                    expires_at__isnull=False,
                ),
                name="waiting_entry_offer_is_whole",
            ),
            models.CheckConstraint(
                condition=Q(status="taken", ticket__isnull=False)
                | (~Q(status="taken") & Q(ticket__isnull=True)),
                name="waiting_entry_taken_has_ticket",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("waiting", "offered"), ended_at__isnull=True)
                | (~Q(status__in=("waiting", "offered")) & Q(ended_at__isnull=False)),
                name="waiting_entry_ended_has_moment",
            ),
            models.UniqueConstraint(
                fields=("person", "asset"),
                condition=Q(status__in=("waiting", "offered"), asset__isnull=False),
                name="waiting_entry_once_for_asset",
            ),
            models.UniqueConstraint(
                fields=("person", "category"),
                condition=Q(status__in=("waiting", "offered"), category__isnull=False),
                name="waiting_entry_once_for_category",
            ),
        )
        indexes = (
            models.Index(
                fields=("id",), condition=Q(status="waiting"), name="waiting_entry_in_order"
            ),
        )

    def __str__(self) -> str:
        return f"W-{self.pk}"

    @property
    def wanted(self) -> "Asset | Category":
        """What is waited for."""
        wanted = self.asset or self.category
        assert wanted is not None, "the database keeps one of them"
        return wanted

    @property
    def ends_at(self) -> datetime | None:
        """Until when it is wanted, when that is known."""
        return self.starts_at + self.length if self.starts_at else None

    def move(self, action: WaitingAction) -> None:
        """Set the status that follows `action`."""
        self.status = WAITING_LIFECYCLE.after(action, WaitingStatus(self.status))
