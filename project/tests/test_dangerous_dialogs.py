"""A button that warns opens a dialog whose own button warns too."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.contrib import admin
from unfold.enums import ActionVariant

from apps.accounts.admin.person_actions import SESSIONS
from apps.accounts.admin.resets import CONFIRM
from apps.programs.admin.program_actions import DEACTIVATE, REACTIVATE
from apps.webhooks.admin.forms import PAUSE, REMOVE


def deeds() -> Iterator[tuple[str, Any]]:
    """Yield each button of the office that opens a dialog."""
    for page in {type(page) for page in admin.site._registry.values()}:
        for name in dir(page):
            deed = getattr(page, name, None)
            if getattr(deed, "dialog", None) is not None:
                yield f"{page.__name__}.{name}", deed


def test_whoever_presses_a_red_button_confirms_with_a_red_one() -> None:
    red = {name: deed.dialog for name, deed in deeds() if deed.variant is ActionVariant.DANGER}
    assert DEACTIVATE in red.values()
    assert {name for name, dialog in red.items() if not dialog.get("is_dangerous")} == set()


@pytest.mark.parametrize("dialog", [SESSIONS, CONFIRM, DEACTIVATE, REMOVE])
def test_what_shuts_somebody_out_warns(dialog: dict[str, Any]) -> None:
    assert dialog["is_dangerous"]


@pytest.mark.parametrize("dialog", [REACTIVATE, PAUSE])
def test_what_can_be_taken_back_does_not(dialog: dict[str, Any]) -> None:
    assert "is_dangerous" not in dialog
