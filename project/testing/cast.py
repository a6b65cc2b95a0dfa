"""The people of the tests, each with one role; `boris` borrows, `anna` approves."""

import pytest
from django.contrib.auth.models import Group

from apps.accounts.models import User

PASSWORD = "correct horse battery staple"


def person(name: str, *roles: str, is_staff: bool = True) -> User:
    """Create a person of that name with these roles."""
    user = User.objects.create_user(
        f"{name.lower()}@example.com", PASSWORD, display_name=name, is_staff=is_staff
    )
    groups = list(Group.objects.filter(name__in=roles))
    assert len(groups) == len(roles), f"a role of {roles} is not in the fixtures"
    user.groups.add(*groups)
    return user


@pytest.fixture
def boris(db: None) -> User:
    """Borrows."""
    return person("Boris", "Borrower", is_staff=False)


@pytest.fixture
def bella(db: None) -> User:
    """Borrows too."""
    return person("Bella", "Borrower", is_staff=False)


@pytest.fixture
def lena(db: None) -> User:
    """Lends."""
    return person("Lena", "Lender", is_staff=False)


@pytest.fixture
def clara(db: None) -> User:
    """Lending clerk."""
    return person("Clara", "Lending clerk")


@pytest.fixture
def anna(db: None) -> User:
    """Lending approver."""
    return person("Anna", "Lending approver")


@pytest.fixture
def arno(db: None) -> User:
    """Lending approver too."""
    return person("Arno", "Lending approver")


@pytest.fixture
def walt(db: None) -> User:
    """Wallet clerk."""
    return person("Walt", "Wallet clerk")


@pytest.fixture
def carol(db: None) -> User:
    """Finance controller."""
    return person("Carol", "Finance controller")


@pytest.fixture
def conrad(db: None) -> User:
    """Finance controller too."""
    return person("Conrad", "Finance controller")


@pytest.fixture
def fiona(db: None) -> User:
    """Finance analyst."""
    return person("Fiona", "Finance analyst")


@pytest.fixture
def audrey(db: None) -> User:
    """Auditor."""
    return person("Audrey", "Auditor")


@pytest.fixture
def adam(db: None) -> User:
    """Administrator."""
    return person("Adam", "Administrator")


@pytest.fixture
def system(db: None) -> User:
    """As whom the jobs act."""
    return User.objects.system()
