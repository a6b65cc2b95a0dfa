"""Questions about the register."""

from apps.assets.selectors.endangered import FORESIGHT, endangered
from apps.assets.selectors.scanning import find_by_scan

__all__ = ["FORESIGHT", "endangered", "find_by_scan"]
