"""The table of docs/security.md names files and tests that are there."""

import re
from pathlib import Path

import pytest

from project.settings.env import ROOT

DOCUMENT = ROOT / "docs" / "security.md"
NAMED = re.compile(r"`((?:apps|project|deploy|fixtures)/[\w./-]+\.\w+)(?:::(\w+))?`")


def rows() -> list[list[str]]:
    """Return the cells of the table of the standard."""
    text = DOCUMENT.read_text(encoding="utf-8")
    table = re.search(r"^\| id \|.*?\n\n", text, re.DOTALL | re.MULTILINE)
    assert table
    lines = table[0].strip().splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def test_every_line_of_the_standard_has_a_place_and_a_test() -> None:
    assert len(rows()) >= 45
    for row in rows():
        assert len(row) == 4, row
        assert NAMED.search(row[3]), row[0]


@pytest.mark.parametrize("path", sorted(set(NAMED.findall(DOCUMENT.read_text("utf-8")))))
def test_what_is_named_is_there(path: tuple[str, str]) -> None:
    file, test = path
    text = (ROOT / file).read_text(encoding="utf-8")
    assert not test or re.search(rf"^def {test}\(", text, re.MULTILINE), test


def test_the_decisions_that_it_names_are_there() -> None:
    for name in re.findall(r"\]\((decisions/[\w.-]+)\)", DOCUMENT.read_text(encoding="utf-8")):
        assert (DOCUMENT.parent / name).exists(), name


def test_the_bill_of_materials_is_made_in_every_check() -> None:
    steps = Path(ROOT / ".ci" / "run").read_text(encoding="utf-8")

    assert "step python -m deploy.sbom build" in steps
    assert "step bandit " in steps
    assert "/build/" in (ROOT / ".gitignore").read_text(encoding="utf-8").splitlines()
