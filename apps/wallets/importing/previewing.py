"""What an import does to each account of ours, as the books stand now."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from apps.wallets import selectors
from apps.wallets.importing.mapping import Target
from apps.wallets.importing.summing import Summary
from apps.wallets.models import Wallet
from apps.wallets.states import AccountClass


@dataclass
class Effect:
    """An account of ours before and after; credit is positive. A new one has no number yet."""

    title: str
    account_class: AccountClass
    currency: str
    before: int
    number: str = ""
    names: list[str] = field(default_factory=list)
    entry_count: int = 0
    debit: int = 0
    credit: int = 0

    @property
    def after(self) -> int:
        """The balance that follows."""
        return self.before + self.credit - self.debit


def effects(summary: Summary, targets: Sequence[Target]) -> list[Effect]:
    """Return what the file does to each account, by currency, class and title."""
    numbers = [target.wallet for target in targets if target.wallet]
    wallets = {wallet.number: wallet for wallet in Wallet.objects.filter(number__in=numbers)}
    balances = {line.number: line.balance for line in selectors.trial_balance()} if numbers else {}
    by_account = {target.account: target for target in targets}
    found: dict[tuple[str, str, str], Effect] = {}
    for line in summary.accounts:
        target = by_account[line.account]
        key = (target.wallet, target.title, target.currency)
        if key not in found:
            wallet = wallets.get(target.wallet)
            found[key] = Effect(
                title=wallet.name if wallet else target.title,
                account_class=(
                    wallet.account_class if wallet else AccountClass(target.general_class)
                ),
                currency=target.currency,
                before=balances.get(target.wallet, 0),
                number=target.wallet,
            )
        effect = found[key]
        effect.names.append(line.name)
        effect.entry_count += line.entry_count
        effect.debit += line.debit
        effect.credit += line.credit
    order = list(AccountClass)
    return sorted(
        found.values(),
        key=lambda one: (one.currency, order.index(one.account_class), one.title),
    )
