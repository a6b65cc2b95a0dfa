"""The dialogs of a subscription’s page: each does one deed."""

from collections.abc import Callable
from typing import TYPE_CHECKING

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext
from unfold.decorators import action
from unfold.enums import ActionVariant

from apps.common.admin import (
    DialogForm,
    PageDialogs,
    ReadOnlyAdmin,
    ReasonForm,
    StaffRequest,
    carry_out,
)
from apps.webhooks import services
from apps.webhooks.admin import forms
from apps.webhooks.models import Subscription
from apps.webhooks.rights import acts_as
from apps.webhooks.services.holding import PERMISSION
from apps.webhooks.states import LIFECYCLE, Action, Status

if TYPE_CHECKING:
    from unfold.dataclasses import ActionDialog, UnfoldAction

LIST = "admin:webhooks_subscription_changelist"
PAGE = "admin:webhooks_subscription_change"


def page_of(subscription: Subscription) -> str:
    """Return the address of its page."""
    return reverse(PAGE, args=(subscription.pk,))


def show_secret(
    request: HttpRequest,
    form: DialogForm,
    dialog: "ActionDialog",
    deed: Callable[[], Subscription],
) -> HttpResponse:
    """Do the deed and show its secret in place of the dialog: it is kept on no other page."""
    made: list[Subscription] = []

    def done() -> None:
        made.append(deed())

    answer = carry_out(request, form, dialog, done, success="", then=LIST)
    if not made:
        return answer
    page = {"subscription": made[0], "secret": made[0].secret, "page": page_of(made[0])}
    answer = render(request, "webhooks/secret.html", page)
    # The whole dialog, or its button would be there to do it once more.
    for name in ("HX-Retarget", "HX-Reselect"):
        answer[name] = "#dialog"
    answer["HX-Reswap"] = "outerHTML"
    return answer


class SubscriptionDialogs(PageDialogs, ReadOnlyAdmin):
    """What is done from the list and from the page."""

    actions_list = ("subscribe",)
    actions_detail = (
        *("send_test", "change_it", "rotate_secret", "replay_failed"),
        *("pause", "resume", "remove"),
    )

    def has_manage_permission(self, request: HttpRequest, _obj: object = None) -> bool:
        """Tell who keeps subscriptions."""
        return request.user.has_perm(PERMISSION)

    def get_actions_detail(
        self, request: HttpRequest, object_id: int | str
    ) -> "list[UnfoldAction]":
        """Offer what is possible as it stands."""
        row: Subscription | None = self.row_of(request, object_id)
        if row is None or row.status == Status.REMOVED:
            return []
        status = Status(row.status)
        barred = {
            name
            for name, move in (("pause", Action.PAUSE), ("resume", Action.RESUME))
            if not LIFECYCLE.allows(move, status)
        } | ({"send_test"} if status != Status.ACTIVE else set())
        if row.person != request.user and not acts_as(row.program, row.person):
            barred |= {"change_it", "rotate_secret"}
        buttons: list[UnfoldAction] = super().get_actions_detail(request, object_id)
        return [
            one for one in buttons if one.action_name.rpartition("_subscription_")[2] not in barred
        ]

    @action(
        description=gettext_lazy("Subscribe a program"),
        icon="add",
        permissions=["manage"],
        dialog=forms.SUBSCRIBE,
    )
    def subscribe(self, request: StaffRequest, form: forms.SubscribeForm) -> HttpResponse:
        """Subscribe a program that acts by itself."""
        wish = form.cleaned_data
        return show_secret(
            request,
            form,
            forms.SUBSCRIBE,
            lambda: services.subscribe(
                wish["program"],
                person=wish["program"].user,
                url=wish["url"],
                events=wish["events"],
                description=wish["description"],
                actor=request.user,
            ),
        )

    @action(
        description=gettext_lazy("Change"),
        url_path="change-it",
        icon="edit",
        permissions=["manage"],
        dialog=forms.CHANGE,
    )
    def change_it(
        self, request: StaffRequest, form: forms.ChangeForm, object_id: str
    ) -> HttpResponse:
        """Correct where it leads and what it is for."""
        wish = form.cleaned_data
        return self.do(
            request,
            form,
            object_id,
            forms.CHANGE,
            lambda pk: services.change(
                pk,
                seen_version=wish["seen_version"],
                url=wish["url"],
                events=wish["events"],
                description=wish["description"],
                actor=request.user,
            ),
            success=_("The subscription is changed."),
        )

    @action(
        description=gettext_lazy("New secret"),
        icon="key",
        permissions=["manage"],
        dialog=forms.ROTATE,
    )
    def rotate_secret(
        self, request: StaffRequest, form: DialogForm, object_id: str
    ) -> HttpResponse:
        """Make a new secret and show it."""
        return show_secret(
            request,
            form,
            forms.ROTATE,
            lambda: services.rotate_secret(int(object_id), actor=request.user),
        )

    @action(
        description=gettext_lazy("Send a test"),
        icon="send",
        permissions=["manage"],
        dialog=forms.TEST,
    )
    def send_test(self, request: StaffRequest, form: DialogForm, object_id: str) -> HttpResponse:
        """Send a message about nothing."""
        return self.do(
            request,
            form,
            object_id,
            forms.TEST,
            lambda pk: services.send_test(pk, actor=request.user),
            success=_("The test is on its way. Reload this page to see what became of it."),
        )

    @action(
        description=gettext_lazy("Replay"),
        icon="replay",
        permissions=["manage"],
        dialog=forms.REPLAY,
    )
    def replay_failed(
        self, request: StaffRequest, form: forms.ReplayForm, object_id: str
    ) -> HttpResponse:
        """Send again what has failed."""

        def words(count: int) -> str:
            text = ngettext(
                "{count} message is sent again.", "{count} messages are sent again.", count
            )
            return text.format(count=count)

        return self.do(
            request,
            form,
            object_id,
            forms.REPLAY,
            lambda pk: services.replay_failed(pk, since=form.since, actor=request.user),
            success=words,
        )

    @action(
        description=gettext_lazy("Pause"), icon="pause", permissions=["manage"], dialog=forms.PAUSE
    )
    def pause(self, request: StaffRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """Deliver nothing for a time."""
        return self.do_with_reason(
            request,
            form,
            object_id,
            dialog=forms.PAUSE,
            service=services.pause,
            success=_("The subscription is paused."),
        )

    @action(
        description=gettext_lazy("Resume"),
        icon="resume",
        permissions=["manage"],
        dialog=forms.RESUME,
    )
    def resume(self, request: StaffRequest, form: DialogForm, object_id: str) -> HttpResponse:
        """Deliver again."""
        return self.do(
            request,
            form,
            object_id,
            forms.RESUME,
            lambda pk: services.resume(pk, actor=request.user),
            success=_("The subscription is active."),
        )

    @action(
        description=gettext_lazy("Remove"),
        icon="delete",
        variant=ActionVariant.DANGER,
        permissions=["manage"],
        dialog=forms.REMOVE,
    )
    def remove(self, request: StaffRequest, form: ReasonForm, object_id: str) -> HttpResponse:
        """End it for good."""
        return self.do_with_reason(
            request,
            form,
            object_id,
            dialog=forms.REMOVE,
            service=services.remove,
            success=_("The subscription is removed."),
        )
