"""The pages on which a journal comes in."""

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from apps.accounts.models import User
from apps.audit.models import AuditEvent
from apps.wallets import selectors
from apps.wallets.importing import carrying_out
from apps.wallets.models import JournalImport, LedgerTransaction, Wallet
from apps.wallets.tests.browsing import buttons, press, said, shown_in, signed_in, text_of, url_of
from apps.wallets.tests.importing import HEADER, SMALL, balances, mapped, uploaded

LIST = url_of("journalimport_changelist")
UPLOAD = url_of("journalimport_upload")
JOURNAL = url_of("ledgertransaction_changelist")


@pytest.fixture
def desk(carol: User) -> Client:
    """Carol's browser."""
    return signed_in(carol)


def send(client: Client, content: str | bytes, name: str = "journal.csv") -> Any:
    data = content if isinstance(content, bytes) else content.encode()
    return client.post(UPLOAD, {"file": SimpleUploadedFile(name, data)}, follow=True)


def page(name: str, row: JournalImport) -> str:
    return url_of(f"journalimport_{name}", row.pk)


def typed_in(answer: Any, **changes: str) -> dict[str, str]:
    """Return what the form would send, with some fields typed anew."""
    form = answer.context["form"]
    drawn = {field.html_name: field.value() or "" for field in form}
    return {**drawn, **changes}


def test_a_journal_comes_in_by_upload_mapping_preview_and_confirmation(
    desk: Client, carol: User
) -> None:
    shown = send(desk, SMALL)
    row = JournalImport.objects.get()
    assert shown.redirect_chain == [(page("map", row), 302)]
    assert "Assets:<wbr>Bank" in shown.content.decode()

    preview = desk.post(page("map", row), typed_in(shown), follow=True)
    assert preview.redirect_chain == [(page("change", row), 302)]
    text = text_of(preview)
    for words in ("What would be posted", "3 new accounts", "2026-01-01", "$107.50", "$92.50 Dr"):
        assert words in text
    assert buttons(preview) - {"search"} == {"confirm", "discard"}
    assert not LedgerTransaction.objects.exists()

    press(desk, page("confirm", row))
    row.refresh_from_db()
    assert (row.status, row.confirmed_by) == ("queued", carol)
    assert "A worker posts the journal" in text_of(desk.get(page("change", row)))
    assert desk.get(page("standing", row)).status_code == 200

    carrying_out.carry_out(row.pk)
    assert desk.get(page("standing", row)).headers["HX-Refresh"] == "true"
    result = desk.get(page("change", row))
    assert "What was posted" in text_of(result)
    bank = Wallet.objects.get(title="Assets:Bank")
    assert url_of("wallet_change", bank.pk) in result.content.decode()
    assert buttons(result) == {"search"}
    assert f"{JOURNAL}?q={row}" in result.content.decode()
    assert len(shown_in(desk.get(JOURNAL, {"q": str(row)}))) == 2
    assert balances()["Assets:Bank", "USD"] == "-92.50"
    assert "imported" in text_of(desk.get(LIST))


def test_everything_that_is_wrong_is_listed_and_nothing_is_kept(desk: Client) -> None:
    answer = send(desk, HEADER + "1,soon,x,Bank,USD,1.00,\n2,2026-01-01,y,Bank,USD,abc,\n")
    text = text_of(answer)
    assert "“journal.csv” was not taken" in text
    assert "2 things are wrong" in text
    assert "“soon” is not a day. Write it as 2026-01-31." in text
    assert "“abc” is not an amount in USD" in text
    assert not JournalImport.objects.exists()


def test_a_long_list_of_faults_is_cut(desk: Client) -> None:
    text = text_of(send(desk, HEADER + "1,soon,x,Bank,USD,1.00,\n" * 300))
    assert "300 things are wrong" in text
    assert "And 100 more." in text


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "The file is empty"),
        (b"PK\x03\x04", "This is a spreadsheet or an archive"),
        (b"tag,name\n1,2\n", "This is no journal: the column “transaction” is missing"),
        (SMALL.encode().replace(b"credit\n", b"credit,memo\n"), "A journal has no column “memo”"),
        (HEADER.encode(), "The file has a header, but no row under it."),
    ],
)
def test_what_is_no_journal_is_refused_at_the_field(
    desk: Client, content: bytes, sentence: str
) -> None:
    answer = send(desk, content)
    assert sentence in text_of(answer)
    assert not JournalImport.objects.exists()


def test_without_a_file_the_field_says_so(desk: Client) -> None:
    assert "This field is required." in text_of(desk.post(UPLOAD, {}))


