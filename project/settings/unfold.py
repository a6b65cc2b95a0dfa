"""How the back office looks: titles, colours and the sidebar."""

from typing import Any

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Assets",
    "SITE_HEADER": "Assets",
    "SITE_SUBHEADER": "Lending back office",
    "SITE_SYMBOL": "inventory_2",
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "BORDER_RADIUS": "6px",
}
