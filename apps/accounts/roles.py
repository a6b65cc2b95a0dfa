"""The roles that come with the product; what each may do is in `fixtures/reference/roles.json`."""

from django.db import models


class Role(models.TextChoices):
    """Names of groups that code and fixtures rely on; an office may add roles of its own."""

    LENDING_CLERK = "Lending clerk"
    LENDING_APPROVER = "Lending approver"
    WALLET_CLERK = "Wallet clerk"
    FINANCE_CONTROLLER = "Finance controller"
    FINANCE_ANALYST = "Finance analyst"
    AUDITOR = "Auditor"
    ADMINISTRATOR = "Administrator"
    BORROWER = "Borrower"
    LENDER = "Lender"
