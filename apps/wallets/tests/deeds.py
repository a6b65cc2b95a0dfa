"""What people and jobs do with money, at random: the rules of the machine.

A rule asks the model first which refusals would be right; `attempt` sees that one of them comes, or
none. To add a deed: a rule here, and in the model a `may_…` and what it does.
"""

from dataclasses import replace
from datetime import timedelta
from typing import cast

from django.utils import timezone
from hypothesis import strategies as st
from hypothesis.stateful import initialize, precondition, rule

from apps.approvals import selectors as approval_selectors
from apps.approvals import services as approvals
from apps.approvals.states import Verdict
from apps.wallets import services as wallets
from apps.wallets.models import Hold, LedgerTransaction, ReasonCode
from apps.wallets.services import Posted, Posting
from apps.wallets.states import Direction, TransactionKind
from apps.wallets.tests.machine import CASH, CHART, GOODWILL, PEOPLE, Ledger, currency_of, day
from apps.wallets.tests.model import TODAY, Part, Refusals

type Request = tuple[str, list[Part], int | None]
"""A key, entries, and the months back of an effective day."""

SLOTS = st.integers(0, len(PEOPLE) + len(CHART) - 1)
PERSONS = st.integers(0, len(PEOPLE) - 1)
AMOUNTS = st.integers(-150, 150) | st.sampled_from([0, 1, -1, 10**15, 10**15 + 1])
SMALL = st.integers(1, 150)
MONTHS = st.integers(0, 3)
DAYS = st.sampled_from([None, None, None, 0, 1, 2, 3])
KEYS = st.integers(0, 15).map("key {}".format)
ANY = st.integers(0, 10**6)
"""One of however many there are."""
LOOSE = st.lists(st.tuples(SLOTS, AMOUNTS), max_size=4)
MOMENTS = st.sampled_from([None, None, -1, 1, 2])


@st.composite
def balanced(draw: st.DrawFn) -> list[Part]:
    """Draw entries that add up to zero in each of one or two currencies."""
    parts: list[Part] = []
    for currency in draw(st.sampled_from([["USD"], ["USD"], ["JPY"], ["USD", "JPY"]])):
        slots = [slot for slot in range(GOODWILL) if currency_of(slot) == currency]
        amounts = draw(st.lists(st.integers(-150, 150).filter(bool), min_size=1, max_size=3))
        amounts += [-sum(amounts)] * bool(sum(amounts))
        parts += [(draw(st.sampled_from(slots)), amount) for amount in amounts]
    return parts


PARTS = balanced() | balanced() | LOOSE
BATCHES = st.lists(st.tuples(KEYS, PARTS, DAYS), max_size=5)


