"""Resets of second factors: asked for on a person’s page, confirmed or withdrawn there or here."""

from collections.abc import Callable
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from allauth.mfa.models import Authenticator
from django import forms
from django.contrib import admin
from django.db.models import BigIntegerField, Value
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _
from unfold.decorators import action, display
from unfold.widgets import UnfoldAdminTextareaWidget

from apps.accounts import services as accounts
from apps.accounts.models import FactorReset, User
from apps.accounts.services.resets import PERMISSION
from apps.accounts.states import ResetStatus
from apps.common.admin import (
    AS_TABS,
    DialogForm,
    HistoryAdmin,
    ReadOnlyAdmin,
    ReasonForm,
    StaffRequest,
    TabFilter,
    carry_out,
    dangerous,
)

if TYPE_CHECKING:
    from django.db.models import QuerySet
    from django.utils.functional import _StrOrPromise
    from unfold.dataclasses import ActionDialog

PERSON = "admin:accounts_user_change"
STANDINGS = {
    "asked": "warning",
    "confirmed": "success",
    "withdrawn": "default",
    "expired": "default",
}


def _words(label: "_StrOrPromise", help_text: "_StrOrPromise") -> forms.CharField:
    return forms.CharField(
        label=label,
        help_text=help_text,
        max_length=2000,
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "autofocus": True}),
    )


class _ResetForm(DialogForm):
    """Shows who asked for the reset, and why."""

    form_before_template = "accounts/reset_summary.html"

    def get_before_template_context(
        self,
        request: HttpRequest,  # noqa: ARG002
        object_id: int | str | None = None,
    ) -> dict[str, Any]:
        """Return the reset of the dialog."""
        if not str(object_id).isdecimal():
            raise Http404
        rows = FactorReset.objects.select_related("person", "asked_by")
        return {"reset": get_object_or_404(rows, pk=object_id)}


class ConfirmForm(_ResetForm):
    """Asks how the administrator made sure who it is."""

    words = _words(
        _("How you made sure who it is"),
        _("Such as: called back on the number we have; saw the identity card."),
    )


class WithdrawForm(_ResetForm):
    """Asks why it shall not happen."""

    words = _words(_("Reason"), _("Such as: the person has found the device again."))


ASK: "ActionDialog" = {
    "title": _("Reset second factors"),
    "description": _(
        "For somebody who lost their second factor. Another administrator makes sure who it is and "
        "confirms within 24 hours; the person is told by e-mail. The password stays."
    ),
    "form_class": ReasonForm,
    "form_submit_text": _("Ask for the reset"),
}
CONFIRM = dangerous(
    {
        "title": _("Confirm the reset of second factors"),
        "description": _(
            "All second factors, recovery codes and sessions of the person end at once. The "
            "password stays. Make sure first that it is really the person who asks for help."
        ),
        "form_class": ConfirmForm,
        "form_submit_text": _("Reset the second factors"),
    }
)
WITHDRAW: "ActionDialog" = {
    "title": _("Withdraw the reset"),
    "description": _("Nothing changes for the person."),
    "form_class": WithdrawForm,
    "form_submit_text": _("Withdraw"),
}


class ResetTabs(TabFilter):
    """What waits, and everything."""

    tabs = (("waiting", _("Waiting")), ("all", _("All")))

    def queryset(
        self,
        request: HttpRequest,  # noqa: ARG002
        queryset: "QuerySet[FactorReset]",
    ) -> "QuerySet[FactorReset]":
        """Keep the resets of the open tab."""
        return queryset.filter(status=ResetStatus.ASKED) if self.value() == "waiting" else queryset


