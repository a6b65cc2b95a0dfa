"""The one posting of a batch: every line an entry, and the other side by reason code."""

from collections import defaultdict
from typing import TYPE_CHECKING

from django.utils.translation import gettext as _

from apps.wallets import batches
from apps.wallets.errors import EvidenceMissing, WalletNotActive
from apps.wallets.models import AdjustmentBatch, AdjustmentLine, ReasonCode, Wallet
from apps.wallets.services.bulk_file import refusal_of, shortfall
from apps.wallets.services.chart import system_wallet
from apps.wallets.services.posting import Entry, post
from apps.wallets.states import Direction, Role, TransactionKind, WalletStatus

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.wallets.models.wallet import WalletQuerySet


def check_lines(batch: AdjustmentBatch) -> list[ReasonCode]:
    """Refuse what could not be posted now, and return the reason codes of the lines.

    Raises:
        EvidenceMissing: a reason code asks for a file.
        ReasonCodeNotActive, DirectionNotAllowed: a reason code has changed.
        WalletNotActive, InsufficientFunds: a wallet cannot take its lines.
    """
    codes = []
    for total in batches.totals_of(batch):
        code = total.reason_code
        directions = {Direction.CREDIT: total.credit, Direction.DEBIT: total.debit}
        for direction, amount in directions.items():
            if amount and (refusal := refusal_of(code, direction)):
                raise refusal
        if code.is_evidence_required and not batch.evidence.exists():
            raise EvidenceMissing(code=code)
        codes.append(code)
    _check_wallets(batch, Wallet.objects.order_by("pk"))
    return codes


def post_batch(batch: AdjustmentBatch, *, actor: "User") -> int:
    """Post every line in one transaction, and return its number.

    Line n is entry n; the entries of the chart follow, one for each reason code and direction.

    Raises:
        WalletNotActive, InsufficientFunds: a wallet cannot take its lines; nothing is posted.
    """
    # Locked by id, as a posting does; and judged by what all lines of a wallet come to, so that
    # the refusal names figures that its page shows.
    _check_wallets(batch, Wallet.objects.locked())
    result = post(
        TransactionKind.ADJUSTMENT,
        _entries(batch),
        actor=actor,
        key=f"adjustment-batch:{batch.pk}",
        description=(batch.note or _("Adjustments in bulk: {file}").format(file=batch.file_name))[
            :254
        ],
        about=batch,
    )
    return result.transaction_id


def _check_wallets(batch: AdjustmentBatch, wallets: "WalletQuerySet") -> None:
    changes, _counts = batches.changes_of(batch)
    for wallet in wallets.filter(pk__in=list(changes)):
        if wallet.status != WalletStatus.ACTIVE:
            raise WalletNotActive(wallet=wallet.number, status=wallet.get_status_display())
        if refusal := shortfall(wallet, changes[wallet.pk]):
            raise refusal


def _entries(batch: AdjustmentBatch) -> list[Entry]:
    entries = []
    # Credits and debits apart: added up they could be nothing, which no entry may be.
    contra: defaultdict[tuple[int, bool], int] = defaultdict(int)
    lines = AdjustmentLine.objects.of(batch).order_by("number")
    for wallet_id, direction, amount, code_id in lines.values_list(
        "wallet_id", "direction", "amount", "reason_code_id"
    ):
        signed = amount if direction == Direction.CREDIT else -amount
        entries.append(Entry(wallet_id, signed))
        contra[code_id, signed > 0] -= signed
    codes = ReasonCode.objects.in_bulk([code_id for code_id, _is_credit in contra])
    for (code_id, _is_credit), amount in sorted(contra.items()):
        wallet = system_wallet(Role(codes[code_id].contra_role), batch.currency)
        entries.append(Entry(wallet.pk, amount))
    return entries
