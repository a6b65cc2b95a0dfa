"""The page of a wallet with a tenth of all entries, beside that of one with a thousand."""

import json

from project.benchmarks import Case, Plan
from project.benchmarks.ledger.running import tell
from project.benchmarks.scratch import Scratch


def case(plan: Plan, scratch: Scratch) -> Case:
    """Read both pages in turn, as a controller would."""
    facts = json.loads(tell(scratch, "poster", f"read_pages({plan.rounds})"))
    return Case(
        name=f"page of a wallet with {facts['large_count']:,} entries",
        unit="pages/s",
        values=tuple(facts["large"]),
        yardstick=f"with {facts['small_count']:,}",
        yardstick_values=tuple(facts["small"]),
        bar=1 / 1.3,
    )
