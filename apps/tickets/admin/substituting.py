"""The dialog in which another asset takes the place of one that may not be there."""

from typing import TYPE_CHECKING, Any

from django import forms
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget

from apps.assets import availability
from apps.assets import selectors as asset_questions
from apps.tickets import services
from apps.tickets.admin.dialogs import LinesForm, dialog, text_field
from apps.tickets.admin.lines import TICKED, LineField
from apps.tickets.states import LineStatus

if TYPE_CHECKING:
    from apps.accounts.models import User
    from apps.assets.models import Asset
    from apps.tickets.models import TicketLine

# More than anybody reads; who wants another one finds it in the calendar.
SHOWN_ASSETS = 50


class SubstituteForm(LinesForm):
    """Which lines get another asset, and which one; those in danger are ticked."""

    status = LineStatus.RESERVED
    reason = text_field(_("Reason"), help_text=_("The borrower and both lenders read it."))

    def card(self, line: "TicketLine") -> LineField:
        """Offer what is free of the same category, and say what is wrong with the old asset."""
        now = timezone.now()
        endangered = asset_questions.endangered(now, asset=line.asset)
        is_endangered = endangered.filter(ticket_line=line).exists()
        why = availability.why_not_at_all(line.asset, now=now)
        free = self._free(line)
        remarks = [str(reason) for reason in why]
        if not free:
            remarks.append(str(_("Nothing of this category is free for this period.")))
        field = forms.ChoiceField(
            label=_("Instead"),
            choices=[("", "–"), *((str(asset.pk), str(asset)) for asset in free)],
            required=False,
            widget=UnfoldAdminSelectWidget,
        )
        first = str(free[0].pk) if free and is_endangered else ""
        return LineField(
            line,
            {"asset": field},
            remarks=remarks,
            initial={TICKED: is_endangered and bool(free), "asset": first},
        )

    def _free(self, line: "TicketLine") -> "list[Asset]":
        starts_at = max(self.ticket.starts_at, timezone.now())
        if starts_at >= line.due_at or line.asset.is_kit:
            return []
        free = availability.free_assets(
            line.asset.category, starts_at, line.due_at, now=timezone.now()
        )
        others = free.filter(is_kit=False).exclude(ticket_lines__ticket=self.ticket)
        return list(others.filter(currency=self.ticket.currency).order_by("tag")[:SHOWN_ASSETS])

    def clean(self) -> dict[str, Any]:
        """Refuse a tick without an asset, and a dialog without a tick."""
        cleaned = super().clean() or {}
        chosen = list(self.ticked())
        if not chosen and not self.errors:
            raise forms.ValidationError(_("No asset is ticked. Tick those that you mean."))
        for line, values in chosen:
            if not values["asset"]:
                self.add_error(f"line_{line.pk}", _("Choose what is lent instead."))
        return cleaned

    def substitute(self, *, actor: "User") -> None:
        """Put all of them in place, or none."""
        version = self.cleaned_data["seen_version"]
        with transaction.atomic():
            for line, values in self.ticked():
                version = services.substitute(
                    self.ticket.pk,
                    line.pk,
                    int(values["asset"]),
                    actor=actor,
                    reason=self.cleaned_data["reason"],
                    seen_version=version,
                ).version


SUBSTITUTE = dialog(
    _("Substitute"),
    SubstituteForm,
    _("Substitute"),
    _("The old asset is free again, the new one is reserved. The price stays as it was fixed."),
)
