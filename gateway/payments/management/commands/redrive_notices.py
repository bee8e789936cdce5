"""Lets an officer bring kept notices to be acted upon again; what was done is in the trail."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import datetime
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from accounts import clock, people
from accounts.errors import DomainError
from gateway.payments.notices import redriving


class Command(BaseCommand):
    """`redrive_notices --officer ID (--id ID … | --order NO | --since T --until T [--pool N])`."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Who asks, and for which notices."""
        parser.add_argument("--officer", type=UUID, required=True, help="the person's id")
        parser.add_argument("--id", type=UUID, action="append", dest="ids", default=[])
        parser.add_argument("--order", help="an order's or refund's number")
        parser.add_argument("--since", type=datetime.fromisoformat, help="with a time zone")
        parser.add_argument("--until", type=datetime.fromisoformat, help="with a time zone")
        parser.add_argument("--pool", type=int)

    def handle(self, *args: Any, **options: Any) -> None:
        """Prints how many were owed again, believed after all, and refused as before."""
        now = clock.now()
        try:
            officer = people.get(options["officer"])
            if options["ids"]:
                done = redriving.by_id(options["ids"], officer=officer, now=now)
            elif options["order"]:
                done = redriving.by_order(options["order"], officer=officer, now=now)
            elif options["since"] and options["until"]:
                done = redriving.by_time(
                    clock.aware(options["since"]),
                    clock.aware(options["until"]),
                    officer=officer,
                    now=now,
                    pool=options["pool"],
                )
            else:
                raise CommandError("say which: --id, --order, or --since with --until")
        except (DomainError, ValueError) as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(
            f"owed again {done.owed}, believed after all {done.believed}, refused {done.refused}"
        )
