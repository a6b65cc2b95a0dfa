"""What of lending others decide on: tickets, extensions, claims and write-offs."""

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.approvals.scopes import Scope
from apps.tickets import extension_summary, selectors, summary
from apps.tickets.admin import claim_page
from apps.tickets.services import (
    claiming,
    deciding,
    deciding_claims,
    drafting,
    extending,
    narrowing,
    owing,
    prolonging,
)

SCOPES = (
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
    ),
    Scope(
        slug=claiming.SCOPE,
        label=_("claim"),
        permission="tickets.decide_claim",
        lock=deciding_claims.lock,
        conclude=deciding_claims.conclude,
        url=lambda claim_id: reverse("admin:tickets_claim_change", args=(claim_id,)),
        summary=claim_page.summary,
    ),
    Scope(
        slug=owing.SCOPE,
        label=_("write-off"),
        permission="tickets.decide_write_off",
        lock=owing.lock,
        conclude=owing.conclude,
        url=lambda debt_id: reverse("admin:tickets_receivable_change", args=(debt_id,)),
    ),
    Scope(
        slug=extending.SCOPE,
        label=_("extension"),
        permission="tickets.approve_ticket",
        lock=extending.lock_extension,
        conclude=prolonging.conclude_extension,
        url=lambda pk: reverse("admin:tickets_extension_change", args=(pk,)),
        summary=extension_summary.drawn,
    ),
)
