"""The demo company, loaded once for the tests of a module; what a test changes is undone after it.

    @pytest.mark.usefixtures("demo_company")
    def test_the_first_page_shows_the_day(db): ...

Loading it takes longer than most of what is asked of it.
"""

from collections.abc import Iterator

import pytest
from django.db import transaction
from pytest_django import DjangoDbBlocker

from project import demo


@pytest.fixture(scope="module")
def demo_company(django_db_setup: None, django_db_blocker: DjangoDbBlocker) -> Iterator[None]:
    """Load it in a transaction around those of the tests, and take it back with the module."""
    with django_db_blocker.unblock(), transaction.atomic():
        demo.load()
        yield
        transaction.set_rollback(True)
