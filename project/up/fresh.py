"""Starting over: the data of the embedded servers go, after a question."""

import shutil
from pathlib import Path

from project import embedded
from project.embedded import CannotStart
from project.settings.env import read

_DATA = ("postgres", "valkey", "files")


def start_over(local: Path, *, asks: bool) -> None:
    """Remove what the embedded servers and the reports left in `local`."""
    if read().database_url:
        raise CannotStart(
            "--fresh removes embedded data only, and DATABASE_URL names another database: "
            "unset the variable, or empty that database yourself."
        )
    folders = [folder for name in _DATA if (folder := local / name).exists()]
    for folder in folders:
        if embedded.is_running(folder):
            raise CannotStart(
                f"Another command uses {folder}: wait for its end, or end it, and start again."
            )
    if not folders:
        return
    if asks:
        _ask(local)
    for folder in folders:
        try:
            shutil.rmtree(folder)
        except OSError as error:
            raise CannotStart(
                f"{error.filename} could not be removed ({error.strerror}): "
                "start as the person who owns it."
            ) from None


def _ask(local: Path) -> None:
    try:
        answer = input(f"This removes all data in {local}. Type yes to go on: ")
    except EOFError:
        answer = ""
    if answer.strip().lower() != "yes":
        raise CannotStart("Nothing was removed. (--no-input removes without a question.)")
