"""Programs, registered by administrators; the toolkit keeps their grants and tokens."""

from typing import ClassVar

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AbstractApplication

from apps.common.secret_text import SecretTextField


class ProgramManager(models.Manager["Program"]):
    """Finds programs by what they call themselves to us."""

    def get_by_natural_key(self, client_id: str) -> "Program":
        """Return the program of this identifier."""
        return self.get(client_id=client_id)


class Program(AbstractApplication):
    """A program that uses the API: for the people who let it, or as a person of its own.

    `user` is the person as whom a program with client credentials acts.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="programs",
        verbose_name=_("acts as"),
    )
    allowed_scopes = ArrayField(models.CharField(max_length=40), verbose_name=_("scopes"))
    is_active = models.BooleanField(_("active"), default=True)
    rate_limit = models.PositiveIntegerField(
        _("requests a minute"), default=600, validators=[MinValueValidator(1)]
    )

    objects = ProgramManager()

    class Meta:
        db_table = "programs"
        verbose_name = _("program")
        verbose_name_plural = _("programs")
        ordering = ("name", "pk")
        default_permissions = ("add", "change", "view")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    authorization_grant_type__in=("authorization-code", "client-credentials")
                ),
                name="program_has_grant",
            ),
            models.CheckConstraint(
                condition=~Q(authorization_grant_type="client-credentials")
                | Q(user__isnull=False, client_type="confidential"),
                name="program_by_itself_acts_as_somebody",
            ),
        ]


class SigningKey(models.Model):
    """A key that signs access tokens; one signs, those before it still vouch for theirs."""

    key_id = models.CharField(_("identifier"), max_length=43, unique=True)
    public_pem = models.TextField(_("public key"))
    private_pem = SecretTextField(_("private key"))
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    class Meta:
        db_table = "signing_keys"
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        ordering = ("-pk",)
        default_permissions = ("view",)

    def __str__(self) -> str:
        return self.key_id
