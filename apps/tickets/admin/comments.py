"""Comments on the page of a ticket: said, edited, and read with what they said before."""

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from django import forms
from django.core.exceptions import PermissionDenied
from django.http import HttpResponse, HttpResponseRedirect, JsonResponse
from django.shortcuts import get_object_or_404
from django.urls import path, reverse
from django.utils.translation import gettext_lazy as _
from unfold.widgets import UnfoldAdminSelectWidget, UnfoldAdminTextareaWidget

from apps.accounts.models import User
from apps.common.admin import FilesField, HistoryAdmin, StaffRequest, as_download, rules_as_messages
from apps.common.errors import DomainError
from apps.tickets import selectors, services
from apps.tickets.admin.drafts import page_url
from apps.tickets.models import Ticket, TicketComment, TicketFile
from apps.tickets.states import Visibility

if TYPE_CHECKING:
    from django.urls import URLPattern

SAY, EDIT = "say", "edit_comment"
"""The names of the buttons by which the page tells its forms apart."""
_MAY_COMMENT = "tickets.comment_ticket"
_MAY_READ = "tickets.view_ticketcomment"
_MOST_OFFERED = 8


def _words(**attributes: Any) -> forms.CharField:
    widget = UnfoldAdminTextareaWidget(attrs={"rows": 3, **attributes})
    return forms.CharField(label=_("Comment"), max_length=4000, widget=widget)


class SayForm(forms.Form):
    """What to say, to whom, in whose name, and with which files."""

    body = _words()
    visibility = forms.ChoiceField(
        label=_("Visible to"), choices=Visibility.choices, widget=UnfoldAdminSelectWidget
    )
    on_behalf_of = forms.ModelChoiceField(
        label=_("These are the words of"),
        queryset=User.objects.none(),
        required=False,
        empty_label=_("myself"),
        widget=UnfoldAdminSelectWidget,
    )
    attached = FilesField(
        label=_("Files"), required=False, help_text=_("PDF, PNG, JPEG or text, up to 10 MB each")
    )

    def __init__(self, ticket: Ticket, data: Any = None, files: Any = None) -> None:
        """Offer those on the ticket as speakers, and names after an @."""
        super().__init__(data, files, auto_id="say-%s")
        people: forms.ModelChoiceField = self.fields["on_behalf_of"]  # type: ignore[type-arg,assignment]  # that field
        people.queryset = selectors.people_on(ticket).order_by("display_name", "pk")
        address = reverse("admin:tickets_ticket_readers", args=(ticket.pk,))
        self.fields["body"].widget.attrs |= {
            "data-mentions": address,
            "placeholder": _("@ and a name tells somebody"),
        }


class EditForm(forms.Form):
    """What a comment of one’s own should say."""

    body = _words()

    def __init__(self, comment: TicketComment, data: Any = None) -> None:
        """Begin with what it says."""
        super().__init__(data, auto_id=f"edit-{comment.pk}-%s", initial={"body": comment.body})
        address = reverse("admin:tickets_ticket_readers", args=(comment.ticket_id,))
        self.fields["body"].widget.attrs["data-mentions"] = address


@dataclass
class Said:
    """A comment as the page shows it: `parts` are pieces of its text, mentions marked."""

    comment: TicketComment
    parts: list[tuple[str, bool]]
    versions: list[Any] = field(default_factory=list)
    """What it said before, oldest first."""
    form: EditForm | None = None


def comments_on(
    ticket: Ticket, *, user: User, refused: "tuple[int, EditForm] | None" = None
) -> list[Said]:
    """Return the comments that this person may read, in the order in which they were written."""
    comments = ticket.comments.select_related("author", "on_behalf_of").prefetch_related(
        "mentions__person", "files"
    )
    if not user.has_perm(_MAY_READ):
        comments = comments.filter(visibility=Visibility.EVERYBODY)
    found = {comment.pk: Said(comment, _parts(comment)) for comment in comments}
    edited = [pk for pk, said in found.items() if said.comment.edited_at]
    for version in TicketComment.history.filter(id__in=edited).order_by("history_id"):
        found[version.id].versions.append(version)
    for said in found.values():
        # The last version is what it says now.
        said.versions = said.versions[:-1]
        if said.comment.author_id == user.pk:
            said.form = EditForm(said.comment)
    if refused and refused[0] in found:
        found[refused[0]].form = refused[1]
    return list(found.values())


