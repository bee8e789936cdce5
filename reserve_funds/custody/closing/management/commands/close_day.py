"""Closes a pool's business day, or says which gates did not pass and what they found."""

from __future__ import annotations

import json
import sys
from argparse import ArgumentParser
from datetime import date

from django.core.management.base import BaseCommand, CommandError

from accounts import clock
from reserve_funds.custody.closing import services, signing
from reserve_funds.custody.closing.values import DayResult
from reserve_funds.ledger import sealing


class Command(BaseCommand):
    help = "日结 Closes a business day, or names what blocks it; --export prints its seal."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("pool", type=int)
        parser.add_argument("day", type=date.fromisoformat, help="YYYY-MM-DD")
        parser.add_argument("--json", action="store_true", help="one JSON document")
        parser.add_argument("--export", action="store_true", help="print the seal of a closed day")

    def handle(self, *args: object, **options: object) -> None:
        pool, day = options["pool"], options["day"]
        assert isinstance(pool, int)
        assert isinstance(day, date)
        result = services.close(pool, day, now=clock.now())
        if options["json"]:
            self.stdout.write(json.dumps({
                "pool": pool, "day": day.isoformat(), "state": result.state,
                "needs_exception": result.needs_exception,
                "gates": [gate.as_facts() for gate in result.gates],
            }, ensure_ascii=False))  # fmt: skip
        else:
            self._tell(result)
        if result.state != "closed":
            raise CommandError("营业日未结账 the day is not closed", returncode=1)
        if options["export"]:
            seal = sealing.seals(pool, first=day, last=day)[0]
            sys.stdout.buffer.write(signing.export(seal))

    def _tell(self, result: DayResult) -> None:
        for gate in result.gates:
            word = "通过 passed" if gate.passed else "未通过 blocks" if gate.blocks else "须签 sign"
            self.stdout.write(f"{gate.rule:<6} {word:<12} {gate.zh} {gate.en}")
            for found in gate.findings:
                self.stdout.write(f"       {found.subject} {found.detail} {found.amount_fen}")
        self.stdout.write(f"{result.pool} {result.day} {result.state}")
