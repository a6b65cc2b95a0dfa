"""Reference rows that are edited directly in the admin: every save is in the audit log."""

from typing import TYPE_CHECKING, Any, cast

from django.forms.models import _get_foreign_key
from django.http import HttpRequest

from apps.audit import services as audit
from apps.audit.snapshots import difference, snapshot
from apps.common.admin import HistoryAdmin, StaffRequest

if TYPE_CHECKING:
    from django.db.models import Model
    from django.forms import BaseFormSet, ModelForm


class ReferenceAdmin(HistoryAdmin):
    """A page whose save is a deed: recorded with what changed, links and inline rows included."""

    def save_model(
        self,
        request: HttpRequest,
        obj: "Model",
        form: "ModelForm[Any]",
        change: bool,  # noqa: FBT001  (the admin passes it by position)
    ) -> None:
        """Keep what the row was, under lock, before it is written."""
        stored = self.model._default_manager.select_for_update(of=("self",))
        before = self._everything(request, stored.get(pk=obj.pk)) if change else {}
        cast("Any", form).before = before
        super().save_model(request, obj, form, change)

    def save_related(
        self,
        request: HttpRequest,
        form: "ModelForm[Any]",
        formsets: "list[BaseFormSet[Any]]",
        change: bool,  # noqa: FBT001  (the admin passes it by position)
    ) -> None:
        """Record the difference, once links and inline rows are written too."""
        super().save_related(request, form, formsets, change)
        stored = self.model._default_manager.get(pk=form.instance.pk)
        before, after = difference(cast("Any", form).before, self._everything(request, stored))
        if before or after:
            audit.record(
                f"{self.opts.app_label}.{self.opts.model_name}_{'changed' if change else 'added'}",
                actor=cast("StaffRequest", request).user,
                target=stored,
                before=before,
                after=after,
            )

    def _everything(self, request: HttpRequest, row: "Model") -> dict[str, Any]:
        """Return the row with its inline rows, each value under a name of its own."""
        taken = snapshot(row)
        for inline in self.get_inline_instances(request, row):
            link = _get_foreign_key(self.model, inline.model, fk_name=inline.fk_name)
            for part in inline.model._default_manager.filter(**{link.name: row}).order_by("pk"):
                name = f"{inline.opts.model_name} #{part.pk}"
                values = {key: value for key, value in snapshot(part).items() if key != link.name}
                taken |= {f"{name} {key}": value for key, value in values.items()}
        return taken
