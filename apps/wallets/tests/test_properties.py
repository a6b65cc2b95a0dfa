"""Whatever people do, in whatever order: the books follow a model that was written apart from them.

`model.py` says in plain Python what should be, `deeds.py` does at random what people and jobs do,
to the ledger and to the model, and `machine.py` compares both after every step. A run takes half a
minute; `HYPOTHESIS_PROFILE=deep` looks for an hour.
"""

import os
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test

from apps.wallets.models import LedgerTransaction
from apps.wallets.tests.deeds import Deeds

PROFILES = {
    "quick": settings(max_examples=24, stateful_step_count=40, derandomize=True),
    "deep": settings(max_examples=500, stateful_step_count=60, print_blob=True),
}


@pytest.fixture
def outside_of_everything(db: None) -> Iterator[None]:
    """Start each example from the reference data, which its own transaction puts back."""
    assert not LedgerTransaction.objects.exists()
    yield
    assert not LedgerTransaction.objects.exists()


def test_the_ledger_follows_the_model(outside_of_everything: None) -> None:
    profile = PROFILES[os.environ.get("HYPOTHESIS_PROFILE", "quick")]
    run_state_machine_as_test(
        Deeds, settings=settings(profile, deadline=None, suppress_health_check=list(HealthCheck))
    )
