"""Roles and what they may do."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from apps.accounts import step_up
from apps.accounts.errors import OwnAccount, RoleExists, StandardRole, UnknownPermission
from apps.accounts.models import SYSTEM_EMAIL, User
from apps.accounts.roles import Role
from apps.accounts.selectors import permissions_of
from apps.audit import services as audit
from apps.audit.services import deed
from apps.audit.snapshots import difference


@transaction.atomic
def load_roles(rows: Sequence[Mapping[str, Any]]) -> int:
    """Give every role of `rows` exactly the permissions listed there, and make sure of `system`.

    Raises:
        UnknownPermission: a listed permission does not exist.
    """
    system = _system()
    known = _known()
    for row in rows:
        role = Group.objects.filter(name=row["name"]).first() or Group(name=row["name"])
        _give(role, row["permissions"], known, actor=system, reason="reference data")
    return len(rows)


@deed
def add_role(*, name: str, permissions: Iterable[str], actor: User) -> Group:
    """Make a role of the office's own; `permissions` are written `app.codename`."""
    actor.require("auth.add_group")
    step_up.require(actor)
    if Group.objects.filter(name=name).exists():
        raise RoleExists(role=name)
    role = Group(name=name)
    _give(role, permissions, _known(), actor=actor)
    return role


@deed
def change_role(role_id: int, *, name: str, permissions: Iterable[str], actor: User) -> Group:
    """Rename a role of the office's own, and let it do exactly these things."""
    actor.require("auth.change_group")
    role = Group.objects.select_for_update(of=("self",)).get(pk=role_id)
    if role.name in Role.values:
        raise StandardRole(role=role.name)
    if actor.groups.filter(pk=role.pk).exists():
        raise OwnAccount
    step_up.require(actor)
    if Group.objects.filter(name=name).exclude(pk=role.pk).exists():
        raise RoleExists(role=name)
    _give(role, permissions, _known(), actor=actor, name=name)
    return role


def _known() -> dict[str, Permission]:
    return {
        f"{permission.content_type.app_label}.{permission.codename}": permission
        for permission in Permission.objects.select_related("content_type")
    }


def _give(
    role: Group,
    permissions: Iterable[str],
    known: Mapping[str, Permission],
    *,
    actor: User,
    name: str = "",
    reason: str = "",
) -> None:
    """Let the role do exactly this, and record it when that is not how it was."""
    wanted = set(permissions)
    for unknown in sorted(wanted - known.keys()):
        raise UnknownPermission(role=role.name, permission=unknown)
    is_new = role.pk is None
    before = {} if is_new else {"name": role.name, "permissions": permissions_of(role)}
    role.name = name or role.name
    role.save()
    role.permissions.set([known[permission] for permission in wanted])
    old, new = difference(before, {"name": role.name, "permissions": sorted(wanted)})
    if new:
        action = "accounts.role_added" if is_new else "accounts.role_changed"
        audit.record(action, actor=actor, target=role, before=old, after=new, reason=reason)


def _system() -> User:
    try:
        return User.objects.system()
    except User.DoesNotExist:
        return User.objects.create_user(SYSTEM_EMAIL, display_name="System", is_system=True)
