"""What is free: one asset with 10,000 reservations, and a category of 10,000 assets.

Both are asked in a database of their own, in turn with the bare SQL of the same question, which
reads the same rows and says nothing in words.
"""

import json
import sys

from project.benchmarks import Case
from project.benchmarks.scratch import scratch_database

_IN_A_PROCESS = (sys.executable, "manage.py", "shell", "--no-imports", "-c")


def measure(rounds: int) -> list[Case]:
    """Make the data, ask so many rounds, and return both cases."""
    with scratch_database(suffix="availability") as scratch:

        def tell(deed: str) -> str:
            statement = f"from project.benchmarks.lending import asker; asker.{deed}"
            return scratch.run(*_IN_A_PROCESS, statement)

        tell("seed()")
        scratch.settle()
        facts = json.loads(tell(f"ask({rounds})"))
    return [
        Case(
            name="one asset with 10,000 reservations: why not",
            unit="answers/s",
            values=tuple(facts["one"]),
            yardstick="bare SQL",
            yardstick_values=tuple(facts["one_bare"]),
            # Three questions instead of one (the hours, the special days), and sentences.
            bar=0.1,
            note=f"{1000 / _middle(facts['one']):.1f} ms each",
        ),
        Case(
            name="a category of 10,000 assets: which are free",
            unit="answers/s",
            values=tuple(facts["category"]),
            yardstick="bare SQL",
            yardstick_values=tuple(facts["category_bare"]),
            bar=0.5,
            note=f"{1000 / _middle(facts['category']):.0f} ms each, {facts['free']:,} free",
        ),
    ]


def _middle(rates: list[float]) -> float:
    return sorted(rates)[len(rates) // 2]
