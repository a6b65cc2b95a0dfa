"""Whatever people do, in whatever order: the books follow a model that was written apart from them.

The model is plain Python: a list of wallets with what is posted and held, and the keys that were
used. After every step all figures are compared, and the rules of the books are checked once more.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule, run_state_machine_as_test

from apps.accounts.models import User
from apps.common.errors import DomainError
from apps.wallets import checking
from apps.wallets import services as wallets
from apps.wallets.models import Hold, LedgerEntry, LedgerTransaction, Wallet
from apps.wallets.services import Entry
from apps.wallets.states import Role, TransactionKind
from apps.wallets.tests.conftest import stored

WALLETS = st.integers(0, 4)  # three people, escrow and cash
AMOUNTS = st.integers(-150, 150) | st.sampled_from([0, 1, -1, 10**15, 10**15 + 1])
KEYS = st.integers(0, 12).map("key {}".format)
PARTS = st.lists(st.tuples(WALLETS, AMOUNTS), max_size=4)


@dataclass
class Model:
    """What the books should say."""

    posted: list[int] = field(default_factory=lambda: [0] * 5)
    held: list[int] = field(default_factory=lambda: [0] * 5)
    entries: list[list[int]] = field(default_factory=lambda: [[] for _ in range(5)])
    requests: dict[str, object] = field(default_factory=dict)
    holds: list[tuple[int, int]] = field(default_factory=list)  # wallet and rest
    reversed: set[str] = field(default_factory=set)

    def may_move(self, parts: list[tuple[int, int]]) -> bool:
        """Say whether this posting is in order."""
        if not parts or sum(amount for _, amount in parts) != 0:
            return False
        if any(amount == 0 or abs(amount) > 10**15 for _, amount in parts):
            return False
        after = list(self.posted)
        for place, amount in parts:
            after[place] += amount
        touched = {place for place, _ in parts if place < 3}
        return all(after[place] - self.held[place] >= 0 for place in touched)

    def move(self, parts: list[tuple[int, int]]) -> None:
        """Post it; on each wallet credits come first."""
        for place, amount in sorted(parts, key=lambda part: (part[0], -part[1])):
            self.posted[place] += amount
            self.entries[place].append(self.posted[place])


class Ledger(RuleBasedStateMachine):
    """Posts, holds, captures, releases and reverses at random."""

    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.system = User.objects.system()
        people = [
            User.objects.create_user(f"{name}@example.com", display_name=name) for name in "abc"
        ]
        self.wallets = [
            *(wallets.wallet_for(person, "USD", actor=self.system) for person in people),
            wallets.system_wallet(Role.ESCROW, "USD"),
            wallets.system_wallet(Role.CASH, "USD"),
        ]
        self.ids = [wallet.pk for wallet in self.wallets]
        self.model = Model()
        self.hold_ids: list[int] = []
        self.transaction_ids: dict[str, int] = {}
        self.parts: dict[str, list[tuple[int, int]]] = {}

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.atomic.__exit__(None, None, None)

    def attempt(self, deed: Callable[[], object], *, is_right: bool) -> object:
        """Do it, and see that a refusal leaves everything as it was."""
        before = None if is_right else stored()
        try:
            with transaction.atomic():
                result = deed()
                with connection.cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                    cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        except DomainError as error:
            result, refusal = None, str(error)
        else:
            refusal = ""
        assert (refusal == "") == is_right, refusal or "not refused"
        assert is_right or stored() == before
        return result

    @rule(parts=PARTS, key=KEYS)
    def post(self, parts: list[tuple[int, int]], key: str) -> None:
        request = sorted(parts)
        is_replay = self.model.requests.get(key) == request
        is_right = is_replay or (key not in self.model.requests and self.model.may_move(parts))
        entries = [Entry(self.ids[place], amount) for place, amount in parts]
        before = stored() if is_replay else None
        result = self.attempt(
            lambda: wallets.post(TransactionKind.TRANSFER, entries, actor=self.system, key=key),
            is_right=is_right,
        )
        if not isinstance(result, wallets.Posted):
            return
        assert result.is_replay == is_replay
        if is_replay:
            assert stored() == before
            assert result.transaction_id == self.transaction_ids[key]
            return
        self.model.requests[key] = request
        self.model.move(parts)
        self.transaction_ids[key], self.parts[key] = result.transaction_id, parts
        people = {place for place, _ in parts if place < 3}
        assert result.balances == {self.ids[place]: self.model.posted[place] for place in people}

    @rule(place=st.integers(0, 2), amount=st.integers(1, 500))
    def pay_in(self, place: int, amount: int) -> None:
        self.post([(4, -amount), (place, amount)], f"in {len(self.model.requests)}")

    @rule(place=WALLETS, amount=AMOUNTS)
    def hold(self, place: int, amount: int) -> None:
        has_room = place > 2 or self.model.posted[place] - self.model.held[place] >= amount
        result = self.attempt(
            lambda: wallets.place_hold(
                self.ids[place], amount, actor=self.system, key=f"hold {len(self.hold_ids)}"
            ),
            is_right=0 < amount <= 10**15 and has_room,
        )
        if isinstance(result, Hold):
            self.hold_ids.append(result.pk)
            self.model.holds.append((place, amount))
            self.model.held[place] += amount

    @rule(number=st.integers(0, 5), amount=AMOUNTS, to=WALLETS)
    def capture(self, number: int, amount: int, to: int) -> None:
        if number >= len(self.hold_ids):
            return
        place, rest = self.model.holds[number]
        result = self.attempt(
            lambda: wallets.capture_hold(
                self.hold_ids[number],
                amount,
                to_wallet_id=self.ids[to],
                actor=self.system,
                key=f"capture {sum(map(len, self.model.entries))}",
            ),
            is_right=0 < amount <= rest,
        )
        if isinstance(result, wallets.Posted):
            self.model.holds[number] = (place, rest - amount)
            self.model.held[place] -= amount
            self.model.move([(place, -amount), (to, amount)])

    @rule(number=st.integers(0, 5))
    def release(self, number: int) -> None:
        if number >= len(self.hold_ids):
            return
        place, rest = self.model.holds[number]
        result = self.attempt(
            lambda: wallets.release_hold(self.hold_ids[number], actor=self.system),
            is_right=rest > 0,
        )
        if result is not None:
            self.model.holds[number] = (place, 0)
            self.model.held[place] -= rest

    @rule(key=KEYS)
    def reverse(self, key: str) -> None:
        if key not in self.parts:
            return
        mirrored = [(place, -amount) for place, amount in self.parts[key]]
        is_right = key not in self.model.reversed and self.model.may_move(mirrored)
        result = self.attempt(
            lambda: wallets.reverse(self.transaction_ids[key], actor=self.system, reason="x"),
            is_right=is_right,
        )
        if result is not None:
            self.model.reversed.add(key)
            self.model.move(mirrored)

    @invariant()
    def the_books_say_what_the_model_says(self) -> None:
        found = {wallet.pk: wallet for wallet in Wallet.objects.filter(pk__in=self.ids)}
        now = [found[pk] for pk in self.ids]
        assert [wallet.posted for wallet in now] == self.model.posted
        assert [wallet.held for wallet in now] == self.model.held
        assert sum(self.model.posted) == 0
        assert all(wallet.available >= 0 for wallet in now[:3])

    @invariant()
    def positions_have_no_gap_and_balances_run(self) -> None:
        for pk, balances in zip(self.ids, self.model.entries, strict=True):
            rows = LedgerEntry.objects.filter(wallet=pk).exclude(position=None).order_by("position")
            expected = list(enumerate(balances, start=1))[: rows.count()]
            assert list(rows.values_list("position", "balance")) == expected

    @rule()
    def roll_up(self) -> None:
        wallets.roll_up()

    @invariant()
    def every_rule_of_the_books_holds(self) -> None:
        assert checking.check().fault == ""


@pytest.fixture
def outside_of_everything(db: None) -> Iterator[None]:
    """Start each example from the reference data, which its own transaction puts back."""
    assert not LedgerTransaction.objects.exists()
    yield
    assert not LedgerTransaction.objects.exists()


def test_the_ledger_follows_the_model(outside_of_everything: None) -> None:
    run_state_machine_as_test(
        Ledger,
        settings=settings(
            max_examples=15,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
