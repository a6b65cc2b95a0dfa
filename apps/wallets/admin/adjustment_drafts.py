"""Asking for an adjustment, and changing it until it is submitted."""

from typing import TYPE_CHECKING, Any

from django.http import HttpResponse, HttpResponseRedirect
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from apps.common.admin import HistoryAdmin, StaffRequest, rules_as_messages
from apps.wallets.admin.adjustment_form import AdjustmentForm, described
from apps.wallets.admin.picking import WalletSelect, adjustable
from apps.wallets.errors import NotYours
from apps.wallets.models import Adjustment, ReasonCode
from apps.wallets.states import ADJUSTMENT_LIFECYCLE, AdjustmentAction, AdjustmentStatus

if TYPE_CHECKING:
    from django.http import HttpRequest

    from apps.accounts.models import User

FIELDS = (("direction", "amount"), "reason_code", "note", "evidence", "seen_version")


def page_url(adjustment_id: int) -> str:
    """Return the address of the page of an adjustment."""
    return reverse("admin:wallets_adjustment_change", args=(adjustment_id,))


def is_own_draft(adjustment: Adjustment, user: "User") -> bool:
    """Tell whether this person may still change it."""
    return adjustment.status == AdjustmentStatus.DRAFT and adjustment.requester_id == user.pk


class AdjustmentDrafts(HistoryAdmin):
    """The form of a draft, for whoever asks; the page is for everybody else."""

    form = AdjustmentForm

    def has_add_permission(self, request: "HttpRequest") -> bool:
        """Let those ask who may."""
        return request.user.has_perm("wallets.request_adjustment")

    def has_change_permission(self, request: "HttpRequest", obj: Any = None) -> bool:
        """Let people change their own drafts; afterwards only deeds move an adjustment."""
        may = request.user.has_perm("wallets.request_adjustment")
        if may and isinstance(obj, Adjustment):
            return is_own_draft(obj, request.user)  # type: ignore[arg-type]  # staff only
        return may

    def get_fieldsets(self, request: "HttpRequest", obj: Adjustment | None = None) -> Any:
        """Show the form of a draft, whose wallet stays; afterwards there is only the page."""
        if obj is None:
            return [(None, {"fields": ("wallet", *FIELDS)})]
        return [(None, {"fields": FIELDS if self.has_change_permission(request, obj) else ()})]

    def get_form(
        self,
        request: StaffRequest,
        obj: Adjustment | None = None,
        change: bool = False,  # noqa: FBT001, FBT002  (Django’s signature)
        **options: Any,
    ) -> type[AdjustmentForm]:
        """Return the form with the person who fills it in."""
        # A class of its own each time, so that two requests do not share the person.
        form: type[AdjustmentForm] = super().get_form(request, obj, change, **options)
        form.actor = request.user
        return form

    def formfield_for_foreignkey(
        self, db_field: Any, request: "HttpRequest", **options: Any
    ) -> Any:
        """Choose an active wallet of a person by typing, and a reason code that is in use."""
        if db_field.name == "wallet":
            options["queryset"] = adjustable()
            options["widget"] = WalletSelect(db_field, self.admin_site)
        else:
            options["queryset"] = ReasonCode.objects.filter(is_active=True)
        field = super().formfield_for_foreignkey(db_field, request, **options)
        if db_field.name == "wallet":
            field.error_messages["invalid_choice"] = _(
                "This is no active wallet of a person. Choose another one."
            )
        else:
            field.label_from_instance = described
        return field

    def formfield_for_choice_field(
        self, db_field: Any, request: "HttpRequest", **options: Any
    ) -> Any:
        """Choose no direction for them: the library would offer the first."""
        options["choices"] = db_field.get_choices(blank_choice=[("", _("Select value"))])
        return super().formfield_for_choice_field(db_field, request, **options)

    def formfield_for_dbfield(self, db_field: Any, request: "HttpRequest", **options: Any) -> Any:
        """Offer no shortcuts to other pages beside the choices, and a note of a few lines."""
        field = super().formfield_for_dbfield(db_field, request, **options)
        if db_field.name in {"wallet", "reason_code"}:
            field.widget = field.widget.widget
        elif db_field.name == "note":
            field.widget.attrs["rows"] = 4
        return field

    def get_changeform_initial_data(self, request: "HttpRequest") -> dict[str, Any]:
        """Begin with the wallet that the address names, when there is such a one."""
        asked = str(request.GET.get("wallet", ""))
        is_number = asked.isascii() and asked.isdigit() and len(asked) < 18  # noqa: PLR2004  (a bigint)
        return {"wallet": adjustable().filter(pk=asked).first()} if is_number else {}

    def save_model(self, request: "HttpRequest", obj: Adjustment, form: Any, change: bool) -> None:  # noqa: FBT001
        """Save nothing more: the form’s service has."""

    def save_related(self, request: "HttpRequest", form: Any, formsets: Any, change: bool) -> None:  # noqa: FBT001
        """Save nothing more: the form’s service has."""

    def response_add(
        self,
        request: "HttpRequest",
        obj: Adjustment,
        post_url_continue: str | None = None,  # noqa: ARG002
    ) -> HttpResponse:
        """Go to the draft, where it is submitted."""
        said = _("{adjustment} is drafted. Look at it, then submit it.")
        self.message_user(request, str(said.format(adjustment=obj)))
        return HttpResponseRedirect(page_url(obj.pk))

    def response_change(self, request: "HttpRequest", obj: Adjustment) -> HttpResponse:
        """Stay on the draft, where it is submitted."""
        self.message_user(request, str(_("{adjustment} is changed.").format(adjustment=obj)))
        return HttpResponseRedirect(page_url(obj.pk))

    def refuse_late_form(self, request: StaffRequest, adjustment: Adjustment) -> HttpResponse:
        """Say why a form changes nothing: it was submitted meanwhile, or is somebody else’s."""
        with rules_as_messages(request):
            if adjustment.requester_id != request.user.pk:
                raise NotYours(adjustment=adjustment, requester=adjustment.requester)
            ADJUSTMENT_LIFECYCLE.after(AdjustmentAction.CHANGE, AdjustmentStatus(adjustment.status))
        return HttpResponseRedirect(page_url(adjustment.pk))
