"""Checks that every sealed day of the inbox is as it was sealed; for auditors and for cron."""

from __future__ import annotations

from argparse import ArgumentParser
from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from gateway.payments.notices import sealing


class Command(BaseCommand):
    """`verify_notices [--since DAY] [--until DAY]`; fails when a sealed day has changed."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which days; without any, all."""
        parser.add_argument("--since", type=date.fromisoformat)
        parser.add_argument("--until", type=date.fromisoformat)

    def handle(self, *args: Any, **options: Any) -> None:
        """One line for each difference, and a CommandError at the end when there was one."""
        found = 0
        for finding in sealing.verify(options["since"], options["until"]):
            found += 1
            self.stdout.write(f"{finding.day}: {finding.what}")
        if found:
            raise CommandError(f"{found} differences: notices are not as they were sealed")
        self.stdout.write("every sealed day is as it was sealed")
