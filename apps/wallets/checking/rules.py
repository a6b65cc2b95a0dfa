"""What a rule is: as data, with the sentence that names the row which breaks it.

A rule about rows of which there are millions is a *flag*: an expression that is true for a row that
breaks it. A pass over these rows evaluates all its flags at once and only then, for the flag that
was raised, asks which row it was. A rule about fewer rows is a statement of its own.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db import connection

from apps.common.money import format_amount
from apps.wallets.checking.verdict import Fault

if TYPE_CHECKING:
    from django.utils.functional import _StrOrPromise

_AMOUNTS = ("is_amount", "should_amount")


@dataclass(frozen=True)
class Rule:
    """A statement whose first row breaks the rule, and the sentence that says so."""

    sql: str
    sentence: "_StrOrPromise"

    def hold(self, values: Sequence[Any] | dict[str, Any] = ()) -> None:
        """Return when no row breaks the rule.

        Raises:
            Fault: names the first one that does.
        """
        if facts := self._facts(values):
            raise Fault(self.say(facts))

    def say(self, facts: dict[str, Any]) -> str:
        """Return the sentence with these facts in it, amounts as people write them."""
        money = {
            name: format_amount(int(facts[name]), facts["currency"])
            for name in _AMOUNTS
            if name in facts
        }
        return str(self.sentence).format(**{**facts, **money})

    def _facts(self, values: Sequence[Any] | dict[str, Any]) -> dict[str, Any]:
        with connection.cursor() as cursor:
            cursor.execute(self.sql, values)
            row = cursor.fetchone()
            names = [column.name for column in cursor.description]
        return dict(zip(names, row, strict=True)) if row else {}


@dataclass(frozen=True)
class FlagRule(Rule):
    """A rule that a pass checks; `sql` finds the facts of the row that was flagged."""

    flag: str = "false"
    """True, in the pass over these rows, for a row that breaks the rule."""
    is_named_last: bool = False
    """Whether the rules about fewer rows say better what is wrong, and speak first."""
