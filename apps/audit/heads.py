"""Heads of the chains, kept outside the database.

Whoever owns the database can rewrite a chain from any block on, with right hashes. They cannot
rewrite what has left the house: a line in a file for every new head, `time chain number hash`, and
an e-mail with the newest heads once a day. `check_audit --head` and `check_books --head` compare.

A chain is known to this module once its app has registered it; the audit log's is.
"""

import os
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from apps.audit.models import AuditBlock

FILE = "heads.txt"
_TAIL = 64 * 1024


@dataclass(frozen=True)
class Head:
    """The end of a chain."""

    number: int
    hash: str

    def __str__(self) -> str:
        return f"{self.number}:{self.hash}"


type Chain = Callable[[], Head | None]

_chains: dict[str, Chain] = {}


def register(name: str, chain: Chain) -> None:
    """Make a chain known by the function that returns its head."""
    _chains[name] = chain


def audit_head() -> Head | None:
    """Return the head of the chain over the audit log."""
    newest = AuditBlock.objects.values_list("number", "hash").order_by("-number").first()
    return Head(*newest) if newest else None


def heads() -> dict[str, Head]:
    """Return the head of each chain that has one."""
    found = {name: chain() for name, chain in sorted(_chains.items())}
    return {name: head for name, head in found.items() if head}


def write(*, now: datetime) -> list[str]:
    """Append a line for each head that is not the newest line of its chain; return the lines."""
    file = Path(settings.HEADS_ROOT) / FILE
    tail = _tail(file)
    known = _last_lines(tail)
    moment = now.astimezone(UTC).isoformat(timespec="seconds")
    lines = [
        f"{moment} {name} {head.number} {head.hash}"
        for name, head in heads().items()
        if known.get(name) != head
    ]
    if lines:
        file.parent.mkdir(parents=True, exist_ok=True)
        # A line that a full disk has cut off ends here.
        begin = "" if not tail or tail.endswith("\n") else "\n"
        # One write for all, so that two workers never mix their lines.
        with file.open("ab", buffering=0) as out:
            out.write((begin + "".join(f"{line}\n" for line in lines)).encode())
            os.fsync(out.fileno())
    return lines


def _tail(file: Path) -> str:
    if not file.exists():
        return ""
    with file.open("rb") as stream:
        stream.seek(max(0, stream.seek(0, os.SEEK_END) - _TAIL))
        return stream.read().decode(errors="replace")


def _last_lines(tail: str) -> dict[str, Head]:
    """Return the newest head of each chain at the end of the file."""
    known = {}
    for line in tail.splitlines():
        match line.split(" "):
            case [_moment, name, number, hash_] if number.isdecimal():
                known[name] = Head(int(number), hash_)
    return known


def mail(*, now: datetime) -> bool:
    """Send the heads to those who keep them; return whether there was anything to send."""
    found = heads()
    if not settings.HEADS_RECIPIENTS or not found:
        return False
    day = now.astimezone(UTC).date().isoformat()
    message = EmailMessage(
        subject=_("Heads of the chains, {day}").format(day=day),
        body="\n".join(
            (
                _("Please keep this message: it proves what was written up to now."),
                "",
                *(f"{name} {head}" for name, head in found.items()),
                "",
                _("To compare: manage.py check_audit --head …, manage.py check_books --head …"),
            )
        ),
        to=list(settings.HEADS_RECIPIENTS),
        headers={
            # The same on a second attempt of the same day.
            "Message-ID": f"<heads-{day}@{urlsplit(settings.BASE_URL).hostname}>",
            "Auto-Submitted": "auto-generated",
        },
    )
    message.send()
    return True
