"""Ten thousand lines go through in seconds, and in a number of statements that does not grow."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from apps.accounts.models import User
from apps.approvals.models import InterestedParty
from apps.wallets import batches, checking
from apps.wallets import services as wallets
from apps.wallets.models import AdjustmentLine, LedgerEntry, Wallet
from apps.wallets.services.bulk_file import LIMITS
from apps.wallets.states import AdjustmentStatus, Role
from apps.wallets.tests.bulk import ask, decide, file_of, line
from apps.wallets.tests.conftest import fresh


def crowd(count: int) -> list[Wallet]:
    """Open wallets of so many people, without the trail that nobody reads here."""
    people = User.objects.bulk_create(
        User(email=f"{n}@crowd.example", display_name=f"Person {n}", password="!")
        for n in range(count)
    )
    opened = Wallet.objects.bulk_create(
        Wallet(number=f"W-9{n:05d}", owner=person, currency="USD", floor=0)
        for n, person in enumerate(people)
    )
    with connection.cursor() as cursor:
        # Within one transaction nobody else tells the planner that the tables have grown.
        cursor.execute("ANALYZE users, wallets")
    return opened


def test_ten_thousand_lines_are_asked_for_approved_and_posted(
    walt: User, carol: User, conrad: User
) -> None:
    people = crowd(LIMITS.rows)
    content = file_of(*(line(wallet, "1.25", note="Power cut") for wallet in people))
    with CaptureQueriesContext(connection) as queries:
        batch = ask(walt, content=content)
        wallets.submit_batch(batch.pk, actor=walt)
        decide(batch, carol)
        done = decide(batch, conrad)
    assert len(queries) < 150
    assert (done.status, done.credit) == (AdjustmentStatus.APPROVED, 1_250_000)
    assert AdjustmentLine.objects.of(done).filter(added_by=walt).count() == LIMITS.rows
    assert InterestedParty.objects.count() == LIMITS.rows + 1
    assert LedgerEntry.objects.filter(transaction=done.transaction).count() == LIMITS.rows + 1
    assert fresh(people[-1]).posted == 125
    assert wallets.system_wallet(Role.GOODWILL, "USD").posted == -1_250_000
    lines = list(AdjustmentLine.objects.of(done)[:50])
    with CaptureQueriesContext(connection) as queries:
        balances = batches.balances_of(done, lines)
    assert len(queries) == 2
    assert balances[lines[0].wallet_id] == batches.Balance(0, 125, 1)
    assert checking.check().fault == ""
