#!/usr/bin/env python
"""Run a command of the project; without configured services it brings its own."""

import os
import sys


def main() -> None:
    """Hand the command line to Django."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "project.settings.dev")
    from django.core.management import execute_from_command_line

    from project import embedded

    embedded.use_embedded()
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
