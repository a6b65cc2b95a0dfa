"""How the files of a run are written: what a person prefers, kept with the run."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Self

from django.db import models
from django.utils.translation import gettext_lazy as _


class Separator(models.TextChoices):
    """What parts the cells of a CSV."""

    COMMA = ",", _("comma (RFC 4180)")
    SEMICOLON = ";", _("semicolon")
    TAB = "\t", _("tab")


class PaperSize(models.TextChoices):
    """The sheet on which a PDF is printed."""

    A4 = "A4", "A4"
    LETTER = "Letter", "Letter"


@dataclass(frozen=True)
class Options:
    """One way of writing; the same options and figures give the same bytes."""

    separator: Separator = Separator.COMMA
    has_bom: bool = False
    paper: PaperSize = PaperSize.A4

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Self:
        """Return the options that a run or a person has kept; what is missing is as usual."""
        usual = cls()
        return cls(
            Separator(kept.get("separator", usual.separator)),
            bool(kept.get("has_bom", usual.has_bom)),
            PaperSize(kept.get("paper", usual.paper)),
        )

    def as_json(self) -> dict[str, Any]:
        """Return what is kept."""
        return asdict(self)


USUAL = Options()