def test_a_file_goes_in_once_under_whatever_name(desk: Client, carol: User) -> None:
    first = mapped(uploaded(SMALL, carol), carol)
    press(desk, page("confirm", first))
    carrying_out.carry_out(first.pk)
    again = send(desk, SMALL.replace(",", ";").replace("\n", "\r\n"), "other name.csv")
    assert f"was imported already, as {first}: a journal goes in once" in text_of(again)
    assert LedgerTransaction.objects.count() == 2


def test_an_account_without_a_class_is_asked_for(desk: Client, carol: User) -> None:
    row = uploaded(SMALL.replace("Assets:Bank", "Giro"), carol)
    shown = desk.get(page("map", row))
    refused = desk.post(page("map", row), typed_in(shown))
    assert "Choose the class of the new account: its name does not tell." in text_of(refused)
    places = [one.name for one in shown.context["form"].sums]
    chosen = {f"class_{places.index('Giro')}": "asset"}
    answer = desk.post(page("map", row), typed_in(shown, **chosen), follow=True)
    assert "What would be posted" in text_of(answer)


def test_an_account_of_the_chart_takes_what_is_mapped_to_it(desk: Client, carol: User) -> None:
    row = uploaded(SMALL, carol)
    shown = desk.get(page("map", row))
    assert "Cash at bank (USD-CASH)" in shown.content.decode()
    # The first account by name is the bank.
    answer = desk.post(page("map", row), typed_in(shown, wallet_0="USD-CASH"), follow=True)
    assert "← Assets: Bank" in text_of(answer)
    carrying = JournalImport.objects.get()
    assert carrying.mapping[0] == {
        "name": "Assets:Bank",
        "currency": "USD",
        "wallet": "USD-CASH",
        "title": "",
        "general_class": "",
    }


def test_the_wallet_of_a_person_is_no_choice(desk: Client, carol: User, make: Any) -> None:
    wallet = make.wallet(carol)
    row = uploaded(SMALL, carol)
    shown = desk.get(page("map", row))
    assert wallet.number not in shown.content.decode()
    refused = desk.post(page("map", row), typed_in(shown, wallet_0=wallet.number))
    assert "Select a valid choice" in text_of(refused)


def test_an_import_is_discarded_with_its_file(desk: Client, carol: User) -> None:
    row = uploaded(SMALL, carol)
    assert buttons(desk.get(page("change", row))) - {"search"} == {"discard"}
    answer = press(desk, page("discard", row))
    assert said(answer) == ["“journal.csv” is discarded."]
    row.refresh_from_db()
    assert (row.status, bytes(row.content)) == ("discarded", b"")
    assert desk.get(page("file", row)).status_code == 404
    assert desk.get(page("map", row)).status_code == 302
    assert "discarded" in text_of(desk.get(page("change", row)))


def test_the_file_is_handed_out_as_it_came_with_a_trace(audrey: User, carol: User) -> None:
    row = uploaded(b"\xef\xbb\xbf" + SMALL.encode(), carol, "Bücher 2026.csv")
    answer = signed_in(audrey).get(page("file", row))
    assert answer.content == b"\xef\xbb\xbf" + SMALL.encode()
    assert "filename*=utf-8''B%C3%BCcher%202026.csv" in answer.headers["Content-Disposition"]
    trace = AuditEvent.objects.latest("pk")
    assert (trace.action, trace.actor) == ("wallets.journal_file_downloaded", audrey)


def test_who_may_not_import_sees_no_way_in(fiona: User, walt: User, carol: User) -> None:
    row = mapped(uploaded(SMALL, carol), carol)
    analyst = signed_in(fiona)
    assert analyst.get(LIST).status_code == 200
    assert buttons(analyst.get(page("change", row))) == {"search"}
    assert analyst.get(UPLOAD).status_code == 403
    assert analyst.get(page("map", row)).status_code == 403
    assert send(analyst, SMALL).status_code == 403
    assert analyst.post(page("map", row), {}).status_code == 403
    assert analyst.post(page("confirm", row), {"_form_submitted": "True"}).status_code == 403
    stranger = signed_in(walt)
    for name in ("change", "map", "standing", "file"):
        assert stranger.get(page(name, row)).status_code in {403, 404}, name
    row.refresh_from_db()
    assert row.status == "mapped"
    denied = AuditEvent.objects.filter(outcome="denied").values_list("action", "actor")
    assert ("wallets.upload", fiona.pk) in denied


def test_reading_the_dialogs_changes_nothing(desk: Client, carol: User) -> None:
    row = mapped(uploaded(SMALL, carol), carol)
    for name in ("confirm", "discard", "map", "change"):
        assert desk.get(page(name, row)).status_code == 200
    row.refresh_from_db()
    assert row.status == "mapped"
    assert not Wallet.objects.filter(role="general").exists()
    assert sum(line.balance for line in selectors.trial_balance()) == 0
