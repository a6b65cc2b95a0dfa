"""Running sums: what the rows so far add up to, for the foot of a page and the top of the next."""

from collections.abc import Iterator, Sequence
from typing import Any

from apps.reports.columns import Column


class RunningSums:
    """Sums of the summed columns by currency, and the last running figures, since `begin`."""

    def __init__(self, columns: Sequence[Column], currencies: Sequence[str]) -> None:
        keys = [column.key for column in columns]
        self._summed = [
            (index, column.key) for index, column in enumerate(columns) if column.is_summed
        ]
        self._running = [
            (index, column.key) for index, column in enumerate(columns) if column.is_running
        ]
        self._currency = keys.index("currency") if "currency" in keys else None
        self._order = {currency: place for place, currency in enumerate(currencies)}
        self._figures: dict[str, dict[str, Any]] = {}

    @property
    def are_kept(self) -> bool:
        """Tell whether there is anything to carry."""
        return bool(self._summed or self._running)

    def begin(self) -> None:
        """Forget the rows so far."""
        self._figures = {}

    def add(self, cells: Sequence[Any]) -> None:
        """Count one more row."""
        currency = "" if self._currency is None else cells[self._currency]
        figures = self._figures.get(currency)
        if figures is None:
            figures = self._figures[currency] = {key: 0 for _index, key in self._summed}
        for index, key in self._summed:
            figures[key] += cells[index] or 0
        for index, key in self._running:
            figures[key] = cells[index]

    def by_currency(self) -> Iterator[tuple[str, dict[str, Any]]]:
        """Give the figures of each currency, in the order of the totals."""
        last = len(self._order)
        yield from sorted(
            self._figures.items(), key=lambda item: (self._order.get(item[0], last), item[0])
        )
