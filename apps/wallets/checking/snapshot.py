"""One snapshot for the whole check, and settings that suit long passes."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection, transaction

# One connection means one core: workers would answer for more than they are.
_SETTINGS = """
SET LOCAL work_mem = '64MB';
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL jit = off;
SET LOCAL plan_cache_mode = force_custom_plan;
"""


@contextmanager
def one_snapshot() -> Iterator[None]:
    """Read everything inside the block as it was at its beginning, unless a caller holds one."""
    is_ours = not connection.in_atomic_block
    with transaction.atomic(), connection.cursor() as cursor:
        if is_ours:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            cursor.execute(_SETTINGS)
        yield
