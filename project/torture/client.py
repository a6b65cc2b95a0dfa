"""A client: asks, writes down the answer, and asks again when there was none.

Each attempt begins and ends as a request of the web server does, so that a client shows how a web
worker fares when the database dies. SIGTERM ends it after the answer it waits for.
"""

import signal
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from django.db import InterfaceError, OperationalError, close_old_connections
from django.utils import timezone

from apps.accounts.models import User
from apps.common.errors import DomainError
from apps.wallets import services as wallets
from apps.wallets.errors import AlreadyReversed, Collision
from apps.wallets.services import Entry, Posted, Posting
from apps.wallets.states import TransactionKind
from project.torture.journal import Journal, read
from project.torture.plan import ANOTHER_ANSWER, Answer, Memory, Request, Stage, next_request
from project.torture.stage import read_stage

_PAUSE = 0.05
_PATIENCE = 30


def run(folder: str, number: int, seed: int) -> None:
    """Ask one request after the other until SIGTERM; go on where the journal ends."""
    client = Client(read_stage(Path(folder)), Path(folder) / f"client-{number}.jsonl")
    signal.signal(signal.SIGTERM, client.stop)
    client.run(number, seed)


class Client:
    """One person at the counter."""

    def __init__(self, stage: Stage, path: Path) -> None:
        """Remember what the journal knows."""
        self._stage = stage
        self._memory = Memory()
        self._left_open: Request | None = None
        for asked in read(path):
            if asked.answer is None:
                self._left_open = asked.request
            else:
                self._memory.learn(asked.request, asked.answer)
        self._journal = Journal(path)
        self._is_stopped = False

    def stop(self, *_signal: object) -> None:
        """Ask nothing more, and wait for the last answer only a while."""
        self._is_stopped = True
        signal.alarm(_PATIENCE)

    def run(self, number: int, seed: int) -> None:
        """Ask until stopped."""
        actor, _tries = _insist(lambda: User.objects.get(pk=self._stage.actor))
        deeds = Deeds(actor)
        while not self._is_stopped:
            request, self._left_open = self._left_open, None
            is_left = request is not None
            if request is None:
                request = next_request(seed, number, self._memory, self._stage)
                self._journal.ask(request)
            attempt = Attempt(deeds, request, is_doubtful=is_left)
            answer, tries = _insist(attempt)
            is_doubtful = is_left or tries > 1
            is_replay = is_doubtful and attempt.is_replay
            self._journal.answer(answer, is_doubtful=is_doubtful, is_replay=is_replay)
            self._memory.learn(request, answer)


def _insist[T](deed: Callable[[], T]) -> tuple[T, int]:
    """Do it until the database answers; return the result and the number of attempts."""
    tries = 0
    while True:
        tries += 1
        # What Django does around every request of the web server.
        close_old_connections()
        try:
            return deed(), tries
        except (OperationalError, InterfaceError, Collision):
            time.sleep(_PAUSE)
        finally:
            close_old_connections()


class Attempt:
    """One request, sent once each time it is called."""

    def __init__(self, deeds: "Deeds", request: Request, *, is_doubtful: bool) -> None:
        """Remember it."""
        self._deeds, self._request = deeds, request
        self._is_doubtful = is_doubtful
        self.is_replay = False
        """Whether the books had done it before the last call."""

    def __call__(self) -> Answer:
        """Send it and return the answer; a rule that refuses is an answer as well."""
        is_first, self._is_doubtful = not self._is_doubtful, True
        try:
            answer, self.is_replay = self._deeds.do(self._request)
        except Collision:
            raise
        except AlreadyReversed:
            # The only deed whose repetition is told apart by a refusal.
            self.is_replay = True
            return {"refused": "AlreadyReversed"} if is_first else {"transaction": 0}
        except DomainError as refusal:
            self.is_replay = False
            return {"refused": type(refusal).__name__}
        return answer


class Deeds:
    """The requests of the plan as calls of the services."""

    def __init__(self, actor: User) -> None:
        """Act as `actor`."""
        self._actor = actor

    def do(self, request: Request) -> tuple[Answer, bool]:
        """Return the answer, and whether it is that of an earlier attempt."""
        deed: Callable[[Request], tuple[Answer, bool]] = getattr(self, f"_{request['deed']}")
        return deed(request)

    def _post(self, request: Request) -> tuple[Answer, bool]:
        return _told(
            wallets.post(
                TransactionKind.TRANSFER,
                _entries(request),
                actor=self._actor,
                key=request["key"],
                description="Torture",
            )
        )

    def _many(self, request: Request) -> tuple[Answer, bool]:
        several = wallets.post_many(_postings(request), actor=self._actor)
        return {"several": [_told(one)[0] for one in several]}, several[0].is_replay

    def _each(self, request: Request) -> tuple[Answer, bool]:
        several = wallets.post_each(_postings(request), actor=self._actor)
        answers = [
            _told(one)[0] if isinstance(one, Posted) else {"refused": type(one).__name__}
            for one in several
        ]
        if any(isinstance(one, Collision) for one in several):
            raise Collision
        return {"several": answers}, any(
            isinstance(one, Posted) and one.is_replay for one in several
        )

    def _hold(self, request: Request) -> tuple[Answer, bool]:
        began_at = timezone.now()
        seconds = request["seconds"]
        hold = wallets.place_hold(
            request["wallet"],
            request["amount"],
            actor=self._actor,
            key=request["key"],
            expires_at=began_at + timedelta(seconds=seconds) if seconds else None,
        )
        # The clock is the same: both servers are on this machine.
        return {"hold": hold.pk}, hold.placed_at < began_at

    def _capture(self, request: Request) -> tuple[Answer, bool]:
        return _told(
            wallets.capture_hold(
                request["hold"],
                request["amount"],
                to_wallet_id=request["to"],
                actor=self._actor,
                key=request["key"],
            )
        )

    def _release(self, request: Request) -> tuple[Answer, bool]:
        began_at = timezone.now()
        hold = wallets.release_hold(request["hold"], actor=self._actor, key=request["key"])
        return {"released": hold.released}, bool(hold.ended_at and hold.ended_at < began_at)

    def _reverse(self, request: Request) -> tuple[Answer, bool]:
        return _told(wallets.reverse(request["transaction"], actor=self._actor, reason="Torture"))

    def _again(self, request: Request) -> tuple[Answer, bool]:
        answer, is_replay = self.do(request["request"])
        if answer != request["answer"] or not is_replay:
            return {"refused": ANOTHER_ANSWER, "got": answer}, False
        return answer, False


def _told(posted: Posted) -> tuple[Answer, bool]:
    # As JSON will have it, so that it can be compared with what is read back.
    balances = {str(wallet): balance for wallet, balance in sorted(posted.balances.items())}
    return {"transaction": posted.transaction_id, "balances": balances}, posted.is_replay


def _entries(request: Request) -> list[Entry]:
    return [Entry(wallet, amount) for wallet, amount in request["entries"]]


def _postings(request: Request) -> list[Posting]:
    return [
        Posting(TransactionKind.TRANSFER, _entries(one), key=one["key"])
        for one in request["several"]
    ]
