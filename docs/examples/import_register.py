"""Imports an asset register, asks for its first asset, and follows the ticket to its end.

    export ASSETS_URL=https://assets.example.com ASSETS_PROGRAM=… ASSETS_SECRET=…
    python import_register.py register.csv --currency EUR --category Cameras
        --lender lena@example.com --borrower boris@example.com

The program acts by itself: its account has the role “Lending clerk”, and it may use the scopes
below. It cannot decide: staff approve the ticket, hand over, take back and inspect, and the program
tells what has become of it. It needs the package that `manage.py client FOLDER` makes.
"""

import argparse
import os
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import httpx
from assets_client import AuthenticatedClient
from assets_client.api.assets import carry_out_import, get_asset_by_tag, preview_import
from assets_client.api.categories import list_categories
from assets_client.api.people import list_people
from assets_client.api.tickets import draft_ticket, get_ticket, submit_ticket
from assets_client.connecting import Refused, every, new_key, signed_in, sure
from assets_client.models import (
    Importing,
    Nothing,
    PreviewImportMultiPartBodyParams,
    SeenVersion,
    TicketIn,
    TicketPage,
)
from assets_client.types import File

SCOPES = ("assets:read", "assets:write", "tickets:read", "tickets:write", "people:read")
ENDS = {"closed", "rejected", "cancelled", "expired"}
SHORTEST, LONGEST = 2.0, 60.0

Wait = Callable[[float], None]


def main(arguments: Sequence[str] | None = None, wait: Wait = time.sleep) -> None:
    """Import the register that the command line names, and lend its first asset."""
    asked = read(arguments)
    url = os.environ["ASSETS_URL"]
    as_program = signed_in(url, os.environ["ASSETS_PROGRAM"], os.environ["ASSETS_SECRET"], SCOPES)
    with AuthenticatedClient(url, token="", httpx_args=as_program) as client:
        try:
            tags = import_register(client, asked)
            follow(client, lend(client, tags[0], asked.borrower), wait)
        except Refused as why:
            raise SystemExit(str(why)) from None


def read(arguments: Sequence[str] | None) -> argparse.Namespace:
    """Return what the command line says."""
    parser = argparse.ArgumentParser(description="Import a register, and lend its first asset.")
    parser.add_argument("register", type=Path, help="CSV with the columns tag, name and value")
    for name in ("currency", "category", "lender", "borrower"):
        parser.add_argument(f"--{name}", required=True)
    return parser.parse_args(arguments)


def import_register(client: AuthenticatedClient, asked: argparse.Namespace) -> list[str]:
    """Import the file as a whole, and return the tags of its rows.

    A file that was imported before changes nothing, so the program may be started again.
    """
    category = next(
        one for one in every(list_categories.sync, client=client) if one.name == asked.category
    )
    told = Importing(
        currency=asked.currency, lender=person(client, asked.lender), category=category.id
    )
    with asked.register.open("rb") as content:
        file = File(content, asked.register.name, "text/csv")
        form = PreviewImportMultiPartBodyParams(file=file, body=told)
        preview = sure(preview_import.sync(client=client, body=form, idempotency_key=new_key()))
    for row in preview.rows:
        print(f"line {row.line}: {row.tag} {row.outcome}", *row.faults)
    if preview.is_refused:
        raise SystemExit("Nothing was imported: correct these lines, and start again.")
    done = sure(
        carry_out_import.sync(preview.key, client=client, body=Nothing(), idempotency_key=new_key())
    )
    if not done.is_imported:
        raise SystemExit("Nothing was imported: the register has changed. Start again.")
    print(f"{done.created} assets registered, {done.updated} changed")
    return [row.tag for row in done.rows]


def person(client: AuthenticatedClient, email: str) -> int:
    """Return the id of the person with this address."""
    for found in every(list_people.sync, client=client, email=email):
        return found.id
    raise SystemExit(f"Nobody here has the address {email}.")


def lend(client: AuthenticatedClient, tag: str, borrower: str) -> TicketPage:
    """Write down that somebody wants the asset from tomorrow for two days, and submit it."""
    asset = sure(get_asset_by_tag.sync(client=client, tag=tag))
    begins = datetime.now(UTC).replace(minute=0, second=0, microsecond=0) + timedelta(days=1)
    wish = TicketIn(
        assets=[asset.id],
        borrower=person(client, borrower),
        starts_at=begins,
        ends_at=begins + timedelta(days=2),
        purpose="Imported with the register",
    )
    drafted = sure(draft_ticket.sync(client=client, body=wish, idempotency_key=new_key()))
    # Submitted is what was drafted here: had somebody changed it, that would be refused.
    seen = SeenVersion(seen_version=drafted.version)
    return sure(submit_ticket.sync(drafted.id, client=client, body=seen, idempotency_key=new_key()))


def follow(client: AuthenticatedClient, ticket: TicketPage, wait: Wait) -> None:
    """Print what becomes of the ticket; ask less and less often while nothing does."""
    tell(ticket)
    pause = SHORTEST
    while ticket.status not in ENDS:
        wait(pause)
        pause = min(2 * pause, LONGEST)
        try:
            now = sure(get_ticket.sync(ticket.id, client=client))
        except httpx.TransportError as why:
            print(f"not reached: {why}")
            continue
        except Refused as why:
            if not why.retry_after:
                raise
            pause = max(pause, float(why.retry_after))
            continue
        if now.status != ticket.status:
            tell(now)
            pause = SHORTEST
        ticket = now


def tell(ticket: TicketPage) -> None:
    """Print where the ticket is, and what it costs."""
    print(f"{ticket.number} {ticket.status}: {ticket.fee} {ticket.currency} in minor units")


if __name__ == "__main__":
    main()
