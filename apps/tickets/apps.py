"""Tickets: lending from the first draft to the settlement."""

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class TicketsConfig(AppConfig):
    """Owns `tickets` and what belongs to them, and lets approvals decide on them."""

    name = "apps.tickets"
    label = "tickets"
    verbose_name = _("Lending")

    def ready(self) -> None:
        """Register scopes, panels and what reservations are for, once models are loaded."""
        from apps.accounts import panels  # noqa: PLC0415  (as above)
        from apps.approvals.scopes import Scope, register  # noqa: PLC0415  (as above)
        from apps.assets import promises, sections  # noqa: PLC0415  (as above)
        from apps.tickets import (  # noqa: PLC0415  (as above)
            extension_summary,
            selectors,
            summary,
            waiting_summary,
        )
        from apps.tickets.admin import claim_page  # noqa: PLC0415  (as above)
        from apps.tickets.admin.person_panel import panel  # noqa: PLC0415  (as above)
        from apps.tickets.promises import behind  # noqa: PLC0415  (as above)
        from apps.tickets.services import (  # noqa: PLC0415  (as above)
            claiming,
            deciding,
            deciding_claims,
            drafting,
            extending,
            narrowing,
            owing,
            prolonging,
        )

        promises.register(behind)
        register(
            Scope(
                slug=drafting.SCOPE,
                label=_("ticket"),
                permission="tickets.approve_ticket",
                lock=deciding.lock,
                conclude=deciding.conclude,
                url=lambda ticket_id: reverse("admin:tickets_ticket_change", args=(ticket_id,)),
                narrow=narrowing.narrow,
                in_words=selectors.approved_only,
                may_be_automatic=True,
                summary=summary.drawn,
            )
        )
        register(
            Scope(
                slug=claiming.SCOPE,
                label=_("claim"),
                permission="tickets.decide_claim",
                lock=deciding_claims.lock,
                conclude=deciding_claims.conclude,
                url=lambda claim_id: reverse("admin:tickets_claim_change", args=(claim_id,)),
                summary=claim_page.summary,
            )
        )
        register(
            Scope(
                slug=owing.SCOPE,
                label=_("write-off"),
                permission="tickets.decide_write_off",
                lock=owing.lock,
                conclude=owing.conclude,
                url=lambda debt_id: reverse("admin:tickets_receivable_change", args=(debt_id,)),
            )
        )
        panels.register(panel)
        register(
            Scope(
                slug=extending.SCOPE,
                label=_("extension"),
                permission="tickets.approve_ticket",
                lock=extending.lock_extension,
                conclude=prolonging.conclude_extension,
                url=lambda pk: reverse("admin:tickets_extension_change", args=(pk,)),
                summary=extension_summary.drawn,
            )
        )
        sections.register(waiting_summary.drawn)
