"""Splitting an amount by shares without losing or making a minor unit.

The largest remainder method, which Alexander Hamilton proposed in 1792 to apportion the seats of
the House of Representatives, and Hare and Niemeyer for votes; described, with its paradoxes, in
M. L. Balinski and H. P. Young, “Fair Representation”, 1982. Everybody gets the whole part of their
exact quota; the units that are left go to the largest remainders, one each, and among equal
remainders to those who stand first.

What follows from it:

- The parts add up to the amount, and each is within one unit of its exact quota (“stays within
  the quota”, which methods of divisors do not).
- Nobody with a share of zero gets anything; a negative amount is split as its mirror image.
- In another order everybody gets the same, except that units for which equal remainders compete go
  to those who then stand first. So keep an order that means something, such as that of the lines.

What does not: it has the paradoxes of its family. With one unit more to split, somebody may get one
less (Alabama paradox); with somebody new, the parts of two others may change places (new states
paradox); with shares that grow, a part may pass to somebody whose share grew less (population
paradox). So split an amount once and keep the parts; do not split again what was split before.
"""

import math
from collections.abc import Sequence
from decimal import Decimal
from fractions import Fraction

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError

type Share = int | Fraction | Decimal


class NoShares(DomainError):
    """There is nobody to split among, or nobody with a share."""

    template = _("There are no shares to split by. Give at least one share of more than zero.")


class ShareBelowZero(DomainError):
    """Nobody has less than nothing."""

    template = _("A share cannot be below zero, and {share} is. Give zero or more.")


def allocate(amount: int, shares: Sequence[Share]) -> list[int]:
    """Return the part of each share, in minor units and in the order of the shares.

    Raises:
        NoShares: there are none, or all of them are zero.
        ShareBelowZero: one of them is negative.
    """
    exact = [_exact(share) for share in shares]
    total = sum(exact)
    if not total:
        raise NoShares
    sign = 1 if amount >= 0 else -1
    quotas = [abs(amount) * share / total for share in exact]
    parts = [math.floor(quota) for quota in quotas]
    rest = abs(amount) - sum(parts)
    by_remainder = sorted(range(len(parts)), key=lambda place: parts[place] - quotas[place])
    for place in by_remainder[:rest]:
        parts[place] += 1
    return [sign * part for part in parts]


def _exact(share: Share) -> Fraction:
    if not isinstance(share, int | Fraction | Decimal):
        message = "a share is an int, a Fraction or a Decimal; a float has been rounded already"
        raise TypeError(message)
    if share < 0:
        raise ShareBelowZero(share=share)
    return Fraction(share)
