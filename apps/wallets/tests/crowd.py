"""One of several processes that move money at the same time; see `test_at_once`.

Says “ready”, waits for a line, does as many random deeds as it says, and prints what it did as
JSON; waits for a line with transactions to reverse, and prints how often each was refused.
"""

import json
import random
import sys
from collections import Counter
from typing import Any

import django

django.setup()

from apps.accounts.models import User  # noqa: E402  (Django first)
from apps.common.errors import DomainError  # noqa: E402
from apps.wallets import services as wallets  # noqa: E402
from apps.wallets.services import Entry, Posted, Posting  # noqa: E402
from apps.wallets.states import TransactionKind  # noqa: E402


class Person:
    """Does random deeds, and remembers what was done and what was refused."""

    def __init__(self, name: str, ids: dict[str, list[int]]) -> None:
        """Move money between these wallets, by currency; the last of each is open."""
        self._name, self._ids = name, ids
        self._dice = random.Random(name)  # noqa: S311  (dice)
        self._actor = User.objects.system()
        self._holds: list[tuple[int, int, str, int]] = []
        self._number = 0
        self.done: dict[int, list[tuple[int, int]]] = {}
        self.refused: Counter[str] = Counter()

    def act(self) -> None:
        """Do one of the deeds."""
        self._number += 1
        deeds = (self._post, self._post, self._post_many, self._hold, self._capture, self._release)
        try:
            self._dice.choice(deeds)()
        except DomainError as refusal:
            self.refused[type(refusal).__name__] += 1

    def reverse(self, transaction_id: int) -> None:
        """Reverse a transaction, somebody else's perhaps."""
        try:
            posted = wallets.reverse(transaction_id, actor=self._actor, reason="x")
        except DomainError as refusal:
            self.refused[f"{type(refusal).__name__} {transaction_id}"] += 1
        else:
            self.done[posted.transaction_id] = [(transaction_id, 0)]

    def _entries(self) -> list[tuple[int, int]]:
        """Return two to twelve entries, in any order, in one or both currencies."""
        entries = []
        for currency in self._dice.sample(sorted(self._ids), self._dice.randint(1, 2)):
            ids = self._ids[currency]
            amounts = [
                self._dice.choice((-3, -2, -1, 1, 2)) for _ in range(self._dice.randint(1, 5))
            ]
            amounts += [-sum(amounts)] if sum(amounts) else []
            entries += [(self._dice.choice(ids), amount) for amount in amounts]
        self._dice.shuffle(entries)
        return entries

    def _post(self) -> None:
        entries = self._entries()
        posted = wallets.post(
            TransactionKind.TRANSFER,
            [Entry(*entry) for entry in entries],
            actor=self._actor,
            key=f"{self._name} {self._number}",
        )
        self.done[posted.transaction_id] = entries

    def _post_many(self) -> None:
        several = [self._entries() for _ in range(3)]
        postings = [
            Posting(
                TransactionKind.TRANSFER,
                [Entry(*entry) for entry in entries],
                key=f"{self._name} {self._number} {number}",
            )
            for number, entries in enumerate(several)
        ]
        results = wallets.post_many(postings, actor=self._actor)
        for posted, entries in zip(results, several, strict=True):
            self.done[posted.transaction_id] = entries

    def _hold(self) -> None:
        currency = self._dice.choice(sorted(self._ids))
        wallet, amount = self._dice.choice(self._ids[currency][:-1]), self._dice.randint(2, 9)
        key = f"{self._name} {self._number}"
        hold = wallets.place_hold(wallet, amount, actor=self._actor, key=key)
        self._holds.append((hold.pk, wallet, currency, amount))

    def _capture(self) -> None:
        hold, wallet, currency, amount = self._dice.choice(self._holds or [self._held()])
        part, to = self._dice.randint(1, amount), self._dice.choice(self._ids[currency])
        posted: Posted = wallets.capture_hold(
            hold,
            part,
            to_wallet_id=to,
            actor=self._actor,
            key=f"{self._name} {self._number}",
        )
        self.done[posted.transaction_id] = [(wallet, -part), (to, part)]

    def _release(self) -> None:
        hold = self._dice.choice(self._holds or [self._held()])
        self._holds.remove(hold)
        wallets.release_hold(hold[0], actor=self._actor, key="once")

    def _held(self) -> tuple[int, int, str, int]:
        self._hold()
        return self._holds[-1]


def main() -> None:
    """Obey the lines of the test."""
    person = Person(sys.argv[1], json.loads(sys.argv[2]))
    _say("ready")
    for _deed in range(json.loads(sys.stdin.readline())):
        person.act()
    _say({"done": person.done, "refused": person.refused})
    person.done.clear()
    person.refused.clear()
    for transaction_id in json.loads(sys.stdin.readline()):
        person.reverse(transaction_id)
    _say({"done": person.done, "refused": person.refused})


def _say(answer: Any) -> None:
    sys.stdout.write(json.dumps(answer) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
