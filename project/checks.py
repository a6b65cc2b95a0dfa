"""What `manage.py check --database default` says about the secrets in the database."""

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Tags, Warning, register  # noqa: A004  (Django's)

from project.rotation import standings

UNREADABLE = "assets.W001"
OLD_KEY = "assets.W002"


@register(Tags.database)
def secrets_need_the_first_key_only(
    *, databases: Sequence[str] | None = None, **_options: Any
) -> list[CheckMessage]:
    """Warn of secrets that need an older key, and of those that no key opens."""
    if not databases or "default" not in databases:
        return []
    messages: list[CheckMessage] = []
    for standing in standings():
        where = f"{standing.place.table}.{standing.place.column}"
        if standing.unreadable:
            rows = ", ".join(standing.unreadable[:10])
            messages.append(
                Warning(
                    f"{where}: no key opens {len(standing.unreadable)} secrets (rows {rows}).",
                    hint="Put the key back into ASSETS_FIELD_KEYS that they were made with.",
                    id=UNREADABLE,
                )
            )
        if standing.old_count:
            messages.append(
                Warning(
                    f"{where}: {standing.old_count} secrets still need an older key.",
                    hint="Run manage.py rotate_field_keys before you take that key away.",
                    id=OLD_KEY,
                )
            )
    return messages