class Deeds(Ledger):
    """Everything that people and jobs do with money."""

    # Postings

    @rule(parts=PARTS, key=KEYS, months_back=DAYS)
    def post(self, parts: list[Part], key: str, months_back: int | None) -> None:
        parts = self.parts(parts)
        self.do_post(parts, key, months_back)

    @initialize(amounts=st.lists(st.integers(0, 500), min_size=5, max_size=5))
    def pay_in(self, amounts: list[int]) -> None:
        for slot, amount in enumerate(amounts):
            parts = [(CASH[currency_of(slot)], -amount), (slot, amount)]
            self.do_post(self.parts(parts), f"in {slot}", 3)

    @rule(slots=st.tuples(PERSONS, PERSONS), amount=SMALL)
    def pay(self, slots: tuple[int, int], amount: int) -> None:
        giver, taker = slots
        if currency_of(giver) != currency_of(taker):
            taker = CASH[currency_of(giver)]
        parts = [(giver, -amount), (taker, amount)]
        self.do_post(self.parts(parts), f"pay {len(self.books.moved)}", None)

    @precondition(lambda self: self.first)
    @rule(number=ANY)
    def post_again(self, number: int) -> None:
        key = list(self.first)[number % len(self.first)]
        parts, months_back = self.books.moved[key].request
        self.do_post(cast("list[Part]", parts), key, cast("int | None", months_back))

    def do_post(self, parts: list[Part], key: str, months_back: int | None) -> None:
        def deed() -> Posted:
            return wallets.post(
                TransactionKind.TRANSFER,
                self.entries(parts),
                actor=self.system,
                key=key,
                effective_on=day(months_back),
            )

        if self.books.is_replay(key, parts, months_back):
            assert self.unchanged(deed) == replace(self.first[key], is_replay=True)
        elif result := self.attempt(deed, self.books.may_post(key, parts, months_back)):
            balances = self.books.post(key, parts, months_back)
            assert (result.is_replay, result.balances) == (False, self.by_wallet(balances))
            self.first[key] = result

    @rule(batch=BATCHES)
    def post_many(self, batch: list[Request]) -> None:
        asked = [(key, self.parts(parts), months) for key, parts, months in batch]
        # One by one, to learn what each finds; of a batch that is refused nothing stays.
        trial = self.books.copy()
        right: Refusals = set()
        for key, parts, months_back in asked:
            faults = trial.may_post(key, parts, months_back)
            right |= faults
            if "KeyReused" not in faults and not trial.is_replay(key, parts, months_back):
                trial.post(key, parts, months_back)
        postings = self.postings(asked)
        results = self.attempt(lambda: wallets.post_many(postings, actor=self.system), right)
        if results is not None:
            for request, result in zip(asked, results, strict=True):
                self.learn(request, result)

    @rule(slot=PERSONS, is_out_first=st.booleans(), amount=SMALL)
    def post_more_than_there_is_and_bring_it_back(
        self, slot: int, amount: int, *, is_out_first: bool
    ) -> None:
        account = self.books.accounts[self.slots[slot]]
        amount += account.posted - account.held
        there = [(slot, -amount), (CASH[account.currency], amount)]
        back = [(place, -moved) for place, moved in there]
        key = f"there and back {len(self.books.moved)}"
        batch = [(f"{key} there", there, None), (f"{key} back", back, None)]
        self.post_many(batch if is_out_first else batch[::-1])

    @rule(batch=BATCHES)
    def post_each(self, batch: list[Request]) -> None:
        asked = [(key, self.parts(parts), months) for key, parts, months in batch]
        results = wallets.post_each(self.postings(asked), actor=self.system)
        self.seen = None
        for request, result in zip(asked, results, strict=True):
            right = self.books.may_post(*request)
            if isinstance(result, Posted):
                assert not right
                self.learn(request, result)
            else:
                assert type(result).__name__ in right

    def postings(self, asked: list[Request]) -> list[Posting]:
        return [
            Posting(TransactionKind.TRANSFER, self.entries(parts), key, effective_on=day(months))
            for key, parts, months in asked
        ]

    def learn(self, request: Request, result: Posted) -> None:
        """Do in the model what a batch did."""
        key, parts, months_back = request
        assert result.is_replay == self.books.is_replay(key, parts, months_back)
        if result.is_replay:
            assert result.transaction_id == self.first[key].transaction_id
            return
        assert result.balances == self.by_wallet(self.books.post(key, parts, months_back))
        self.first[key] = result

    @precondition(lambda self: self.books.moved)
    @rule(number=ANY)
    def reverse(self, number: int) -> None:
        key = list(self.books.moved)[number % len(self.books.moved)]
        pk = self.numbers()[key]
        right = self.books.may_reverse(key)
        if self.attempt(lambda: wallets.reverse(pk, actor=self.system, reason="x"), right):
            self.books.reverse(key)

    def numbers(self) -> dict[str, int]:
        """Return the transaction of each key; the model wrote them down in the same order."""
        ids = LedgerTransaction.objects.order_by("pk").values_list("pk", flat=True)
        return dict(zip(self.books.moved, ids, strict=True))

    @rule()
    def roll_up(self) -> None:
        assert wallets.roll_up() == self.books.roll_up()
        self.seen = None

    # Holds

    @rule(slot=SLOTS, amount=SMALL | AMOUNTS, key=st.integers(0, 9), expires_in=MOMENTS)
    def hold(self, slot: int, amount: int, key: int, expires_in: int | None) -> None:
        place, name = self.slots[slot], f"hold {key}"
        moment = None if expires_in is None else timezone.now() + timedelta(days=expires_in)

        def deed() -> Hold:
            return wallets.place_hold(
                self.ids[place], amount, actor=self.system, key=name, expires_at=moment
            )

        right = self.books.may_hold(name, place, amount)
        if name in self.books.hold_keys and not right:
            assert self.unchanged(deed).pk == self.hold_ids[self.books.hold_keys[name]]
        elif result := self.attempt(deed, right):
            self.hold_ids.append(result.pk)
            self.books.hold(name, place, amount, expires_in)

    @rule(slot=PERSONS, amount=SMALL, expires_in=MOMENTS)
    def set_aside(self, slot: int, amount: int, expires_in: int | None) -> None:
        self.hold(slot, amount, 1000 + len(self.hold_ids), expires_in)

    @precondition(lambda self: self.hold_ids)
    @rule(number=ANY, amount=SMALL | AMOUNTS, to=SLOTS, key=st.integers(0, 9))
    def capture(self, number: int, amount: int, to: int, key: int) -> None:
        number %= len(self.hold_ids)
        self.do_capture(f"capture {key}", number, amount, self.slots[to])

    @precondition(lambda self: self.hold_ids)
    @rule(number=ANY, part=st.sampled_from([1, 1, 2, 3]))
    def capture_the_rest_or_a_part(self, number: int, part: int) -> None:
        number %= len(self.hold_ids)
        hold = self.books.holds[number]
        to = CASH[self.books.accounts[hold.account].currency]
        amount = -(-hold.rest // part)
        self.do_capture(f"part {len(self.books.moved)}", number, amount, self.slots[to])

    def do_capture(self, key: str, number: int, amount: int, to: int) -> None:
        def deed() -> Posted:
            return wallets.capture_hold(
                self.hold_ids[number],
                amount,
                to_wallet_id=self.ids[to],
                actor=self.system,
                key=key,
            )

        right = self.books.may_capture(key, number, amount, to)
        if key in self.books.moved and not right:
            assert self.unchanged(deed).is_replay
        elif result := self.attempt(deed, right):
            self.books.capture(key, number, amount, to)
            people = {
                place: self.books.accounts[place].posted
                for place in (self.books.holds[number].account, to)
                if not self.books.accounts[place].is_open
            }
            assert (result.is_replay, result.balances) == (False, self.by_wallet(people))

    @rule(slot=PERSONS, amount=SMALL)
    def capture_what_has_expired(self, slot: int, amount: int) -> None:
        before = len(self.hold_ids)
        self.set_aside(slot, amount, -1)
        if len(self.hold_ids) > before:
            self.capture_the_rest_or_a_part(before, 1)

    @precondition(lambda self: self.hold_ids)
    @rule(number=ANY, key=st.sampled_from(["", "once"]))
    def release(self, number: int, key: str) -> None:
        number %= len(self.hold_ids)
        pk = self.hold_ids[number]
        right = self.books.may_release(number, has_key=bool(key))
        if self.attempt(lambda: wallets.release_hold(pk, actor=self.system, key=key), right):
            self.books.end(number, "released")

    @rule(days=st.integers(0, 3))
    def expire(self, days: int) -> None:
        moment = timezone.now() + timedelta(days=days)
        self.seen = None
        assert wallets.expire_holds(now=moment, actor=self.system) == self.books.expire(days)

    # Wallets, months, adjustments

    @rule(slot=SLOTS, verb=st.sampled_from(["freeze", "unfreeze", "unfreeze", "close", "open"]))
    def wallet_as_a_whole(self, slot: int, verb: str) -> None:
        place = self.slots[slot]
        if verb == "open":
            self.open_again(slot % len(PEOPLE))
            return
        deed = getattr(wallets, verb)
        right = self.books.may_change(place, verb)
        if self.attempt(lambda: deed(self.ids[place], actor=self.system, reason="x"), right):
            self.books.change(place, verb)

    def open_again(self, slot: int) -> None:
        name, currency = PEOPLE[slot]
        if self.books.accounts[self.slots[slot]].status == "closed":
            self.slots[slot] = self.open(self.owners[name], currency)
            self.seen = None
        else:
            self.attempt(
                lambda: wallets.open_wallet(self.owners[name], currency, actor=self.system),
                {"WalletExists"},
            )

    @rule(slot=PERSONS)
    def empty_and_close(self, slot: int) -> None:
        account = self.books.accounts[self.slots[slot]]
        if account.posted and account.status == "active" and not account.held:
            parts = [(slot, -account.posted), (CASH[account.currency], account.posted)]
            self.do_post(self.parts(parts), f"out {len(self.books.moved)}", None)
        self.wallet_as_a_whole(slot, "close")

    @rule(verb=st.sampled_from(["close", "close in order", "reopen"]), month=MONTHS)
    def month(self, verb: str, month: int) -> None:
        if verb == "reopen":
            self.do_reopen(month)
        else:
            for one in (month,) if verb == "close" else (3, 2, 1):
                self.do_close(one)

    def do_close(self, month: int) -> None:
        moment, right = day(month), self.books.may_close(month)
        assert moment
        if self.attempt(lambda: wallets.close_period(moment, actor=self.system, reason="x"), right):
            self.books.close(month)

    def do_reopen(self, month: int) -> None:
        moment, right = day(month), self.books.may_reopen(month)
        assert moment
        if self.attempt(
            lambda: wallets.reopen_period(moment, actor=self.system, reason="x"), right
        ):
            self.books.reopen(month)

    @rule(slot=st.integers(0, 2), amount=SMALL, verdict=st.sampled_from(Verdict))
    def adjust(self, slot: int, amount: int, verdict: Verdict) -> None:
        place = self.slots[slot]
        adjustment = wallets.request_adjustment(
            wallet_id=self.ids[place],
            direction=Direction.CREDIT,
            amount=amount,
            reason_code=ReasonCode.objects.get(code="goodwill"),
            note="x",
            actor=self.clerk,
        )
        wallets.submit_adjustment(adjustment.pk, actor=self.clerk)
        request = approval_selectors.requests_about(adjustment).get()
        self.seen = None
        parts = [(place, amount), (self.slots[GOODWILL], -amount)]
        right = self.books.may_move(parts, TODAY) if verdict == Verdict.APPROVE else set()
        done = self.attempt(
            lambda: approvals.decide(
                request.pk, verdict=verdict, actor=self.controller, reason="x"
            ),
            right,
        )
        if done and verdict == Verdict.APPROVE:
            self.books.move(f"adjustment {adjustment.pk}", parts)
