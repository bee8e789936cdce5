"""The line to the banks by hand: fetch statements, carry instructions, see how it stands."""

from __future__ import annotations

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from accounts import clock, duties
from accounts.errors import DomainError
from gateway.bank_line import asking_statements, collecting, watching
from gateway.bank_line.models import BankContract, LateStatement, Mailbox, SeenFile
from reserve_funds.custody.bank import instructions
from reserve_funds.custody.bank.requests import DUTY

MOST = 100


class Command(BaseCommand):
    """``bank_line fetch [--bank CODE] | carry | ask NUMBER | status``."""

    help = __doc__ or ""

    def add_arguments(self, parser: CommandParser) -> None:
        """One word for what to do."""
        acts = parser.add_subparsers(dest="act", required=True)
        fetch = acts.add_parser("fetch", help="collect statements over SFTP and interfaces now")
        fetch.add_argument("--bank", help="only of this bank")
        acts.add_parser("carry", help="send what is ready and ask about what was sent, now")
        ask = acts.add_parser("ask", help="have the bank asked anew about an instruction")
        ask.add_argument("number")
        acts.add_parser("status", help="mailboxes, their last files, late statements")

    def handle(self, *args: Any, **options: Any) -> None:
        """Does it and says what came of it; a bank's silence is said, and the next one is asked."""
        getattr(self, f"_{options['act']}")(options)

    def _fetch(self, options: dict[str, Any]) -> None:
        now, failed = clock.now(), []
        banks = {"bank": options["bank"]} if options["bank"] else {}
        for mailbox in Mailbox.objects.filter(is_open=True, **banks).order_by("bank", "folder"):
            try:
                haul = collecting.collect(mailbox.pk, now=now)
            except DomainError as error:
                failed.append(f"{mailbox.bank}: {error.code}")
                continue
            self.stdout.write(
                f"{mailbox.bank} sftp: {len(haul.taken)} taken, {len(haul.refused)} refused, "
                f"{len(haul.waiting)} not whole yet, {len(haul.unexpected)} unexpected"
            )
        for contract in BankContract.objects.filter(statement_source="api", **banks):
            try:
                there = asking_statements.fetch(contract.pk, now=now)
            except DomainError as error:
                failed.append(f"{contract.bank}: {error.code}")
                continue
            self.stdout.write(f"{contract.bank} api: {'all there' if there else 'not ready yet'}")
        watching.late_statements(now)
        if failed:
            raise CommandError("; ".join(failed))

    def _carry(self, options: dict[str, Any]) -> None:
        now = clock.now()
        done = duties.work(now, kinds=[DUTY])
        silent = watching.silent_payouts(now)
        self.stdout.write(f"{done} instructions worked on, {silent} wait for people")

    def _ask(self, options: dict[str, Any]) -> None:
        try:
            instruction = instructions.by_number(options["number"])
        except DomainError as error:
            raise CommandError(f"{error.code}: {options['number'][:16]}") from error
        watching.ask_anew(instruction.pk, now=clock.now())
        self.stdout.write(f"{instruction.number} will be asked about; it is never sent twice")

    def _status(self, options: dict[str, Any]) -> None:
        for mailbox in Mailbox.objects.order_by("bank", "folder"):
            self.stdout.write(f"{mailbox.bank} {mailbox.host}:{mailbox.port} {mailbox.folder}")
            seen = SeenFile.objects.filter(mailbox=mailbox).order_by("-seen_at", "-id")
            for file in seen[:5]:
                self.stdout.write(f"  {file.name}: {file.outcome} {file.refusal}".rstrip())
        for late in LateStatement.objects.filter(came_at=None).select_related("contract")[:MOST]:
            self.stdout.write(f"late: {late.contract.bank} {late.day.isoformat()}")
