"""Whose small requests need nobody's decision."""

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _


class TrustQuerySet(models.QuerySet["TrustedPerson"]):
    """Questions about trust."""

    def open(self) -> "TrustQuerySet":
        """Keep those that nobody has ended."""
        return self.filter(ended_at__isnull=True)


class TrustedPerson(models.Model):
    """Somebody else trusts this person; only how it ended is written later."""

    person = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("person")
    )
    trusted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="+", verbose_name=_("trusted by")
    )
    reason = models.CharField(_("reason"), max_length=254)
    trusted_at = models.DateTimeField(_("trusted since"), db_default=Now(), editable=False)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True, editable=False)
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("ended by"),
    )
    ending_reason = models.CharField(_("why it ended"), max_length=254, blank=True)

    objects = TrustQuerySet.as_manager()

    class Meta:
        db_table = "approval_trusted_people"
        verbose_name = _("trusted person")
        verbose_name_plural = _("trusted people")
        ordering = ("-pk",)
        default_permissions = ("view",)
        permissions = (("trust_person", "Can trust people, and end it"),)
        constraints = (
            models.UniqueConstraint(
                fields=("person",), condition=Q(ended_at__isnull=True), name="trust_is_open_once"
            ),
            models.CheckConstraint(
                condition=~Q(person=F("trusted_by")), name="trust_is_by_somebody_else"
            ),
            models.CheckConstraint(condition=~Q(reason=""), name="trust_has_reason"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by__isnull=True, ending_reason="")
                | (Q(ended_at__isnull=False, ended_by__isnull=False) & ~Q(ending_reason="")),
                name="trust_ends_with_reason",
            ),
        )

    def __str__(self) -> str:
        return str(self.person)
