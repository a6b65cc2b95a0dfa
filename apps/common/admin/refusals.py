"""Forms whose rows are written by services, which may refuse after the form was right."""

from typing import TYPE_CHECKING, Any, ClassVar

from django.http import HttpRequest, HttpResponse

from apps.common.admin.base import BaseAdmin
from apps.common.errors import DomainError

if TYPE_CHECKING:
    from collections.abc import Mapping

    from django.forms.forms import BaseForm
    from django.forms.models import BaseModelForm

_REFUSAL = "_refusal_of_form"


def say_in_form(
    form: "BaseForm", refusal: DomainError, names: "Mapping[str, str] | None" = None
) -> None:
    """Say the refusal at the fields it is about, as far as the form asks for them, or above them.

    `names` are the form's names for what the service calls differently.
    """
    faults = [((names or {}).get(name, name), text) for name, text in refusal.faults_of_fields]
    asked = [(name, text) for name, text in faults if name in form.fields]
    if not asked or len(asked) < len(faults):
        form.add_error(None, refusal.message)
    for name, text in asked:
        form.add_error(name, text)


class ServedForm(BaseAdmin):
    """A page whose form a service saves; what the service refuses comes back in the filled form."""

    form_names: "ClassVar[Mapping[str, str]]" = {}
    """What the form calls differently from the service."""

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """Draw the form as it was sent when a rule says no after it was right."""
        page: HttpResponse
        try:
            page = super().changeform_view(request, object_id, form_url, extra_context)
        except DomainError as refusal:
            # Only now has the deed's transaction, with everything in it, been rolled back. The
            # form is read anew, because the old one may have changed the row in memory.
            request.__dict__[_REFUSAL] = refusal
            page = super().changeform_view(request, object_id, form_url, extra_context)
        return page

    def get_form(
        self,
        request: HttpRequest,
        obj: Any = None,
        change: bool = False,  # noqa: FBT001, FBT002  (the admin's own signature)
        **options: Any,
    ) -> "type[BaseModelForm[Any]]":
        """Return a form that is not valid, and says why, once a service has refused it."""
        form: type[BaseModelForm[Any]] = super().get_form(request, obj, change=change, **options)
        refusal: DomainError | None = request.__dict__.get(_REFUSAL)
        if refusal is None:
            return form
        said, names = refusal, self.form_names

        class RefusedForm(form):  # type: ignore[misc, valid-type]  # known only when it runs
            """What was sent, with what the service said to it."""

            def _post_clean(self) -> None:
                super()._post_clean()
                say_in_form(self, said, names)

        return RefusedForm
