"""PDFs that people send: refused when something in them could act, or when nobody can look inside.

They are kept byte for byte, because they are evidence; so what acts is refused and not removed.
"""

from io import BytesIO
from typing import Any

import pikepdf
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

_MOST_OBJECTS = 200_000
_DEEPEST = 30
_ACTING = {
    "/JavaScript": gettext_lazy("a script"),
    "/JS": gettext_lazy("a script"),
    "/Launch": gettext_lazy("a command that starts programs"),
    "/EmbeddedFile": gettext_lazy("another file"),
    "/EmbeddedFiles": gettext_lazy("another file"),
    "/RichMedia": gettext_lazy("a film or a program"),
    "/XFA": gettext_lazy("a form that is a program"),
}


def fault_of(content: bytes) -> str | None:
    """Return what is wrong with a PDF, as the reason of a refusal; None when nothing is."""
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


def _acting_in(pdf: pikepdf.Pdf) -> str | None:
    """Look at every object of the file, whether a page leads to it or not."""
    if len(pdf.objects) > _MOST_OBJECTS:
        return str(_("more than a reader can take"))
    for thing in pdf.objects:
        if (found := _acting(thing, 0)) is not None:
            return found
    return None


def _acting(thing: Any, depth: int) -> str | None:
    if depth > _DEEPEST:
        return None
    if isinstance(thing, pikepdf.Array):
        parts: Any = list(thing)
    elif isinstance(thing, pikepdf.Dictionary | pikepdf.Stream):
        entries = dict(thing.items())
        for name in entries:
            if name in _ACTING:
                return str(_ACTING[name])
        kinds = (str(entries.get(name, "")) for name in ("/S", "/Type", "/Subtype"))
        for kind in kinds:
            if kind in _ACTING:
                return str(_ACTING[kind])
        parts = entries.values()
    else:
        return None
    for part in parts:
        # What is an object of its own has its turn.
        if getattr(part, "is_indirect", False):
            continue
        if (found := _acting(part, depth + 1)) is not None:
            return found
    return None
