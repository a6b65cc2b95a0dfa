"""SQL that names what a row speaks of, for a reader."""

from apps.reports.columns import label_of
from apps.wallets.states import CHART


def account_of(wallet: str = "wallet", person: str = "person") -> str:
    """Return SQL that gives the name of a wallet: its owner's, its title, or its place."""
    place = label_of(f"{wallet}.role", CHART)
    return f"coalesce({person}.display_name, nullif({wallet}.title, ''), {place})"


def type_of(app: str, model: str) -> str:
    """Return SQL that gives the content type of a model."""
    return (
        "(SELECT id FROM django_content_type"  # noqa: S608  (our own names)
        f" WHERE app_label = '{app}' AND model = '{model}')"
    )


def day_of(moment: str) -> str:
    """Return SQL that gives the day of a moment in the office; it needs the parameter `zone`."""
    return f"({moment} AT TIME ZONE %(zone)s)::date"


TICKET = type_of("tickets", "ticket")

_NAMED = 5


def counterparts_of(entry: str = "entry") -> str:
    """Return SQL that names the wallets on the other side of an entry; no more than a handful."""
    return (
        "(SELECT string_agg(found.name, ', ' ORDER BY found.line) FROM ("  # noqa: S608  (our own names)
        f"SELECT other.line, {account_of('beside', 'whose')} AS name"
        " FROM ledger_entries AS other JOIN wallets AS beside ON beside.id = other.wallet_id"
        " LEFT JOIN users AS whose ON whose.id = beside.owner_id"
        f" WHERE other.transaction_id = {entry}.transaction_id"
        f" AND other.wallet_id <> {entry}.wallet_id AND other.currency = {entry}.currency"
        f" AND (other.amount < 0) <> ({entry}.amount < 0)"
        f" ORDER BY other.line LIMIT {_NAMED}) AS found)"
    )
