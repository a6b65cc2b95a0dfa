"""Out and back at the desk, by hand in a browser: photos, checklist, both signatures, receipts."""

from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from django.core import mail
from playwright.sync_api import Browser, expect
from pypdf import PdfReader

from apps.accounts.models import User
from apps.approvals import selectors as approval_questions
from apps.approvals import services as approvals
from apps.approvals.states import Verdict
from apps.assets.models import Category, ChecklistItem
from apps.notifications.models import Notice
from apps.tickets import services
from apps.tickets.models import Handing, Receipt, Ticket
from apps.tickets.tests.showing import photo
from project.testing.broker import Worker
from project.testing.make import Make
from project.tests.journeys.desk import Desk

if TYPE_CHECKING:
    from collections.abc import Callable


@pytest.fixture
def open_desk(browser: Browser, live_server: object) -> "Callable[[User], Desk]":
    """Sit down at a desk of one's own."""
    return lambda user: Desk(browser, str(live_server), user)


@pytest.fixture
def ticket(make: Make, boris: User, lena: User, clara: User, anna: User) -> Ticket:
    """Return an approved ticket for a camera of a category in which everything is asked."""
    make.wallet(boris, balance=100_000)
    category = make.category(
        name="Cameras", requires_signature=True, requires_photos=True, terms="Keep it dry."
    )
    ChecklistItem.objects.create(category=category, text="Battery is charged")
    camera = make.asset(lender=lena, category=category, tag="CAM-1", name="Arri camera")
    drafted = services.draft(
        borrower=boris,
        starts_at=pytest.importorskip("django.utils.timezone").now(),
        ends_at=pytest.importorskip("django.utils.timezone").now(),
        purpose="A short film",
        asset_ids=[camera.pk],
        actor=clara,
    )
    return drafted
