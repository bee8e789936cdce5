"""Partner banks by hand: how each stands, and two officers who suspend one or take it up again."""

from __future__ import annotations

from argparse import ArgumentParser
from typing import Any
from uuid import UUID

from django.core.management.base import BaseCommand, CommandError

from accounts import clock
from accounts.errors import DomainError
from gateway.bank_line import suspending
from gateway.bank_line.suspending import Act
from nfc_topup.keys import desk


class Command(BaseCommand):
    """``partner_banks list | suspend CODE | resume CODE | approve APPROVAL``.

    Whoever acts types a bearer token of their own at a hidden prompt; who asked never approves.
    """

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """One word for what to do."""
        acts = parser.add_subparsers(dest="act", required=True)
        acts.add_parser("list", help="every bank, its orders under way, its payouts held")
        for act in Act:
            word = acts.add_parser(act, help="ask for it; a second officer decides")
            word.add_argument("code")
            word.add_argument("--because", required=True)
        approve = acts.add_parser("approve", help="allow what another officer asked for")
        approve.add_argument("approval", type=UUID)

    def handle(self, *args: Any, **options: Any) -> None:
        """Do it, and say what is to be done next."""
        now = clock.now()
        try:
            if options["act"] == "list":
                self._list()
            elif options["act"] == "approve":
                bank = suspending.approve(options["approval"], checker=desk.who(now), now=now)
                self.stdout.write(f"{bank.code} {bank.state}")
            else:
                asked = suspending.ask(
                    options["code"], Act(options["act"]), because=options["because"],
                    maker=desk.who(now), now=now,
                )  # fmt: skip
                self.stdout.write(f"approval {asked.pk}: another officer decides within a day")
        except DomainError as refused:
            raise CommandError(f"{refused.code}: {refused.zh} {refused.en}") from refused

    def _list(self) -> None:
        for one in suspending.standing(None, clock.now()):
            waits = f", asked: {one.waiting.purpose} {one.waiting.pk}" if one.waiting else ""
            self.stdout.write(
                f"{one.bank.code} {one.bank.state}: {one.begun} orders under way, "
                f"{one.held} payouts not told ({one.held_fen} fen){waits}"
            )
