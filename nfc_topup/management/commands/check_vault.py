"""Prints which token answers and whether the keys it holds are those that the rows name."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from nfc_topup import keyring
from nfc_topup.models import CardKey
from nfc_topup.vault.errors import VaultError
from nfc_topup.vault.pkcs11_wire import FINGERPRINT_KEY, label_of
from nfc_topup.vault.port import Purpose

FINE = ("as recorded", "destroyed", "there, its check value not comparable")


class Command(BaseCommand):
    """Exits with an error when the token is silent or a key that is in use is not in it."""

    help = "Ask the token of PKCS11_MODULE and PKCS11_TOKEN for itself and its keys' check values."

    def handle(self, *args: Any, **options: Any) -> None:
        """Compare, print names, states and check values; never a key."""
        try:
            vault = keyring.hardware_vault()
            about, held = vault.about(), vault.held()
        except VaultError as refused:
            raise CommandError(f"{refused.code}: {refused}") from refused
        self.stdout.write(", ".join(f"{name} {value}" for name, value in about.items()))
        faults = 0
        held.pop(FINGERPRINT_KEY, None)
        for row in CardKey.objects.filter(home=about["token"]):
            name = label_of(row.ref)
            told = held.pop(name, None)
            verdict = _verdict(row, told)
            faults += verdict not in FINE
            self.stdout.write(f"{name} ({row.state}), check value {row.check_value}: {verdict}")
        for name in sorted(held):
            self.stdout.write(f"{name}: in the token, and no row names it")
        if faults:
            raise CommandError(f"{faults} of the token's keys are not as recorded")


def _verdict(row: CardKey, told: str | None) -> str:
    """One card's own TAC key is kept in another form, whose check value says nothing about it."""
    if row.state == "destroyed":
        return "destroyed" if told is None else "destroyed, and still in the token"
    if told is None:
        return "missing from the token"
    if told == row.check_value:
        return "as recorded"
    rule = "cmac-zeros" if row.ref.purpose is Purpose.TRANSPORT else "ecb-zeros"
    if told == "" or row.check_rule != rule or (row.ref.purpose is Purpose.TAC and not row.levels):
        return "there, its check value not comparable"
    return f"the token says {told}"
