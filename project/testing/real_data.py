"""Real registers and journals, which are not part of the project."""

import os
from pathlib import Path

import pytest

from project.settings.env import ROOT


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of ASSETS_REAL_DATA, else `../shared/data`; skip where there is none."""
    named = os.environ.get("ASSETS_REAL_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        if named:
            pytest.fail(f"ASSETS_REAL_DATA names {folder}, which is not a folder.")
        pytest.skip(f"There are no real data in {folder}; ASSETS_REAL_DATA may name a folder.")
    return folder
