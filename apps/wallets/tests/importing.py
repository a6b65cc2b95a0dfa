"""Importing journals in tests."""

from apps.accounts.models import User
from apps.common.money import plain_amount
from apps.wallets import selectors
from apps.wallets.errors import JournalFaulty
from apps.wallets.importing import mapping, services
from apps.wallets.importing.mapping import Target
from apps.wallets.importing.reading import UPLOAD, read
from apps.wallets.importing.summing import Summary
from apps.wallets.models import JournalImport

HEADER = "transaction,date,description,account,currency,debit,credit\n"
SMALL = HEADER + (
    "1,2026-01-01,Opening,Assets:Bank,USD,100.00,\n"
    "1,2026-01-01,Opening,Equity:Start,USD,,100.00\n"
    "2,2026-01-05,Paper,Expenses:Office,USD,7.50,\n"
    "2,2026-01-05,Paper,Assets:Bank,USD,,7.50\n"
)


def uploaded(text: str | bytes, actor: User, file_name: str = "journal.csv") -> JournalImport:
    content = text if isinstance(text, bytes) else text.encode()
    return services.upload(content, file_name=file_name, actor=actor)


def mapped(row: JournalImport, actor: User, *targets: Target) -> JournalImport:
    """Map as suggested, but for the accounts of `targets`."""
    accounts = [one.account for one in Summary.from_json(row.summary).accounts]
    answers = {target.account: target for target in (*mapping.suggested(accounts), *targets)}
    return services.map_accounts(row.pk, answers=answers, actor=actor)


def brought_in(text: str | bytes, actor: User, *targets: Target) -> JournalImport:
    """Upload, map and post at once."""
    row = mapped(uploaded(text, actor), actor, *targets)
    return services.import_now(row.pk, actor=actor)


def balances() -> dict[tuple[str, str], str]:
    """Return what is on each account of the house that is not empty, credit positive."""
    return {
        (line.title or line.role, line.currency): plain_amount(line.balance, line.currency)
        for line in selectors.trial_balance()
        if line.balance
    }


def faults_of(text: str | bytes) -> list[tuple[int, str, str]]:
    """Return line, column and sentence of everything that is wrong in a file."""
    content = text if isinstance(text, bytes) else text.encode()
    try:
        read(content, UPLOAD)
    except JournalFaulty as refusal:
        return [(fault.line, fault.column, fault.text) for fault in refusal.faults]
    return []
