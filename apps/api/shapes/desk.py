"""What is shown at the desk: lines, their condition, answers, and the files that prove it.

The files come as parts of the form beside `body`, its JSON; a line names its photos by the names
of those files.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated

from django.utils.translation import gettext as _
from ninja import UploadedFile
from pydantic import ConfigDict, Field

from apps.api.errors import FieldsRefused
from apps.api.problems import FieldProblem
from apps.api.schemas import In, MoneyIn, Reference, example
from apps.api.shapes import choices
from apps.api.shapes.tickets import SeenVersion
from apps.tickets.services import Answer, Drawn, OnPaper

if TYPE_CHECKING:
    from apps.tickets.services import Signatures

MOST_LINES = 100
_Name = Annotated[str, Field(min_length=1, max_length=150)]
_Photos = Annotated[
    list[_Name], Field(default_factory=list, max_length=8, description="file names of its photos")
]


class Answering(In):
    """Whether it is as an item of the checklist says; a no needs a note."""

    item: Reference
    is_so: bool
    note: str = Field(default="", max_length=1000)


class LineSeenIn(In):
    """One line as it is seen at the desk."""

    line: Reference
    condition: choices.Condition
    note: str = Field(default="", max_length=1000)
    photos: _Photos
    answers: list[Answering] = Field(default_factory=list, max_length=100)

    @property
    def checked(self) -> dict[int, Answer]:
        """The answers as the services take them."""
        return {one.item: Answer(one.is_so, one.note) for one in self.answers}


class HandingIn(SeenVersion):
    """The lines that go out or come back, and who stands at the desk for the borrower."""

    model_config = ConfigDict(
        extra="forbid",
        json_schema_extra=example(
            lines=[{"line": 31, "condition": "good", "photos": ["front.jpg"]}],
            representative="",
        ),
    )

    lines: list[LineSeenIn] = Field(min_length=1, max_length=MOST_LINES)
    representative: str = Field(
        default="", max_length=150, description="who signs for the borrower, if it is another"
    )


class FindingIn(In):
    """What the inspection of one line found; with damage it opens a claim."""

    line: Reference
    damage: MoneyIn | None = Field(default=None, description="estimate, in the ticket’s currency")
    note: str = Field(default="", max_length=1000)
    photos: _Photos


class InspectionIn(SeenVersion):
    """What was found."""

    model_config = ConfigDict(
        extra="forbid", json_schema_extra=example(findings=[{"line": 31, "note": "as good as new"}])
    )

    findings: list[FindingIn] = Field(min_length=1, max_length=MOST_LINES)


class Photos:
    """The photos of a form, each taken by the line that names it."""

    def __init__(self, files: Iterable[UploadedFile]) -> None:
        """Keep them by name.

        Raises:
            FieldsRefused: two have one name.
        """
        self._files: dict[str, UploadedFile] = {}
        self._taken: set[str] = set()
        for file in files:
            name = file.name or ""
            if name in self._files:
                _refuse("photos", _("Two photos are called “{name}”. Rename one."), name)
            self._files[name] = file

    def of(self, names: Iterable[str], *, field: str) -> list[UploadedFile]:
        """Return the photos of these names.

        Raises:
            FieldsRefused: there is none of that name.
        """
        found = []
        for name in names:
            if name not in self._files:
                _refuse(field, _("No photo of the form is called “{name}”. Add it."), name)
            self._taken.add(name)
            found.append(self._files[name])
        return found

    def refuse_rest(self) -> None:
        """Return when each belongs to a line.

        Raises:
            FieldsRefused: one does not.
        """
        for name in sorted(self._files.keys() - self._taken):
            _refuse("photos", _("No line names the photo “{name}”. Leave it out."), name)


def signatures_of(
    representative: str,
    borrower: UploadedFile | None,
    clerk: UploadedFile | None,
    paper: UploadedFile | None,
) -> "Signatures | None":
    """Return how it was signed: by two drawings, on one paper, or not at all.

    Raises:
        FieldsRefused: it is neither.
    """
    if paper is not None and (borrower or clerk):
        _refuse("paper", _("Send the paper or the two drawings, not both."))
    if paper is not None:
        return OnPaper(paper, representative)
    if borrower and clerk:
        return Drawn(borrower.read(), clerk.read(), representative)
    if borrower or clerk:
        missing = "clerk_signature" if borrower else "borrower_signature"
        _refuse(missing, _("Both sign. Add this drawing too."))
    return None


def _refuse(field: str, sentence: str, name: str = "") -> None:
    raise FieldsRefused([FieldProblem(field=field, message=sentence.format(name=name))])
