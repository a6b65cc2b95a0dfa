"""How an asset is locked, moved and saved: with its history, its event and a word to its lender."""

from typing import TYPE_CHECKING

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from apps.assets.errors import TagTaken
from apps.assets.models import Asset
from apps.assets.states import Action
from apps.audit import services as audit
from apps.notifications import services as notifications

if TYPE_CHECKING:
    from apps.accounts.models import User


# What the lender of an asset wants to know.
_TOLD = frozenset({Action.LOSE, Action.FIND, Action.RETIRE})


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
    return asset


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
