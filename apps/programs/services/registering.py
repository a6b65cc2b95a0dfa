"""Programs: registered, changed, given new secrets and switched off; by administrators only."""

import re
import secrets
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, cast

from django.utils import timezone
from oauth2_provider.generators import generate_client_id

from apps.accounts import services as accounts
from apps.accounts import step_up
from apps.accounts.models import User
from apps.audit import services as audit
from apps.audit.services import deed
from apps.audit.snapshots import difference, snapshot
from apps.programs.errors import (
    NameTaken,
    NoSecret,
    ProgramActive,
    ProgramInactive,
    RateRefused,
    RedirectMissing,
    RedirectRefused,
    ScopeNeedsPerson,
    ScopesMissing,
    UnknownScopes,
)
from apps.programs.models import REDIRECT_URI, Program, Secret
from apps.programs.scopes import SCOPES
from apps.programs.services.consents import end_everything
from apps.programs.states import Grant, Kind
from apps.programs.tokens import digest

OVERLAP = timedelta(hours=24)
"""For so long the old secret still holds beside the new one, unless it is to end at once."""

NEEDS_PERSON = "approvals:decide"
_RATES = range(1, 60_001)
_HIDDEN = {"client_secret", "hash_client_secret", "updated"}


@dataclass(frozen=True)
class Registered:
    """A program and its secret, which nobody can read again; a public one has none."""

    program: Program
    secret: str | None


@deed
def register_program(
    *,
    name: str,
    grant: Grant,
    scopes: Iterable[str],
    actor: User,
    kind: Kind = Kind.CONFIDENTIAL,
    redirect_uris: Iterable[str] = (),
    rate_limit: int = 600,
) -> Registered:
    """Let a new program ask for tokens, and return it with its secret.

    A program by itself gets an account of its own that holds no role yet: nobody can make one act
    as themselves, as another person, as `system` or as a superuser.

    Raises:
        RecentSignInNeeded: the administrator showed too long ago who they are.
    """
    actor.require("programs.add_program")
    step_up.require(actor)
    program = Program(
        client_id=generate_client_id(),
        name=name.strip(),
        authorization_grant_type=grant,
        client_type=kind,
        redirect_uris=" ".join(redirect_uris),
        allowed_scopes=sorted(set(scopes)),
        rate_limit=rate_limit,
    )
    _check(program)
    if grant == Grant.CLIENT_CREDENTIALS:
        program.user = accounts.add_program_account(
            key=program.client_id, display_name=program.name, actor=actor
        )
    _keep(program, actor=actor)
    audit.record("programs.registered", actor=actor, target=program, after=_shown(program))
    secret = _new_secret(program) if kind == Kind.CONFIDENTIAL else None
    return Registered(program, secret)


@deed
def change_program(
    program_id: int,
    *,
    name: str,
    redirect_uris: Iterable[str],
    scopes: Iterable[str],
    rate_limit: int,
    actor: User,
) -> Program:
    """Change what a program is called, where its codes go, and how far it may go at most.

    A scope that is taken away is gone from every token at once.

    Raises:
        RecentSignInNeeded: the administrator showed too long ago who they are.
    """
    actor.require("programs.change_program")
    step_up.require(actor)
    program = _locked(program_id)
    before = _shown(program)
    program.name = name.strip()
    program.redirect_uris = " ".join(redirect_uris)
    program.allowed_scopes = sorted(set(scopes))
    program.rate_limit = rate_limit
    _check(program)
    old, new = difference(before, _shown(program))
    if new:
        if program.user is not None:
            accounts.rename_program_account(program.user.pk, display_name=program.name, actor=actor)
        _keep(program, actor=actor)
        audit.record("programs.changed", actor=actor, target=program, before=old, after=new)
    return program


