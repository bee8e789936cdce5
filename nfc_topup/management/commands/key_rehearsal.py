"""Prints the people of a key ceremony's rehearsal, and components for a key nobody needs."""

from __future__ import annotations

import secrets as randomness
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounts import clock
from accounts.errors import SandboxOnly
from nfc_topup.keys import rehearsal
from nfc_topup.vault.custody import check_value, combine


class Command(BaseCommand):
    """Sandbox only. What it prints is random, made for this once, and secret to nobody."""

    help = "密钥仪式演练 People, tokens and a set of components for docs/keys.md, sandbox only."

    def handle(self, *args: Any, **options: Any) -> None:
        """One line a person, one a component with its check value, one for the key's."""
        try:
            people = rehearsal.cast(clock.now())
        except SandboxOnly as refused:
            raise CommandError(f"{refused.zh} {refused.en}") from refused
        for name, token in people.items():
            self.stdout.write(f"{name} {token}")
        parts = [randomness.token_bytes(16) for _ in range(3)]
        for number, part in enumerate(parts, start=1):
            told = check_value("3des", "ecb-zeros", part)
            self.stdout.write(f"component-{number} {part.hex().upper()} {told}")
        told = check_value("3des", "ecb-zeros", combine(parts, "3des"))
        self.stdout.write(f"check-value {told}")
