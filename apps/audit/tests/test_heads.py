"""The heads of the chains leave the house: into a file, and by e-mail."""

from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core import mail

from apps.accounts.models import User
from apps.audit import heads, services
from apps.audit.checking import check
from apps.audit.heads import Head
from apps.audit.models import AuditBlock
from apps.audit.tasks import mail_heads, write_heads

NOW = datetime(2026, 3, 4, 5, 6, 7, tzinfo=UTC)


@pytest.fixture
def file(tmp_path: Path, settings: object) -> Path:
    """Keep the heads of this test apart."""
    settings.HEADS_ROOT = tmp_path / "elsewhere"  # type: ignore[attr-defined]
    return tmp_path / "elsewhere" / heads.FILE


@pytest.fixture(autouse=True)
def ledger(monkeypatch: pytest.MonkeyPatch) -> dict[str, Head | None]:
    """Stand in for the chain of another app."""
    ends: dict[str, Head | None] = {"ledger": None}
    monkeypatch.setattr(heads, "_chains", {"audit": heads.audit_head})
    heads.register("ledger", lambda: ends["ledger"])
    return ends


@pytest.fixture
def block(system: User) -> AuditBlock:
    services.record("tests.happened", actor=system)
    sealed = services.seal(actor=system)
    assert sealed
    return sealed


def test_each_new_head_is_a_line(
    file: Path, block: AuditBlock, ledger: dict[str, Head | None], system: User
) -> None:
    ledger["ledger"] = Head(7, "a" * 64)
    first = [
        f"2026-03-04T05:06:07+00:00 audit 1 {block.hash}",
        f"2026-03-04T05:06:07+00:00 ledger 7 {'a' * 64}",
    ]
    assert heads.write(now=NOW) == first
    assert heads.write(now=NOW) == []
    ledger["ledger"] = Head(8, "b" * 64)
    (second,) = heads.write(now=NOW)
    assert second.endswith(f" ledger 8 {'b' * 64}")
    assert file.read_text(encoding="utf-8").splitlines() == [*first, second]


def test_what_was_written_stays_when_a_chain_was_rewritten(
    file: Path, db: None, ledger: dict[str, Head | None]
) -> None:
    ledger["ledger"] = Head(7, "a" * 64)
    heads.write(now=NOW)
    ledger["ledger"] = Head(7, "b" * 64)
    heads.write(now=NOW)
    text = file.read_text(encoding="utf-8")
    assert "a" * 64 in text
    assert "b" * 64 in text


def test_a_line_is_what_the_check_asks_for(file: Path, block: AuditBlock) -> None:
    heads.write(now=NOW)
    _moment, _name, number, hash_ = file.read_text(encoding="utf-8").split()
    assert check(f"{number}:{hash_}").ok


def test_only_the_end_of_a_long_file_is_read_and_strange_lines_are_passed_over(
    file: Path, db: None, ledger: dict[str, Head | None]
) -> None:
    file.parent.mkdir()
    line = f"2026-01-01T00:00:00+00:00 ledger 7 {'a' * 64}\n"
    file.write_text("nonsense\n" + line * 2000 + "a b c d e\n", encoding="utf-8")
    ledger["ledger"] = Head(7, "a" * 64)
    assert heads.write(now=NOW) == []


def test_a_line_that_was_cut_off_does_not_spoil_the_next(
    file: Path, db: None, ledger: dict[str, Head | None]
) -> None:
    file.parent.mkdir()
    file.write_text("2026-01-01T00:00:00+00:00 ledger 7 aaa", encoding="utf-8")
    ledger["ledger"] = Head(8, "b" * 64)
    (line,) = heads.write(now=NOW)
    assert file.read_text(encoding="utf-8").splitlines()[1] == line


def test_without_a_chain_there_is_nothing_to_keep(file: Path, db: None, settings: object) -> None:
    settings.HEADS_RECIPIENTS = ["keeper@example.com"]  # type: ignore[attr-defined]
    write_heads()
    mail_heads()
    assert not file.exists()
    assert not mail.outbox


def test_the_job_writes_the_file(file: Path, block: AuditBlock) -> None:
    write_heads()
    assert f" audit 1 {block.hash}\n" in file.read_text(encoding="utf-8")


def test_the_heads_are_mailed_to_those_who_keep_them(
    block: AuditBlock, ledger: dict[str, Head | None], settings: object
) -> None:
    settings.HEADS_RECIPIENTS = ["keeper@example.com", "notary@example.com"]  # type: ignore[attr-defined]
    ledger["ledger"] = Head(7, "a" * 64)
    assert heads.mail(now=NOW)
    (message,) = mail.outbox
    assert message.to == ["keeper@example.com", "notary@example.com"]
    assert message.subject == "Heads of the chains, 2026-03-04"
    assert f"\naudit 1:{block.hash}\nledger 7:{'a' * 64}\n" in message.body
    assert message.extra_headers["Message-ID"] == "<heads-2026-03-04@127.0.0.1>"


def test_nobody_is_mailed_by_default(block: AuditBlock) -> None:
    mail_heads()
    assert not mail.outbox
