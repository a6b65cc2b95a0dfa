"""Comparing two runs: what came, what went, what changed, and who may ask."""

import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.common.errors import DomainError, NotPermitted
from apps.reports import building, comparing, services
from apps.reports.addresses import on_screen
from apps.reports.errors import (
    ColumnsChanged,
    FileLost,
    NoTable,
    ParametersRefused,
    RunExpired,
    RunNotReady,
)
from apps.reports.models import ReportFile, ReportRun
from apps.reports.options import USUAL, Options, Separator
from apps.reports.states import Status
from apps.reports.tests.conftest import Asked, ask
from apps.reports.tests.golden_files import assert_golden

HEADER = ("Currency", "Class", "Wallet", "Account", "Debit", "Credit")
CASH = ("USD", "Asset", "", "Cash", "10.00", "")
BORIS = ("USD", "Liability", "W-1", "Boris", "", "6.00")
CAROL = ("USD", "Liability", "W-2", "Carol", "", "4.00")


def _kept(
    person: User, files: Path, table: str | None, options: Options = USUAL, **fields: Any
) -> ReportRun:
    """Return a finished run of the trial balance that kept that CSV."""
    now = timezone.now()
    run = ReportRun.objects.create(
        **{
            "report": "trial-balance",
            "requester": person,
            "formats": ["csv"],
            "status": Status.DONE,
            "finished_at": now,
            "expires_at": now + timedelta(days=90),
            "rows_total": table.count("\r\n") - 1 if table else 0,
            "options": options.as_json(),
            **fields,
        }
    )
    if table is not None:
        data = table.encode("utf-8-sig" if options.has_bom else "utf-8")
        path = files / "reports" / f"{run.pk}.csv"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        ReportFile.objects.create(
            run=run,
            format="csv",
            file=f"reports/{run.pk}.csv",
            name="x.csv",
            size=len(data),
            sha256=hashlib.sha256(data).hexdigest(),
        )
    return run


def _table(*rows: tuple[str, ...], separator: str = ",") -> str:
    return "".join(separator.join(cells) + "\r\n" for cells in (HEADER, *rows))


def _compared(before: ReportRun, after: ReportRun) -> Asked:
    return ask("comparison", before=before.pk, after=f"rr-{after.pk}")


def _changes(before: ReportRun, after: ReportRun) -> list[tuple[str, ...]]:
    return [tuple(cell or "" for cell in row.values()) for row in _compared(before, after).rows]


def test_rows_and_cells_that_changed_are_found_in_the_order_of_the_report(
    fiona: User, files: Path
) -> None:
    gone = ("EUR", "Asset", "", "Bank", "1.00", "")
    before = _kept(fiona, files, _table(gone, CASH, BORIS))
    now = ("USD", "Liability", "W-1", "Boris", "2.00", "8.00")
    after = _kept(fiona, files, _table(CASH, now, CAROL))

    assert _changes(before, after) == [
        ("EUR · Asset · Bank", "removed", "", "1.00", ""),
        ("USD · Liability · W-1 · Boris", "changed", "Debit", "", "2.00"),
        ("USD · Liability · W-1 · Boris", "changed", "Credit", "6.00", "8.00"),
        ("USD · Liability · W-2 · Carol", "added", "", "", "4.00"),
    ]
    asked = _compared(before, after)
    assert asked.broken == []
    assert [value for _label, value in asked.frame.figures] == ["1", "1", "1", "2"]
    assert [tie_out.found for tie_out in asked.frame.tie_outs] == [3, 2]


def test_nothing_changed_is_said(fiona: User, files: Path) -> None:
    # In another order, written in another way.
    before = _kept(fiona, files, _table(CASH, BORIS))
    other = Options(Separator.SEMICOLON, has_bom=True)
    after = _kept(fiona, files, _table(BORIS, CASH, separator=";"), other)

    asked = _compared(before, after)

    assert (asked.totals.row_count, asked.broken) == (0, [])
    assert asked.frame.figures == [("Result", "Nothing changed.")]


