"""People: everybody who signs in, borrows, lends or decides, and `system`, who runs the jobs.

Beside them what their sign-in asks for: a policy for each role, and links by e-mail.
"""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.auth.hashers import UNUSABLE_PASSWORD_PREFIX
from django.contrib.auth.models import PermissionsMixin
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from simple_history.models import HistoricalRecords

from apps.accounts.factor_reset import FactorReset as FactorReset  # noqa: PLC0414  (a model)
from apps.common.errors import NotPermitted

SYSTEM_EMAIL = "system@assets.invalid"
PROGRAM_DOMAIN = "programs.assets.invalid"
"""No mail reaches it, and nobody can prove to own an address in it (RFC 2606)."""


class UserManager(BaseUserManager["User"]):
    """Finds people by e-mail, whatever its case."""

    def get_by_natural_key(self, username: str | None) -> "User":
        """Return the person who signs in with this e-mail."""
        return self.get(email=(username or "").lower())

    def create_user(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Create a person; without a password they cannot sign in."""
        user = self.model(email=self.normalize_email(email).lower(), **fields)
        user.set_password(password)
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: object) -> "User":
        """Create a person whom no permission stops; for emergencies, not for daily work."""
        return self.create_user(
            email, password, **{"is_staff": True, "is_superuser": True, **fields}
        )

    def system(self) -> "User":
        """Return `system`, as whom jobs act."""
        return self.get(is_system=True)


class User(AbstractBaseUser, PermissionsMixin):
    """A person, or `system`; deactivated, never deleted."""

    email = models.EmailField(
        _("e-mail"),
        max_length=254,
        unique=True,
        error_messages={"unique": _("Somebody signs in with this e-mail already.")},
    )
    display_name = models.CharField(_("name"), max_length=120)
    is_active = models.BooleanField(
        _("active"), default=True, help_text=_("Deactivate people instead of deleting them.")
    )
    is_staff = models.BooleanField(
        _("staff"), default=False, help_text=_("May sign in to the back office.")
    )
    groups = models.ManyToManyField(  # type: ignore[assignment]  # another link table than the base
        "auth.Group",
        verbose_name=_("roles"),
        blank=True,
        related_name="user_set",
        related_query_name="user",
    )
    is_system = models.BooleanField(_("system"), default=False, editable=False)
    is_program = models.BooleanField(
        _("program account"),
        default=False,
        editable=False,
        help_text=_("Acts for a program; nobody can sign in with it."),
    )
    suspended_until = models.DateTimeField(
        _("suspended until"),
        null=True,
        blank=True,
        help_text=_("Until then this person may not borrow."),
    )
    suspension_reason = models.CharField(_("reason of suspension"), max_length=254, blank=True)
    joined_at = models.DateTimeField(_("joined at"), default=timezone.now, editable=False)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["display_name"]

    objects = UserManager()
    history = HistoricalRecords(
        excluded_fields=["password", "last_login"],
        m2m_fields=["groups"],
        history_change_reason_field=models.TextField(null=True),
        table_name="users_history",
    )

    class Meta:
        db_table = "users"
        verbose_name = _("person")
        verbose_name_plural = _("people")
        ordering = ("display_name", "pk")
        default_permissions = ("add", "change", "view")
        permissions = (
            ("change_roles", "Can give and take roles"),
            ("deactivate_user", "Can deactivate and reactivate people"),
            ("suspend_user", "Can suspend people from borrowing, and lift it"),
        )
        constraints = (
            models.CheckConstraint(
                condition=Q(email=Lower("email")),
                name="user_email_is_lower_case",
                violation_error_message=_("Write the e-mail in lower case."),
            ),
            models.UniqueConstraint(
                fields=("is_system",), condition=Q(is_system=True), name="user_system_is_one"
            ),
            models.CheckConstraint(
                condition=Q(is_program=False)
                | Q(
                    is_staff=False,
                    is_superuser=False,
                    is_system=False,
                    email__endswith=f"@{PROGRAM_DOMAIN}",
                    password__startswith=UNUSABLE_PASSWORD_PREFIX,
                ),
                name="user_of_program_cannot_sign_in",
            ),
        )

    def __str__(self) -> str:
        return self.display_name or self.email

    def get_full_name(self) -> str:
        """Return the name that screens show."""
        return self.display_name

    def is_suspended(self, *, now: datetime) -> bool:
        """Tell whether this person may not borrow at that moment."""
        return self.suspended_until is not None and self.suspended_until > now

    def require(self, permission: str) -> None:
        """Return when this person holds `permission` (`app.codename`); `system` holds all.

        Raises:
            NotPermitted: no role of this person has the permission, or they were deactivated.
        """
        if not (self.is_active and (self.is_system or self.has_perm(permission))):
            raise NotPermitted(permission=permission)


class RolePolicy(models.Model):
    """What the people of one role have to show when they sign in."""

    role = models.OneToOneField(
        "auth.Group", models.CASCADE, related_name="policy", verbose_name=_("role")
    )
    needs_second_factor = models.BooleanField(_("needs a second factor"), default=True)
    is_fixed = models.BooleanField(
        _("fixed"), default=False, help_text=_("The product asks for it; nobody turns it off.")
    )

    class Meta:
        db_table = "role_policies"
        verbose_name = _("policy of a role")
        verbose_name_plural = _("policies of roles")
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(is_fixed=False) | Q(needs_second_factor=True),
                name="role_policy_fixed_needs_second_factor",
            )
        ]

    def __str__(self) -> str:
        return str(self.role)


class LinkPurpose(models.TextChoices):
    """Why somebody gets a link."""

    INVITATION = "invitation", _("invitation")
    FORGOTTEN = "forgotten", _("forgotten password")


class PasswordLink(models.Model):
    """The newest link with which a person chooses a password, once.

    The link itself is kept nowhere: it is made of this row when the e-mail goes out, signed.
    """

    person = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="password_link"
    )
    purpose = models.CharField(_("purpose"), max_length=10, choices=LinkPurpose)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    sent_at = models.DateTimeField(_("sent at"))
    ends_at = models.DateTimeField(_("ends at"))
    used_at = models.DateTimeField(_("used at"), null=True)

    class Meta:
        db_table = "password_links"
        verbose_name = _("password link")
        verbose_name_plural = _("password links")
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(purpose__in=LinkPurpose.values), name="password_link_has_purpose"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("sent_at")), name="password_link_ends_after_sent"
            ),
            models.CheckConstraint(
                condition=Q(used_at__isnull=True)
                | Q(used_at__gte=F("sent_at"), used_at__lte=F("ends_at")),
                name="password_link_used_in_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_purpose_display()}: {self.person}"


class EmailChange(models.Model):
    """That somebody signs in with another e-mail from now on; the one before is told of it."""

    person = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    before = models.EmailField(_("before"), max_length=254)
    after = models.EmailField(_("after"), max_length=254)
    changed_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    changed_at = models.DateTimeField(_("changed at"), default=timezone.now)

    class Meta:
        db_table = "email_changes"
        verbose_name = _("change of an e-mail")
        verbose_name_plural = _("changes of e-mails")
        default_permissions = ()
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(before=F("after")), name="email_change_changes_something"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.before} → {self.after}"
