"""What the jobs of the clock are called on the operations page, by their names in the schedule."""

from django.utils.translation import gettext_lazy as _

JOB_NAMES = {
    "approvals-remind-and-escalate": _("Remind of approvals that wait, and escalate"),
    "assets-plan-maintenance": _("Plan the maintenance that comes due"),
    "audit-forget-runs": _("Delete old rows of this page"),
    "audit-mail-heads": _("Send the heads of the seals by e-mail"),
    "audit-seal": _("Seal the audit log"),
    "audit-write-heads": _("Keep the heads of the seals in a file"),
    "notifications-sweep": _("Send e-mails that are due"),
    "reports-fire-schedules": _("Run reports that are scheduled"),
    "reports-remove-expired": _("Delete expired files of reports"),
    "reports-sweep": _("Take up reports that wait"),
    "reports-sweep-orphans": _("Remove what lost attempts at reports left behind"),
    "tickets-collect-receivables": _("Collect what is owed from wallets with money"),
    "tickets-expire": _("End tickets that nobody collected"),
    "tickets-expire-extensions": _("End extensions on which nobody decided"),
    "tickets-offer-what-is-free": _("Offer what is free to whoever waits"),
    "tickets-remind": _("Remind of what is due"),
    "tickets-remind-debtors": _("Remind of what is owed"),
    "tickets-sweep-receipts": _("Make receipts that are missing"),
    "wallets-check-books": _("Check the books"),
    "wallets-expire-holds": _("End holds whose time is over"),
    "wallets-roll-up": _("Give entries of open wallets their places"),
    "wallets-seal": _("Seal the ledger"),
    "wallets-sweep-books-checks": _("Take up checks of the books that wait"),
    "wallets-sweep-imports": _("Take up imported journals that wait"),
    "webhooks-forget": _("Delete old webhook messages"),
    "webhooks-sweep": _("Send webhooks that are due"),
}