def test_many_buckets_find_what_one_finds(
    fiona: User, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    rows = [("USD", "Asset", f"W-{i}", "x", f"{i}.00", "") for i in range(60)]
    before = _kept(fiona, files, _table(*rows))
    after = _kept(fiona, files, _table(*rows[:20], *[(*r[:4], "", r[4]) for r in rows[25:]], CASH))
    found = _changes(before, after)

    monkeypatch.setattr(comparing, "_BUCKET_ROWS", 2)

    assert _changes(before, after) == found
    assert len(found) == 5 + 2 * 35 + 1


def test_rows_of_the_same_key_are_compared_in_their_order(fiona: User, files: Path) -> None:
    again = (*CASH[:4], "11.00", "")
    before = _kept(fiona, files, _table(CASH, again))
    after = _kept(fiona, files, _table(CASH, (*CASH[:4], "12.00", ""), CASH))

    assert _changes(before, after) == [
        ("USD · Asset · Cash", "changed", "Debit", "11.00", "12.00"),
        ("USD · Asset · Cash", "added", "", "", "10.00"),
    ]


def test_beyond_the_most_changes_it_says_how_many_more_there_are(
    fiona: User, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(comparing, "MOST_CHANGES", 2)
    before = _kept(fiona, files, _table())
    rows = [("USD", "Asset", f"W-{i}", "x", "1.00", "") for i in range(5)]

    found = _changes(before, _kept(fiona, files, _table(*rows)))

    assert [row[0] for row in found] == ["USD · Asset · W-0 · x", "USD · Asset · W-1 · x", ""]
    assert found[-1] == ("", "more", "", "", "3 more changes are not listed")


def test_a_guarded_text_is_shown_as_it_was(fiona: User, files: Path) -> None:
    before = _kept(fiona, files, _table((*CASH[:2], "'=x", "Cash", "-1.00", "")))
    after = _kept(fiona, files, _table((*CASH[:2], "'=x", "Cash", "-2.00", "")))

    assert _changes(before, after) == [
        ("USD · Asset · =x · Cash", "changed", "Debit", "-1.00", "-2.00")
    ]


def test_a_file_that_is_not_the_one_that_was_kept_breaks_the_tie(fiona: User, files: Path) -> None:
    before = _kept(fiona, files, _table(CASH, BORIS))
    after = _kept(fiona, files, _table(CASH, BORIS))
    (files / f"reports/{after.pk}.csv").write_bytes(_table(CASH).encode())

    broken = _compared(before, after).broken

    assert [(one.expected, one.found) for one in broken] == [(2, 1), (2, 1)]


def _refused(actor: User, before: ReportRun, after: ReportRun) -> None:
    services.run(
        "comparison",
        parameters={"before": before.pk, "after": after.pk},
        formats=["csv"],
        actor=actor,
    )


@pytest.mark.parametrize(
    ("fields", "refusal", "words"),
    [
        ({"status": Status.EXPIRED}, RunExpired, "were deleted on"),
        ({"status": Status.QUEUED}, RunNotReady, "has no CSV file; its status is “queued”"),
        ({"table": None}, NoTable, "kept no CSV to compare. Run the report again with CSV"),
        ({"report": "lending-register"}, ParametersRefused, "runs of the same report"),
    ],
)
def test_a_run_that_cannot_be_compared_is_refused_with_what_to_do(
    fiona: User, files: Path, fields: dict[str, Any], refusal: type[DomainError], words: str
) -> None:
    wanted = {"table": _table(CASH), **fields}
    before = _kept(fiona, files, wanted.pop("table"), **wanted)

    with pytest.raises(refusal, match=words):
        _refused(fiona, before, _kept(fiona, files, _table(CASH)))


def test_a_comparison_is_not_compared_again(fiona: User, files: Path) -> None:
    table = "Row,Change,Column,Before,After\r\n"
    before, after = (_kept(fiona, files, table, report="comparison") for _ in range(2))

    with pytest.raises(ParametersRefused, match="not compared again"):
        _refused(fiona, before, after)
    client = Client()
    client.force_login(fiona)
    assert not _has_button(client, after)


def test_exports_of_lists_are_not_compared(fiona: User, files: Path) -> None:
    before, after = (_kept(fiona, files, _table(CASH), report="list-export") for _ in range(2))

    with pytest.raises(ParametersRefused, match="are not compared"):
        _refused(fiona, before, after)


def test_a_run_that_never_was_is_refused(fiona: User) -> None:
    with pytest.raises(ParametersRefused, match="There is no such run"):
        ask("comparison", before="RR-0", after="x")


def test_a_file_that_is_lost_and_other_columns_fail_the_run(fiona: User, files: Path) -> None:
    before = _kept(fiona, files, _table(CASH))
    other = _kept(fiona, files, "Currency,Amount\r\nUSD,1\r\n")
    with pytest.raises(ColumnsChanged):
        _compared(before, other)

    (files / f"reports/{before.pk}.csv").unlink()

    with pytest.raises(FileLost):
        _compared(before, _kept(fiona, files, _table(CASH)))


def test_who_may_not_see_both_runs_compares_nothing(fiona: User, carol: User, files: Path) -> None:
    own = _kept(fiona, files, _table(CASH))
    role = fiona.groups.get()

    role.permissions.remove(*role.permissions.filter(codename="view_reportrun"))
    fiona = User.objects.get(pk=fiona.pk)
    with pytest.raises(NotPermitted, match=r"reports\.view_reportrun"):
        _refused(fiona, own, _kept(carol, files, _table(CASH)))
    role.permissions.remove(*role.permissions.filter(codename="view_ledgerentry"))
    fiona = User.objects.get(pk=fiona.pk)
    with pytest.raises(NotPermitted, match=r"wallets\.view_ledgerentry"):
        _refused(fiona, own, own)


def test_the_golden_files_of_a_comparison(fiona: User, files: Path, tmp_path: Path) -> None:
    gone = ("EUR", "Asset", "", "'=Bank", "1.00", "")
    now = ("USD", "Liability", "W-1", "Boris", "2.00", "8.00")
    tables = (_table(gone, CASH, BORIS), _table(CASH, now, CAROL))
    runs = [_kept(fiona, files, table, summary="now") for table in tables]

    assert_golden(_compared(*runs), tmp_path)


@pytest.mark.django_db(transaction=True)
@pytest.mark.usefixtures("broker")
def test_a_comparison_is_run_from_the_page_of_a_run(
    fiona: User, files: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    parameters = {"as_of": None, "detail": "chart"}
    oldest = _kept(fiona, files, _table(CASH), parameters=parameters, summary="Chart")
    _kept(fiona, files, _table(CASH), parameters={"as_of": None, "detail": "wallets"})
    run = _kept(fiona, files, _table(CASH, BORIS), parameters=parameters)
    client = Client()
    client.force_login(fiona)
    assert not _has_button(client, oldest)
    assert _has_button(client, run)
    url = reverse("admin:reports_reportrun_compare", args=(run.pk,))
    dialog = client.get(url).content.decode()
    # The one with the same parameters comes first, so that it is the one that is chosen.
    assert dialog.index(f'<option value="{oldest.pk}">') < dialog.index(
        "<option value", 1 + dialog.index("<option value")
    )
    assert ReportRun.objects.count() == 3

    sent = {"_form_submitted": "on", "before": str(oldest.pk), "formats": ["csv", "xlsx"]}
    answer = client.post(url, sent)

    comparison = ReportRun.objects.get(report="comparison")
    assert answer["HX-Redirect"] == reverse("admin:reports_reportrun_change", args=(comparison.pk,))
    reads = _count_reads(monkeypatch)
    building.build(comparison.pk)
    comparison.refresh_from_db()
    assert (comparison.status, comparison.failure) == (Status.DONE, "")
    assert comparison.is_tied
    assert comparison.rows_total == 1
    assert reads == [f"RR-{oldest.pk}", f"RR-{run.pk}"]
    assert comparison.summary == f"{oldest} · Chart · {run}"


def _has_button(client: Client, run: ReportRun) -> bool:
    page = client.get(reverse("admin:reports_reportrun_change", args=(run.pk,)))
    return "Compare with an earlier run" in page.content.decode()


def _count_reads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    reads: list[str] = []
    real = comparing.table_of

    def noted(run: ReportRun) -> ReportFile:
        reads.append(str(run))
        return real(run)

    monkeypatch.setattr(comparing, "table_of", noted)
    return reads


def test_the_page_says_that_nothing_changed(fiona: User, files: Path) -> None:
    run = _kept(fiona, files, "Row,Change,Column,Before,After\r\n", report="comparison")
    client = Client()
    client.force_login(fiona)

    page = client.get(reverse("admin:reports_reportrun_change", args=(run.pk,)))

    assert "Nothing changed." in page.content.decode()


@pytest.mark.usefixtures("open_snapshot")
def test_changes_are_read_on_the_screen_by_those_who_may_see_both_runs(
    fiona: User, carol: User, files: Path
) -> None:
    own = _kept(fiona, files, _table(CASH))
    runs = {"before": own.pk, "after": _kept(carol, files, _table(CASH, BORIS)).pk}
    client = Client()
    client.force_login(fiona)
    url = on_screen("comparison", runs)

    assert "W-1" in client.get(url).content.decode()
    closing = client.get(url.replace("/?", "/closing/?"))
    assert "These figures agree" in closing.content.decode()

    role = fiona.groups.get()
    role.permissions.remove(*role.permissions.filter(codename="view_reportrun"))
    for address in (url, url.replace("/?", "/closing/?")):
        assert client.get(address).status_code == 403
