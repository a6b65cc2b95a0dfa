"""What the register says of an asset: registered, changed."""

from collections.abc import Collection, Mapping, Sequence
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.utils.translation import gettext as _

from apps.assets.errors import AssetChangedMeanwhile, AssetInvalid, TariffInOtherCurrency
from apps.assets.models import Asset, Category, Tariff
from apps.assets.services.keeping import keep, keep_new, locked
from apps.audit import services as audit
from apps.audit.services import deed
from apps.common.errors import DomainError
from apps.common.money import decimals_of, plain_amount

if TYPE_CHECKING:
    from apps.accounts.models import User


# What a person may write; the status and the loan follow from deeds.
WRITABLE = (
    "tag",
    "name",
    "category",
    "lender",
    "value",
    "currency",
    "tariff",
    "serial",
    "model_name",
    "manufacturer",
    "location",
    "condition",
    "purchased_on",
    "notes",
)
_REFERENCES = ("category", "lender", "tariff")


@deed
def register(
    *,
    actor: "User",
    tag: str,
    name: str,
    category: Category,
    lender: "User",
    value: int,
    currency: str,
    reason: str = "",
    **rest: Any,
) -> Asset:
    """Put a new asset into the register, available.

    Raises:
        AssetInvalid: a field cannot be right; `faults` names it.
        TagTaken: another asset has this tag.
        TariffInOtherCurrency: its tariff is not in `currency`.
    """
    actor.require("assets.add_asset")
    asset = unregistered(
        tag=tag,
        name=name,
        category=category,
        lender=lender,
        value=value,
        currency=currency,
        **rest,
    )
    keep(asset, actor=actor, reason=reason)
    audit.record(
        "assets.registered", actor=actor, target=asset, after=_written(asset), reason=reason
    )
    return asset


def unregistered(**fields: Any) -> Asset:
    """Return an asset as it would be registered; nothing is saved.

    Raises:
        AssetInvalid, TariffInOtherCurrency: as for `register`.
    """
    asset = Asset()
    _write(asset, fields)
    _check(asset)
    return asset


@deed
def register_all(assets: Sequence[Asset], *, actor: "User") -> None:
    """Put these into the register, each with its history and its event, in few statements.

    `assets` come from `unregistered`.

    Raises:
        TagTaken: another asset has one of the tags; none is registered then.
    """
    actor.require("assets.add_asset")
    keep_new(assets, actor=actor)
    audit.record_all(
        "assets.registered", actor=actor, targets=((asset, _written(asset)) for asset in assets)
    )


@deed
def change(
    asset_id: int,
    *,
    actor: "User",
    seen_version: int | None = None,
    reason: str = "",
    **changes: Any,
) -> Asset:
    """Write `changes` into the register; nothing happens when they change nothing.

    Raises:
        AssetChangedMeanwhile: the asset's version is no longer `seen_version`.
        AssetInvalid, TagTaken, TariffInOtherCurrency: as for `register`.
    """
    actor.require("assets.change_asset")
    asset = locked(asset_id)
    if seen_version is not None and seen_version != asset.version:
        raise AssetChangedMeanwhile(asset=asset)
    old, before = _values(asset), _facts(asset, changes)
    _write(asset, changes)
    _check(asset)
    new, after = _values(asset), _facts(asset, changes)
    changed = [field for field in changes if old[field] != new[field]]
    if not changed:
        return asset
    asset.version += 1
    keep(asset, actor=actor, reason=reason)
    audit.record(
        "assets.changed",
        actor=actor,
        target=asset,
        before={field: before[field] for field in changed},
        after={field: after[field] for field in changed},
        reason=reason,
    )
    return asset


@deed
def add_category(*, name: str, tariff: Tariff, actor: "User") -> Category:
    """Add the category that an imported register speaks of, without turnaround.

    Raises:
        AssetInvalid: the name cannot be right.
    """
    actor.require("assets.import_asset")
    category = Category(name=name, tariff=tariff, turnaround=timedelta(0))
    try:
        category.clean_fields(exclude=["tariff"])
    except ValidationError as error:
        raise AssetInvalid(tag=name, faults={"category": error.messages}) from None
    category._history_user = actor  # type: ignore[attr-defined]
    category.save()
    audit.record(
        "assets.category_added",
        actor=actor,
        target=category,
        after={"name": name, "tariff": str(tariff), "turnaround": str(category.turnaround)},
    )
    return category


def _write(asset: Asset, changes: Mapping[str, Any]) -> None:
    unknown = changes.keys() - set(WRITABLE)
    assert not unknown, f"only deeds change {unknown} of an asset"
    for field, new in changes.items():
        setattr(asset, field, new.strip() if isinstance(new, str) else new)


def _check(asset: Asset) -> None:
    """Refuse what cannot be right, field by field, in as few questions as an import can afford."""
    asset.tag, asset.name = asset.tag.strip(), asset.name.strip()
    faults: dict[str, list[str]] = {}
    try:
        asset.clean_fields(exclude=_REFERENCES)
    except ValidationError as error:
        faults = error.message_dict
    if asset.value < 0:
        faults["value"] = [_("The value may not be negative.")]
    try:
        decimals_of(asset.currency)
    except DomainError as refusal:
        faults["currency"] = [refusal.message]
    if not asset.lender.is_active or asset.lender.is_system:
        faults["lender"] = [
            _("{lender} cannot lend: choose an active person.").format(lender=asset.lender)
        ]
    if (asset.pk and asset.is_kit) or asset.kit_id:
        faults |= _faults_of_kit(asset)
    if faults:
        raise AssetInvalid(tag=asset.tag, faults=faults)
    tariff: Tariff = asset.effective_tariff
    if tariff.currency != asset.currency:
        raise TariffInOtherCurrency(asset=asset, tariff=tariff)


def _written(asset: Asset) -> dict[str, Any]:
    """Return the facts of a new asset that say anything."""
    filled = {field for field in WRITABLE if getattr(asset, field) not in {None, ""}}
    return _facts(asset, filled)


def _faults_of_kit(asset: Asset) -> dict[str, list[str]]:
    """Return what a kit and its parts do not allow: only the lender of the kit is paid."""
    together = [asset.kit] if asset.kit else asset.parts.exclude(lender=asset.lender)[:1]
    for other in together:
        if other.lender_id != asset.lender_id:
            why = _("{other} belongs to {lender}; take the part out of the kit first.")
            return {"lender": [why.format(other=other, lender=other.lender)]}
    return {}


def _values(asset: Asset) -> dict[str, Any]:
    return {field: getattr(asset, field) for field in WRITABLE}


def _facts(asset: Asset, fields: Collection[str]) -> dict[str, Any]:
    """Return these fields as the audit log shows them."""
    facts: dict[str, Any] = {field: getattr(asset, field) for field in WRITABLE if field in fields}
    for field in facts.keys() & set(_REFERENCES):
        facts[field] = str(facts[field]) if facts[field] else None
    if "value" in facts:
        facts["value"] = f"{plain_amount(asset.value, asset.currency)} {asset.currency}"
    return facts
