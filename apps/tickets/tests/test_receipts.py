"""Receipts: printed once after the commit, kept with the ticket, sent to the borrower."""

from io import BytesIO

import pytest
from pypdf import PdfReader

from apps.accounts.models import User
from apps.assets.models import ChecklistItem
from apps.tickets import services
from apps.tickets.models import Handing, Receipt
from apps.tickets.receipts import making
from apps.tickets.tests.conftest import Desk, lines
from apps.tickets.tests.showing import drawn, photo


@pytest.fixture
def handing(desk: Desk, clara: User) -> Handing:
    """Return a hand-over with all that can be shown."""
    desk.pay_in()
    (camera,) = desk.assets(serial="SN-77")
    camera.category.terms = "Bring it back dry."
    camera.category.save()
    item = ChecklistItem.objects.create(category=camera.category, text="Battery is charged")
    ticket = desk.approved([camera])
    out = services.LineOut(
        lines(ticket)[0],
        "worn",
        "Scratch on the lid",
        [photo(), photo(colour="orange")],
        {item.pk: services.Answer(is_so=False, note="half full")},
    )
    services.hand_over(
        ticket.pk, lines=[out], actor=clara, at=ticket.starts_at, signatures=drawn("Bert")
    )
    return ticket.handings.get()


def test_a_receipt_says_and_shows_what_was_signed(handing: Handing) -> None:
    making.make(handing.pk)
    file = Receipt.objects.get().file
    content = services.download(file.pk, actor=handing.clerk)[1]
    (page,) = PdfReader(BytesIO(content)).pages
    text = " ".join(page.extract_text().split())
    assert "Battery is charged no half full" in text
    assert len(page.images) >= 4
