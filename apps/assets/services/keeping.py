"""How an asset is locked, moved and saved: with its history, its event and a word to its lender."""

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.db.models.functions import Upper
from django.utils import timezone
from django.utils.translation import gettext as _
from simple_history.utils import bulk_create_with_history

from apps.assets import promises, selectors
from apps.assets.errors import TagTaken
from apps.assets.models import Asset
from apps.assets.states import Action, Status
from apps.audit import services as audit
from apps.notifications import services as notifications

if TYPE_CHECKING:
    from collections.abc import Sequence

    from apps.accounts.models import User


# What the lender of an asset wants to know.
_TOLD = frozenset({Action.LOSE, Action.FIND, Action.RETIRE})
# What those want to know to whom it is promised.
_ENDANGERS = frozenset({Action.LOSE, Action.SEND_TO_MAINTENANCE})


def locked(asset_id: int) -> Asset:
    """Return the asset as it is now, locked, with what its rules look at."""
    related = ("category__tariff", "tariff", "lender", "loan", "kit")
    return Asset.objects.locked().select_related(*related).get(pk=asset_id)


def move(
    asset: Asset, action: Action, event: str, *, actor: "User", reason: str = "", **facts: str
) -> Asset:
    """Set the status that follows `action`, keep it, record it, and tell the lender."""
    before = asset.status
    asset.move(action)
    if asset.status != Status.IN_MAINTENANCE:
        asset.back_at = None
    keep(asset, actor=actor, reason=reason)
    recorded = audit.record(
        event,
        actor=actor,
        target=asset,
        before={"status": before},
        after={"status": asset.status, **facts},
        reason=reason,
    )
    if action in _TOLD and asset.lender != actor:
        notifications.announce(
            event,
            to=asset.lender,
            about=asset,
            subject=_("{asset} is now: {status}").format(
                asset=asset, status=asset.get_status_display()
            ),
            body=reason,
            key=str(recorded.pk),
        )
    if action in _ENDANGERS:
        _tell_endangered(asset, key=str(recorded.pk))
    return asset


def _tell_endangered(asset: Asset, *, key: str) -> None:
    """Tell everybody whose loan begins before the asset can be back, once for each deed."""
    broken = list(selectors.endangered(timezone.now(), asset=asset))
    for reservation_id, promise in promises.behind(broken).items():
        notifications.announce(
            "assets.promise_endangered",
            to=promise.people,
            about=promise.about,
            subject=_("{asset} of {about} may not be there: it is now {status}").format(
                asset=asset, about=promise.about, status=asset.get_status_display()
            ),
            body=_("Whoever hands over looks for another asset of the same category."),
            key=f"{key}:{reservation_id}",
        )


def keep(asset: Asset, *, actor: "User", reason: str) -> None:
    """Save with a history row that names the actor, also outside a request."""
    asset._history_user = actor  # type: ignore[attr-defined]
    asset._change_reason = reason or None  # type: ignore[attr-defined]
    try:
        with transaction.atomic():
            asset.save()
    except IntegrityError as fault:
        if "asset_tag_is_unique" in str(fault):
            raise TagTaken(tag=asset.tag) from None
        raise


def keep_new(assets: "Sequence[Asset]", *, actor: "User") -> None:
    """Save many new assets with a history row each that names the actor."""
    try:
        with transaction.atomic():
            bulk_create_with_history(list(assets), Asset, batch_size=1000, default_user=actor)
    except IntegrityError as fault:
        if "asset_tag_is_unique" in str(fault):
            tags = {asset.tag.upper() for asset in assets}
            taken = Asset.objects.alias(upper_tag=Upper("tag")).filter(upper_tag__in=tags)
            raise TagTaken(tag=taken.values_list("tag", flat=True).first()) from None
        raise
