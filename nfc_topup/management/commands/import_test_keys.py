"""Brings a test issuer's keys into the sandbox from a file."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import clock
from accounts.errors import DomainError
from nfc_topup.keys.sandbox_issuer import import_test_keys


class Command(BaseCommand):
    """Sandbox only; the same file twice changes nothing."""

    help = 'Use the keys in a JSON file: {"MLK", "MTK", "levels"} or {"DLK", "DTK"}, in hex.'

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, and which vault takes the keys in."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--card-byte", type=int, help="what INITIALIZE answers as key version")
        parser.add_argument("--vault", choices=("software", "pkcs11"), help="default: CARD_VAULT")

    def handle(self, *args: Any, **options: Any) -> None:
        """Import, and say which versions work now; never a key."""
        try:
            keys = import_test_keys(
                options["file"],
                now=clock.now(),
                vault=options["vault"],
                card_byte=options["card_byte"],
            )
        except DomainError as refused:
            raise CommandError(str(refused)) from refused
        self.stdout.write(f"key version {keys[0].version}, check value {keys[0].check_value}")
