"""What a client asks for next: the same for the same seed, client, step and answers so far."""

import random
from dataclasses import dataclass, field
from typing import Any

type Request = dict[str, Any]
"""What goes into the journal: `step`, `deed`, and what the deed needs."""
type Answer = dict[str, Any]
"""What came back: `transaction` and `balances`, `hold`, `released`, `several`, or `refused`."""

ANOTHER_ANSWER = "AnotherAnswer"
"""What a client notes when a request that was repeated is not answered as the first time."""
_WEIGHTS = {
    "post": 40,
    "many": 6,
    "each": 6,
    "hold": 18,
    "capture": 14,
    "release": 4,
    "reverse": 6,
    "again": 6,
}
_MOST = 300
_REMEMBERED = 40


@dataclass
class Stage:
    """The wallets that everybody moves money between, by currency; those of people first."""

    actor: int
    people: dict[str, list[int]]
    chart: dict[str, list[int]]
    baseline: int
    """The last transaction that was there before the first client began."""

    def of(self, currency: str) -> list[int]:
        """Return every wallet of the currency."""
        return self.people[currency] + self.chart[currency]


@dataclass
class Memory:
    """What a client knows out of its journal."""

    step: int = 0
    holds: dict[int, Request] = field(default_factory=dict)
    """The requests of its holds that may still hold something."""
    transactions: list[int] = field(default_factory=list)
    """Those it has not reversed yet."""
    answered: list[tuple[Request, Answer]] = field(default_factory=list)
    """The last requests whose key may be used again, with the first answer."""

    def learn(self, request: Request, answer: Answer) -> None:
        """Take in what was answered."""
        self.step = request["step"]
        if "refused" in answer:
            if answer["refused"] == "HoldEnded":
                self.holds.pop(request["hold"], None)
            return
        if request["deed"] == "hold":
            self.holds[answer["hold"]] = request
        elif request["deed"] == "release":
            self.holds.pop(request["hold"], None)
        elif request["deed"] == "reverse":
            self.transactions.remove(request["transaction"])
        elif request["deed"] in {"post", "capture"}:
            self.transactions.append(answer["transaction"])
        if request["deed"] in {"post", "many", "hold", "capture"}:
            self.answered.append((request, answer))
        del self.answered[:-_REMEMBERED]
        del self.transactions[:-_REMEMBERED]


def next_request(seed: int, client: int, memory: Memory, stage: Stage) -> Request:
    """Return the client's next request."""
    step = memory.step + 1
    dice = random.Random(f"{seed}:{client}:{step}")
    key = f"torture:{client}:{step}"
    [deed] = dice.choices(list(_WEIGHTS), list(_WEIGHTS.values()))
    facts: Request | None = None
    if deed in {"many", "each"}:
        several = [
            {"key": f"{key}:{number}", "entries": _entries(dice, stage)}
            for number in range(dice.randint(2, 6))
        ]
        facts = {"several": several}
    elif deed == "hold":
        facts = _hold(dice, stage)
    elif deed == "capture":
        facts = _capture(dice, memory, stage)
    elif deed == "release" and memory.holds:
        facts = {"hold": dice.choice(list(memory.holds))}
    elif deed == "reverse" and memory.transactions:
        facts = {"transaction": dice.choice(memory.transactions)}
    elif deed == "again" and memory.answered:
        request, answer = dice.choice(memory.answered)
        facts = {"request": request, "answer": answer}
    if facts is None:
        deed, facts = "post", {"entries": _entries(dice, stage)}
    return {"step": step, "deed": deed, "key": key, **facts}


def _entries(dice: random.Random, stage: Stage) -> list[list[int]]:
    """Return wallets and amounts that add up to zero in each of one or two currencies."""
    currencies = dice.sample(sorted(stage.people), dice.choice((1, 1, 1, 2)))
    return [entry for currency in currencies for entry in _balanced(dice, stage.of(currency))]


def _balanced(dice: random.Random, wallets: list[int]) -> list[list[int]]:
    chosen = dice.sample(wallets, dice.choice((2, 2, 2, 3, 4)))
    while True:
        amounts = [dice.choice((-1, 1)) * dice.randint(1, _MOST) for _ in chosen[1:]]
        if total := sum(amounts):
            return [list(entry) for entry in zip(chosen, [-total, *amounts], strict=True)]


def _hold(dice: random.Random, stage: Stage) -> Request:
    currency = dice.choice(sorted(stage.people))
    return {
        "wallet": dice.choice(stage.people[currency]),
        "currency": currency,
        "amount": dice.randint(1, _MOST),
        # Every second one is let go by the job, if nobody captures or releases it before.
        "seconds": dice.choice((None, round(dice.uniform(0.5, 3.0), 1))),
    }


def _capture(dice: random.Random, memory: Memory, stage: Stage) -> Request | None:
    if not memory.holds:
        return None
    hold, request = dice.choice(list(memory.holds.items()))
    # More than what is left is refused, which is an answer as well.
    amount = dice.choice((request["amount"], dice.randint(1, request["amount"])))
    others = [pk for pk in stage.of(request["currency"]) if pk != request["wallet"]]
    return {
        "hold": hold,
        "wallet": request["wallet"],
        "to": dice.choice(others),
        "amount": amount,
    }
