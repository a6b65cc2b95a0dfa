"""Trusted people: whose small requests a policy may approve by itself."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextInputWidget

from apps.accounts.models import User
from apps.approvals import services
from apps.approvals.models import TrustedPerson
from apps.approvals.services.trusting import PERMISSION
from apps.common.admin import DialogForm, ReadOnlyAdmin, ReasonForm, StaffRequest, carry_out

LIST = "admin:approvals_trustedperson_changelist"


class TrustForm(DialogForm):
    """Who is trusted, and why."""

    person = forms.ModelChoiceField(
        User.objects.filter(is_active=True, is_system=False),
        to_field_name="email",
        label=gettext_lazy("E-mail of the person"),
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "inputmode": "email"}),
        error_messages={"invalid_choice": gettext_lazy("Nobody has this e-mail. Correct it.")},
    )
    reason = forms.CharField(
        label=gettext_lazy("Why they are trusted"),
        max_length=254,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
    )


TRUST = {
    "title": gettext_lazy("Trust a person"),
    "description": gettext_lazy(
        "What they ask for below the “automatic” amount of a policy is approved at once. "
        "Nobody trusts themselves."
    ),
    "form_class": TrustForm,
    "form_submit_text": gettext_lazy("Trust"),
}
END = {
    "title": gettext_lazy("End the trust"),
    "description": gettext_lazy("Everything they ask for waits for a decision again."),
    "form_class": ReasonForm,
    "form_submit_text": gettext_lazy("End it"),
}


@admin.register(TrustedPerson)
class TrustedPersonAdmin(ReadOnlyAdmin):
    """Whom somebody trusts, since when, and how it ended."""

    list_display = ("person", "trusted_by", "reason", "since", "ending", "button")
    list_display_links = None
    list_select_related = ("person", "trusted_by", "ended_by")
    list_filter: ClassVar[Any] = (("ended_at", admin.EmptyFieldListFilter),)
    search_fields = ("person__display_name", "person__email")
    fields: ClassVar[Any] = (
        *("person", "trusted_by", "reason", "trusted_at"),
        *("ended_at", "ended_by", "ending_reason"),
    )
    actions_list = ("trust",)
    actions_detail = ("end",)
    empty_text = gettext_lazy("Nobody is trusted: a person decides on every request.")

    def has_trust_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        """Tell who may trust people."""
        return request.user.has_perm(PERMISSION)

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Leave the button out for who only reads."""
        columns = self.list_display
        return columns if self.has_trust_permission(request) else columns[:-1]

    def get_actions_detail(self, request: HttpRequest, object_id: int | str) -> list[Any]:  # noqa: ARG002
        """Return none for the head of the page: the button stands in the row."""
        return []

    @display(description=gettext_lazy("trusted since"), ordering="trusted_at")
    def since(self, row: TrustedPerson) -> str:
        """Say when somebody began to trust them."""
        return date_format(timezone.localtime(row.trusted_at), "j M Y, H:i")

    @display(description=gettext_lazy("ended"), ordering="ended_at")
    def ending(self, row: TrustedPerson) -> str:
        """Say who ended it and why."""
        return f"{row.ended_by}: {row.ending_reason}" if row.ended_at else "–"

    @display(description=gettext_lazy("end"))
    def button(self, row: TrustedPerson) -> SafeString | str:
        """Offer to end what has not ended."""
        if row.ended_at:
            return ""
        return render_to_string(
            "approvals/row_button.html",
            {
                "url": reverse("admin:approvals_trustedperson_end", args=(row.pk,)),
                "title": END["title"],
                "about": row,
                "icon": "person_remove",
            },
        )

    @action(
        description=gettext_lazy("Trust a person"),
        icon="verified_user",
        permissions=["trust"],
        dialog=TRUST,
    )
    def trust(self, request: StaffRequest, form: TrustForm) -> HttpResponse:
        """Trust somebody."""
        person = form.cleaned_data["person"]
        return carry_out(
            request,
            form,
            TRUST,
            lambda: services.trust(person, reason=form.cleaned_data["reason"], actor=request.user),
            success=_("{person} is trusted.").format(person=person),
            then=reverse(LIST),
        )

    @action(description=gettext_lazy("End"), permissions=["trust"], dialog=END)
    def end(self, request: StaffRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """End the trust."""
        return carry_out(
            request,
            form,
            END,
            lambda: services.end_trust(
                int(object_id), reason=form.cleaned_data["reason"], actor=request.user
            ),
            success=_("The trust is ended."),
            then=reverse(LIST),
        )
