"""What a run found, for people and for programs."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Any


@dataclass
class Report:
    """The figures of one run."""

    seed: int
    kills: Counter[str] = field(default_factory=Counter)
    """By victim: client, worker, server (PostgreSQL as a whole), session (one of its processes)."""
    mid_task_kills: int = 0
    """Kills of the worker while it was doing something."""
    answered: int = 0
    refused: int = 0
    """Of those answered: by a rule of the ledger."""
    doubtful: int = 0
    """Of those answered: asked more than once, because somebody died before the answer came."""
    replayed: int = 0
    """Of those in doubt: the books had done it, and gave the first answer."""
    repeated: int = 0
    """Asked again on purpose after the answer."""
    transactions: int = 0
    holds: int = 0
    expired: int = 0
    """Holds that the worker ended."""
    comparisons: int = 0
    longest_recovery: float = 0.0
    """Seconds from the moment that PostgreSQL was back until every client was answered again."""
    seconds: float = 0.0
    discrepancy: str = ""

    @property
    def is_right(self) -> bool:
        """Whether everything fitted."""
        return not self.discrepancy

    def facts(self) -> dict[str, Any]:
        """Return everything as plain JSON."""
        return {**vars(self), "kills": dict(self.kills), "is_right": self.is_right}

    def text(self) -> str:
        """Return everything as lines for a person."""
        kills = self.kills
        figures = (
            f"{kills.total()} kills in {self.seconds:.0f} s: {kills['client']} of a client, "
            f"{kills['worker']} of the worker ({self.mid_task_kills} in the middle of a task), "
            f"{kills['server'] + kills['session']} of PostgreSQL ({kills['server']} of the server, "
            f"{kills['session']} of one of its sessions).\n"
            f"{self.answered:,} requests were answered, {self.refused:,} of them refused by a "
            f"rule. {self.doubtful:,} were in doubt when something died: {self.replayed:,} had "
            f"been done and got the first answer, {self.doubtful - self.replayed:,} were done or "
            f"refused then. {self.repeated:,} were repeated on purpose and got the first answer.\n"
            f"In the books: {self.transactions:,} transactions, {self.holds:,} holds, "
            f"{self.expired:,} of them ended by the worker.\n"
            f"{self.comparisons} comparisons; the longest wait of a client after PostgreSQL was "
            f"back: {self.longest_recovery:.1f} s.\n"
        )
        end = "Nothing answered is lost, nothing is there twice, the books are right."
        return figures + (end if self.is_right else "")
