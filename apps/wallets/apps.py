"""The double-entry ledger, its wallets and holds, and adjustments."""

from django.apps import AppConfig
from django.urls import reverse
from django.utils.translation import gettext_lazy as _


class WalletsConfig(AppConfig):
    """Owns `wallets` and `ledger_entries`."""

    name = "apps.wallets"
    label = "wallets"
    verbose_name = _("Wallets and ledger")

    def ready(self) -> None:
        """Tell the approvals what adjustments are, and how the head of the seals is found."""
        # Models, and what stands on them, can be imported only now.
        from apps.approvals import scopes  # noqa: PLC0415
        from apps.audit import heads  # noqa: PLC0415
        from apps.wallets import batch_summary, selectors, services  # noqa: PLC0415

        heads.register("ledger", selectors.ledger_head)
        scopes.register(
            scopes.Scope(
                slug=services.ADJUSTMENT_SCOPE,
                label=_("Adjustment"),
                permission="wallets.decide_adjustment",
                lock=services.lock_adjustment,
                conclude=services.conclude_adjustment,
                url=lambda pk: reverse("admin:wallets_adjustment_change", args=(pk,)),
            )
        )
        scopes.register(
            scopes.Scope(
                slug=services.BATCH_SCOPE,
                label=_("Batch of adjustments"),
                permission="wallets.decide_adjustment",
                lock=services.lock_batch,
                conclude=services.conclude_batch,
                url=lambda pk: reverse("admin:wallets_adjustmentbatch_change", args=(pk,)),
                summary=batch_summary.drawn,
            )
        )
