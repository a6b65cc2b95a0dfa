"""The ledger beside TPC-B and django-hordak: postings, batches, hot wallets, and growth.

Everything of a round runs on one server, in turn. A posting goes through our Python function in our
Django process and is a transaction of its own. TPC-B is `pgbench -M prepared` at scale 50: it moves
money with five statements and a commit, and checks nothing. django-hordak moves it by its
`transfer_to`. Then the books grow to `plan.entries` entries, and single postings and the page of a
wallet are measured again. The office's data are not touched.
"""

from collections.abc import Iterator
from importlib.util import find_spec

from django.core.management import CommandError

from project.benchmarks import Case, Plan
from project.benchmarks.ledger import growing, pages, racing
from project.benchmarks.ledger.running import Side, tell
from project.benchmarks.scratch import scratch_database


def run(plan: Plan) -> Iterator[Case]:
    """Measure speed in small books, let them grow, and measure what growth costs.

    Raises:
        CommandError: django-hordak is not installed.
    """
    if find_spec("hordak") is None:
        raise CommandError(
            "django-hordak is missing: `uv run --group bench manage.py bench ledger`."
        )
    with (
        scratch_database() as scratch,
        scratch_database(suffix="hordak", is_migrated=False) as foreign,
    ):
        tell(scratch, "poster", "seed()")
        tell(foreign, "hordak", "seed()")
        scratch.run_program("pgbench", "-i", "-q", "-s", str(racing.SCALE))
        yield from racing.cases(plan, scratch, foreign)
        small = [Side.OURS.rate(scratch, 1, plan.seconds) for _round in range(plan.rounds)]
        yield growing.memory(plan, scratch)
        yield growing.growth(plan, scratch, small)
        yield pages.case(plan, scratch)
