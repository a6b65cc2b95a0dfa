"""Which policy applies, and why."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from django.contrib.auth.models import Group
from django.db.models import Q
from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.approvals import scopes
from apps.approvals.errors import NoPolicy
from apps.approvals.models import Level, Policy
from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.money import decimal_of, format_amount


@deed
def load_policies(rows: Sequence[Mapping[str, Any]]) -> int:
    """Create the policies that are missing by name, and leave those that an administrator has."""
    known = set(Policy.objects.values_list("name", flat=True))
    for row in rows:
        if row["name"] not in known:
            _add_policy(row, actor=User.objects.system())
    return len(rows)


def _add_policy(row: Mapping[str, Any], *, actor: User) -> None:
    policy = Policy(
        name=row["name"],
        scope=row["scope"],
        currency=row["currency"],
        group=row["group"],
        amount_from=row["amount_from"],
        amount_to=row["amount_to"],
        due_in=timedelta(hours=row["due_in"]) if row["due_in"] else None,
        remind_after=timedelta(hours=row["remind_after"]) if row.get("remind_after") else None,
        step_up_amount=row.get("step_up_amount"),
    )
    _save_as(actor, policy)
    for number, asked in enumerate(row["levels"], start=1):
        level = Level(
            policy=policy,
            number=number,
            role=Group.objects.get(name=asked["role"]),
            decider_count=asked["decider_count"],
        )
        _save_as(actor, level)
    audit.record("approvals.policy_added", actor=actor, target=policy, after=row)


def _save_as(actor: User, row: Policy | Level) -> None:
    # How simple-history is told who it was, outside a request.
    row._history_user = actor  # type: ignore[union-attr]  # untyped library
    row.save()


@dataclass(frozen=True)
class Choice:
    """The policy that applies, its levels in order, and why it is this one."""

    policy: Policy
    levels: Sequence[Level]
    why: str
    facts: Mapping[str, Any]


def policy_for(
    *,
    scope: str,
    amount: int,
    currency: str,
    group: str = "",
    lenders: Collection[User] = (),
    categories: Collection[str] = (),
    value: int = 0,
) -> Policy:
    """Return the policy that `choose` chooses."""
    return choose(
        scope=scope,
        amount=amount,
        currency=currency,
        groups={group, *categories} - {""},
        lenders=lenders,
        value=value,
    ).policy


def choose(
    *,
    scope: str,
    amount: int,
    currency: str,
    groups: Collection[str] = (),
    lenders: Collection[User] = (),
    value: int = 0,
) -> Choice:
    """Return the most specific active policy that covers the matter, and why it does.

    A matter may have several lines. A policy that names a category or a lender covers it when any
    line has that category or lender; `value` is that of the dearest asset, in minor units. Of
    several policies the one that names a lender wins, then a category (or reason code), then a
    band of asset values, then a currency; then the one that begins at the higher amount, then at
    the higher value. Of those that are still equal the stricter wins: never automatic before
    automatic, more people before fewer, the older before the newer.

    Raises:
        NoPolicy: none does.
    """
    matching = list(
        Policy.objects.filter(
            Q(amount_to__isnull=True) | Q(amount_to__gt=amount),
            Q(value_to__isnull=True) | Q(value_to__gt=value),
            Q(lender__isnull=True) | Q(lender__in=list(lenders)),
            levels__isnull=False,
            is_active=True,
            scope=scope,
            amount_from__lte=amount,
            value_from__lte=value,
            currency__in=("", currency),
            group__in=("", *groups),
        )
        .distinct()
        .select_related("lender")
        .prefetch_related("levels__role")
    )
    if not matching:
        raise NoPolicy(scope=scopes.scope(scope).label, amount=format_amount(amount, currency))
    policy = min(matching, key=_rank)
    facts = {
        "amount": amount,
        "currency": currency,
        "groups": sorted(groups),
        "lenders": sorted(lender.pk for lender in lenders),
        "value": value,
        "policy": policy.pk,
        "matching": sorted(one.pk for one in matching),
    }
    levels = sorted(policy.levels.all(), key=lambda level: level.number)
    return Choice(policy, levels, _sentence(policy, amount, currency, len(matching)), facts)


def _rank(policy: Policy) -> tuple[Any, ...]:
    return (
        policy.lender_id is None,
        not policy.group,
        not policy.value_from and policy.value_to is None,
        not policy.currency,
        -policy.amount_from,
        -policy.value_from,
        policy.automatic_below or 0,
        -sum(level.decider_count for level in policy.levels.all()),
        policy.pk,
    )


def _sentence(policy: Policy, amount: int, currency: str, count: int) -> str:
    """Return “amount 1,250.00 USD from 1,000.00; category Cameras; lender any; …”."""
    any_one = _("any")
    parts = [
        _("amount {amount} {currency} {band}").format(
            amount=_plain(amount, currency),
            currency=currency,
            band=_band(policy.amount_from, policy.amount_to, currency) or _("of any size"),
        ),
        _("category {category}").format(category=policy.group or any_one),
        _("lender {lender}").format(lender=policy.lender or any_one),
        _("asset value {band}").format(
            band=_band(policy.value_from, policy.value_to, currency) or any_one
        ),
        _("the only one that matches")
        if count == 1
        else _("the most specific of {count} that match").format(count=count),
    ]
    return "; ".join(parts)


def _band(start: int, end: int | None, currency: str) -> str:
    words = []
    if start:
        words.append(_("from {start}").format(start=_plain(start, currency)))
    if end is not None:
        words.append(_("below {end}").format(end=_plain(end, currency)))
    return " ".join(words)


def _plain(amount: int, currency: str) -> str:
    return f"{decimal_of(amount, currency):,f}"
