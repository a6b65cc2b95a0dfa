"""Several at the same moment: one wins, the others are refused by the rule and not by a fault."""

from collections.abc import Callable
from threading import Barrier, Thread

import pytest
from django.db import connections

from apps.accounts.models import User
from apps.programs.models import Consent
from apps.programs.states import Ending
from project.testing.programs import Partner, program

pytestmark = pytest.mark.django_db(transaction=True)

CROWD = 6


def together(work: Callable[[], tuple[int, str]]) -> list[tuple[int, str]]:
    """Do it six times at one moment, each on a connection of its own."""
    barrier, answers = Barrier(CROWD), []

    def run() -> None:
        try:
            barrier.wait(timeout=30)
            answers.append(work())
        finally:
            connections.close_all()

    crowd = [Thread(target=run) for _one in range(CROWD)]
    for one in crowd:
        one.start()
    for one in crowd:
        one.join(timeout=60)
    return sorted(answers)


def test_of_six_who_redeem_one_code_at_once_one_gets_tokens(boris: User) -> None:
    partner = Partner(program())
    code = partner.let_in(boris)["code"]

    def redeem() -> tuple[int, str]:
        answer = Partner(partner.program).redeem(code)
        return answer.status_code, answer.json().get("error", "")

    assert together(redeem) == [(200, ""), *[(400, "invalid_grant")] * (CROWD - 1)]
    # The code was in two hands, so what it gave is taken back.
    assert Consent.objects.get().ending == Ending.REPLAYED


def test_of_six_who_refresh_at_once_one_gets_tokens(boris: User) -> None:
    partner = Partner(program())
    token = partner.tokens_for(boris)["refresh_token"]

    def refresh() -> tuple[int, str]:
        answer = Partner(partner.program).refresh(token)
        return answer.status_code, answer.json().get("error", "")

    assert together(refresh) == [(200, ""), *[(400, "invalid_grant")] * (CROWD - 1)]
    assert Consent.objects.get().ending == Ending.REUSED
