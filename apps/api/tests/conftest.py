"""The desk of the tickets’ tests, for what programs do with tickets."""

from apps.tickets.tests.conftest import desk

__all__ = ["desk"]
