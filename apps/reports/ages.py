"""Ages: how long something has been open, in four steps, as text and as a chart."""

from collections.abc import Sequence

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from apps.common.money import format_amount
from apps.reports.charts import Bar, Chart
from apps.reports.columns import label_of

# Each step with its last day.
_STEPS = (
    (7, gettext_lazy("0–7 days")),
    (30, gettext_lazy("8–30 days")),
    (90, gettext_lazy("31–90 days")),
)
_LAST = gettext_lazy("over 90 days")


def step_of(days: str) -> str:
    """Return SQL that gives the number of the step, from 0 on."""
    arms = " ".join(
        f"WHEN {days} <= {last} THEN {step}" for step, (last, _text) in enumerate(_STEPS)
    )
    return f"CASE {arms} ELSE {len(_STEPS)} END"


def age_of(days: str) -> str:
    """Return SQL that gives the step in words."""
    labels = enumerate([*(text for _last, text in _STEPS), _LAST])
    return label_of(f"({step_of(days)})::text", labels)


def chart_of(title: str, sums: Sequence[tuple[str, int, int, int]]) -> Chart | None:
    """Draw the amount of each step, given as currency, step, count and sum.

    One drawing has one unit, so it shows the currency in which there are most of them.
    """
    if not sums:
        return None
    counts: dict[str, int] = {}
    for currency, _step, count, _amount in sums:
        counts[currency] = counts.get(currency, 0) + count
    shown = max(sorted(counts), key=counts.__getitem__)
    amounts = {step: amount for currency, step, _count, amount in sums if currency == shown}
    labels = [*(text for _last, text in _STEPS), _LAST]
    bars = [
        Bar(str(label), amounts.get(step, 0), format_amount(amounts.get(step, 0), shown))
        for step, label in enumerate(labels)
    ]
    return Chart(_("{title}, {currency}").format(title=title, currency=shown), bars)
