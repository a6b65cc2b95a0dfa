"""Accounts as which programs act: they hold roles as people do, and nobody signs in with them."""

from typing import Any, cast

from apps.accounts.models import PROGRAM_DOMAIN, User
from apps.audit import services as audit
from apps.audit.services import deed
from apps.audit.snapshots import snapshot


@deed
def add_program_account(*, key: str, display_name: str, actor: User) -> User:
    """Add the account of a program, without any role; `key` tells it from all others.

    Its roles are given as those of a person are. The database refuses it a password, a mailbox,
    the back office and all rights at once (`user_of_program_cannot_sign_in`).
    """
    actor.require("accounts.add_user")
    account = User(
        email=f"{key}@{PROGRAM_DOMAIN}".lower(), display_name=display_name, is_program=True
    )
    account.set_unusable_password()
    cast("Any", account)._history_user = actor
    account.save()
    audit.record("accounts.person_added", actor=actor, target=account, after=snapshot(account))
    return account


@deed
def rename_program_account(user_id: int, *, display_name: str, actor: User) -> User:
    """Let the account be called as its program is."""
    actor.require("accounts.change_user")
    account = User.objects.select_for_update(of=("self",), no_key=True).get(
        pk=user_id, is_program=True
    )
    before = account.display_name
    if before != display_name:
        account.display_name = display_name
        cast("Any", account)._history_user = actor
        account.save()
        audit.record(
            "accounts.person_changed",
            actor=actor,
            target=account,
            before={"display_name": before},
            after={"display_name": display_name},
        )
    return account
