"""Whose subscription it is: of the program that asks, and of its person."""

from apps.api.errors import Hidden
from apps.api.finding import seen
from apps.api.request import ApiRequest
from apps.webhooks.models import Subscription


def own(request: ApiRequest, subscription_id: int, *, is_locked: bool = False) -> Subscription:
    """Return a subscription of this program that the person may see, locked when it changes."""
    rows = Subscription.objects.kept().select_related("person")
    row = seen(rows, request.user, pk=subscription_id)
    if row.program_id != request.access.program.pk:
        raise Hidden(row)
    if is_locked:
        return rows.locked().get(pk=row.pk)
    return row
