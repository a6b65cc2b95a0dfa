"""The roll-up: entries of open wallets get their places, and days their balances."""

from django.db import connection

# Of each wallet at once, so that nobody waits long for the rows that the roll-up holds.
MOST = 50_000


def roll_up() -> int:
    """Give every entry that can be seen its place, and remember the days; return how many.

    Nothing that anybody reads changes by it: figures are exact before and after. Two at once: the
    second leaves it to the first. Each step is a transaction of its own.
    """
    total: int = 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO ledger_roll_up (most) VALUES (%s) RETURNING placed", [MOST])
            (placed,) = cursor.fetchone()
        total += int(placed)
        if placed < MOST:
            return total
