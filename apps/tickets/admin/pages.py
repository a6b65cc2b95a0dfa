"""The pages of the desk: handing over, taking back, inspecting, and the pictures they show.

Dialogs take no files, so these are pages: read by GET, done by POST. A refusal replaces only what
it says, so that pictures, signatures and words stay where they are.
"""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.utils.translation import gettext as _

from apps.common import pictures
from apps.common.admin import StaffRequest, as_download, leave_dialog
from apps.common.errors import DomainError, NotPermitted
from apps.tickets import selectors, services
from apps.tickets.admin.dialogs import LinesForm
from apps.tickets.admin.drafts import page_url
from apps.tickets.admin.handing import HandingForm, HandOverForm, TakeBackForm
from apps.tickets.admin.inspecting import InspectForm
from apps.tickets.errors.evidence import EvidenceMissing, SignatureRefused, SignaturesMissing
from apps.tickets.models import Ticket, TicketFile
from apps.tickets.states import FilePurpose

if TYPE_CHECKING:
    from unfold.admin import ModelAdmin

_RECEIPTS = (
    FilePurpose.RECEIPT_OUT,
    FilePurpose.RECEIPT_IN,
    FilePurpose.SIGNATURE_OUT,
    FilePurpose.SIGNATURE_IN,
)


def hand_over(admin: "ModelAdmin[Any]", request: StaffRequest, ticket_id: str) -> HttpResponse:
    """Let the ticked lines go out."""
    form = _form(HandOverForm, request, ticket_id)
    return _page(
        admin,
        request,
        form,
        lambda: services.hand_over(
            form.ticket.pk,
            lines=form.outs(),
            signatures=form.signatures(),
            **_who_and_when(request, form),
        ),
        words={
            "title": _("Hand over {ticket}"),
            "button": _("Hand over"),
            "hint": _("Tick what goes out now. Fee and deposit of these lines move into escrow."),
            "empty": _("Nothing waits to be handed over."),
            "done": _("{ticket} is handed over. Its receipt is on the way."),
        },
    )


def take_back(admin: "ModelAdmin[Any]", request: StaffRequest, ticket_id: str) -> HttpResponse:
    """Have the ticked lines back."""
    form = _form(TakeBackForm, request, ticket_id)
    return _page(
        admin,
        request,
        form,
        lambda: services.take_back(
            form.ticket.pk,
            lines=form.ins(),
            signatures=form.signatures(),
            **_who_and_when(request, form),
        ),
        words={
            "title": _("Take back {ticket}"),
            "button": _("Take back"),
            "hint": _("Tick what is back. What is missing stays on loan."),
            "empty": _("Nothing of it is out."),
            "done": _("{ticket} is taken back. Its receipt is on the way."),
        },
    )


def inspect(admin: "ModelAdmin[Any]", request: StaffRequest, ticket_id: str) -> HttpResponse:
    """Keep what was found; the last line settles the ticket."""
    form = _form(InspectForm, request, ticket_id)
    return _page(
        admin,
        request,
        form,
        lambda: services.inspect(
            form.ticket.pk, findings=form.findings(), **_who_and_when(request, form)
        ),
        words={
            "title": _("Inspect {ticket}"),
            "button": _("Inspect"),
            "hint": _(
                "Compare how each asset went out with how it came back, and tick what you have "
                "looked at. Damage opens a claim, on which a controller decides; without any the "
                "last line closes the ticket and settles it."
            ),
            "empty": _("Nothing waits to be inspected."),
            "done": _("{ticket} is inspected; it is {status}."),
        },
    )


def _form[F: LinesForm](kind: type[F], request: StaffRequest, ticket_id: str) -> F:
    if request.method == "POST":
        return kind(request, ticket_id, data=request.POST, files=request.FILES)
    return kind(request, ticket_id)


def _who_and_when(request: StaffRequest, form: LinesForm) -> dict[str, Any]:
    return {"actor": request.user, "seen_version": form.cleaned_data["seen_version"]}


def _page(
    admin: "ModelAdmin[Any]",
    request: StaffRequest,
    form: LinesForm,
    deed: Callable[[], Ticket],
    *,
    words: dict[str, str],
) -> HttpResponse:
    """Show the form, or do the deed; a refusal stands at the line that it is about."""
    if form.is_bound and form.is_valid():
        try:
            ticket = deed()
        except EvidenceMissing as refusal:
            form.add_error(_field_of(form, refusal), refusal.message)
        except DomainError as refusal:
            form.add_error(None, refusal.message)
        else:
            said = words["done"].format(ticket=ticket, status=ticket.get_status_display())
            messages.success(request, said)
            return _leave(request, page_url(ticket.pk))
    return TemplateResponse(
        request,
        "tickets/desk_page.html",
        {
            **admin.admin_site.each_context(request),
            "media": admin.media,
            "subtitle": None,
            "title": words["title"].format(ticket=form.ticket),
            "words": words,
            "form": form,
            "ticket": form.ticket,
            "ticket_url": page_url(form.ticket.pk),
            "cards": _cards(form),
            "signs": isinstance(form, HandingForm),
        },
    )


def _field_of(form: LinesForm, refusal: EvidenceMissing) -> str | None:
    is_of_signing = isinstance(refusal, (SignaturesMissing, SignatureRefused))
    name = "signing" if is_of_signing else f"line_{refusal.line_id}"
    return name if name in form.fields else None


def _cards(form: LinesForm) -> list[dict[str, Any]]:
    """Return each line’s field with what was seen of it before."""
    seen = {pair.line.pk: pair for pair in selectors.compared(form.ticket)}
    return [
        {"line": line, "field": form[f"line_{line.pk}"], "pair": seen.get(line.pk)}
        for line in form.lines
    ]


def _leave(request: StaffRequest, to: str) -> HttpResponse:
    return leave_dialog(to) if request.headers.get("HX-Request") else HttpResponseRedirect(to)


def photo(request: HttpRequest, ticket_id: int, file_id: int) -> HttpResponse:
    """Show a picture of the ticket; `?small` as lists show it."""
    try:
        file, content = services.show(file_id, actor=request.user)  # type: ignore[arg-type]  # staff only
    except TicketFile.DoesNotExist:
        raise Http404 from None
    except NotPermitted as refusal:
        raise PermissionDenied(refusal.message) from None
    except DomainError as refusal:
        raise Http404(refusal.message) from None
    if file.ticket_id != ticket_id:
        raise Http404
    is_small = "small" in request.GET
    response = HttpResponse(
        pictures.small(content) if is_small else content,
        content_type="image/jpeg" if is_small else file.content_type,
    )
    response["Content-Disposition"] = "inline"
    response["X-Content-Type-Options"] = "nosniff"
    # A kept picture never changes; it is for this person’s own browser.
    response["Cache-Control"] = "private, max-age=86400, immutable"
    return response


def receipt(request: StaffRequest, ticket_id: int, file_id: int) -> HttpResponse:
    """Hand out a receipt, or a paper that was signed."""
    file = get_object_or_404(TicketFile, pk=file_id, ticket=ticket_id, purpose__in=_RECEIPTS)
    try:
        file, content = services.download(file.pk, actor=request.user)
    except NotPermitted as refusal:
        raise PermissionDenied(refusal.message) from None
    except DomainError as refusal:
        messages.error(request, refusal.message)
        return HttpResponseRedirect(page_url(ticket_id))
    return as_download(content, name=file.name, content_type=file.content_type)
