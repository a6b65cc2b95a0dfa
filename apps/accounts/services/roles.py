"""Roles and what they may do."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.contrib.auth.models import Group, Permission
from django.db import transaction

from apps.accounts import step_up
from apps.accounts.errors import (
    OwnAccount,
    RoleExists,
    SecondFactorFixed,
    StandardRole,
    UnknownPermission,
)
from apps.accounts.models import SYSTEM_EMAIL, RolePolicy, User
from apps.accounts.roles import Role
from apps.accounts.selectors import permissions_of
from apps.audit import services as audit
from apps.audit.services import deed
from apps.audit.snapshots import difference


@transaction.atomic
def load_roles(rows: Sequence[Mapping[str, Any]]) -> int:
    """Give every role of `rows` exactly the permissions listed there, and make sure of `system`.

    `second_factor` of a row fixes that the role needs one; where it is false, the office decides,
    and what it has decided stays.

    Raises:
        UnknownPermission: a listed permission does not exist.
    """
    system = _system()
    known = _known()
    for row in rows:
        role = Group.objects.filter(name=row["name"]).first() or Group(name=row["name"])
        _give(role, row["permissions"], known, actor=system, reason="reference data")
        _load_policy(role, is_fixed=row.get("second_factor", True))
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
    RolePolicy.objects.create(role=role)
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


@deed
def require_second_factor(role_id: int, *, is_needed: bool, reason: str, actor: User) -> Group:
    """Ask the people of a role for a second factor, or let them go without; not one’s own role.

    Raises:
        SecondFactorFixed: the product asks this role for one, and nobody turns that off.
        RecentSignInNeeded: the sign-in of `actor` is too old.
    """
    actor.require("auth.change_group")
    step_up.require(actor)
    role = Group.objects.select_for_update(of=("self",)).get(pk=role_id)
    if actor.groups.filter(pk=role.pk).exists():
        raise OwnAccount
    policy, _ = RolePolicy.objects.select_for_update(of=("self",)).get_or_create(role=role)
    if policy.is_fixed and not is_needed:
        raise SecondFactorFixed(role=role.name)
    before = policy.needs_second_factor
    if before != is_needed:
        policy.needs_second_factor = is_needed
        policy.save(update_fields=["needs_second_factor"])
        audit.record(
            "accounts.role_policy_changed",
            actor=actor,
            target=role,
            before={"needs_second_factor": before},
            after={"needs_second_factor": is_needed},
            reason=reason,
        )
    return role


def _load_policy(role: Group, *, is_fixed: bool) -> None:
    """Fix that the role needs a second factor; a role that may do without starts without one."""
    policy, _ = RolePolicy.objects.get_or_create(
        role=role, defaults={"needs_second_factor": is_fixed, "is_fixed": is_fixed}
    )
    if policy.is_fixed != is_fixed:
        policy.is_fixed = is_fixed
        policy.needs_second_factor = is_fixed or policy.needs_second_factor
        policy.save(update_fields=["is_fixed", "needs_second_factor"])


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
