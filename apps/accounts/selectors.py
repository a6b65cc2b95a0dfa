"""Questions about people and roles."""

from django.contrib.auth.models import Group
from django.db.models import QuerySet

from apps.accounts.models import User


def people_with_role(name: str) -> QuerySet[User]:
    """Return the active people who hold the role of that name."""
    return User.objects.filter(groups__name=name, is_active=True)


def permissions_of(role: Group) -> list[str]:
    """Return what the role may do, as `app.codename`."""
    pairs = role.permissions.values_list("content_type__app_label", "codename")
    return sorted(f"{app}.{codename}" for app, codename in pairs)


def roles_of(person: User) -> list[str]:
    """Return the names of the person's roles."""
    return sorted(role.name for role in person.groups.all())
