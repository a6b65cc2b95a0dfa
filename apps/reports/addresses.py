"""Where a report stands on the screen, for links from figures, bars and runs to their rows."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse


def on_screen(slug: str, parameters: Mapping[str, Any]) -> str:
    """Return the address of the report on the screen, with these parameters."""
    return f"{reverse('admin:reports_reportrun_show', args=(slug,))}?{query_of(parameters)}"


def form_of(slug: str, parameters: Mapping[str, Any]) -> str:
    """Return the address of the report's form, filled in with these parameters."""
    return f"{reverse('admin:reports_reportrun_ask', args=(slug,))}?{query_of(parameters)}"


def query_of(parameters: Mapping[str, Any]) -> str:
    """Return the parameters as an address carries them; empty ones stay, to say so."""
    kept = {name: "" if value is None else value for name, value in parameters.items()}
    return urlencode(kept, doseq=True)
