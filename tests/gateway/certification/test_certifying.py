"""A bank that keeps its word is certified whole, and one that does not is red where it fails."""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts import secrets
from accounts.models import Duty, SecurityEvent
from gateway.certification import pushes
from gateway.certification import running as scenarios
from gateway.certification.their_bank import TheirBank
from gateway.channels.banks.adapter import PartnerBank
from gateway.channels.banks.profiles import PROFILES
from gateway.channels.port import PaymentOffer
from gateway.channels.transport import AllowedHost
from gateway.payments import merchants
from gateway.payments.models import MerchantAccount, Notice, Payment
from tests.support.province import Province

BANKS = [profile.name for profile in PROFILES]


def two_keys(province: Province) -> None:
    """The bank hands a second key over and signs with it; we hold both, as the contract says."""
    if len(province.wallet.keys()) < 2:
        province.wallet.rotate_keys()
    MerchantAccount.objects.filter(pk=account_of(province).pk).update(
        platform_keys=dict(province.wallet.keys())
    )


def account_of(province: Province) -> MerchantAccount:
    return MerchantAccount.objects.get(pool=province.pool, channel=province.channel)


def certified(province: Province, place: Path, **options: Any) -> tuple[dict[str, Any], int]:
    """The JSON report and the exit code."""
    two_keys(province)
    given = {
        "merchant": account_of(province).merchant_no,
        "pay_url": f"{province.wallet.base_url}/_sandbox/pay",
        "html": place / "report.html",
        "json_file": place / "report.json",
        "wait": 10,
        **options,
    }
    code = 0
    try:
        call_command("certify_bank", province.channel, **given)
    except CommandError as error:
        code = error.returncode
    return json.loads((place / "report.json").read_text(encoding="utf-8")), code


def numbers(report: dict[str, Any], verdict: str) -> set[str]:
    return {one["number"] for one in report["findings"] if one["verdict"] == verdict}


def kept() -> list[int]:
    models = (MerchantAccount, Payment, Notice, Duty, SecurityEvent)
    return [model.objects.count() for model in models]


@pytest.mark.parametrize("channel", BANKS)
def test_the_sandbox_bank_passes_whole_and_nothing_of_it_stays_in_our_books(
    province: Province, tmp_path: Path
) -> None:
    two_keys(province)
    before = kept()
    report, code = certified(province, tmp_path)

    red = [one for one in report["findings"] if one["verdict"] not in ("passed", "skipped")]
    assert red == []
    assert (report["verdict"], code) == ("passed", 0)
    assert len(report["findings"]) == len(scenarios.SCENARIOS) >= 50
    assert numbers(report, "skipped") <= {"P30", "T05"}
    assert len(numbers(report, "passed") & {one.number for one in pushes.SCENARIOS}) >= 25
    assert kept() == before
    assert province.faults() == []


FAULTS = [
    ("bank_guomi", "answer_wrong_amount", {"times": True}, {"O06"}),
    ("bank_gbk", "answer_wrong_merchant", {"times": True, "on": "query"}, {"O06"}),
    ("bank_rfc9421", "answer_bad_signature", {"times": True, "on": "create"}, {"O01", "O02"}),
    ("bank_guomi", "answer_expired_timestamp", {"times": True, "on": "query"}, {"O05", "O06"}),
    ("bank_rfc9421", "refund_abnormal", {"times": 1}, {"R02"}),
    ("bank_gbk", "refund_stays", {"times": True}, {"R02", "R08"}),
    ("bank_guomi", "error_before_accepting", {"times": 1, "on": "close"}, {"O08"}),
]


@pytest.mark.parametrize(("channel", "fault", "how", "red"), FAULTS)
def test_a_bank_at_fault_is_red_in_the_right_place(
    province: Province, tmp_path: Path, fault: str, how: dict[str, Any], red: set[str]
) -> None:
    province.wallet.faults(**{fault: how})
    report, code = certified(province, tmp_path, wait=1)
    province.wallet.behave()
    failed = numbers(report, "failed")
    assert red <= failed
    assert not {number for number in failed if number.startswith("P")}, "our door is not at fault"
    assert (report["verdict"], code) == ("failed", 1)


