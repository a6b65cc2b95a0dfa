"""What the register refuses.

DomainError
├── AssetInvalid            what was typed for an asset cannot be right; names the fields
│   ├── TagTaken            another asset has this tag
│   └── TariffInOtherCurrency   the tariff's currency is not the asset's
├── AssetChangedMeanwhile   somebody else was quicker; the page was stale
├── KitInvalid              what cannot be a kit or a part of one, with the reason
├── AssetTaken              the period is not free, with every reason why not
├── AssetStillPromised      it cannot be retired while somebody counts on it
├── LoanStillOpen           it was lost on a loan that is still open
├── MaintenanceOver         it was done before, or is not needed any more
├── MaintenanceOverdue      the asset is not handed over before it is done
├── NotABlackout            only blackouts are lifted
└── PeriodBackwards         a period must end after it starts
"""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _

from apps.common.errors import DomainError

if TYPE_CHECKING:
    from apps.assets.availability import Reason
    from apps.assets.models import Asset, Tariff


class AssetInvalid(DomainError):
    """What was typed for an asset cannot be right; `faults` has the reasons by field."""

    template = _("The asset “{tag}” cannot be kept like this: {why}")

    def __init__(self, *, tag: object, faults: Mapping[str, Sequence[str]]) -> None:
        """Keep the faults by field, and say them in one line."""
        why = " ".join(fault for field in faults.values() for fault in field)
        super().__init__(tag=tag, why=why)
        self._keep(faults)

    def _keep(self, faults: Mapping[str, Sequence[str]]) -> None:
        self.faults = faults
        self.field_faults = [
            (name, str(fault)) for name, field in faults.items() for fault in field
        ]


class TagTaken(AssetInvalid):
    """Another asset has this tag."""

    template = _("The tag “{tag}” is taken by another asset. Choose another tag.")

    def __init__(self, *, tag: object) -> None:
        """Put the fault at the tag."""
        super().__init__(tag=tag, faults={"tag": [str(_("Another asset has this tag already."))]})


class TariffInOtherCurrency(AssetInvalid):
    """The tariff's currency is not the asset's."""

    template = _(
        "{tag} is valued in {currency}, but its tariff “{tariff}” is in {tariff_currency}. "
        "Choose a tariff in {currency}."
    )

    def __init__(self, *, asset: "Asset", tariff: "Tariff") -> None:
        """Put the fault at the tariff."""
        super().__init__(tag=asset.tag, faults={})
        self.facts |= {
            "currency": asset.currency,
            "tariff": tariff,
            "tariff_currency": tariff.currency,
        }
        self._keep({"tariff": [self.message]})


class AssetChangedMeanwhile(DomainError):
    """Somebody changed the asset after this page was drawn."""

    template = _(
        "Somebody has changed {asset} since you opened this page. "
        "Reload the page, look at what is new, and make your change again."
    )


class KitInvalid(DomainError):
    """The asset cannot be a kit, or a part of one."""

    template = _("{asset} stays as it is: {why}.")


class AssetTaken(DomainError):
    """The asset is not free in that period."""

    template = _("{asset} is not free then. {why}")

    def __init__(self, *, asset: object, why: "Sequence[Reason | str]") -> None:
        """Keep the reasons one by one, and say them in one line."""
        super().__init__(asset=asset, why=" ".join(map(str, why)))
        self.reasons = list(why)


class AssetStillPromised(DomainError):
    """Somebody counts on the asset."""

    template = _(
        "{asset} is still promised: {reservations}. "
        "Cancel these or lend another asset instead, and retire it then."
    )


class LoanStillOpen(DomainError):
    """The asset was lost on a loan that nobody has closed."""

    template = _(
        "{asset} was lost while on loan ({reservation}), and that loan is still open. "
        "Take it back on its ticket."
    )


class MaintenanceOver(DomainError):
    """It was done before, or is not needed any more."""

    template = _("“{title}” of {asset} is over since {at}; there is nothing left to record.")


class MaintenanceOverdue(DomainError):
    """The asset is not handed over before it is done."""

    template = _(
        "{asset} waits for maintenance: “{title}” was due on {due}. "
        "Record it as done before you hand the asset over."
    )


class NotABlackout(DomainError):
    """Only blackouts are lifted."""

    template = _("{reservation} is no blackout; end it where it was made.")


class PeriodBackwards(DomainError):
    """The period does not end after it starts."""

    template = _("The period must end after it starts: it goes from {starts_at} to {ends_at}.")


class AlreadyImported(DomainError):
    """The file went in before."""

    template = _("“{file}” was imported on {at} already; nothing was imported a second time.")


class PreviewGone(DomainError):
    """There is no such preview of this person."""

    template = _("This preview is gone. Choose the file again.")
