"""Questions about people and roles."""

from dataclasses import dataclass

from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.apps import apps
from django.conf import settings
from django.contrib.auth.models import Group, Permission
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import RolePolicy, User
from apps.common.secret_text import SecretUnreadable, unlock

_ROLES_ARE_GROUPS = {
    "add_group": _("Can add role"),
    "change_group": _("Can change role"),
    "view_group": _("Can view role"),
}
"""What Django calls the rights over roles is no word of this office."""


@dataclass(frozen=True)
class Right:
    """One thing that a role may do."""

    name: str
    label: str


def people_with_role(name: str) -> QuerySet[User]:
    """Return the active people who hold the role of that name."""
    return User.objects.filter(groups__name=name, is_active=True)


def people_who_may(permission: str) -> QuerySet[User]:
    """Return the active people one of whose roles has the permission (`app.codename`)."""
    app, _dot, codename = permission.partition(".")
    roles = Group.objects.filter(
        permissions__codename=codename, permissions__content_type__app_label=app
    )
    return User.objects.filter(groups__in=roles, is_active=True, is_system=False).distinct()


def roles_of(person: User) -> list[str]:
    """Return the names of the person's roles."""
    return sorted(role.name for role in person.groups.all())


def permissions_of(role: Group) -> list[str]:
    """Return what the role may do, as `app.codename`."""
    pairs = role.permissions.values_list("content_type__app_label", "codename")
    return sorted(f"{app}.{codename}" for app, codename in pairs)


def permissions_by_part(role: Group | None = None) -> dict[str, list[Right]]:
    """Return what roles may do here, or what this one may, under the name of each part.

    Versions of the history are nobody's to write, and read with what they are versions of.
    """
    ours = [config.label for config in apps.get_app_configs() if config.name.startswith("apps.")]
    rights = Permission.objects.select_related("content_type").order_by(
        "content_type__app_label", "content_type__model", "codename"
    )
    if role is not None:
        rights = rights.filter(group=role)
    else:
        rights = rights.filter(Q(content_type__app_label__in=ours) | Q(content_type__model="group"))
    rights = rights.exclude(Q(codename__contains="_historical") | Q(codename="delete_group"))
    parts: dict[str, list[Right]] = {}
    for right in rights:
        label = right.content_type.app_label
        name = str(apps.get_app_config(label).verbose_name)
        words = str(_ROLES_ARE_GROUPS.get(right.codename, right.name))
        parts.setdefault(name, []).append(Right(f"{label}.{right.codename}", words))
    return parts


def needs_second_factor(person: User) -> bool:
    """Tell whether the person’s roles ask for a second factor; what nobody decided does."""
    if person.is_superuser:
        return True
    excused = RolePolicy.objects.filter(role=OuterRef("pk"), needs_second_factor=False)
    answers = list(
        Group.objects.filter(user=person).values_list(~Exists(excused), flat=True).distinct()
    )
    return any(answers) if answers else person.is_staff


def must_show_second_factor(person: User) -> bool:
    """Tell whether the person has to show a second factor on this installation."""
    return bool(settings.IS_SECOND_FACTOR_REQUIRED) and needs_second_factor(person)


def factors_of(person: User) -> list[str]:
    """Return the kinds of second factor that the person has enrolled, one for each."""
    enrolled = Authenticator.objects.filter(user_id=person.pk)
    kinds = enrolled.exclude(type=Authenticator.Type.RECOVERY_CODES).order_by("created_at", "pk")
    return list(kinds.values_list("type", flat=True))


def lost_factors_of(person: User) -> list[str]:
    """Return the kinds of second factor, and recovery codes, whose seed no key opens any more.

    They are there, and nothing opens with them: they are reset like any other lost factor.
    """
    enrolled = Authenticator.objects.filter(user_id=person.pk).order_by("created_at", "pk")
    return [factor.type for factor in enrolled if _is_lost(factor)]


def _is_lost(factor: Authenticator) -> bool:
    values = [factor.data.get("secret"), factor.data.get("seed")]
    tokens = [text for text in (*values, *factor.data.get("migrated_codes", ())) if text]
    try:
        for token in tokens:
            unlock(str(token))
    except SecretUnreadable:
        return True
    return False


def sessions_of(person: User) -> QuerySet[UserSession]:
    """Return the sessions that the person has opened, the newest first."""
    sessions: QuerySet[UserSession] = UserSession.objects.filter(user_id=person.pk)
    return sessions.order_by("-created_at", "-pk")
