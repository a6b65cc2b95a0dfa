"""Webhooks of an installation stay outside: no setting lets them call what is inside."""

import ast
from pathlib import Path

from project.settings import base
from project.settings.env import ROOT, Environment


def test_only_a_developer_may_call_the_own_machine() -> None:
    assert base.WEBHOOKS_ALLOW_LOOPBACK is False
    assert not [name for name in Environment.model_fields if "webhook" in name]
    assert "WEBHOOKS_ALLOW_LOOPBACK" not in _names_in(ROOT / "project" / "settings" / "prod.py")


def _names_in(module: Path) -> set[str]:
    tree = ast.parse(module.read_text(encoding="utf-8"))
    return {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
