"""Checks the whole book and the law that keeps it; exits non-zero when anything is found."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import asdict

from django.core.management.base import BaseCommand, CommandError

from reserve_funds.ledger import catalogue
from reserve_funds.ledger.check import check


class Command(BaseCommand):
    help = "核对账簿 Re-derives the book from its transfers and names whatever differs."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--pool", type=int, help="only this pool")
        parser.add_argument("--json", action="store_true", help="one JSON document")
        parser.add_argument(
            "--write-catalogue",
            action="store_true",
            help="after the law was changed on purpose: take this database's law as written",
        )

    def handle(self, *args: object, **options: object) -> None:
        if options["write_catalogue"]:
            expected = catalogue.template(catalogue.live())
            text = json.dumps(expected, indent=1, ensure_ascii=False)
            catalogue.EXPECTED.write_text(text + "\n", encoding="utf-8")
            return
        pool = options["pool"]
        report = check(pool if isinstance(pool, int) else None)
        if options["json"]:
            told = {
                "sound": report.sound,
                "findings": [asdict(finding) for finding in report.findings],
                "on_their_way": [asdict(finding) for finding in report.on_their_way],
            }
            self.stdout.write(json.dumps(told))
        else:
            for finding in report.findings:
                where = "-" if finding.pool is None else str(finding.pool)
                self.stdout.write(f"{finding.rule:<28} {where:>10}  {finding.zh} {finding.en}")
            for leg in report.on_their_way:
                self.stdout.write(f"在途 on its way {leg.pool:>22}  {leg.subject} {leg.detail}")
            self.stdout.write(
                f"{report.rules} 条规则 rules, {len(report.findings)} 项差异 findings"
            )
        if not report.sound:
            raise CommandError("账簿核对未通过 the book does not hold", returncode=1)
