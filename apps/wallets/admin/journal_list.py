"""The list of the journal: what is searched for, read through the index that leads there."""

from collections import defaultdict
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

from django.contrib.admin.options import IncorrectLookupParameters
from django.db.models import Q, Sum, prefetch_related_objects

from apps.common.admin import KeysetList
from apps.common.keyset import Walk
from apps.wallets.admin.journal_files import imported_as
from apps.wallets.admin.journal_filter import JournalFilter
from apps.wallets.admin.wording import number_in
from apps.wallets.models import LedgerEntry, LedgerTransaction, Wallet
from apps.wallets.searching import Search

if TYPE_CHECKING:
    from collections.abc import Sequence

    from django.db.models import QuerySet
    from django.http import HttpRequest


# More entries than a roll-up ever leaves waiting while its job runs.
MOST = 200


class JournalList(KeysetList):
    """Transactions with what they moved, what reversed them, and what they are about."""

    search: Search | None = None
    """What leads to the rows; nothing when a number or a key names one."""

    def get_filters(self, request: "HttpRequest") -> Any:
        """Refuse what an old address asks for: it would be read and not be answered."""
        filters, has_filters, unanswered, *rest = super().get_filters(request)
        if unanswered:
            raise IncorrectLookupParameters
        return filters, has_filters, unanswered, *rest

    def get_results(self, request: "HttpRequest") -> None:
        """Read a page; what leads there may be the entries of a wallet."""
        super().get_results(request)
        waiting = self.search.waiting() if self.search and self.page.is_newest else None
        entries = [*(waiting[:MOST] if waiting is not None else ()), *self.page.rows]
        rows = [row.transaction if isinstance(row, LedgerEntry) else row for row in entries]
        # One transaction may have two entries on the wallet.
        self.result_list = list({row.pk: row for row in rows}.values())
        self.result_count = self.full_result_count = len(self.result_list)
        prefetch_related_objects(self.result_list, "about")
        _add_figures(self.result_list)

    def walk(self) -> Walk[Any]:
        """Return how to read what the box and the form ask for."""
        self.search = self._asked()
        if self.search is None:
            return Walk(LedgerTransaction.objects.none())
        term = self.query.strip()
        if not term:
            return self.search.walk()
        number = number_in(term, "T")
        if number is None and (wallet := Wallet.objects.filter(number=term.upper()).first()):
            self.search = replace(self.search, wallet=wallet)
            return self.search.walk()
        self.search = None
        posted = LedgerTransaction.objects.select_related("actor", "reverses")
        if (imported := imported_as(term, posted)) is not None:
            return Walk(imported)
        exactly = Q(key=term) if number is None else Q(pk=number)
        return Walk(posted.filter(exactly))

    def everything(self) -> "QuerySet[LedgerTransaction]":
        """Return all that is looked for, what waits for its position too, the newest first."""
        rows = self.walk().everything()
        if rows.model is LedgerTransaction:
            return cast("QuerySet[LedgerTransaction]", rows)
        numbers = Q(pk__in=rows.order_by().values("transaction"))
        waiting = self.search.waiting() if self.search else None
        if waiting is not None:
            numbers |= Q(pk__in=waiting.order_by().values("transaction"))
        return LedgerTransaction.objects.filter(numbers).order_by("-pk")

    @property
    def asked(self) -> list[tuple[Any, str]]:
        """Return what the form asks for, in words."""
        forms = [one for one in self.filter_specs if isinstance(one, JournalFilter)]
        return forms[0].form.in_words() if forms[0].search else []

    def _asked(self) -> Search | None:
        forms = [one for one in self.filter_specs if isinstance(one, JournalFilter)]
        return forms[0].search


def _add_figures(rows: "Sequence[Any]") -> None:
    """Give each row `moved`, its debits by currency, and `reversal_id`, with two questions."""
    numbers = [row.pk for row in rows]
    moved: defaultdict[int, list[tuple[str, int]]] = defaultdict(list)
    debits = LedgerEntry.objects.filter(transaction_id__in=numbers, amount__lt=0)
    sums = debits.values_list("transaction_id", "currency").annotate(total=Sum("amount"))
    for number, currency, total in sums.order_by("transaction_id", "currency"):
        moved[number].append((currency, -total))
    reversals = LedgerTransaction.objects.filter(reverses_id__in=numbers)
    reversal_of = dict(reversals.values_list("reverses_id", "pk"))
    for row in rows:
        row.moved = moved[row.pk]
        row.reversal_id = reversal_of.get(row.pk)
