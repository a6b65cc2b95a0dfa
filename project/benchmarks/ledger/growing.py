"""What growth costs: memory over millions of postings, and the time of one in large books."""

import json

from project.benchmarks import Case, Plan
from project.benchmarks.ledger.running import Side, tell
from project.benchmarks.scratch import Scratch


def memory(plan: Plan, scratch: Scratch) -> Case:
    """Post until the books have `plan.entries` entries, and see whether the process grows."""
    facts = json.loads(tell(scratch, "poster", f"fill({plan.entries})"))
    return Case(
        name=f"memory of one process over {facts['postings']:,} postings, early beside late",
        unit="MB",
        values=(facts["early_mb"],),
        yardstick="late",
        yardstick_values=(facts["late_mb"],),
        bar=0.9,
        note=f"{facts['entries']:,} entries in {facts['seconds']:.0f} s",
    )


def growth(plan: Plan, scratch: Scratch, small: list[float]) -> Case:
    """Post singly in the large books, beside how it went in the small ones."""
    large = [Side.OURS.rate(scratch, 1, plan.seconds) for _round in range(plan.rounds)]
    return Case(
        name=f"spread, 1 at a time, with {plan.entries:,} entries",
        unit="postings/s",
        values=tuple(large),
        yardstick="with few",
        yardstick_values=tuple(small),
        bar=1 / 1.2,
    )
