"""The doorbell of a check that somebody asked for; the row is the promise."""

from celery import shared_task

from apps.wallets.checking import running


@shared_task(name="apps.wallets.tasks.run_books_check", acks_late=True)
def run_books_check(check_id: int) -> None:
    """Bring one check to its verdict; called twice, it is done once."""
    running.run(check_id)
