"""What is done to people and roles."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from apps.accounts.errors import UnknownPermission
from apps.accounts.models import SYSTEM_EMAIL, User
from apps.audit import services as audit


@transaction.atomic
def load_roles(rows: Sequence[Mapping[str, Any]]) -> int:
    """Give every role of `rows` exactly the permissions listed there, and make sure of `system`.

    Raises:
        UnknownPermission: a listed permission does not exist.
    """
    system = _system()
    known = {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }
    for row in rows:
        wanted = set(row["permissions"])
        for permission in sorted(wanted - known.keys()):
            raise UnknownPermission(role=row["name"], permission=permission)
        role, is_new = Group.objects.get_or_create(name=row["name"])
        held = _permissions_of(role)
        if is_new or held != wanted:
            role.permissions.set([known[permission] for permission in wanted])
            audit.record(
                "accounts.role_added" if is_new else "accounts.role_changed",
                actor=system,
                target=role,
                before={} if is_new else {"permissions": sorted(held)},
                after={"permissions": sorted(wanted)},
                reason="reference data",
            )
    return len(rows)


def _system() -> User:
    try:
        return User.objects.system()
    except User.DoesNotExist:
        return User.objects.create_user(SYSTEM_EMAIL, display_name="System", is_system=True)


def _permissions_of(role: Group) -> set[str]:
    pairs = role.permissions.values_list("content_type__app_label", "codename")
    return {f"{app}.{codename}" for app, codename in pairs}
