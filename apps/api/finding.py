"""Finding one thing that the person may see; whatever else there is, is not found to them."""

from typing import TYPE_CHECKING, Any, Protocol

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.api.errors import FieldsRefused, Hidden, NotFound
from apps.api.problems import FieldProblem

if TYPE_CHECKING:
    from django.db.models import Model, QuerySet


class Shown[M: "Model"](Protocol):
    """Rows that know who may see them."""

    def visible_to(self, person: User) -> "QuerySet[M]":
        """Keep those that the person may see: by a role, or because they are their own."""
        ...


def seen[M: "Model"](
    rows: "QuerySet[M]", person: User, *, is_locked: bool = False, **lookup: Any
) -> M:
    """Return the one row of `lookup`, when `person` may see it; locked when it shall change.

    Raises:
        NotFound: there is none.
        Hidden: there is one that the person may not see; the attempt is audited.
    """
    shown: Shown[M] = rows  # type: ignore[assignment]  # every queryset that comes here has it
    row = shown.visible_to(person).filter(**lookup).first()
    if row is None:
        hidden = rows.filter(**lookup).first()
        raise Hidden(hidden) if hidden is not None else NotFound
    if is_locked:
        rows.model._default_manager.select_for_update(of=("self",)).get(pk=row.pk)
        # What it was before we waited for the lock is no answer any more.
        return shown.visible_to(person).get(pk=row.pk)
    return row


def somebody(pk: int | None, asker: User, permission: str, *, field: str) -> User:
    """Return for whom something is asked: the asker, or the person of this id.

    Who may ask for nobody else is not told whether there is such a person.

    Raises:
        NotPermitted: it is somebody else, and no role of the asker has the permission.
        FieldsRefused: there is nobody of this id.
    """
    if pk is None or pk == asker.pk:
        return asker
    asker.require(permission)
    return referred(User.objects.filter(is_system=False), pk, field=field)


def referred[M: "Model"](rows: "QuerySet[M]", pk: int, *, field: str) -> M:
    """Return the row that a field of the request names.

    Raises:
        FieldsRefused: there is none.
    """
    row = rows.filter(pk=pk).first()
    if row is None:
        message = _("There is nothing of this id. Send the id of something that exists.")
        raise FieldsRefused([FieldProblem(field=field, message=message)])
    return row
