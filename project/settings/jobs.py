"""What the jobs of the clock are called on the operations page, by their names in the schedule."""

from django.utils.translation import gettext_lazy as _

JOB_NAMES = {
    "audit-forget-runs": _("Delete old rows of this page"),
    "audit-mail-heads": _("Send the heads of the seals by e-mail"),
    "audit-seal": _("Seal the audit log"),
    "audit-write-heads": _("Keep the heads of the seals in a file"),
    "notifications-sweep": _("Send e-mails that are due"),
    "reports-remove-expired": _("Delete expired files of reports"),
    "reports-sweep": _("Take up reports that wait"),
    "tickets-expire": _("End tickets that nobody collected"),
    "tickets-remind": _("Remind of what is due"),
    "wallets-check-books": _("Check the books"),
    "wallets-expire-holds": _("End holds whose time is over"),
    "wallets-roll-up": _("Give entries of open wallets their places"),
    "wallets-seal": _("Seal the ledger"),
    "wallets-sweep-books-checks": _("Take up checks of the books that wait"),
    "wallets-sweep-imports": _("Take up imported journals that wait"),
}
