"""Plays the whole journey over HTTP against the running service, with a card at the other end."""

from __future__ import annotations

import os
from contextlib import closing
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import DatabaseError, InterfaceError
from rich.console import Console

from accounts import clock
from accounts.errors import DomainError
from gateway.sandbox import phones, seed
from gateway.sandbox.journey import stage
from gateway.sandbox.journey.cardpipe import CardGone, CardPipe, CommandPipe, VirtualPipe
from gateway.sandbox.journey.client import ApiProblem, ServiceSilent
from gateway.sandbox.journey.paying import Payer
from gateway.sandbox.journey.phone_walk import PhoneWalk
from gateway.sandbox.journey.stage import NoSuchCard
from gateway.sandbox.journey.telling import Teller, yuan
from gateway.sandbox.journey.walk import RefundTaken, StillInDoubt, Walk
from gateway.sandbox.neighbourhood import NEIGHBOURS, neighbour
from gateway.sandbox.neighbours.control import Neighbour, NeighbourRefused
from gateway.sandbox.wallet_provider.control import PhoneRefused, PhoneWallet
from nfc_topup.card import profiles

AMOUNT_FEN = 5_000
ENDED_EARLY = (
    ApiProblem, ServiceSilent, NeighbourRefused, CardGone, NoSuchCard, RefundTaken, StillInDoubt,
    PhoneRefused, DomainError, DatabaseError, InterfaceError, OSError,
)  # fmt: skip
REPAIRED_LATER = "what is in doubt ends when this card is shown again"