def _parts(comment: TicketComment) -> list[tuple[str, bool]]:
    """Cut the text where it mentions somebody; the template escapes each piece."""
    names = {
        name
        for mention in comment.mentions.all()
        for name in (mention.person.display_name, mention.person.email)
    }
    if not names:
        return [(comment.body, False)]
    by_length = sorted(names, key=len, reverse=True)
    cut = re.compile("(@(?:" + "|".join(map(re.escape, by_length)) + r")\b)", re.IGNORECASE)
    return [(piece, n % 2 == 1) for n, piece in enumerate(cut.split(comment.body)) if piece]


class TicketComments(HistoryAdmin):
    """The forms of the comments, which are sent to the ticket’s own page, and their files."""

    def get_urls(self) -> "list[URLPattern]":
        """Add who reads, asked while somebody types, and the files."""
        wrap = self.admin_site.admin_view
        urls: list[URLPattern] = super().get_urls()
        return [
            path(
                "<int:ticket_id>/readers/",
                wrap(self.readers_view),
                name="tickets_ticket_readers",
            ),
            path("files/<int:file_id>/", wrap(self.file_view), name="tickets_ticket_file"),
            *urls,
        ]

    def readers_view(self, request: StaffRequest, ticket_id: int) -> HttpResponse:
        """Return who reads a comment on the ticket and whose name goes on like this."""
        if not request.user.has_perm(_MAY_COMMENT):
            raise PermissionDenied
        ticket = get_object_or_404(Ticket, pk=ticket_id)
        visibility = request.GET.get("visibility", Visibility.EVERYBODY)
        people = selectors.readers(ticket, visibility).filter(
            display_name__icontains=request.GET.get("term", "")
        )[:_MOST_OFFERED]
        offered = [{"name": str(person), "email": person.email} for person in people]
        return JsonResponse({"people": offered})

    def file_view(self, request: StaffRequest, file_id: int) -> HttpResponse:
        """Hand out a file, to be kept and never to be run by the browser."""
        kept = get_object_or_404(TicketFile, pk=file_id)
        with rules_as_messages(request):
            file, content = services.download(kept.pk, actor=request.user)
            return as_download(content, name=file.name, content_type=file.content_type)
        return HttpResponseRedirect(page_url(kept.ticket_id))

    def comment_content(
        self, request: StaffRequest, ticket: Ticket, refused: dict[str, Any]
    ) -> dict[str, Any]:
        """Return what the page shows of comments; forms that were refused keep their text."""
        may_comment = request.user.has_perm(_MAY_COMMENT)
        return {
            "comments": comments_on(ticket, user=request.user, refused=refused.get(EDIT)),
            # Who may not comment and tried all the same reads why.
            "say": refused.get(SAY) or (SayForm(ticket) if may_comment else None),
        }

    def take_comment(self, request: StaffRequest, ticket: Ticket) -> "Any | dict[str, Any]":
        """Do what a form of the comments asks: return where to go, or the form that was refused."""
        if SAY in request.POST:
            said = SayForm(ticket, request.POST, request.FILES)
            if said.is_valid() and (new := _try(said, lambda: self._say(request, ticket, said))):
                return _to(new)
            return {SAY: said}
        pk = request.POST[EDIT]
        comment = get_object_or_404(ticket.comments, pk=int(pk) if pk.isdecimal() else 0)
        form = EditForm(comment, request.POST)
        edit = services.edit_comment
        if form.is_valid() and _try(
            form, lambda: edit(comment.pk, body=form.cleaned_data["body"], actor=request.user)
        ):
            return _to(comment)
        return {EDIT: (comment.pk, form)}

    def _say(self, request: StaffRequest, ticket: Ticket, form: SayForm) -> TicketComment:
        typed = form.cleaned_data
        return services.comment(
            ticket.pk,
            body=typed["body"],
            visibility=Visibility(typed["visibility"]),
            on_behalf_of=typed["on_behalf_of"],
            files=typed["attached"],
            actor=request.user,
        )


def _try(form: forms.Form, deed: "Any") -> "TicketComment | None":
    """Do the deed, or let the form say why not."""
    try:
        done: TicketComment = deed()
    except DomainError as refusal:
        form.add_error("body", refusal.message)
        return None
    return done


def _to(comment: TicketComment) -> HttpResponse:
    return HttpResponseRedirect(f"{page_url(comment.ticket_id)}#comment-{comment.pk}")
