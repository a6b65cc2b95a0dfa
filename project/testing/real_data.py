"""Real registers and journals, which are not part of the project."""

import os
from pathlib import Path

import pytest

from project.settings.env import ROOT


@pytest.fixture(scope="session")
def real_data() -> Path:
    """Return the folder of ASSETS_REAL_DATA, else `../shared/data`.

    Where there is none the test is skipped, but fails when the folder was named or CI=true.
    """
    named = os.environ.get("ASSETS_REAL_DATA")
    folder = Path(named) if named else ROOT.parent / "shared" / "data"
    if not folder.is_dir():
        reason = f"There are no real data in {folder}; ASSETS_REAL_DATA names another folder."
        if named or os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return folder
