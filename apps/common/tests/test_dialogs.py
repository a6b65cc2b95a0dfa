"""Dialogs: what was typed stays, what was refused is said, and nothing is done twice."""

from typing import Any

import pytest
from django.contrib.messages import get_messages
from django.contrib.messages.storage.fallback import FallbackStorage
from django.http import HttpRequest
from django.test import RequestFactory
from django.urls import reverse
from unfold.dataclasses import ActionDialog

from apps.common.admin import (
    BulkDialogForm,
    ReasonForm,
    carry_out,
    dangerous,
    leave_dialog,
    rules_as_messages,
    selected_ids,
)
from apps.common.errors import DomainError

HOME = "/admin/"
DIALOG: ActionDialog = {"title": "Paint it", "description": "Black", "form_submit_text": "Paint"}


class TooWet(DomainError):
    """It rains."""

    template = "It rains on {thing}. Paint tomorrow."


def request_with(**typed: Any) -> HttpRequest:
    request = RequestFactory().post("/somewhere/?from=queue", typed)
    request.session = {}  # type: ignore[assignment]  # nothing is kept in it
    request._messages = FallbackStorage(request)  # type: ignore[attr-defined]
    return request


def filled(**typed: Any) -> tuple[HttpRequest, ReasonForm]:
    request = request_with(_form_submitted="True", **typed)
    form = ReasonForm(data=request.POST, request=request)
    assert form.is_valid(), form.errors
    return request, form


def said(request: HttpRequest) -> list[tuple[str, str]]:
    return [(message.level_tag, str(message)) for message in get_messages(request)]


def test_a_deed_closes_the_dialog_and_says_so() -> None:
    request, form = filled(reason="It was white")

    answer = carry_out(request, form, DIALOG, lambda: 7, success="It is black.", then=HOME)

    assert answer["HX-Redirect"] == HOME
    assert said(request) == [("success", "It is black.")]


def test_what_is_said_and_opened_may_come_from_what_was_done() -> None:
    request, form = filled(reason="It was white")

    answer = carry_out(
        request,
        form,
        DIALOG,
        lambda: 7,
        success=lambda coats: f"{coats} coats.",
        then=lambda coats: f"{HOME}?coats={coats}",
    )

    assert answer["HX-Redirect"] == f"{HOME}?coats=7"
    assert said(request) == [("success", "7 coats.")]


@pytest.mark.parametrize(("dialog", "is_red"), [(DIALOG, False), (dangerous(DIALOG), True)])
def test_the_button_of_a_dangerous_dialog_is_red(dialog: ActionDialog, is_red: bool) -> None:  # noqa: FBT001
    request, form = filled(reason="It was white")

    def deed() -> None:
        raise TooWet(thing="the fence")

    page = carry_out(request, form, dialog, deed, success="", then=HOME).content.decode()
    assert ("bg-red-600" in page) is is_red


def test_a_refusal_keeps_the_dialog_open_with_what_was_typed() -> None:
    request, form = filled(reason="It was <white>")

    def deed() -> None:
        raise TooWet(thing="the <fence>")

    answer = carry_out(request, form, DIALOG, deed, success="It is black.", then=HOME)

    text = answer.content.decode()
    assert "HX-Redirect" not in answer
    assert "It rains on the &lt;fence&gt;. Paint tomorrow." in text
    assert "It was &lt;white&gt;" in text
    assert "Paint it" in text
    assert said(request) == []


def test_a_refusal_about_a_field_is_said_at_the_field() -> None:
    class TooShort(TooWet):
        """Its reason is too short."""

        field = "reason"

    class TooMuch(TooWet):
        """One of its fields is not asked for here."""

        field_faults = (("reason", "Longer, please."), ("colour", "Not this one."))

    for refusal, at_field, above in (
        (TooShort(thing="it"), ["It rains on it. Paint tomorrow."], []),
        (TooMuch(thing="it"), ["Longer, please."], ["It rains on it. Paint tomorrow."]),
    ):
        request, form = filled(reason="x")

        def deed(refusal: TooWet = refusal) -> None:
            raise refusal

        text = carry_out(request, form, DIALOG, deed, success="Done.", then=HOME).content.decode()

        assert form.errors.get("reason", []) == at_field
        assert form.non_field_errors() == above
        assert "It rains on it." in text


def test_our_own_mistakes_are_not_caught() -> None:
    request, form = filled(reason="x")

    def deed() -> None:
        raise AssertionError

    with pytest.raises(AssertionError):
        carry_out(request, form, DIALOG, deed, success="Done.", then=HOME)


def test_a_dialog_sends_once_and_to_where_it_came_from() -> None:
    request, form = filled(reason="x")

    def deed() -> None:
        raise TooWet(thing="it")

    text = carry_out(request, form, DIALOG, deed, success="Done.", then=HOME).content.decode()

    assert 'hx-sync="this:drop"' in text
    assert 'hx-disabled-elt="find button[type=submit]"' in text
    assert 'hx-post="/somewhere/?from=queue"' in text
    assert 'role="dialog"' in text
    assert "csrfmiddlewaretoken" in text


@pytest.mark.parametrize("reason", ["", "   ", "x" * 2001])
def test_a_reason_is_a_reason(reason: str) -> None:
    request = request_with(_form_submitted="True", reason=reason)

    assert not ReasonForm(data=request.POST, request=request).is_valid()


def test_a_dialog_that_was_only_opened_is_not_submitted() -> None:
    request = request_with(reason="x")

    assert not ReasonForm(data=request.POST, request=request).is_valid()


def test_the_ticked_rows_come_in_the_order_of_the_list() -> None:
    ticked = {"_selected_action": ["3", "1", "x", "²", "-5", "", "20"]}

    assert selected_ids(RequestFactory().get("/", ticked)) == [3, 1, 20]


@pytest.mark.parametrize(("ticked", "is_valid"), [([], False), (["x"], False), (["5"], True)])
def test_nothing_ticked_is_refused_in_words(ticked: list[str], is_valid: bool) -> None:  # noqa: FBT001
    request = RequestFactory().get("/", {"_selected_action": ticked})

    form = BulkDialogForm(data={"_form_submitted": "True"}, request=request)

    assert form.is_valid() == is_valid
    assert is_valid or "Nothing is selected." in str(form.non_field_errors())


def test_a_dialog_is_left_for_a_name_or_an_address() -> None:
    assert leave_dialog("admin:index")["HX-Redirect"] == reverse("admin:index")
    assert leave_dialog("/x/")["HX-Redirect"] == "/x/"
    page = leave_dialog("admin:accounts_user_change", 7)
    assert page["HX-Redirect"] == reverse("admin:accounts_user_change", args=(7,))


def test_rules_become_messages() -> None:
    request = request_with()

    with rules_as_messages(request, success="Done."):
        pass
    with rules_as_messages(request):
        pass
    with rules_as_messages(request, success="Never said."):
        raise TooWet(thing="it")
    with pytest.raises(AssertionError), rules_as_messages(request):
        raise AssertionError

    assert said(request) == [("success", "Done."), ("error", "It rains on it. Paint tomorrow.")]
