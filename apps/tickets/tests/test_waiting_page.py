"""The waiting list as people click it: put somebody on it, answer an offer, see who is next."""

from typing import Any

import pytest
from django.urls import reverse
from django.utils import timezone

from apps.accounts.models import User
from apps.assets.models import Asset
from apps.tickets import services
from apps.tickets.models import Ticket, WaitingEntry
from apps.tickets.states import Status, WaitingStatus
from apps.tickets.tests.clicking import fields_of, page_of, signed_in, text_of
from apps.tickets.tests.conftest import DAY, Desk

pytestmark = pytest.mark.django_db

LIST = reverse("admin:tickets_waitingentry_changelist")
ADD = reverse("admin:tickets_waitingentry_add")


@pytest.fixture
def loan(desk: Desk) -> Ticket:
    desk.pay_in()
    return desk.on_loan()


@pytest.fixture
def camera(loan: Ticket) -> Asset:
    return loan.lines.get().asset


def page(entry: WaitingEntry, name: str = "change") -> str:
    return reverse(f"admin:tickets_waitingentry_{name}", args=(entry.pk,))


def typed(person: User, **fields: Any) -> dict[str, Any]:
    return {
        "person": person.pk,
        "asset": "",
        "category": "",
        "starts_at_0": "",
        "starts_at_1": "",
        "length": "2 d",
        "purpose": "Film school",
        **fields,
    }


@pytest.fixture
def entry(camera: Asset, bella: User, clara: User) -> WaitingEntry:
    return services.join_waiting_list(
        person=bella, asset=camera, length=DAY, purpose="Film school", actor=clara
    )


def offer(desk: Desk, loan: Ticket, system: User) -> None:
    desk.take_back(loan, at=timezone.now())
    assert services.offer_what_is_free(now=timezone.now(), actor=system) == (1, 0)


def test_the_clerk_puts_somebody_on_the_list_from_the_page_of_an_asset(
    camera: Asset, bella: User, clara: User
) -> None:
    client = signed_in(clara)
    asset_page = reverse("admin:assets_asset_change", args=(camera.pk,))
    assert "Nobody waits." in text_of(client.get(asset_page))
    add = f"{ADD}?asset={camera.pk}"
    assert add in client.get(asset_page).content.decode()
    assert client.get(add).context["adminform"].form.initial["asset"] == str(camera.pk)

    answer = client.post(ADD, typed(bella, asset=camera.pk))
    entry = WaitingEntry.objects.get()
    assert answer.headers["Location"] == page(entry)
    assert (entry.length, entry.entered_by) == (2 * DAY, clara)
    assert f"1. {entry} Bella waiting" in text_of(client.get(asset_page))
    category = reverse("admin:assets_category_change", args=(camera.category_id,))
    assert "Nobody waits." in text_of(client.get(category))


def test_what_cannot_be_stands_at_its_field(
    entry: WaitingEntry, camera: Asset, bella: User, clara: User, lena: User
) -> None:
    client = signed_in(clara)
    for fields, said in (
        (typed(bella, asset=camera.pk), "waits for"),
        (typed(bella), "Choose an asset or a category"),
        (typed(lena, category=camera.category_id), "not registered as a borrower"),
        (typed(bella, category=camera.category_id, length="soon"), "no length of time"),
    ):
        assert said in text_of(client.post(ADD, fields))
    assert WaitingEntry.objects.count() == 1


def test_the_list_shows_the_place_of_each(
    entry: WaitingEntry, camera: Asset, boris: User, clara: User
) -> None:
    services.join_waiting_list(person=boris, asset=camera, length=DAY, purpose="Too", actor=clara)
    shown = text_of(signed_in(clara).get(LIST))
    assert "1." in shown
    assert "2." in shown
    assert "as soon as it is free, 1 day" in shown
    for tab in ("offered", "ended"):
        assert str(entry) not in text_of(signed_in(clara).get(LIST, {"tab": tab}))
    assert str(entry) in text_of(signed_in(clara).get(LIST, {"tab": "all"}))


def test_an_offer_is_accepted_in_a_dialog(
    desk: Desk, loan: Ticket, entry: WaitingEntry, clara: User, system: User
) -> None:
    client = signed_in(clara)
    assert page(entry, "accept") not in client.get(page(entry)).content.decode()
    offer(desk, loan, system)
    assert page(entry, "accept") in client.get(page(entry)).content.decode()
    answer = client.post(page(entry, "accept"), fields_of(client.get(page(entry, "accept"))))
    ticket = Ticket.objects.get(borrower=entry.person)
    assert answer.headers["HX-Redirect"] == page_of(ticket)
    assert ticket.status == Status.SUBMITTED
    shown = client.get(page(entry)).content.decode()
    assert page_of(ticket) in shown
    assert page(entry, "leave") not in shown


@pytest.mark.parametrize(
    ("name", "status"),
    [("decline", WaitingStatus.DECLINED), ("leave", WaitingStatus.CANCELLED)],
)
def test_a_place_is_given_up_in_a_dialog(
    desk: Desk,
    loan: Ticket,
    entry: WaitingEntry,
    clara: User,
    anna: User,
    system: User,
    name: str,
    status: str,
) -> None:
    offer(desk, loan, system)
    assert signed_in(anna).get(page(entry, name)).status_code == 403
    client = signed_in(clara)
    client.post(page(entry, name), fields_of(client.get(page(entry, name))))
    entry.refresh_from_db()
    assert entry.status == status


def test_readers_see_the_card_and_add_nobody(
    entry: WaitingEntry, camera: Asset, anna: User, carol: User
) -> None:
    address = reverse("admin:assets_asset_change", args=(camera.pk,))
    shown = signed_in(anna).get(address).content.decode()
    assert str(entry) in shown
    assert ADD not in shown
    assert str(entry) not in signed_in(carol).get(address).content.decode()
