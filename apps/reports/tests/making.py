"""Runs that are promised and made within a test."""

import threading
from collections.abc import Callable

from django.db import connections

from apps.accounts.models import User
from apps.reports import building, services
from apps.reports.models import ReportRun
from apps.reports.tests.conftest import OCTOBER
from apps.wallets.models import Wallet


def promised(actor: User, wallet: Wallet, formats: tuple[str, ...] = ("csv", "pdf")) -> ReportRun:
    """Promise the statement of October."""
    return services.run(
        "wallet-statement",
        parameters={"wallet": wallet.pk, **OCTOBER},
        formats=formats,
        actor=actor,
    )


def built(run: ReportRun) -> ReportRun:
    """Make the run here, and read it again."""
    building.build(run.pk)
    run.refresh_from_db()
    return run


def in_another_thread(deed: Callable[[], object]) -> None:
    """Do something with a connection of its own, and wait for it."""

    def work() -> None:
        try:
            deed()
        finally:
            connections.close_all()

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
