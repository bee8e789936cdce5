"""Proves at the channel that old and new keys both work; run it before a switch of keys."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from accounts import clock
from accounts.errors import DomainError
from gateway.payments import rehearsing
from gateway.payments.models import MerchantAccount


class Command(BaseCommand):
    """`rehearse_key_change --account ID [--new-secret NAME --new-serial SERIAL]`."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which account, and the name under which the new key's secret lies."""
        parser.add_argument("--account", type=UUID, required=True)
        parser.add_argument("--new-secret", default="", help="the secret's name, not its value")
        parser.add_argument("--new-serial", default="", help="the channel's name of the new key")

    def handle(self, *args: Any, **options: Any) -> None:
        """One line for each key; a CommandError when one of them does not work."""
        account = MerchantAccount.objects.filter(pk=options["account"]).first()
        if account is None:
            raise CommandError("there is no such account")
        try:
            steps = rehearsing.rehearse(
                account,
                new_secret=options["new_secret"],
                new_serial=options["new_serial"],
                now=clock.now(),
            )
        except DomainError as refused:
            raise CommandError(str(refused)) from refused
        for step in steps:
            self.stdout.write(f"{'works' if step.proven else 'FAILS'}  {step.key}: {step.because}")
        if not all(step.proven for step in steps):
            raise CommandError("do not switch: one of the keys does not work")
        self.stdout.write("every key works; the switch can be made")