@admin.register(FactorReset)
class FactorResetAdmin(ReadOnlyAdmin):
    """Who lost a second factor, who asked, who confirmed."""

    list_display = ("who", "asked", "reason", "standing", "ended", "buttons")
    list_display_links = None
    list_select_related = ("person", "asked_by", "ended_by")
    list_filter = (ResetTabs,)
    list_filter_options = AS_TABS
    search_fields = ("person__display_name", "person__email")
    search_help_text = _("Search names and e-mails")
    fields: ClassVar[Any] = (
        *("person", "asked_by", "asked_at", "reason", "expires_at"),
        *("status", "ended_by", "ended_at", "words"),
    )
    actions_detail = ("confirm", "withdraw")
    empty_text = _("Nobody waits for a reset. It is asked for on the page of a person.")

    def get_queryset(self, request: HttpRequest) -> "QuerySet[FactorReset]":
        """Tell each row who looks at it."""
        rows: QuerySet[FactorReset] = super().get_queryset(request)
        return rows.annotate(viewer_id=Value(request.user.pk, output_field=BigIntegerField()))

    def get_list_display(self, request: HttpRequest) -> tuple[str, ...]:
        """Leave the buttons out for who only reads."""
        columns = self.list_display
        return columns if self.has_reset_permission(request) else columns[:-1]

    def get_actions_detail(self, request: HttpRequest, object_id: int | str) -> list[Any]:  # noqa: ARG002
        """Return none for the head of the page: the buttons stand in the row."""
        return []

    def has_reset_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        """Tell who may take part in resets."""
        return request.user.has_perm(PERMISSION)

    @display(description=_("person"), ordering="person__display_name")
    def who(self, reset: FactorReset) -> SafeString:
        """Link to the person."""
        page = reverse(PERSON, args=(reset.person_id,))
        return format_html('<a class="office-link" href="{}">{}</a>', page, reset.person)

    @display(description=_("asked"), ordering="asked_at")
    def asked(self, reset: FactorReset) -> SafeString:
        """Say who asked, and when."""
        return _by(reset.asked_by, reset.asked_at)

    @display(description=_("standing"), label=STANDINGS)
    def standing(self, reset: FactorReset) -> tuple[str, Any]:
        """Say where it stands; what waited too long has expired, whatever the row still says."""
        is_over = reset.status == ResetStatus.ASKED and not reset.is_open(now=timezone.now())
        status = ResetStatus.EXPIRED if is_over else ResetStatus(reset.status)
        return status.value, status.label

    @display(description=_("ended"), ordering="ended_at")
    def ended(self, reset: FactorReset) -> SafeString | str:
        """Say by whom it ended, and when."""
        if reset.ended_by is None or reset.ended_at is None:
            return "–"
        return _by(reset.ended_by, reset.ended_at)

    @display(description=_("decide"))
    def buttons(self, reset: FactorReset) -> SafeString:
        """Offer what this person can do with what waits."""
        return buttons_of(reset, reset.viewer_id)  # type: ignore[attr-defined]  # annotated above

    @action(description=_("Confirm"), permissions=["reset"], dialog=CONFIRM)
    def confirm(self, request: StaffRequest, form: ConfirmForm, object_id: str) -> HttpResponse:
        """Let the second factors end."""
        return _carry_out(
            request,
            form,
            CONFIRM,
            lambda: accounts.confirm_factor_reset(
                int(object_id), words=form.cleaned_data["words"], actor=request.user
            ),
            success=_("The second factors are reset, and the person is told."),
        )

    @action(description=_("Withdraw"), permissions=["reset"], dialog=WITHDRAW)
    def withdraw(self, request: StaffRequest, form: WithdrawForm, object_id: str) -> HttpResponse:
        """Let nothing happen."""
        return _carry_out(
            request,
            form,
            WITHDRAW,
            lambda: accounts.withdraw_factor_reset(
                int(object_id), words=form.cleaned_data["words"], actor=request.user
            ),
            success=_("The reset is withdrawn."),
        )


class ResetActions(HistoryAdmin):
    """The dialog on a person’s page that asks for a reset."""

    def has_ask_reset_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Tell who may ask for a reset of this person’s second factors."""
        is_offered: bool = self._may(request, PERMISSION, obj, _has_factors)
        return is_offered

    @action(
        description=_("Reset second factors"),
        icon="phonelink_erase",
        permissions=["ask_reset"],
        dialog=ASK,
    )
    def ask_factor_reset(
        self, request: StaffRequest, form: ReasonForm, object_id: str
    ) -> HttpResponse:
        """Ask another administrator to confirm."""
        return _carry_out(
            request,
            form,
            ASK,
            lambda: accounts.ask_factor_reset(
                int(object_id), reason=form.cleaned_data["reason"], actor=request.user
            ),
            success=_("Another administrator has to confirm it; they are told."),
        )


def _has_factors(person: User) -> bool:
    is_waiting = FactorReset.objects.waiting().filter(person=person, expires_at__gt=timezone.now())
    return Authenticator.objects.filter(user=person).exists() and not is_waiting.exists()


def panel(person: User, viewer: User) -> SafeString:
    """Say on the person’s page that a reset waits, with the buttons to decide on it."""
    reset = FactorReset.objects.waiting().select_related("asked_by").filter(person=person).first()
    if reset is None or not reset.is_open(now=timezone.now()) or not viewer.has_perm(PERMISSION):
        return SafeString("")
    context = {"reset": reset, "buttons": buttons_of(reset, viewer.pk)}
    return SafeString(render_to_string("accounts/reset_panel.html", context))


def buttons_of(reset: FactorReset, viewer_id: int) -> SafeString:
    """Return the buttons of what this person can do with the reset."""
    is_theirs = viewer_id == reset.person_id
    deeds = (
        ("confirm", _("Confirm"), "verified_user", viewer_id != reset.asked_by_id),
        ("withdraw", _("Withdraw"), "close", True),
    )
    buttons = [
        {
            "url": reverse(f"admin:accounts_factorreset_{name}", args=(reset.pk,)),
            "title": title,
            "icon": icon,
        }
        for name, title, icon, is_offered in deeds
        if is_offered and not is_theirs and reset.is_open(now=timezone.now())
    ]
    context = {"buttons": buttons, "about": reset}
    return SafeString(render_to_string("accounts/reset_buttons.html", context))


def _by(person: User, at: datetime) -> SafeString:
    moment = date_format(timezone.localtime(at), "j M Y, H:i")
    return format_html('{}<br><span class="office-soft text-xs">{}</span>', person, moment)


def _carry_out(
    request: StaffRequest,
    form: DialogForm,
    dialog: "ActionDialog",
    deed: Callable[[], FactorReset],
    *,
    success: "_StrOrPromise",
) -> HttpResponse:
    return carry_out(
        request,
        form,
        dialog,
        deed,
        success=success,
        then=lambda reset: reverse(PERSON, args=(reset.person_id,)),
    )
