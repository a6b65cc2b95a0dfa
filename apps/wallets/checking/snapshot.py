"""One snapshot for the whole check, and settings that suit long passes."""

from collections.abc import Iterator
from contextlib import contextmanager

from django.db import connection

from apps.common.snapshot import one_snapshot

# One connection means one core: workers would answer for more than they are.
_SETTINGS = """
SET LOCAL work_mem = '64MB';
SET LOCAL max_parallel_workers_per_gather = 0;
SET LOCAL jit = off;
SET LOCAL plan_cache_mode = force_custom_plan;
"""


@contextmanager
def long_look() -> Iterator[None]:
    """Let everything inside see one state of the database, at a speed that suits much of it."""
    is_ours = not connection.in_atomic_block
    with one_snapshot(), connection.cursor() as cursor:
        if is_ours:
            cursor.execute(_SETTINGS)
        yield