@pytest.mark.parametrize("channel", ["bank_rfc9421"])
def test_a_failure_tells_the_canonical_text_and_no_secret(
    province: Province, tmp_path: Path
) -> None:
    province.wallet.faults(answer_bad_signature={"times": True, "on": "query"})
    report, _ = certified(province, tmp_path, wait=1)
    province.wallet.behave()
    (finding,) = [one for one in report["findings"] if one["number"] == "O05"]
    assert finding["verdict"] == "failed"
    told = finding["signature"]
    assert told["verdict"] == "wrong"
    assert '"@status": 200' in told["canonical"]
    assert re.fullmatch(r"[0-9a-f]{64}", told["digests"]["SHA-256"])

    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert "@status" in page
    secret = secrets.read(account_of(province).signing_key_secret).decode().splitlines()[1]
    for text in (page, json.dumps(report)):
        assert secret not in text
        assert "PRIVATE KEY" not in text


@pytest.mark.parametrize("channel", ["bank_guomi"])
def test_without_a_payer_it_says_what_could_not_be_tried(
    province: Province, tmp_path: Path
) -> None:
    report, code = certified(province, tmp_path, pay_url=None)
    assert (report["verdict"], code) == ("untried", 2)
    assert numbers(report, "untried") >= {"O06", "O09", "R01"}
    assert not numbers(report, "failed")


@pytest.mark.parametrize("channel", ["bank_gbk"])
def test_the_page_stands_alone_in_both_languages(province: Province, tmp_path: Path) -> None:
    report, _ = certified(province, tmp_path, pay_url=None)
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert not re.search(r"<script|<link|<img|src=|href=|url\(|@import", page)
    assert all(one["zh"] in page and one["en"].split("'")[0] in page for one in report["findings"])
    assert "--brand:" in page
    assert "@media print" in page
    assert set(report) == {
        "version", "bank", "merchant_no", "endpoint", "began_at", "verdict", "counts", "findings",
    }  # fmt: skip


@pytest.mark.parametrize("channel", ["bank_gbk"])
def test_one_key_alone_cannot_be_rotated(province: Province, tmp_path: Path) -> None:
    two_keys(province)
    account = account_of(province)
    (name, pem), *_ = sorted(account.platform_keys.items())[-1:]
    bank = running_bank(province, platform_keys={name: pem.encode()})
    seen = next(one for one in scenarios.SCENARIOS if one.number == "T04").act(bank)
    assert (seen.agrees, seen.actual) == (False, "1 key")


class PaysAtOnce:
    """Pays at the sandbox's bank."""

    def __init__(self, province: Province) -> None:
        self.province = province

    def pay(self, order_no: str, offer: PaymentOffer) -> None:
        self.province.wallet.pay(order_no)


@pytest.mark.parametrize("channel", BANKS)
@pytest.mark.parametrize("fault", ["bill_wrong_hash", "bill_damaged", "bill_sums_wrong"])
def test_a_file_that_is_not_what_it_says_is_red(
    province: Province, running: Callable[[str], Any], fault: str
) -> None:
    bank = running_bank(province)
    number = bank.paid_order("for the bill")
    _, place = running(province.channel)
    with closing(sqlite3.connect(place / "book.sqlite3")) as book, book:
        book.execute("UPDATE orders SET paid_at = paid_at - 172800 WHERE order_no = ?", [number])
    (scenario,) = [one for one in scenarios.SCENARIOS if one.number == "B01"]
    assert scenario.act(bank).agrees
    province.wallet.faults(**{fault: 1})
    seen = scenario.act(bank)
    assert not seen.agrees
    assert seen.actual.startswith("channel_bill_")


def running_bank(province: Province, **changed: Any) -> TheirBank:
    two_keys(province)
    port = int(province.wallet.base_url.rpartition(":")[2])
    merchant = replace(merchants.spoken_for(account_of(province)), **changed)
    adapter = PartnerBank(next(one for one in PROFILES if one.name == province.channel))
    return TheirBank(
        adapter=adapter,
        merchant=merchant,
        hosts=[AllowedHost(host="127.0.0.1", port=port, loopback=True)],
        payer=PaysAtOnce(province),
        wait=timedelta(seconds=5),
    )


def test_every_scenario_has_a_number_and_two_languages_of_its_own() -> None:
    told = [one.number for one in scenarios.SCENARIOS]
    assert len(set(told)) == len(told)
    assert len({one.zh for one in scenarios.SCENARIOS}) >= len(told) - 2
    assert all(
        one.zh and one.en and not re.search("[一-鿿]", one.en) for one in scenarios.SCENARIOS
    )
