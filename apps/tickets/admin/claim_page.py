"""What the page of one claim shows, and what can be done on it now."""

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from django.db.models import Q
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString

from apps.approvals import selectors as approvals
from apps.tickets import selectors
from apps.tickets.admin.comments import comments_on
from apps.tickets.admin.page import url_of
from apps.tickets.claim_states import (
    CLAIM_LIFECYCLE,
    ClaimAction,
    ClaimKind,
    ClaimStatus,
)
from apps.tickets.models import Claim
from apps.tickets.states import FilePurpose, LineStatus, Status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from apps.accounts.models import User
    from apps.tickets.models import TicketFile

VARIANTS: dict[str, str] = {
    ClaimStatus.OPEN: "warning",
    ClaimStatus.RETURNED: "warning",
    ClaimStatus.ACCEPTED: "success",
    ClaimStatus.REDUCED: "success",
    ClaimStatus.DISMISSED: "danger",
    ClaimStatus.WITHDRAWN: "default",
}


def possible(claim: Claim, user: "User") -> set[str]:
    """Return the names of the actions that the claim allows this person at this moment."""
    status = ClaimStatus(claim.status)
    names = set()
    waiting = approvals.open_request_of(claim)
    if waiting and approvals.waiting_for(user).filter(pk=waiting.pk).exists():
        names |= {"grant", "dismiss", "send_back"}
    if user.has_perm("tickets.inspect_ticket"):
        if CLAIM_LIFECYCLE.allows(ClaimAction.WITHDRAW, status):
            names.add("withdraw")
        if CLAIM_LIFECYCLE.allows(ClaimAction.REVISE, status):
            names.add("revise")
    is_disputable = claim.is_undecided and not claim.disputed_at
    if is_disputable and user.has_perm("tickets.comment_ticket"):
        names.add("dispute")
    return names


def content_of(claim: Claim, *, user: "User") -> dict[str, Any]:
    """Return what the template prints."""
    ticket = claim.line.ticket
    asked = approvals.requests_about(claim).last()
    # They are edited on the ticket’s own page.
    comments = [
        replace(said, form=None)
        for said in comments_on(ticket, user=user)
        if said.comment.created_at >= claim.opened_at
    ]
    return {
        "claim": claim,
        "ticket": ticket,
        "line": claim.line,
        "currency": ticket.currency,
        "variant": VARIANTS[claim.status],
        "is_disputed": claim.disputed_at is not None,
        "is_reduced": claim.amount < claim.estimate,
        "ticket_url": url_of(ticket, user),
        "asset_url": url_of(claim.line.asset, user),
        "request": asked,
        "request_url": url_of(asked, user),
        "posting_url": url_of(claim.posting, user),
        "photos": list(_photos(claim, user=user)),
        "comments": comments,
        "payers": _payers(claim),
    }


def summary(claim_id: int) -> SafeString:
    """Return what whoever decides sees of the claim on the request’s own page."""
    claims = Claim.objects.select_related("line__ticket", "line__asset", "disputed_by")
    context = {"claim": claims.get(pk=claim_id)}
    return SafeString(render_to_string("tickets/claim_summary.html", context))


def _photos(claim: Claim, *, user: "User") -> "Iterator[tuple[TicketFile, str, bool]]":
    """Yield the photos of the claim, then those at both ends of the loan, with their address."""
    if not user.has_perm("tickets.view_ticketfile"):
        return
    purposes = (FilePurpose.CLAIM, FilePurpose.PHOTO_IN, FilePurpose.PHOTO_OUT)
    files = claim.line.files.filter(purpose__in=purposes)
    for file in sorted(
        files, key=lambda file: (purposes.index(FilePurpose(file.purpose)), file.pk)
    ):
        address = reverse("admin:tickets_claim_photo", args=(claim.pk, file.pk))
        yield file, address, file.content_type.startswith("image/")


def _payers(claim: Claim) -> list[tuple[str, int]] | None:
    """Return who pays what when everything that is claimed is granted; None once it is settled.

    For the whole ticket, because one deposit answers for all of its lines.
    """
    ticket = claim.line.ticket
    if ticket.status == Status.CLOSED or claim.kind == ClaimKind.CREDIT:
        return None
    unseen = ticket.lines.filter(Q(status=LineStatus.RETURNED)).values_list("pk", flat=True)
    settlement = selectors.settlement_of(ticket, dict.fromkeys(unseen, 0))
    if settlement is None:
        return None
    charges = settlement.damage + settlement.late_fee
    return [
        ("damage", settlement.damage),
        ("late_fee", settlement.late_fee),
        ("deposit", min(charges, settlement.deposit)),
        ("wallet", settlement.drawn),
        ("owed", settlement.owed),
        ("refund", settlement.refund),
    ]
