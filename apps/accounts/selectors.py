"""Questions about people and roles."""

from dataclasses import dataclass

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.db.models import Q, QuerySet

from apps.accounts.models import User


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
        parts.setdefault(name, []).append(Right(f"{label}.{right.codename}", right.name))
    return parts
