"""The reference client: reads a card on a PC/SC reader and loads it through the HTTP API."""

from __future__ import annotations

import json
import os
from argparse import ArgumentParser
from contextlib import closing
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from rich.console import Console

from accounts.errors import DomainError
from gateway.sandbox import seed
from gateway.sandbox.card_files import ride
from gateway.sandbox.journey import portrait, stage
from gateway.sandbox.journey.cardpipe import CardGone, CardPipe, CommandPipe, VirtualPipe
from gateway.sandbox.journey.client import Api, ApiProblem, ServiceSilent
from gateway.sandbox.journey.pcsc import PcscPipe, ReaderMissing
from gateway.sandbox.journey.telling import Teller, yuan
from gateway.sandbox.journey.walk import Walk
from gateway.sandbox.virtual_card import CardState, VirtualCard
from nfc_topup.card import reading

TOKEN = "GATEWAY_TOKEN"  # noqa: S105 the name of a variable
KEPT = "virtual-card.json"
RIDES = [
    ride(city="4910", line="66", amount_fen=100, balance_fen=900, at="20261121083000"),
    ride(city="4930", line="12", amount_fen=200, balance_fen=1000, at="20261120181500"),
]
ENDED_EARLY = (ApiProblem, ServiceSilent, CardGone, ReaderMissing, DomainError, OSError)


class Command(BaseCommand):
    """Needs no database. Without --load it only reads; nothing it reads is proved by anybody."""

    help = __doc__ or ""
    requires_system_checks = ()

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which card, and what to do with it."""
        where = parser.add_mutually_exclusive_group()
        where.add_argument("--reader", default="", help="part of a PC/SC reader's name")
        where.add_argument(
            "--virtual", action="store_true", help="the virtual card, kept in a file"
        )
        where.add_argument("--card-command", metavar="CMD", help="a program that is the card")
        parser.add_argument("--pin", help="hex; shows the log of cards that want it first")
        parser.add_argument("--load", metavar="TOPUP", help="load this paid top-up")
        parser.add_argument("--repair", action="store_true", help="end what is in doubt")
        parser.add_argument("--url", default=os.environ.get("GATEWAY_URL"))
        parser.add_argument(
            "--token-file", type=Path, help=f"holds the citizen's token; else ${TOKEN}"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        """Reads, then loads when asked; CommandError with one sentence when it did not end well."""
        console = Console(width=120, file=self.stdout)  # type: ignore[arg-type]
        pin = _pin(options["pin"])
        try:
            with closing(_card(options)) as card:
                picture = reading.read_card(card.line, pin=pin)
                portrait.show(picture, console)
                if options["load"] or options["repair"]:
                    _load(options, card, picture.card_no, Teller(console))
                    after = reading.read_card(card.line, pin=pin)
                    console.print(f"balance now ¥{yuan(after.balance_fen or 0)}", highlight=False)
        except ENDED_EARLY as error:
            raise CommandError(str(error)) from error


def _card(options: dict[str, Any]) -> CardPipe:
    if options["card_command"]:
        return CommandPipe(options["card_command"])
    if options["virtual"]:
        return VirtualPipe(kept_virtual_card(settings.DATA_DIR / KEPT))
    return PcscPipe(options["reader"])


def kept_virtual_card(file: Path) -> VirtualCard:
    """The sandbox's one virtual card under the test issuer's keys; made when there is none."""
    if file.exists():
        return VirtualCard(CardState(**json.loads(file.read_text(encoding="utf-8"))), file=file)
    keys = seed.card_keys_file()
    if not keys.exists():
        raise ReaderMissing("no test issuer's keys yet: start script/run once, then ask again")
    made = stage.virtual_card(stage.keys_in(keys))
    made.state.files["1E"] = RIDES
    card = VirtualCard(made.state, file=file)
    card.keep()
    return card


def _load(options: dict[str, Any], card: CardPipe, card_no: str, tell: Teller) -> None:
    if not options["url"]:
        raise CommandError("name the service: --url, or run `. script/sandbox`")
    walk = Walk(api=Api(options["url"], _token(options)), card=card, card_no=card_no, tell=tell)
    card.line("!reset")
    if not options["load"]:
        walk.repair()
        return
    verdict = walk.finish(options["load"])
    if verdict["outcome"] != "loaded":
        raise CommandError(f"not loaded: {verdict['why_en']}")


def _token(options: dict[str, Any]) -> str:
    if options["token_file"]:
        return str(options["token_file"].read_text(encoding="utf-8")).strip()
    token = os.environ.get(TOKEN, "")
    if not token:
        raise CommandError(f"the holder's token is wanted: --token-file, or ${TOKEN}")
    return token


def _pin(text: str | None) -> bytes | None:
    try:
        return bytes.fromhex(text) if text else None
    except ValueError as wrong:
        raise CommandError("a PIN is given in hex") from wrong
