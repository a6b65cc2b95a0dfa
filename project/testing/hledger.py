"""Debian's hledger, which computes balances from our export without knowing us."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest


class Hledger:
    """Asks hledger about one journal."""

    def __init__(self, program: str, journal: Path) -> None:
        """Remember which."""
        self.program, self.journal = program, journal

    def ask(self, *arguments: str) -> str:
        """Return what it answers; fail with what it says when it does not."""
        command = [self.program, "-f", str(self.journal), *arguments]
        answer = subprocess.run(
            command,
            capture_output=True,
            text=True,
            check=False,
            env={**os.environ, "LC_ALL": "C.UTF-8"},
        )
        assert answer.returncode == 0, answer.stderr
        return answer.stdout

    def balances(self, *arguments: str) -> dict[tuple[str, str], str]:
        """Return what is on each account in each currency, as text; debit is positive."""
        rows, _total = json.loads(
            self.ask("balance", "--flat", "--no-elide", "-O", "json", *arguments)
        )
        return {
            (name, amount["acommodity"]): _plain(amount["aquantity"])
            for name, _shown, _depth, amounts in rows
            for amount in amounts
            if amount["aquantity"]["decimalMantissa"]
        }

    def transactions(self) -> list[dict[str, Any]]:
        """Return the transactions as it has understood them."""
        printed: list[dict[str, Any]] = json.loads(self.ask("print", "-O", "json"))
        return printed


def _plain(quantity: dict[str, Any]) -> str:
    places, mantissa = quantity["decimalPlaces"], quantity["decimalMantissa"]
    digits = f"{abs(mantissa):0{places + 1}}"
    cut = len(digits) - places
    text = f"{digits[:cut]}.{digits[cut:]}" if places else digits
    return f"-{text}" if mantissa < 0 else text


@pytest.fixture
def hledger(tmp_path: Path) -> Hledger:
    """Return hledger for the journal that the test writes into its `journal`.

    Without the program the test is skipped on a laptop, but fails when CI=true.
    """
    program = shutil.which("hledger")
    if program is None:
        reason = "This test needs hledger: apt-get install hledger"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return Hledger(program, tmp_path / "our.journal")
