#!/usr/bin/env python
"""Run a command of the project; without configured services it brings its own."""

import os
import sys

# These start no servers: they need none, or start them themselves.
_WITHOUT_SERVICES = {
    "check",
    "client",
    "collectstatic",
    "compilemessages",
    "findstatic",
    "help",
    "makemessages",
    "torture",
    "up",
    "version",
}
# These meet the database as it is.
_ABOUT_THE_SCHEMA = {
    "dbshell",
    "flush",
    "lintmigrations",
    "makemigrations",
    "migrate",
    "optimizemigration",
    "prepare",
    "showmigrations",
    "sqlmigrate",
    "squashmigrations",
    "test",
}


_PRODUCTION = "project.settings.prod"


def main() -> None:
    """Hand the command line to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings.dev")
    command = sys.argv[1] if len(sys.argv) > 1 else "help"
    is_question = {"-h", "--help", "--version"} & set(sys.argv)
    is_about_code = command in _WITHOUT_SERVICES and "--database" not in sys.argv
    if not (is_question or is_about_code or os.environ["DJANGO_SETTINGS_MODULE"] == _PRODUCTION):
        _bring_services(command)
    from django.core.management import execute_from_command_line

    execute_from_command_line(sys.argv)


def _bring_services(command: str) -> None:
    """Start or join the embedded servers, and give a new database its schema."""
    from project import embedded

    try:
        embedded.bring_broker(is_needed=False)
        is_new = embedded.bring_database()
    except embedded.CannotStart as reason:
        sys.exit(str(reason))
    if is_new and command not in _ABOUT_THE_SCHEMA:
        sys.stderr.write("The database is new: it gets its schema and the reference data first.\n")
        import django

        django.setup()
        from project.preparation import prepare

        prepare()


if __name__ == "__main__":
    try:
        main()
    except KeyboardInterrupt:
        sys.exit(130)
