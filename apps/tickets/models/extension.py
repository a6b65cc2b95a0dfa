"""The wish to keep longer what is out, with its price and its money."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.tickets.models.line import TicketLine
from apps.tickets.models.ticket import Ticket
from apps.tickets.states import EXTENSION_LIFECYCLE, ExtensionAction, ExtensionStatus

if TYPE_CHECKING:
    from apps.accounts.models import User


class ExtensionQuerySet(models.QuerySet["Extension"]):
    """Questions about extensions."""

    def waiting(self) -> "ExtensionQuerySet":
        """Keep those that nobody has decided on."""
        return self.filter(status=ExtensionStatus.REQUESTED)

    def visible_to(self, person: "User") -> "ExtensionQuerySet":
        """Keep those that the person may see: all by a role, else those of what they borrow."""
        if not person.is_active:
            return self.none()
        if person.has_perm("tickets.view_extension"):
            return self
        return self.filter(ticket__borrower=person)

    def locked(self) -> "ExtensionQuerySet":
        """Lock the rows, by primary key."""
        return self.order_by("pk").select_for_update(of=("self",))


class Extension(models.Model):
    """A request to keep assets of a ticket until a later moment; once ended it stays as it is."""

    ticket = models.ForeignKey(
        Ticket, models.PROTECT, related_name="extensions", verbose_name=_("ticket")
    )
    ends_at = models.DateTimeField(_("until"), help_text=_("when it would be due back"))
    reason = models.TextField(_("reason"))
    status = models.CharField(
        _("status"), max_length=10, choices=ExtensionStatus, default=ExtensionStatus.REQUESTED
    )
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("requested by")
    )
    requested_at = models.DateTimeField(_("requested at"))
    concluded_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ending_reason = models.TextField(
        _("why it ended"), blank=True, help_text=_("of a rejection, withdrawal or expiry")
    )
    created_at = models.DateTimeField(_("created at"), db_default=Now(), editable=False)

    objects = ExtensionQuerySet.as_manager()
    history = HistoricalRecords(table_name="ticket_extensions_history")

    class Meta:
        db_table = "ticket_extensions"
        verbose_name = _("extension")
        verbose_name_plural = _("extensions")
        ordering = ("-id",)
        default_permissions = ("view",)
        permissions = (("request_extension", "Can request extensions, also for others"),)
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=ExtensionStatus.values), name="extension_has_status"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="extension_has_reason"),
            models.CheckConstraint(
                condition=Q(status="requested", concluded_at__isnull=True)
                | (~Q(status="requested") & Q(concluded_at__isnull=False)),
                name="extension_ended_has_moment",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("requested", "approved")) | ~Q(ending_reason=""),
                name="extension_refusal_has_reason",
            ),
            models.UniqueConstraint(
                fields=("ticket",),
                condition=Q(status="requested"),
                name="extension_one_open_each",
            ),
        )

    def __str__(self) -> str:
        return f"X-{self.pk}"

    def move(self, action: ExtensionAction) -> None:
        """Set the status that follows `action`."""
        self.status = EXTENSION_LIFECYCLE.after(action, ExtensionStatus(self.status))


class ExtensionLine(models.Model):
    """What keeping one asset longer costs; amounts in minor units of the ticket’s currency."""

    extension = models.ForeignKey(Extension, models.PROTECT, related_name="lines")
    line = models.ForeignKey(TicketLine, models.PROTECT, related_name="extensions")
    was_due_at = models.DateTimeField(_("was due back"))
    fee = models.BigIntegerField(_("fee"), help_text=_("what the longer period costs more"))
    commission = models.BigIntegerField(_("commission"))
    late_fee = models.BigIntegerField(
        _("late fee"), help_text=_("what lateness had cost when it was asked for; it stays")
    )
    arithmetic = models.JSONField(_("arithmetic"), default=list)
    hold = models.OneToOneField(
        "wallets.Hold", models.PROTECT, null=True, blank=True, related_name="extension_line"
    )
    dropped_at = models.DateTimeField(
        _("fell away at"), null=True, blank=True, help_text=_("it came back before the decision")
    )

    history = HistoricalRecords(table_name="ticket_extension_lines_history")

    class Meta:
        db_table = "ticket_extension_lines"
        verbose_name = _("line of an extension")
        verbose_name_plural = _("lines of extensions")
        ordering = ("pk",)
        default_permissions = ()
        constraints = (
            models.UniqueConstraint(fields=("extension", "line"), name="extension_line_is_unique"),
            models.CheckConstraint(
                condition=Q(fee__gte=0, late_fee__gte=0)
                & Q(commission__gte=0, commission__lte=F("fee")),
                name="extension_line_amounts_are_positive",
            ),
            models.CheckConstraint(
                condition=Q(fee=0, hold__isnull=True) | Q(fee__gt=0, hold__isnull=False),
                name="extension_line_fee_has_hold",
            ),
        )

    def __str__(self) -> str:
        return f"{self.extension_id}/{self.line_id}"
