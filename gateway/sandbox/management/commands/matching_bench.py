"""Measures in a process of its own what matching large sides costs, as a ratio and peak memory."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand

from gateway.sandbox import matching_bench


class Command(BaseCommand):
    """`matching_bench [--rows N]`; prints one JSON object."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """How many lines each of the three sides has."""
        parser.add_argument("--rows", type=int, default=1_000_000)

    def handle(self, *args: Any, **options: Any) -> None:
        """Measures and prints."""
        self.stdout.write(json.dumps(matching_bench.run(options["rows"]), indent=2))
