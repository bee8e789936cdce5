"""Fills the sandbox before it serves: books, test card keys, merchants, officers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import clock
from accounts.errors import DomainError
from accounts.models import Operator
from gateway.sandbox import citizens, custody_banks, invoice_sellers, phones, seats, seed
from gateway.sandbox.neighbourhood import NEIGHBOURS


class Command(BaseCommand):
    """``sandbox_setup [--card-keys FILE]``; doing it twice is doing it once."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """One option: the test issuer's keys."""
        parser.add_argument(
            "--card-keys",
            type=Path,
            help="JSON file: {MLK, MTK, levels} of an issuer or {DLK, DTK} of one card",
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Fills what is missing and says what there is."""
        now = clock.now()
        try:
            seed.give_card_keys(options["card_keys"], now)
        except DomainError as error:
            file = options["card_keys"] or seed.card_keys_file()
            raise CommandError(f"{error.code}: {file}: {error}") from error
        books = seed.open_books(now)
        merchants = sum(
            seed.introduce(
                Operator.objects.all(),
                channel=one.channel,
                place=seed.place_of(one.channel),
                url=os.environ[one.address_name],
                gateway_url=os.environ["GATEWAY_URL"],
                now=now,
            )
            for one in NEIGHBOURS
        )
        port = os.environ.get("SANDBOX_SFTP_PORT")
        kept, boxes = custody_banks.fill(
            Operator.objects.all(),
            data_dir=settings.DATA_DIR,
            port=int(port) if port else None,
            now=now,
        )
        phones.introduce(phones.phone_dir(), now)
        invoice_sellers.introduce(
            Operator.objects.all(),
            place=seed.place_of("invoice_office"),
            url=os.environ.get("SANDBOX_INVOICE_OFFICE_URL", ""),
        )
        seated = seats.fill(now)
        lived_in = citizens.fill(now)
        self.stdout.write(
            f"{books} pools open, {merchants} merchant accounts with {len(NEIGHBOURS)} neighbours, "
            f"{seated} officers, {lived_in} citizens, "
            f"{kept} accounts at banks with {boxes} folders of statements"
        )
