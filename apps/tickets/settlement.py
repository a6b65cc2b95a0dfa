"""Who gets what when a ticket closes: arithmetic in whole minor units, without a database.

In escrow are the fee and the deposit of every line that was out. From that come the lenders’ fees
less commission, our commission, the late fees, the damage (to the lender whose asset it is), and
what is left of the deposits goes back to the borrower. When damage and late fees are more than the
deposits, the borrower’s wallet gives what it has available, and the rest is owed.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apps.tickets.models import TicketLine


@dataclass(frozen=True)
class Share:
    """What one line brings to the settlement."""

    lender_id: int
    fee: int
    deposit: int
    commission: int
    late_fee: int
    damage: int


@dataclass(frozen=True)
class Settlement:
    """The figures of a closed ticket, none of them negative.

    escrow + drawn + owed = what the lenders get + commission + late fee + refund.
    """

    fee: int
    deposit: int
    commission: int
    late_fee: int
    damage: int
    lenders: dict[int, int]
    refund: int
    drawn: int
    owed: int

    @property
    def escrow(self) -> int:
        """What leaves escrow: all that the lines brought in."""
        return self.fee + self.deposit


def share_of(line: "TicketLine", *, damage: int | None = None) -> Share:
    """Return what the line brings to the settlement, with `damage` while that is a guess."""
    return Share(
        lender_id=line.lender_id,
        fee=line.fee,
        deposit=line.deposit,
        commission=line.commission,
        late_fee=line.late_fee,
        damage=line.damage if damage is None else damage,
    )


def settle(shares: Iterable[Share], *, available: int) -> Settlement:
    """Divide what is in escrow; `available` is what the borrower’s wallet can give beyond it."""
    shares = list(shares)
    lenders: defaultdict[int, int] = defaultdict(int)
    for share in shares:
        lenders[share.lender_id] += share.fee - share.commission + share.damage
    deposit = sum(share.deposit for share in shares)
    late_fee = sum(share.late_fee for share in shares)
    damage = sum(share.damage for share in shares)
    rest = deposit - late_fee - damage
    drawn = min(max(-rest, 0), max(available, 0))
    return Settlement(
        fee=sum(share.fee for share in shares),
        deposit=deposit,
        commission=sum(share.commission for share in shares),
        late_fee=late_fee,
        damage=damage,
        lenders=dict(lenders),
        refund=max(rest, 0),
        drawn=drawn,
        owed=max(-rest, 0) - drawn,
    )
