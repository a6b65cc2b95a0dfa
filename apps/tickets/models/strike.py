"""What counts against a borrower, and what follows when it adds up."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.tickets.claim_states import StrikeKind
from apps.tickets.models.line import TicketLine

if TYPE_CHECKING:
    from apps.accounts.models import User


class StrikePolicy(models.Model):
    """So many strikes within so many days suspend for so many days; the longest one applies."""

    name = models.CharField(_("name"), max_length=120, unique=True)
    strike_count = models.PositiveSmallIntegerField(
        _("strikes"), validators=[MinValueValidator(1)], help_text=_("from this many on")
    )
    within_days = models.PositiveSmallIntegerField(
        _("within days"), validators=[MinValueValidator(1)]
    )
    suspended_days = models.PositiveSmallIntegerField(
        _("suspended for days"), validators=[MinValueValidator(1)]
    )
    counts_late = models.BooleanField(_("late returns count"), default=True)
    counts_damage = models.BooleanField(_("damage counts"), default=False)
    counts_loss = models.BooleanField(_("losses count"), default=True)
    is_active = models.BooleanField(_("active"), default=True)

    history = HistoricalRecords(table_name="strike_policies_history")

    class Meta:
        db_table = "strike_policies"
        verbose_name = _("strike policy")
        verbose_name_plural = _("strike policies")
        ordering = ("strike_count", "pk")
        default_permissions = ("add", "change", "view")
        constraints = (
            models.CheckConstraint(
                condition=Q(strike_count__gte=1, within_days__gte=1, suspended_days__gte=1),
                name="strike_policy_is_positive",
                violation_error_message=_("Strikes and days must be at least one."),
            ),
            models.CheckConstraint(
                condition=Q(counts_late=True) | Q(counts_damage=True) | Q(counts_loss=True),
                name="strike_policy_counts_something",
                violation_error_message=_("Tick at least one kind of strike that counts."),
            ),
        )

    def __str__(self) -> str:
        return self.name

    @property
    def kinds(self) -> list[StrikeKind]:
        """The kinds of strike that it counts."""
        counted = {
            StrikeKind.LATE: self.counts_late,
            StrikeKind.DAMAGE: self.counts_damage,
            StrikeKind.LOSS: self.counts_loss,
        }
        return [kind for kind, counts in counted.items() if counts]


class StrikeQuerySet(models.QuerySet["Strike"]):
    """Questions about strikes."""

    def standing(self) -> "StrikeQuerySet":
        """Keep those that nobody has lifted."""
        return self.filter(lifted_at__isnull=True)

    def visible_to(self, person: "User") -> "StrikeQuerySet":
        """Keep those that the person may see: all by a role, else their own."""
        if not person.is_active:
            return self.none()
        if person.has_perm("tickets.view_strike"):
            return self
        return self.filter(person=person)

    def locked(self) -> "StrikeQuerySet":
        """Lock the rows, by primary key."""
        return self.order_by("pk").select_for_update(of=("self",))


class Strike(models.Model):
    """What one line of a ticket left against its borrower; lifted by a person, never deleted."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="strikes", verbose_name=_("person")
    )
    line = models.OneToOneField(
        TicketLine, models.PROTECT, related_name="strike", verbose_name=_("line")
    )
    kind = models.CharField(_("kind"), max_length=10, choices=StrikeKind)
    note = models.CharField(_("what happened"), max_length=254)
    struck_at = models.DateTimeField(_("at"), db_default=Now())
    suspended_until = models.DateTimeField(
        _("suspended until"),
        null=True,
        blank=True,
        help_text=_("when this strike made it too many"),
    )
    lifted_at = models.DateTimeField(_("lifted at"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("lifted by"),
    )
    lift_reason = models.TextField(_("why lifted"), blank=True)

    objects = StrikeQuerySet.as_manager()
    history = HistoricalRecords(table_name="strikes_history")

    class Meta:
        db_table = "strikes"
        verbose_name = _("strike")
        verbose_name_plural = _("strikes")
        ordering = ("-struck_at", "-pk")
        default_permissions = ("view",)
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=StrikeKind.values), name="strike_has_kind"),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by__isnull=True, lift_reason="")
                | (Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~Q(lift_reason="")),
                name="strike_lifted_with_reason",
            ),
        )
        indexes = (models.Index(fields=("person", "-struck_at"), name="strike_by_person"),)

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.line}"
