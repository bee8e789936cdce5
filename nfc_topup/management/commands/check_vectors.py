"""Prints how a file of recorded exchanges compares with our card core and vault."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts import secrets
from nfc_topup import keyring
from nfc_topup.vault import sandbox_token
from nfc_topup.vault.errors import VaultError
from nfc_topup.vault.pkcs11 import KeysIn
from nfc_topup.vault.software import SM4
from nfc_topup.vectors import check_text
from nfc_topup.vectors.bench import hardware, software
from nfc_topup.vectors.report import Report


class Command(BaseCommand):
    """Exits with an error when anything differs from what is recorded."""

    help = "Replay a file of recorded purse exchanges through the card core and the vault."
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: ArgumentParser) -> None:
        """The file, and which vault answers."""
        parser.add_argument("file", type=Path)
        parser.add_argument("--vault", choices=("software", "pkcs11"), default="software")

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, print each difference, and say what was compared."""
        try:
            text = options["file"].read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as wrong:
            raise CommandError(f"cannot read {options['file']}: {wrong}") from wrong
        try:
            report = _report(text, options["vault"])
        except VaultError as refused:
            raise CommandError(str(refused)) from refused
        for difference in report.differences:
            self.stdout.write(f"DIFFERS {difference}")
        for note in report.notes:
            self.stdout.write(f"note: {note}")
        told = ", ".join(f"{count} {what}" for what, count in sorted(report.compared.items()))
        self.stdout.write(f"compared: {told or 'nothing'}")
        if report.differences:
            raise CommandError(f"{len(report.differences)} differences")
        self.stdout.write("all as recorded")


def _report(text: str, vault: str) -> Report:
    """By the software vault, or inside the token: keys as session objects that end with it."""
    if vault == "software":
        environment = settings.GATEWAY_ENV
        return check_text(text, software(environment), software(environment, SM4))
    if secrets.in_sandbox() and not settings.PKCS11_MODULE:
        sandbox_token.make_token(settings.DATA_DIR)
    with KeysIn(keyring.token_settings()) as keys:
        keys.about()
        return check_text(text, hardware(keys))
