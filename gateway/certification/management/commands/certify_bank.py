"""Tries a partner bank against us and us against it: every scenario, a verdict, two reports."""

from __future__ import annotations

import json
from argparse import ArgumentParser
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from accounts import clock
from gateway.certification import report_html, report_json, running
from gateway.certification.their_bank import Payer, TheirBank
from gateway.certification.values import Finding, Verdict
from gateway.channels import transport
from gateway.channels.banks.adapter import PartnerBank
from gateway.channels.banks.profiles import PROFILES
from gateway.channels.port import HttpRequest, PaymentOffer
from gateway.channels.transport import AllowedHost
from gateway.payments import merchants
from gateway.payments.models import MerchantAccount

_MARKS = {
    Verdict.PASSED: "通过 passed ",
    Verdict.FAILED: "失败 FAILED ",
    Verdict.SKIPPED: "不适用 n/a   ",
    Verdict.UNTRIED: "未测 untried",
}
_PORTS = {"https": 443, "http": 80}


class Command(BaseCommand):
    """Exit code 0: all passed. 1: something failed. 2: something could not be tried."""

    help = __doc__ or ""

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Which bank, where it is, who pays there, and where the reports go."""
        parser.add_argument("profile", choices=[profile.name for profile in PROFILES])
        parser.add_argument("--merchant", help="merchant number; the first otherwise")
        parser.add_argument("--endpoint", help="the bank's test address instead of the account's")
        parser.add_argument("--pay-url", help="POST {order_no, merchant_no} there pays an order")
        parser.add_argument("--by-hand", action="store_true", help="somebody pays what is shown")
        parser.add_argument("--wait", type=int, default=30, help="seconds for what takes time")
        parser.add_argument("--html", type=Path)
        parser.add_argument("--json", type=Path, dest="json_file")

    def handle(self, *args: Any, **options: Any) -> None:
        """Runs everything and writes the reports, whatever the verdict."""
        profile = next(one for one in PROFILES if one.name == options["profile"])
        account = _account(profile.name, options["merchant"])
        merchant = merchants.spoken_for(account)
        if options["endpoint"]:
            merchant = replace(merchant, base_url=options["endpoint"])
        bank = TheirBank(
            adapter=PartnerBank(profile),
            merchant=merchant,
            hosts=[_host(merchant.base_url)],
            payer=self._payer(merchant.merchant_no, options),
            wait=timedelta(seconds=options["wait"]),
        )
        now = clock.now()
        findings: list[Finding] = []
        for finding in running.certify(profile, account, bank):
            findings.append(finding)
            self.stdout.write(_line(finding))
        report = running.report_of(profile, merchant, began_at=now, findings=tuple(findings))
        for name, written in (("html", report_html.written), ("json_file", report_json.written)):
            if options[name]:
                options[name].write_text(written(report), encoding="utf-8")
        counts = ", ".join(f"{one.value} {report.count(one)}" for one in Verdict)
        self.stdout.write(f"{_MARKS[report.verdict].strip()}: {counts}")
        if report.verdict is not Verdict.PASSED:
            code = 1 if report.verdict is Verdict.FAILED else 2
            raise CommandError(f"{profile.name} is not certified", returncode=code)

    def _payer(self, merchant_no: str, options: dict[str, Any]) -> Payer | None:
        if options["pay_url"]:
            return _PaysByUrl(options["pay_url"], merchant_no)
        return _PaysByHand(self) if options["by_hand"] else None


class _PaysByUrl:
    """The bank's test environment pays by itself when it is told to."""

    def __init__(self, url: str, merchant_no: str) -> None:
        self._url, self._merchant_no = url, merchant_no

    def pay(self, order_no: str, offer: PaymentOffer) -> None:
        words = {"order_no": order_no, "merchant_no": self._merchant_no}
        request = HttpRequest(
            method="POST",
            url=self._url,
            headers={"Content-Type": "application/json"},
            body=json.dumps(words).encode(),
        )
        transport.send(request, hosts=[_host(self._url)], now=clock.now())


class _PaysByHand:
    """A person pays what is shown; the run goes on asking until it is paid."""

    def __init__(self, command: BaseCommand) -> None:
        self._command = command

    def pay(self, order_no: str, offer: PaymentOffer) -> None:
        self._command.stdout.write(f"请支付 pay now: {order_no} {offer.code_url or offer.h5_url}")


def _account(channel: str, merchant_no: str | None) -> MerchantAccount:
    rows = MerchantAccount.objects.filter(channel=channel).order_by("merchant_no")
    found = (rows.filter(merchant_no=merchant_no) if merchant_no else rows).first()
    if found is None:
        raise CommandError("there is no such merchant account")
    return found


def _host(url: str) -> AllowedHost:
    parts = urlsplit(url)
    if parts.scheme not in _PORTS or not parts.hostname:
        raise CommandError("an address begins with https://")
    return AllowedHost(
        host=parts.hostname,
        port=parts.port or _PORTS[parts.scheme],
        loopback=bool(settings.IS_SANDBOX),
    )


def _line(finding: Finding) -> str:
    line = f"{_MARKS[finding.verdict]} {finding.number} {finding.zh} {finding.en}"
    if finding.verdict is Verdict.PASSED:
        return line
    return f"{line}: 应当 expected [{finding.expected}], 实际 actual [{finding.actual}]"