class Command(BaseCommand):
    """Exits non-zero when the book does not balance or card and ledger differ."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """What shall happen on the way, and which card is at the other end."""
        parser.add_argument("--amount-fen", type=int, default=AMOUNT_FEN)
        way = parser.add_mutually_exclusive_group()
        way.add_argument("--tear-after", action="store_true", help="power lost after CREDIT")
        way.add_argument("--tear-before", action="store_true", help="power lost before CREDIT")
        way.add_argument("--wrong-amount", action="store_true", help="the payer pays 1 fen")
        way.add_argument("--late-payment", action="store_true", help="paid after the order closed")
        parser.add_argument("--notice-twice", action="store_true")
        parser.add_argument("--late-notice", action="store_true")
        chip = parser.add_mutually_exclusive_group()
        chip.add_argument("--card-command", metavar="CMD", help="a program that is the card")
        chip.add_argument(
            "--through-provider", action="store_true", help="a card in a phone, by its wallet"
        )
        parser.add_argument(
            "--profile",
            default="sandbox",
            help="a card profile's name, or pin=HEX|none,index=N,proofs=yes|no|n|n+1",
        )
        parser.add_argument("--asn", help="20 digits, for a card whose file 15 cannot be read")
        parser.add_argument("--url", default=os.environ.get("GATEWAY_URL"))
        parser.add_argument(
            "--channel", choices=[one.channel for one in NEIGHBOURS], default=NEIGHBOURS[0].channel
        )
        parser.add_argument("--scene", help="how the payer pays: native, jsapi or h5")
        parser.add_argument("--neighbour-url", help="where the channel's simulator is")
        parser.add_argument("--phone-url", default=os.environ.get("SANDBOX_PHONE_URL"))

    def handle(self, *args: Any, **options: Any) -> None:
        """Tells the story; raises CommandError with one sentence when it does not end well."""
        one = neighbour(options["channel"])
        options["neighbour_url"] = options["neighbour_url"] or os.environ.get(one.address_name)
        options["scene"] = options["scene"] or one.scenes[0]
        if options["scene"] not in one.scenes:
            raise CommandError(f"{one.channel} is paid by one of: {', '.join(one.scenes)}")
        if not options["url"] or not options["neighbour_url"]:
            raise CommandError(
                "name the service: --url and --neighbour-url, or run `. script/sandbox`"
            )
        if not all(options[name].startswith("http://") for name in ("url", "neighbour_url")):
            raise CommandError("--url and --neighbour-url begin with http://")
        if options["through_provider"] and not options["phone_url"]:
            raise CommandError("name the phone wallet: --phone-url, or run `. script/sandbox`")
        teller = Teller(Console(width=120))
        try:
            with closing(_card(options)) as card:
                faults = _play(options, card, teller)
        except ENDED_EARLY as error:
            raise CommandError(f"the journey ended early: {_first_line(error)}") from error
        except KeyboardInterrupt as stopped:
            raise CommandError(f"stopped by hand; {REPAIRED_LATER}") from stopped
        for fault in faults:
            teller.verdict(False, fault)
        if faults:
            raise CommandError("the book does not balance, or card and ledger differ")
        teller.verdict(True, "the book balances, card and ledger agree")


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__


def _card(options: dict[str, Any]) -> CardPipe:
    if options["card_command"] is not None:
        return CommandPipe(options["card_command"])
    keys = stage.keys_in(seed.card_keys_file())
    if options["through_provider"]:
        phone = PhoneWallet(options["phone_url"])
        phone.issue(stage.home_number(), keys)
        return phone
    profile = profiles.by_name(stage.profile_named(options["profile"]))
    return VirtualPipe(stage.virtual_card(keys, profile))


def _play(options: dict[str, Any], card: CardPipe, teller: Teller) -> list[str]:
    profile = profiles.by_name(stage.profile_named(options["profile"]))
    stage.keys_at(seed.card_keys_file(), profile)
    asn = stage.number_on(card, profile)
    if asn is None:
        profile = stage.without_file15(profile)
        if not options["asn"]:
            raise NoSuchCard("the card does not tell its number (file 15): name it with --asn")
    card_no = (asn or stage.asn_told(options["asn"]))[1:]
    stage.know_issuer(card_no)
    api = stage.citizen(options["url"], card_no, clock.now())
    known = stage.use_profile(api.post("cards", {"card_no": card_no})["id"], profile.name)
    walk = Walk(api=api, card=card, card_no=card_no, tell=teller)
    if isinstance(card, PhoneWallet):
        walk = PhoneWalk(
            api=api, card=card, card_no=card_no, tell=teller, phone=card, provider=phones.CODE
        )
    walk.repair()
    stage.as_a_new_chip(known, clock.now())
    before = stage.books(card, known, profile)
    payer = Payer(api=api, wallet=Neighbour(options["neighbour_url"]), tell=teller)

    teller.heading(f"Top-up of ¥{yuan(options['amount_fen'])} for {known}, {known.operator}")
    topup = walk.order(
        str(known.id), options["amount_fen"], channel=options["channel"], scene=options["scene"]
    )
    teller.heading("Payment")
    if options["wrong_amount"]:
        payer.pay_another_amount(topup, 1)
    elif options["late_payment"]:
        payer.pay_after_close(topup, clock.now())
    else:
        payer.pay(topup, twice=options["notice_twice"], late=options["late_notice"])
        walk.load(topup["id"], tear=_tear(options))

    _tell_where_the_money_is(api, topup["id"], teller)
    after = stage.books(card, known, profile)
    return _differences(before, after) + stage.faults_in_book(known.operator.pool)


def _tear(options: dict[str, Any]) -> str:
    if options["tear_after"]:
        return "after"
    return "before" if options["tear_before"] else ""


def _tell_where_the_money_is(api: Any, topup_id: str, teller: Teller) -> None:
    whole = api.get(f"topups/{topup_id}/story")
    teller.heading("Where the money is")
    teller.entries(whole["story"])
    teller.heading("What the reserve ledger booked")
    teller.transfers(whole["transfers"])


def _differences(before: stage.Books, after: stage.Books) -> list[str]:
    on_card = after.on_card_fen - before.on_card_fen
    in_ledger = after.in_ledger_fen - before.in_ledger_fen
    if on_card == in_ledger:
        return []
    return [f"the card gained ¥{yuan(on_card)}, the ledger says ¥{yuan(in_ledger)}"]
