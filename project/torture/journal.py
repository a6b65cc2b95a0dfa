"""What a client asked and what it was answered, in a file that outlives the client."""

import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from project.torture.plan import Answer, Request

_ANSWER = b'{"answer"'


@dataclass
class Asked:
    """A request and, once there is one, its answer."""

    request: Request
    answer: Answer | None = None
    is_doubtful: bool = False
    """Whether somebody died before the answer came, so that it was asked more than once."""
    is_replay: bool = False
    """Whether the books had done it before they were asked for the last time."""


class Journal:
    """One line for every request, and one for every answer."""

    def __init__(self, path: Path) -> None:
        """Open it behind the last whole line; `kill -9` may have left half a line."""
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o644)
        text = path.read_bytes()
        os.ftruncate(self._file, text.rfind(b"\n") + 1)

    def ask(self, request: Request) -> None:
        """Write down what is about to be asked."""
        self._write({"asked": request})

    def answer(self, answer: Answer, *, is_doubtful: bool, is_replay: bool) -> None:
        """Write down the answer to the last request, and return when it is on the disk."""
        self._write({"answer": answer, "is_doubtful": is_doubtful, "is_replay": is_replay})
        os.fsync(self._file)

    def _write(self, line: dict[str, object]) -> None:
        os.write(self._file, json.dumps(line).encode() + b"\n")


def read(path: Path) -> Iterator[Asked]:
    """Yield every request with its answer; only the last may be without one."""
    last: Asked | None = None
    for line in _lines(path):
        facts = json.loads(line)
        if "asked" in facts:
            assert last is None or last.answer is not None, f"{path}: two requests at once"
            if last is not None:
                yield last
            last = Asked(facts["asked"])
        else:
            assert last is not None
            assert last.answer is None, f"{path}: answered twice"
            last.answer = facts["answer"]
            last.is_doubtful, last.is_replay = facts["is_doubtful"], facts["is_replay"]
    if last is not None:
        yield last


def size(path: Path) -> int:
    """Return how long the journal is, in bytes."""
    return path.stat().st_size if path.exists() else 0


def is_answered_after(path: Path, start: int) -> bool:
    """Return whether there is an answer behind the first `start` bytes."""
    if size(path) <= start:
        return False
    with path.open("rb") as file:
        file.seek(start)
        return any(line.startswith(_ANSWER) and line.endswith(b"\n") for line in file)


def _lines(path: Path) -> list[str]:
    """Return the whole lines; the last may just be being written."""
    text = path.read_text(encoding="utf-8") if path.exists() else ""
    return text[: text.rfind("\n") + 1].splitlines()
