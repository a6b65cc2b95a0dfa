"""What lies on the counter: it travels with every request, so that nothing typed is lost."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from django.http import QueryDict
from django.utils.translation import gettext as _

if TYPE_CHECKING:
    from apps.tickets.models import TicketLine

# More than anybody lays on one counter; a made-up address shall not make the page ask for more.
MOST = 50


@dataclass
class Said:
    """A sentence for the clerk; a refusal says what to do."""

    text: str
    is_refusal: bool = False
    url: str = ""
    link: str = ""


@dataclass
class Counter:
    """Who stands there, what they want, and which tickets lie open, with what is ticked."""

    borrower_id: int | None = None
    asset_ids: list[int] = field(default_factory=list)
    until: str = ""
    purpose: str = ""
    ticket_ids: list[int] = field(default_factory=list)
    ticked: set[int] = field(default_factory=set)
    conditions: dict[int, str] = field(default_factory=dict)
    notes: dict[int, str] = field(default_factory=dict)
    seen: dict[int, int] = field(default_factory=dict)
    """Of each ticket that lies open, the version that the clerk has seen."""

    @classmethod
    def read(cls, sent: QueryDict) -> "Counter":
        """Return the counter as the page sent it."""
        borrower, *_others = [*_numbers(sent, "borrower"), None]
        purpose = sent.get("purpose", _("Walk-in"))
        return cls(
            borrower_id=borrower,
            asset_ids=_numbers(sent, "asset"),
            until=sent.get("until", "").strip()[:40],
            purpose=purpose[:254],
            ticket_ids=_numbers(sent, "ticket"),
            ticked=set(_numbers(sent, "line")),
            conditions=dict(_by_number(sent, "condition_")),
            notes=dict(_by_number(sent, "note_")),
            seen={key: int(text) for key, text in _by_number(sent, "seen_") if text.isdecimal()},
        )

    def written(self) -> str:
        """Return it as the query of an address; opened again, the counter lies as it did."""
        sent = QueryDict(mutable=True)
        if self.borrower_id:
            sent["borrower"] = str(self.borrower_id)
        sent.setlist("asset", [str(pk) for pk in self.asset_ids])
        sent.setlist("ticket", [str(pk) for pk in self.ticket_ids])
        sent.setlist("line", [str(pk) for pk in sorted(self.ticked)])
        if self.until:
            sent["until"] = self.until
        if self.purpose != _("Walk-in"):
            sent["purpose"] = self.purpose
        for name, texts in (("condition_", self.conditions), ("note_", self.notes)):
            for number, text in texts.items():
                if text:
                    sent[f"{name}{number}"] = text
        return sent.urlencode()

    def lay(self, ticket_id: int) -> bool:
        """Lay a ticket on the counter, on top; tell whether it was not there yet."""
        is_new = ticket_id not in self.ticket_ids
        if not is_new:
            self.ticket_ids.remove(ticket_id)
        self.ticket_ids.insert(0, ticket_id)
        return is_new

    def put_away(self, ticket_id: int) -> None:
        """Take a ticket off the counter."""
        self.ticket_ids.remove(ticket_id)

    def forget(self, line: "TicketLine") -> None:
        """Forget what was typed for a line: it is done."""
        self.ticked.discard(line.pk)
        self.conditions.pop(line.pk, None)
        self.notes.pop(line.pk, None)


def _numbers(sent: QueryDict, name: str) -> list[int]:
    texts = dict.fromkeys(sent.getlist(name))
    return [int(text) for text in texts if _is_number(text)][:MOST]


def _by_number(sent: QueryDict, prefix: str) -> Iterator[tuple[int, str]]:
    for name in sent:
        number = name.removeprefix(prefix)
        if name != number and _is_number(number):
            yield int(number), sent.get(name, "").strip()[:2000]


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdecimal() and len(text) < 18  # noqa: PLR2004  (a bigint)
