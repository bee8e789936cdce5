"""Enters an operator as a seller at its invoicing office, or ends it; kept in the trail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from accounts import clock, pools, secrets, trail
from accounts.actors import SYSTEM
from accounts.errors import DomainError
from gateway.invoice import port, titles
from gateway.invoice.models import InvoiceSeller


class Command(BaseCommand):
    """``invoice_seller --pool N --name … --taxpayer-no … --url … --key-id … --secret … --office-key
    ID=FILE``; entered again it is replaced, with ``--close`` it takes no new invoices."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """Everything the contract needs of both sides."""
        parser.add_argument("--pool", type=int, required=True)
        parser.add_argument("--close", action="store_true")
        parser.add_argument("--office", default="contract")
        for name in ("--name", "--taxpayer-no", "--url", "--key-id", "--secret"):
            parser.add_argument(name, default="")
        parser.add_argument("--office-key", action="append", default=[], metavar="ID=FILE")

    @transaction.atomic
    def handle(self, *args: Any, **options: Any) -> None:
        """Checks what can be checked, then writes the row."""
        pool = options["pool"]
        if options["close"]:
            closed = InvoiceSeller.objects.filter(pool=pool).update(is_open=False)
            if not closed:
                raise CommandError(f"pool {pool} has no seller")
        else:
            self._enter(pool, options)
        act = "invoice_seller_closed" if options["close"] else "invoice_seller_entered"
        trail.record(act, actor=SYSTEM, now=clock.now(), subject=f"pool:{pool}")
        self.stdout.write(f"pool {pool}: {act}")

    def _enter(self, pool: int, options: dict[str, Any]) -> None:
        keys = dict(word.partition("=")[::2] for word in options["office_key"])
        wanted = ("name", "url", "key_id", "secret")
        missing = [name for name in wanted if not options[name]]
        if missing or not keys or not options["url"].startswith("https://"):
            raise CommandError(f"needed: https address, office keys, {', '.join(wanted)}")
        try:
            pools.operator_of_pool(pool)
            port.office(options["office"])
            secrets.read(options["secret"])
            number = titles.understand_taxpayer_no(options["taxpayer_no"])
            pems = {name: Path(file).read_text(encoding="ascii") for name, file in keys.items()}
        except (DomainError, OSError, UnicodeError) as wrong:
            raise CommandError(str(wrong)) from wrong
        row = {
            "name": options["name"],
            "taxpayer_no": number,
            "office": options["office"],
            "base_url": options["url"],
            "key_id": options["key_id"],
            "signing_key_secret": options["secret"],
            "office_keys": pems,
            "is_open": True,
        }
        InvoiceSeller.objects.update_or_create(pool=pool, defaults=row)
