"""Lets an officer have events told again to one endpoint; what was done is in the trail."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from accounts import clock, people
from accounts.errors import DomainError
from gateway.events import replaying


class Command(BaseCommand):
    """`replay_events ENDPOINT --officer ID (--id ID … | --since T --until T)`."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who asks, to whom, and which events."""
        parser.add_argument("endpoint", type=UUID)
        parser.add_argument("--officer", type=UUID, required=True, help="the person's id")
        parser.add_argument("--id", type=UUID, action="append", dest="ids", default=[])
        parser.add_argument("--since", type=datetime.fromisoformat, help="with a time zone")
        parser.add_argument("--until", type=datetime.fromisoformat, help="with a time zone")

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints how many are owed again."""
        try:
            count = replaying.replay(
                options["endpoint"],
                officer=people.get(options["officer"]),
                now=clock.now(),
                ids=options["ids"],
                since=clock.aware(options["since"]) if options["since"] else None,
                until=clock.aware(options["until"]) if options["until"] else None,
            )
        except (DomainError, ValueError) as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"{count} events are owed again")
