"""PDFs that people send: refused when something in them could act, or when nobody can look inside.

They are kept byte for byte, because they are evidence; so what acts is refused and not removed.
Attached tables and data are let through: our own reports and electronic invoices carry them.
"""

from io import BytesIO
from typing import Any
from zipfile import is_zipfile

import pikepdf
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_MOST_OBJECTS = 200_000
_DEEPEST = 30
_DATA = (".csv", ".txt", ".xml")
_ACTING = {
    "/JavaScript": gettext_lazy("a script"),
    "/JS": gettext_lazy("a script"),
    "/Launch": gettext_lazy("a command that starts programs"),
    "/RichMedia": gettext_lazy("a film or a program"),
    "/XFA": gettext_lazy("a form that is a program"),
}


def fault_of(content: bytes) -> str | None:
    """Return what is wrong with a PDF, as the reason of a refusal; None when nothing is."""
    if is_zipfile(BytesIO(content)):
        return _("there is an archive in it; print it as a PDF, and attach that")
    try:
        with pikepdf.open(BytesIO(content), suppress_warnings=True) as pdf:
            if pdf.is_encrypted:
                return _("it is encrypted; save it without a password")
            acting = _acting_in(pdf)
    except pikepdf.PasswordError:
        return _("it is encrypted; save it without a password")
    except (pikepdf.PdfError, ValueError):
        return _("the PDF cannot be read; save or print it as a PDF again")
    if acting is None:
        return None
    return _("there is {what} in it; print it as a PDF, and attach that").format(what=acting)


def _is_data(attachment: dict[str, Any]) -> bool:
    """Tell whether every name of an attached file is that of plain data."""
    names = [str(attachment[key]) for key in ("/F", "/UF", "/DOS", "/Unix") if key in attachment]
    return bool(names) and all(name.lower().endswith(_DATA) for name in names)


def _acting_in(pdf: pikepdf.Pdf) -> str | None:
    """Look at every object of the file, whether a page leads to it or not."""
    if len(pdf.objects) > _MOST_OBJECTS:
        return str(_("more than a reader can take"))
    for thing in pdf.objects:
        if (found := _acting(thing, 0)) is not None:
            return found
    return None


def _acting(thing: Any, depth: int) -> str | None:
    """Return what acts in an object, or in what lies directly inside it."""
    if isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        entries = dict(thing.items())
        kinds = {str(entries[name]) for name in ("/S", "/Type", "/Subtype") if name in entries}
        named = [str(_ACTING[name]) for name in (*entries, *sorted(kinds)) if name in _ACTING]
        if "/EF" in entries and not _is_data(entries):
            named.append(_("another file"))
        if named:
            return named[0]
        parts: list[Any] = list(entries.values())
    else:
        parts = list(thing) if isinstance(thing, pikepdf.Array) else []
    # What is an object of its own has its turn.
    direct = (part for part in parts if not getattr(part, "is_indirect", False))
    found = (_acting(part, depth + 1) for part in direct if depth < _DEEPEST)
    return next((what for what in found if what), None)
