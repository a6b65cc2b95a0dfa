"""How the back office looks: titles, colours, sidebar, command palette."""

from typing import TYPE_CHECKING, Any

from django.templatetags.static import static
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.http import HttpRequest
    from django.utils.functional import _StrOrPromise


def _may(*permissions: str) -> "Callable[[HttpRequest], bool]":
    return lambda request: any(request.user.has_perm(permission) for permission in permissions)


def _item(
    title: "_StrOrPromise", icon: str, page: str, *permissions: str, badge: str = ""
) -> dict[str, Any]:
    item = {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(f"admin:{page}"),
        "permission": _may(*permissions),
    }
    return {**item, "badge": badge} if badge else item


def _stands_at(page: str, *, but: str) -> "Callable[[HttpRequest], bool]":
    """Return whether somebody is at a page or below it, except at the one that has its own item."""

    def is_active(request: "HttpRequest") -> bool:
        below, own = reverse(f"admin:{page}"), reverse(f"admin:{but}")
        return request.path.startswith(below) and not request.path.startswith(own)

    return is_active


NAVIGATION = [
    {
        "title": "",
        "items": [
            {"title": _("Today"), "icon": "today", "link": reverse_lazy("admin:index")},
            _item(
                _("Waiting for approval"),
                "approval",
                "approvals_approvalrequest_changelist",
                "approvals.view_approvalrequest",
                badge="apps.approvals.badges.waiting_count",
            ),
            _item(
                _("My absence"),
                "beach_access",
                "approvals_substitution_changelist",
                "approvals.view_substitution",
            ),
            _item(
                _("Notices"),
                "notifications",
                "notifications_notice_changelist",
                "notifications.view_notice",
                badge="apps.notifications.badges.unread_count",
            ),
        ],
    },
    {
        "title": _("Lending"),
        "separator": True,
        "items": [
            _item(
                _("Desk"),
                "barcode_scanner",
                "tickets_ticket_desk",
                "tickets.hand_over_ticket",
                "tickets.take_back_ticket",
            ),
            {
                **_item(
                    _("Tickets"),
                    "confirmation_number",
                    "tickets_ticket_changelist",
                    "tickets.view_ticket",
                ),
                "active": _stands_at("tickets_ticket_changelist", but="tickets_ticket_desk"),
            },
            _item(
                _("Extensions"),
                "more_time",
                "tickets_extension_changelist",
                "tickets.view_extension",
            ),
            _item(
                _("Waiting list"),
                "hourglass_top",
                "tickets_waitingentry_changelist",
                "tickets.view_waitingentry",
            ),
            _item(_("Claims"), "gavel", "tickets_claim_changelist", "tickets.view_claim"),
            _item(_("Strikes"), "person_alert", "tickets_strike_changelist", "tickets.view_strike"),
            _item(
                _("Imports of loans"),
                "move_to_inbox",
                "tickets_loanimport_changelist",
                "tickets.view_loanimport",
            ),
        ],
    },
    {
        "title": _("Register"),
        "separator": True,
        "items": [
            {
                **_item(_("Assets"), "inventory_2", "assets_asset_changelist", "assets.view_asset"),
                "active": _stands_at("assets_asset_changelist", but="assets_asset_calendar"),
            },
            _item(
                _("Calendar"), "calendar_view_week", "assets_asset_calendar", "assets.view_asset"
            ),
            {
                **_item(
                    _("Reservations"),
                    "event_busy",
                    "assets_reservation_changelist",
                    "assets.view_reservation",
                ),
                "active": _stands_at(
                    "assets_reservation_changelist", but="assets_reservation_endangered"
                ),
            },
            _item(
                _("Broken promises"),
                "heart_broken",
                "assets_reservation_endangered",
                "assets.view_reservation",
                badge="apps.assets.badges.endangered_count",
            ),
            _item(
                _("Maintenance"),
                "build",
                "assets_maintenance_changelist",
                "assets.view_maintenance",
            ),
            _item(
                _("Maintenance plans"),
                "event_repeat",
                "assets_maintenanceplan_changelist",
                "assets.view_maintenanceplan",
            ),
        ],
    },
    {
        "title": _("Prices and hours"),
        "separator": True,
        "collapsible": True,
        "items": [
            _item(
                _("Categories"), "category", "assets_category_changelist", "assets.view_category"
            ),
            _item(_("Tariffs"), "sell", "assets_tariff_changelist", "assets.view_tariff"),
            _item(_("Discounts"), "percent", "assets_discount_changelist", "assets.view_discount"),
            _item(
                _("Commissions"),
                "handshake",
                "assets_commissionrate_changelist",
                "assets.view_commissionrate",
            ),
            _item(
                _("Opening hours"),
                "schedule",
                "assets_openinghours_changelist",
                "assets.view_openinghours",
            ),
            _item(
                _("Special days"),
                "event_available",
                "assets_specialdays_changelist",
                "assets.view_specialdays",
            ),
        ],
    },
    {
        "title": _("Money"),
        "separator": True,
        "items": [
            _item(
                _("Finance"),
                "monitoring",
                "reports_reportrun_finance",
                "wallets.view_ledgerentry",
            ),
            {
                **_item(
                    _("Wallets"),
                    "account_balance_wallet",
                    "wallets_wallet_changelist",
                    "wallets.view_wallet",
                ),
                "active": _stands_at("wallets_wallet_changelist", but="wallets_wallet_chart"),
            },
            _item(
                _("Adjustments"),
                "tune",
                "wallets_adjustment_changelist",
                "wallets.view_adjustment",
            ),
            _item(
                _("Adjustments in bulk"),
                "playlist_add_check",
                "wallets_adjustmentbatch_changelist",
                "wallets.view_adjustmentbatch",
            ),
            _item(
                _("Receivables"),
                "request_quote",
                "tickets_receivable_changelist",
                "tickets.view_receivable",
            ),
            _item(_("Holds"), "lock_clock", "wallets_hold_changelist", "wallets.view_hold"),
            _item(
                _("Journal"),
                "menu_book",
                "wallets_ledgertransaction_changelist",
                "wallets.view_ledgertransaction",
            ),
            _item(
                _("Imports"),
                "upload_file",
                "wallets_journalimport_changelist",
                "wallets.view_journalimport",
            ),
            _item(
                _("Chart of accounts"),
                "account_tree",
                "wallets_wallet_chart",
                "wallets.view_ledgerentry",
            ),
            _item(
                _("Periods"), "calendar_month", "wallets_period_changelist", "wallets.view_period"
            ),
            _item(
                _("Reason codes"),
                "label",
                "wallets_reasoncode_changelist",
                "wallets.view_reasoncode",
            ),
        ],
    },
    {
        "title": _("Proof"),
        "separator": True,
        "items": [
            {
                **_item(
                    _("Reports"),
                    "lab_profile",
                    "reports_reportrun_changelist",
                    "reports.view_reportrun",
                    "reports.export_list",
                ),
                "active": _stands_at(
                    "reports_reportrun_changelist", but="reports_reportrun_finance"
                ),
            },
            _item(
                _("Schedules"),
                "event_repeat",
                "reports_reportschedule_changelist",
                "reports.view_reportschedule",
            ),
            _item(
                _("Checks of the books"),
                "fact_check",
                "wallets_bookscheck_changelist",
                "wallets.view_bookscheck",
            ),
            _item(
                _("Seals of the ledger"),
                "lock",
                "wallets_ledgerseal_changelist",
                "wallets.view_ledgerseal",
            ),
            _item(_("Audit log"), "policy", "audit_auditevent_changelist", "audit.view_auditevent"),
            _item(
                _("Seals of the audit log"),
                "verified",
                "audit_auditblock_changelist",
                "audit.view_auditblock",
            ),
        ],
    },
    {
        "title": _("Administration"),
        "separator": True,
        "collapsible": True,
        "items": [
            _item(_("People"), "group", "accounts_user_changelist", "accounts.view_user"),
            _item(
                _("Lost second factors"),
                "phonelink_erase",
                "accounts_factorreset_changelist",
                "accounts.view_factorreset",
            ),
            _item(_("Roles"), "badge", "auth_group_changelist", "auth.view_group"),
            _item(_("Programs"), "api", "programs_program_changelist", "programs.view_program"),
            _item(
                _("Signing keys"),
                "vpn_key",
                "programs_signingkey_changelist",
                "programs.view_signingkey",
            ),
            _item(
                _("Webhooks"),
                "webhook",
                "webhooks_subscription_changelist",
                "webhooks.view_subscription",
            ),
            _item(
                _("Approval policies"),
                "rule",
                "approvals_policy_changelist",
                "approvals.view_policy",
            ),
            _item(
                _("Business limits"),
                "speed",
                "wallets_businesslimit_changelist",
                "wallets.view_businesslimit",
            ),
            _item(
                _("Strike policies"),
                "sports",
                "tickets_strikepolicy_changelist",
                "tickets.view_strikepolicy",
            ),
            _item(
                _("Canned reasons"),
                "format_quote",
                "approvals_cannedreason_changelist",
                "approvals.view_cannedreason",
            ),
            _item(
                _("Trusted people"),
                "verified_user",
                "approvals_trustedperson_changelist",
                "approvals.view_trustedperson",
            ),
            _item(
                _("Retentions"),
                "auto_delete",
                "reports_reportretention_changelist",
                "reports.view_reportretention",
            ),
            _item(_("Jobs"), "schedule", "audit_jobrun_changelist", "audit.view_jobrun"),
        ],
    },
]

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Assets",
    "SITE_HEADER": "Assets",
    "SITE_SUBHEADER": _("Lending back office"),
    "SITE_SYMBOL": "inventory_2",
    "SITE_URL": None,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "6px",
    "STYLES": [lambda _request: static("common/office.css")],
    "SCRIPTS": [lambda _request: static("common/office.js")],
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda _request: static("common/favicon.svg"),
        }
    ],
    "ACCOUNT": {"navigation": [{"title": _("Your account"), "link": reverse_lazy("account_home")}]},
    "DASHBOARD_CALLBACK": "project.dashboard.fill",
    # The library's search over models has no limit; ours has, and asks for permissions.
    "COMMAND": {"search_models": False, "search_callback": "project.search.find"},
    "SIDEBAR": {"show_search": False, "show_all_applications": False, "navigation": NAVIGATION},
    "COLORS": {
        "primary": {
            "50": "oklch(97% .014 254.6)",
            "100": "oklch(93.2% .032 255.6)",
            "200": "oklch(88.2% .059 254.1)",
            "300": "oklch(80.9% .105 251.8)",
            "400": "oklch(70.7% .165 254.6)",
            "500": "oklch(62.3% .188 259.8)",
            "600": "oklch(54.6% .215 262.9)",
            "700": "oklch(48.8% .217 264.4)",
            "800": "oklch(42.4% .181 265.6)",
            "900": "oklch(37.9% .138 265.5)",
            "950": "oklch(28.2% .087 267.9)",
        },
    },
}
