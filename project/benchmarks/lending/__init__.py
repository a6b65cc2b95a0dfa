"""Lending: what is free, moves a second, registers imported, and queues of a million tickets.

Everything runs in a scratch database on the office's server, through our services, each deed in a
transaction of its own; the office's data are not touched.
"""

from collections.abc import Iterator

from project.benchmarks import Case, Plan
from project.benchmarks.lending import availability, moves, queue
from project.benchmarks.scratch import scratch_database


def run(plan: Plan) -> Iterator[Case]:
    """Measure."""
    yield from availability.measure(plan.rounds)
    with scratch_database() as scratch:
        yield from moves.cases(plan, scratch)
    yield from queue.measure(plan.rounds)
