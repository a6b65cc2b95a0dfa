"""A new report is one small class; this is the smallest."""

from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from apps.accounts.models import User
from apps.reports import columns, csv
from apps.reports import report as report_module
from apps.reports.catalogue import CATALOGUE, find
from apps.reports.columns import Column, label_of
from apps.reports.errors import UnknownReport
from apps.reports.forms import ParameterForm
from apps.reports.report import Answers, Frame, Query, Report, TieOut, Totals
from apps.reports.snapshot import Position, snapshot
from apps.wallets import services as wallets
from apps.wallets.models import LedgerTransaction, Wallet


class Staff(Report):
    """Who may sign in to the back office."""

    slug = "staff"
    title = _("Staff")
    description = _("Everybody who may sign in to the back office.")
    permission = "accounts.view_user"
    form = ParameterForm
    columns = (
        Column("name", _("Name"), width=80),
        Column("email", _("E-mail"), width=106),
    )

    def query(self, answers: Answers) -> Query:  # noqa: ARG002  (it asks nothing)
        """Return them by name."""
        staff = User.objects.filter(is_staff=True, display_name__contains="%").order_by("pk")
        return Query.of(staff.values_list("display_name", "email"))

    def frame(self, answers: Answers, totals: Totals) -> Frame:  # noqa: ARG002  (it asks nothing)
        """Return that each of them is active."""
        active = User.objects.filter(
            is_staff=True, is_active=True, display_name__contains="%"
        ).count()
        return Frame([TieOut("Active", active, totals.row_count)])


def test_a_report_may_be_a_queryset_without_money(fiona: User, tmp_path: Path) -> None:
    User.objects.filter(pk=fiona.pk).update(display_name="100 % Fiona")
    report = Staff()
    answers = report.answers({})

    totals = report.totals(answers)
    csv.write(
        tmp_path / "x.csv", report.columns, report.query(answers), progress=lambda _rows: None
    )

    assert (totals.row_count, totals.sums, totals.of("fee", "USD")) == (1, {}, 0)
    assert report.frame(answers, totals).tie_outs[0].is_ok
    assert (tmp_path / "x.csv").read_bytes() == (
        b"Name,E-mail\r\n100 % Fiona,fiona@example.com\r\n"
    )
    assert report.summary(answers) == ""


def test_the_report_in_the_readme_works(wallet: Wallet, system: User) -> None:
    wallets.place_hold(wallet.pk, 500, actor=system, key="h")
    readme = (settings.BASE_DIR / "README.md").read_text()
    code = readme.split("## A new report")[1].split("```python")[1].split("```")[0]
    names: dict[str, Any] = {**vars(report_module), **vars(columns), "ParameterForm": ParameterForm}
    exec(code, {**names, "gettext_lazy": _, "_": gettext})  # noqa: S102  (our own README)
    (held,) = (one for one in Report.__subclasses__() if one.__name__ == "Held")

    totals = held().totals({})

    assert held().query({}).rows() == [(wallet.number, 500, "USD", wallet.pk)]
    assert [(tie.expected, tie.found) for tie in held().frame({}, totals).tie_outs] == [(500, 500)]
    assert sum(column.width for column in held.columns) == 186


def test_every_report_is_found_by_its_slug() -> None:
    assert [find(slug) for slug in CATALOGUE] == list(CATALOGUE.values())
    with pytest.raises(UnknownReport):
        find("weather")


@pytest.mark.django_db
def test_a_label_is_a_literal_whatever_is_in_it() -> None:
    labels: list[tuple[str, Any]] = [("a", "it's 100 %"), ("b", "B")]

    sql = f"SELECT {label_of('v', labels)}, {label_of('v', labels, otherwise='?')}"
    rows = Query(f"{sql} FROM (VALUES ('a'), ('b'), ('c')) AS given(v)", {}).rows()

    assert rows == [("it's 100 %", "it's 100 %"), ("B", "B"), ("c", "?")]


@pytest.mark.django_db(transaction=True)
def test_an_empty_ledger_has_a_position_too() -> None:
    with snapshot() as position:
        assert position == Position(0, 0, None)


@pytest.mark.django_db(transaction=True)
def test_a_position_is_the_last_transaction_and_how_many_there_are(wallet: Wallet) -> None:
    last = LedgerTransaction.objects.latest("pk")

    with snapshot() as position:
        assert position == Position(last.pk, LedgerTransaction.objects.count(), last.posted_at)
