"""Programs, registered by administrators; the consents they live on; the keys of their tokens."""

import uuid
from datetime import datetime
from typing import Any, ClassVar
from urllib.parse import urlsplit, urlunsplit

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AbstractApplication
from simple_history.models import HistoricalRecords

from apps.common.secret_text import SecretTextField
from apps.programs.states import Ending, Grant, Kind

LOOPBACKS = frozenset({"127.0.0.1", "::1"})
REDIRECT_URI = r"(https://[^\s/?#@*\\]+|http://(127\.0\.0\.1|\[::1\])(:[0-9]{1,5})?)(/[^\s#@*\\]*)?"
"""An address to which codes may go: https, or plain only to the machine itself."""

DIGEST = r"^[0-9a-f]{64}$"
CODE_CHALLENGE = r"^[A-Za-z0-9_-]{43}$"
"""What S256 makes of a verifier, by RFC 7636 section 4.2."""


class ProgramManager(models.Manager["Program"]):
    """Finds programs by what they call themselves to us."""

    def get_by_natural_key(self, client_id: str) -> "Program":
        """Return the program of this identifier."""
        return self.get(client_id=client_id)


class Program(AbstractApplication):
    """A program that uses the API: for the people who let it, or as an account of its own.

    `user` is the program account as which a program with client credentials acts.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        null=True,
        blank=True,
        related_name="programs",
        verbose_name=_("acts as"),
    )
    # Secrets lie in a table of their own, as digests; the toolkit's column stays empty.
    client_secret = models.CharField(max_length=255, blank=True, default="", editable=False)
    hash_client_secret = models.BooleanField(default=False, editable=False)
    allowed_scopes = ArrayField(models.CharField(max_length=40), verbose_name=_("scopes"))
    is_active = models.BooleanField(_("active"), default=True)
    rate_limit = models.PositiveIntegerField(
        _("requests a minute"), default=600, validators=[MinValueValidator(1)]
    )

    objects = ProgramManager()
    history = HistoricalRecords(
        excluded_fields=["client_secret", "hash_client_secret", "updated"],
        history_change_reason_field=models.TextField(null=True),
        table_name="programs_history",
    )

    class Meta:
        db_table = "programs"
        verbose_name = _("program")
        verbose_name_plural = _("programs")
        ordering = ("name", "pk")
        default_permissions = ("add", "change", "view")
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(authorization_grant_type__in=tuple(Grant.values)),
                name="program_has_grant",
            ),
            models.CheckConstraint(
                condition=~Q(authorization_grant_type=Grant.CLIENT_CREDENTIALS)
                | Q(user__isnull=False, client_type=Kind.CONFIDENTIAL, redirect_uris=""),
                name="program_by_itself_acts_as_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(authorization_grant_type=Grant.AUTHORIZATION_CODE)
                | Q(user__isnull=True) & ~Q(redirect_uris=""),
                name="program_of_people_has_redirect_uris",
            ),
            models.CheckConstraint(
                condition=Q(redirect_uris__regex=rf"^({REDIRECT_URI}( {REDIRECT_URI})*)?$"),
                name="program_redirect_uris_are_safe",
            ),
            models.CheckConstraint(
                condition=~Q(authorization_grant_type=Grant.CLIENT_CREDENTIALS)
                | ~Q(allowed_scopes__contains=["approvals:decide"]),
                name="program_by_itself_does_not_decide",
            ),
            models.CheckConstraint(
                condition=Q(
                    client_secret="",
                    hash_client_secret=False,
                    skip_authorization=False,
                    allowed_origins="",
                    algorithm="",
                ),
                name="program_opens_no_other_door",
            ),
            models.CheckConstraint(
                condition=Q(rate_limit__gte=1, rate_limit__lte=60_000),
                name="program_rate_limit_is_sensible",
            ),
            models.CheckConstraint(condition=~Q(name=""), name="program_has_name"),
            models.UniqueConstraint(
                Lower("name"),
                name="program_name_is_one",
                violation_error_message=_("Another program has this name already."),
            ),
            models.UniqueConstraint(fields=("user",), name="program_account_has_one_program"),
        ]

    def clean(self) -> None:
        """Leave the rules to the services and the constraints; the toolkit’s own are others."""

    def is_usable(self, request: Any) -> bool:  # noqa: ARG002  (the toolkit’s own signature)
        """Tell whether tokens may be asked for: deactivated programs get none."""
        return self.is_active and (self.user is None or self.user.is_active)

    def redirect_uri_allowed(self, uri: str) -> bool:
        """Tell whether codes may go there: exactly what was registered, character by character.

        Only the port of a loopback address is free (RFC 8252, section 7.3).
        """
        registered = self.redirect_uris.split()
        return uri in registered or _without_loopback_port(uri) in {
            portless for one in registered if (portless := _without_loopback_port(one))
        }

    def get_allowed_schemes(self) -> list[str]:
        """Return how an address of the program may begin."""
        return sorted({urlsplit(uri).scheme for uri in self.redirect_uris.split()} or {"https"})


def _without_loopback_port(uri: str) -> str:
    """Return a plain loopback address without its port; everything else as nothing."""
    try:
        parts = urlsplit(uri)
        has_port = parts.port is not None
    except ValueError:
        return ""
    if parts.scheme != "http" or parts.hostname not in LOOPBACKS or "@" in uri or "#" in uri:
        return ""
    host = parts.netloc.rpartition(":")[0] if has_port else parts.netloc
    return urlunsplit(parts._replace(netloc=host)) + ("?" if uri.endswith("?") else "")


class Secret(models.Model):
    """By what a confidential program shows who it is: only its digest is kept.

    Two may hold at once, so that a program takes up the new one before the old one ends.
    """

    program = models.ForeignKey(Program, models.PROTECT, related_name="secrets")
    digest = models.CharField(_("digest"), max_length=64, unique=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    ends_at = models.DateTimeField(_("ends at"), null=True, blank=True)

    class Meta:
        db_table = "program_secrets"
        verbose_name = _("secret")
        verbose_name_plural = _("secrets")
        ordering = ("-pk",)
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(digest__regex=DIGEST), name="secret_is_a_digest"),
            models.UniqueConstraint(
                fields=("program",), condition=Q(ends_at=None), name="secret_to_stay_is_one"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.program} {self.created_at:%Y-%m-%d}"


class ConsentQuerySet(models.QuerySet["Consent"]):
    """Consents, as adjectives."""

    def locked(self) -> "ConsentQuerySet":
        """Lock the rows in the order of their identifiers."""
        return self.order_by("pk").select_for_update(of=("self",))

    def standing(self, *, now: datetime) -> "ConsentQuerySet":
        """Keep what lets a program in at that moment."""
        return self.filter(ended_at=None, redeemed_at__isnull=False, ends_at__gt=now)


class Consent(models.Model):
    """That a person let a program in: for what, and until when at most.

    It begins as a code, which is redeemed once, and holds together every token that follows:
    its `family`. When it ends, all of them do.
    """

    program = models.ForeignKey(
        Program, models.PROTECT, related_name="consents", verbose_name=_("program")
    )
    person = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="consents",
        verbose_name=_("person"),
    )
    scopes = ArrayField(models.CharField(max_length=40), verbose_name=_("scopes"))
    redirect_uri = models.TextField(_("redirect URI"))
    code_digest = models.CharField(_("digest of the code"), max_length=64, unique=True)
    code_challenge = models.CharField(_("code challenge"), max_length=43)
    family = models.UUIDField(_("family"), unique=True, default=uuid.uuid4, editable=False)
    authenticated_at = models.DateTimeField(_("signed in at"), null=True, blank=True)
    given_at = models.DateTimeField(_("given at"), default=timezone.now)
    code_ends_at = models.DateTimeField(_("code ends at"))
    ends_at = models.DateTimeField(_("ends at"))
    redeemed_at = models.DateTimeField(_("redeemed at"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended at"), null=True, blank=True)
    ending = models.CharField(_("ending"), max_length=12, blank=True, choices=Ending)

    objects = ConsentQuerySet.as_manager()

    class Meta:
        db_table = "consents"
        verbose_name = _("consent")
        verbose_name_plural = _("consents")
        ordering = ("-pk",)
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(code_ends_at__gt=F("given_at"), ends_at__gte=F("code_ends_at")),
                name="consent_ends_after_it_was_given",
            ),
            models.CheckConstraint(
                condition=Q(redeemed_at=None) | Q(redeemed_at__lt=F("code_ends_at")),
                name="consent_is_redeemed_in_time",
            ),
            models.CheckConstraint(
                condition=Q(ended_at=None, ending="")
                | Q(ended_at__isnull=False, ending__in=Ending.values),
                name="consent_ended_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(code_digest__regex=DIGEST, code_challenge__regex=CODE_CHALLENGE),
                name="consent_keeps_no_code",
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=("program",), condition=Q(ended_at=None), name="consent_open_by_program"
            ),
            models.Index(
                fields=("person",), condition=Q(ended_at=None), name="consent_open_by_person"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.person} → {self.program}"

    @property
    def allowed_scopes(self) -> list[str]:
        """Return what the person agreed to and the program is still let do."""
        return sorted(set(self.scopes) & set(self.program.allowed_scopes))

    def is_over(self, *, now: datetime) -> bool:
        """Tell whether it lets nobody in any more."""
        return self.ended_at is not None or self.ends_at <= now

    def seconds_left(self) -> int:
        """Return for how long it still holds, in whole seconds."""
        return max(0, int((self.ends_at - timezone.now()).total_seconds()))


class SigningKey(models.Model):
    """A key that signs access tokens; one signs, those before it still vouch for theirs.

    A new key is published before it signs, and stays published until `retired_at`, when the last
    token that it signed has expired; its private part is then destroyed.
    """

    key_id = models.CharField(_("identifier"), max_length=43, unique=True)
    public_pem = models.TextField(_("public key"))
    private_pem = SecretTextField(_("private key"), blank=True)
    created_at = models.DateTimeField(_("created at"), auto_now_add=True)
    signs_from = models.DateTimeField(_("signs from"), default=timezone.now)
    retired_at = models.DateTimeField(_("retired at"), null=True, blank=True)

    class Meta:
        db_table = "signing_keys"
        verbose_name = _("signing key")
        verbose_name_plural = _("signing keys")
        ordering = ("-pk",)
        default_permissions = ("view",)
        permissions = (("rotate_signingkey", "Can rotate the keys that sign access tokens"),)
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(private_pem="") | Q(retired_at__isnull=False),
                name="signing_key_is_kept_until_retired",
            ),
        ]

    def __str__(self) -> str:
        return self.key_id