@deed
def rotate_secret(program_id: int, *, reason: str, actor: User, at_once: bool = False) -> str:
    """Give the program a new secret and return it; the old one holds for another day.

    With `at_once` the old one ends now: for a secret that somebody else has seen.

    Raises:
        RecentSignInNeeded: the administrator showed too long ago who they are.
    """
    actor.require("programs.change_program")
    step_up.require(actor)
    program = _locked(program_id)
    if program.client_type != Kind.CONFIDENTIAL:
        raise NoSecret(program=program)
    if not program.is_active:
        raise ProgramInactive(program=program)
    now = timezone.now()
    end = now if at_once else now + OVERLAP
    # Of those that end already, one may last longer than a secret that is given up.
    program.secrets.filter(ends_at__gt=end).update(ends_at=end)
    program.secrets.filter(ends_at=None).update(ends_at=end)
    audit.record(
        "programs.secret_rotated",
        actor=actor,
        target=program,
        after={"old_secret_ends_at": end},
        reason=reason,
    )
    return _new_secret(program)


@deed
def deactivate_program(program_id: int, *, reason: str, actor: User) -> Program:
    """Keep the program out from this moment on: its tokens open nothing, and it gets none."""
    actor.require("programs.change_program")
    program = _locked(program_id)
    if not program.is_active:
        raise ProgramInactive(program=program)
    program.is_active = False
    _keep(program, actor=actor, reason=reason)
    end_everything(program)
    audit.record("programs.deactivated", actor=actor, target=program, reason=reason)
    return program


@deed
def reactivate_program(program_id: int, *, reason: str, actor: User) -> Program:
    """Let the program ask for tokens again; those that it had stay dead.

    Raises:
        RecentSignInNeeded: the administrator showed too long ago who they are.
    """
    actor.require("programs.change_program")
    step_up.require(actor)
    program = _locked(program_id)
    if program.is_active:
        raise ProgramActive(program=program)
    program.is_active = True
    _keep(program, actor=actor, reason=reason)
    audit.record("programs.reactivated", actor=actor, target=program, reason=reason)
    return program


def _locked(program_id: int) -> Program:
    return Program.objects.select_for_update(of=("self",), no_key=True).get(pk=program_id)


def _check(program: Program) -> None:
    """Say in words what the constraints of the table refuse."""
    namesakes = Program.objects.filter(name__iexact=program.name).exclude(pk=program.pk)
    if namesakes.exists():
        raise NameTaken(name=program.name)
    if program.rate_limit not in _RATES:
        raise RateRefused(least=_RATES[0], most=_RATES[-1])
    unknown = sorted(set(program.allowed_scopes) - SCOPES.keys())
    if unknown:
        raise UnknownScopes(scopes="”, “".join(unknown))
    if not program.allowed_scopes:
        raise ScopesMissing
    is_of_people = program.authorization_grant_type == Grant.AUTHORIZATION_CODE
    if not is_of_people and NEEDS_PERSON in program.allowed_scopes:
        raise ScopeNeedsPerson(scope=NEEDS_PERSON)
    for uri in program.redirect_uris.split():
        if not is_of_people or not re.fullmatch(REDIRECT_URI, uri, re.ASCII):
            raise RedirectRefused(uri=uri)
    if is_of_people and not program.redirect_uris:
        raise RedirectMissing


def _keep(program: Program, *, actor: User, reason: str = "") -> None:
    versioned = cast("Any", program)
    versioned._history_user = actor
    versioned._change_reason = reason or None
    program.save()


def _shown(program: Program) -> dict[str, Any]:
    return {name: value for name, value in snapshot(program).items() if name not in _HIDDEN}


def _new_secret(program: Program) -> str:
    """Make a secret of 256 random bits, keep its digest, and return it.

    It is no password that somebody thought of: nobody can guess it, so SHA-256 keeps it as well as
    Argon2 would, which costs 0.2 s for every token (and lets strangers keep us busy).
    """
    secret = secrets.token_urlsafe(32)
    Secret.objects.create(program=program, digest=digest(secret))
    return secret
