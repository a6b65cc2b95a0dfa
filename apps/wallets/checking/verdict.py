"""What a check finds."""

from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apps.wallets.checking.memory import Memory


@dataclass(frozen=True)
class Verdict:
    """What was found; `fault` names the first row that does not fit, in one sentence."""

    ok: bool = True
    transaction_count: int = 0
    entry_count: int = 0
    wallet_count: int = 0
    hold_count: int = 0
    adjustment_count: int = 0
    totals: dict[str, int] = field(default_factory=dict)
    """The trial balance of each currency added up; anything but 0 is a fault."""
    rule_count: int = 0
    """The number of rules that hold."""
    block_count: int = 0
    """The seals that were recomputed."""
    unsealed_count: int = 0
    """The transactions that no seal covers yet."""
    head: str = ""
    """The end of the chain, `number:hash`."""
    fault: str = ""
    memory: "Memory | None" = field(default=None, compare=False, repr=False)
    """What a full check may keep for `--since`."""

    def but(self, fault: str) -> "Verdict":
        """Return the verdict that this does not fit."""
        return replace(self, ok=False, fault=fault)


class Fault(Exception):
    """Something does not fit; carries the sentence that names it."""

    def __init__(self, sentence: str) -> None:
        """Keep the sentence."""
        super().__init__(sentence)
        self.sentence = sentence
