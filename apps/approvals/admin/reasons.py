"""The field in which a decider says why, with sentences to choose from."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.template.loader import render_to_string
from django.utils.safestring import SafeString, mark_safe
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.approvals import selectors

if TYPE_CHECKING:
    from apps.approvals.states import Verdict


class ReasonWidget(UnfoldAdminTextareaWidget):
    """A text area; one click on a canned reason fills it, and what stands there can be edited."""

    def __init__(self, verdict: "Verdict", scope: str = "", *, has_focus: bool = False) -> None:
        """Offer what is canned for this verdict on such matters."""
        super().__init__(attrs={"rows": 3, **({"autofocus": True} if has_focus else {})})
        self.verdict, self.scope = verdict, scope

    def render(
        self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None
    ) -> SafeString:
        """Draw the text area, and the sentences under it."""
        area = super().render(name, value, attrs, renderer)
        reasons = list(selectors.canned_reasons(self.verdict, self.scope))
        chips = render_to_string("approvals/canned.html", {"reasons": reasons, "name": name})
        return mark_safe(f"{area}{chips}")  # noqa: S308  (both are drawn by templates)


def reason_field(
    verdict: "Verdict",
    *,
    label: Any,
    help_text: Any,
    required: bool,
    scope: str = "",
    has_focus: bool = False,
) -> forms.CharField:
    """Ask for the reason, or the comment, of a decision."""
    return forms.CharField(
        label=label,
        help_text=help_text,
        required=required,
        max_length=2000,
        widget=ReasonWidget(verdict, scope, has_focus=has_focus),
    )
