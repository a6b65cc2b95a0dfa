"""What the books should say, in plain Python: written apart from the ledger, and without Django.

Every question whether something may happen is answered with the set of refusals that would be
right: the names of `errors`, of which the ledger says one; an empty set means that it has to
happen. Days are counted in months back from today: 0 is today, 1 a day of the month before.
"""

from collections import Counter
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, field

type Part = tuple[int, int]
"""An account and an amount in minor units; credit is positive."""
type Refusals = set[str]

LARGEST = 10**15
TODAY = 0


@dataclass
class Line:
    """One entry: what it moved, and on which day it takes effect."""

    amount: int
    months_back: int


@dataclass
class Account:
    """A wallet; an open one has no floor."""

    currency: str
    is_open: bool = False
    status: str = "active"
    held: int = 0
    lines: list[Line] = field(default_factory=list)
    placed: int = 0
    """How many lines have their place; in an account with a floor, all."""

    @property
    def posted(self) -> int:
        """The sum of all lines."""
        return sum(line.amount for line in self.lines)

    @property
    def running(self) -> list[int]:
        """The balance after each line that has its place."""
        balances = [0]
        for line in self.lines[: self.placed]:
            balances.append(balances[-1] + line.amount)
        return balances[1:]

    def posted_on(self, months_back: int) -> int:
        """Return the sum of the lines that were effective by then."""
        return sum(line.amount for line in self.lines if line.months_back >= months_back)


@dataclass
class Held:
    """A hold."""

    account: int
    amount: int
    expires_in: int | None
    """Days from now; below zero it has expired."""
    captured: int = 0
    released: int = 0
    status: str = "active"

    @property
    def rest(self) -> int:
        """What may still be captured or released."""
        return self.amount - self.captured - self.released


@dataclass
class Moved:
    """A transaction: the request that made it, and what became of it."""

    parts: list[Part]
    months_back: int
    request: tuple[object, ...]
    is_reversal: bool = False
    is_reversed: bool = False


