"""What a thing is still worth: straight line, in whole minor units, without floats.

The rules, each with an example in the tests:

- The value falls from the day of purchase over the category's useful life, by the same part for
  each month, down to the residual value, and then stays there.
- Only whole months count: the first ends on the same day of the next month, or, where that month
  is too short for it, on the first day after.
- The residual value is a share of the value, rounded half up to the minor unit.
- What has been lost so far is rounded down, so that the value is never below the exact line.
- Without a useful life, or without a day of purchase, the value does not fall.
"""

from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from apps.assets.wording import share
from apps.common.money import format_amount

WHOLE = 10_000


@dataclass(frozen=True)
class Worth:
    """What something is worth on one day, in minor units, and from what that follows."""

    value: int
    amount: int
    residual: int
    residual_share: int
    months: int
    life: int

    @property
    def falls(self) -> bool:
        """Whether time makes a difference at all."""
        return bool(self.life)

    def arithmetic(self, currency: str) -> str:
        """Say how the amount is found: “$900.00 − 12 / 36 months × ($900.00 − $90.00) = …”."""
        return _("{value} − {months} of {life} months × ({value} − {residual}) = {amount}").format(
            value=format_amount(self.value, currency),
            months=self.months,
            life=self.life,
            residual=format_amount(self.residual, currency),
            amount=format_amount(self.amount, currency),
        )

    def rule(self) -> str:
        """Say how the value falls from new to old."""
        return _("straight line over {life} months down to {share}").format(
            life=self.life, share=share(self.residual_share)
        )


def worth_of(
    value: int,
    *,
    purchased_on: date | None,
    useful_life: int | None,
    residual_share: int,
    day: date,
) -> Worth:
    """Return what something that cost `value` is worth on `day`; `useful_life` is in months."""
    if not useful_life or purchased_on is None:
        return Worth(value, value, value, WHOLE, 0, 0)
    residual = (value * residual_share + WHOLE // 2) // WHOLE
    months = min(max(_whole_months(purchased_on, day), 0), useful_life)
    lost = (value - residual) * months // useful_life
    return Worth(value, value - lost, residual, residual_share, months, useful_life)


def _whole_months(start: date, end: date) -> int:
    months = (end.year - start.year) * 12 + end.month - start.month
    return months - 1 if end.day < start.day else months
