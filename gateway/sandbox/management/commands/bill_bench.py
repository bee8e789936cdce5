"""Measures in a process of its own what taking a large bill costs, as a ratio and peak memory."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from gateway.sandbox import bill_bench


class Command(BaseCommand):
    """`bill_bench [--rows N]`; prints one JSON object."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How long the bill is."""
        parser.add_argument("--rows", type=int, default=1_000_000)

    def handle(self, *args: Any, **options: Any) -> None:
        """Measures and prints."""
        self.stdout.write(json.dumps(bill_bench.run(options["rows"]), indent=2))