@dataclass
class Books:
    """All accounts, holds and transactions; keys move money once."""

    accounts: list[Account] = field(default_factory=list)
    holds: list[Held] = field(default_factory=list)
    hold_keys: dict[str, int] = field(default_factory=dict)
    moved: dict[str, Moved] = field(default_factory=dict)
    closed: dict[int, list[int]] = field(default_factory=dict)
    """By month: what each account had at its end when it was closed."""

    def copy(self) -> "Books":
        """Return the same books, to try something in."""
        return deepcopy(self)

    # Postings

    def may_post(self, key: str, parts: Sequence[Part], months_back: int | None) -> Refusals:
        """Say what is wrong with a request; one that is repeated is right, whatever has changed."""
        if not parts:
            return {"NoEntries"}
        if any(abs(amount) > LARGEST for _, amount in parts):
            return {"AmountTooLarge"}
        if key in self.moved:
            return set() if self.is_replay(key, parts, months_back) else {"KeyReused"}
        return self.may_move(parts, months_back or TODAY)

    def is_replay(self, key: str, parts: Sequence[Part], months_back: int | None) -> bool:
        """Say whether this very request was made before."""
        return key in self.moved and self.moved[key].request == (sorted(parts), months_back)

    def may_move(self, parts: Iterable[Part], months_back: int) -> Refusals:
        """Say what is wrong with moving money like this."""
        totals, after = Counter[str](), Counter[int]()
        refusals: Refusals = set()
        for place, amount in parts:
            totals[self.accounts[place].currency] += amount
            after[place] += amount
            if amount == 0:
                refusals.add("ZeroAmount")
        for place, amount in after.items():
            account = self.accounts[place]
            if account.status != "active":
                refusals.add("WalletNotActive")
            if not account.is_open and account.posted + amount - account.held < 0:
                refusals.add("InsufficientFunds")
        if any(totals.values()):
            refusals.add("Unbalanced")
        if months_back >= min(self.closed, default=months_back + 1):
            refusals.add("PeriodClosed")
        return refusals

    def post(self, key: str, parts: Sequence[Part], months_back: int | None) -> dict[int, int]:
        """Move the money, and return what the accounts with a floor have now."""
        return self.move(key, parts, months_back or TODAY, (sorted(parts), months_back))

    def move(
        self,
        key: str,
        parts: Sequence[Part],
        months_back: int = TODAY,
        request: tuple[object, ...] = (),
        *,
        is_reversal: bool = False,
    ) -> dict[int, int]:
        """Write the lines: by account, and on each account credits first."""
        for place, amount in sorted(parts, key=lambda part: (part[0], -part[1])):
            account = self.accounts[place]
            account.lines.append(Line(amount, months_back))
            account.placed += not account.is_open
        self.moved[key] = Moved(list(parts), months_back, request, is_reversal=is_reversal)
        people = {place for place, _ in parts if not self.accounts[place].is_open}
        return {place: self.accounts[place].posted for place in people}

    def may_reverse(self, key: str) -> Refusals:
        """Say what is wrong with undoing a transaction."""
        moved = self.moved[key]
        if moved.is_reversed:
            return {"AlreadyReversed"}
        refusals = self.may_move(self.mirror(key), TODAY)
        return refusals | {"ReversalIsFinal"} if moved.is_reversal else refusals

    def mirror(self, key: str) -> list[Part]:
        """Return the opposite of what a transaction moved."""
        return [(place, -amount) for place, amount in self.moved[key].parts]

    def reverse(self, key: str) -> None:
        """Undo it."""
        self.moved[key].is_reversed = True
        self.move(f"reversal of {key}", self.mirror(key), is_reversal=True)

    def roll_up(self) -> int:
        """Give every line its place, and return how many had none."""
        waiting = sum(len(account.lines) - account.placed for account in self.accounts)
        for account in self.accounts:
            account.placed = len(account.lines)
        return waiting

    # Holds

    def may_hold(self, key: str, place: int, amount: int) -> Refusals:
        """Say what is wrong with setting money aside."""
        if refusals := _wrong_amount(amount):
            return refusals
        if key in self.hold_keys:
            first = self.holds[self.hold_keys[key]]
            return set() if (first.account, first.amount) == (place, amount) else {"KeyReused"}
        account = self.accounts[place]
        if account.status != "active":
            refusals.add("WalletNotActive")
        if not account.is_open and account.posted - account.held < amount:
            refusals.add("InsufficientFunds")
        return refusals

    def hold(self, key: str, place: int, amount: int, expires_in: int | None) -> None:
        """Set money aside, once for each key."""
        if key not in self.hold_keys:
            self.hold_keys[key] = len(self.holds)
            self.holds.append(Held(place, amount, expires_in))
            self.accounts[place].held += amount

    def may_capture(self, key: str, number: int, amount: int, to: int) -> Refusals:
        """Say what is wrong with a capture."""
        if refusals := _wrong_amount(amount):
            return refusals
        if key in self.moved:
            is_same = self.moved[key].request == (number, amount, to)
            return set() if is_same else {"KeyReused"}
        hold = self.holds[number]
        if hold.status != "active" or (hold.expires_in is not None and hold.expires_in < 0):
            refusals.add("HoldEnded")
        if amount > hold.rest:
            refusals.add("HoldTooSmall")
        giver, taker = self.accounts[hold.account], self.accounts[to]
        if giver.currency != taker.currency:
            refusals.add("CurrencyMismatch")
        if {giver.status, taker.status} != {"active"}:
            refusals.add("WalletNotActive")
        return refusals

    def capture(self, key: str, number: int, amount: int, to: int) -> None:
        """Move a part of what is held, once for each key."""
        if key in self.moved:
            return
        hold = self.holds[number]
        hold.captured += amount
        hold.status = "active" if hold.rest else "captured"
        self.accounts[hold.account].held -= amount
        self.move(key, [(hold.account, -amount), (to, amount)], request=(number, amount, to))

    def may_release(self, number: int, *, has_key: bool) -> Refusals:
        """Say what is wrong with a release; with a key it may be repeated."""
        status = self.holds[number].status
        return set() if status == "active" or (status == "released" and has_key) else {"HoldEnded"}

    def end(self, number: int, status: str) -> None:
        """Give back the rest of a hold that is active."""
        hold = self.holds[number]
        if hold.status == "active":
            self.accounts[hold.account].held -= hold.rest
            hold.released, hold.status = hold.rest, status

    def expire(self, days: int) -> int:
        """End the holds whose moment comes within so many days, and return how many."""
        due = [
            number
            for number, hold in enumerate(self.holds)
            if hold.status == "active" and hold.expires_in is not None and hold.expires_in <= days
        ]
        for number in due:
            self.end(number, "expired")
        return len(due)

    # Accounts and months

    def may_change(self, place: int, verb: str) -> Refusals:
        """Say what is wrong with freezing, unfreezing or closing an account."""
        account = self.accounts[place]
        if account.is_open:
            return {"SystemWallet"}
        allowed = {"freeze": {"active"}, "unfreeze": {"frozen"}, "close": {"active", "frozen"}}
        if account.status not in allowed[verb]:
            return {"MoveNotAllowed"}
        is_empty = not account.posted and not account.held
        return set() if verb != "close" or is_empty else {"WalletNotEmpty"}

    def change(self, place: int, verb: str) -> None:
        """Freeze, unfreeze or close it."""
        after = {"freeze": "frozen", "unfreeze": "active", "close": "closed"}
        self.accounts[place].status = after[verb]

    def may_close(self, month: int) -> Refusals:
        """Say what is wrong with closing a month."""
        if month == TODAY:
            return {"PeriodNotOver"}
        if month in self.closed:
            return {"MoveNotAllowed"}
        has_older = any(moved.months_back > month for moved in self.moved.values())
        is_too_early = has_older and month + 1 not in self.closed
        is_too_late = any(other < month for other in self.closed)
        return {"EarlierPeriodOpen"} if is_too_early or is_too_late else set()

    def close(self, month: int) -> None:
        """Close a month and keep what every account had."""
        self.closed[month] = [account.posted_on(month) for account in self.accounts]

    def may_reopen(self, month: int) -> Refusals:
        """Say what is wrong with opening a month again."""
        if month not in self.closed:
            return {"MoveNotAllowed"}
        return {"LaterPeriodClosed"} if month != min(self.closed) else set()

    def reopen(self, month: int) -> None:
        """Open it."""
        del self.closed[month]


def _wrong_amount(amount: int) -> Refusals:
    if amount <= 0:
        return {"AmountNotPositive"}
    return {"AmountTooLarge"} if amount > LARGEST else set()
