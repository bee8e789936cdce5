#!/usr/bin/env python
"""The command line of the house: every management command starts here."""

import os
import sys

OF_THE_OWNER = frozenset({"migrate", "showmigrations", "sqlmigrate"})


def main(arguments: list[str]) -> None:
    """Run one management command; commands about the schema go to the migrating role."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gateway.settings")
    from django.core.management import execute_from_command_line

    execute_from_command_line(with_owner(arguments))


def with_owner(arguments: list[str]) -> list[str]:
    """Add `--database owner` to a schema command that names no database.

    On the service role's alias such a command would only write down migrations that it never ran.
    """
    names_one = any(word.split("=")[0] == "--database" for word in arguments)
    if len(arguments) < 2 or arguments[1] not in OF_THE_OWNER or names_one:
        return arguments
    return [*arguments, "--database", "owner"]


if __name__ == "__main__":
    main(sys.argv)
