"""Runs every scenario of a bank, one after the other, and never stops at a failure."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import datetime
from typing import Any

from django.db import DatabaseError

from accounts import clock
from accounts.errors import DomainError
from gateway.certification import bills, orders, pushes, refunds, trust
from gateway.certification.our_door import at_our_door
from gateway.certification.their_bank import TheirBank
from gateway.certification.values import (
    CannotTry,
    Finding,
    NotForThisBank,
    Report,
    Scenario,
    Seen,
    Signature,
    Verdict,
)
from gateway.channels import debugging
from gateway.channels.banks.profile import BankProfile
from gateway.channels.debugging import Specimen
from gateway.channels.port import Merchant
from gateway.payments.models import MerchantAccount

THEIRS = (*orders.SCENARIOS, *refunds.SCENARIOS, *trust.SCENARIOS, *bills.SCENARIOS)
SCENARIOS = (*pushes.SCENARIOS, *THEIRS)
_LONGEST_CANONICAL = 4_000


def certify(profile: BankProfile, account: MerchantAccount, bank: TheirBank) -> Iterator[Finding]:
    """Every scenario's finding as it comes. Of the pushes nothing remains in our books."""
    for scenario in pushes.SCENARIOS:
        with at_our_door(profile, account, now=clock.now()) as door:
            finding = _tried(scenario, door, door.bank.merchant)
        yield finding
    for theirs in THEIRS:
        bank.last = None
        yield _tried(theirs, bank, bank.merchant)


def report_of(
    profile: BankProfile, merchant: Merchant, *, began_at: datetime, findings: tuple[Finding, ...]
) -> Report:
    """The findings under their heading."""
    return Report(
        bank=profile.name,
        bank_zh=profile.zh,
        bank_en=profile.en,
        merchant_no=merchant.merchant_no,
        endpoint=merchant.base_url,
        began_at=began_at,
        findings=findings,
    )


def _tried(scenario: Scenario[Any], stage: Any, merchant: Merchant) -> Finding:
    began = time.monotonic()
    finding = _judged(scenario, lambda: scenario.act(stage))
    finding = replace(finding, milliseconds=int((time.monotonic() - began) * 1_000))
    if finding.verdict is Verdict.FAILED and stage.last is not None:
        return replace(finding, signature=_signature(merchant, stage.last))
    return finding


def _judged(scenario: Scenario[Any], act: Callable[[], Seen]) -> Finding:
    blank = Finding(
        number=scenario.number,
        family=scenario.family,
        zh=scenario.zh,
        en=scenario.en,
        verdict=Verdict.FAILED,
    )
    try:
        seen = act()
    except NotForThisBank as reason:
        return replace(blank, verdict=Verdict.SKIPPED, actual=str(reason))
    except CannotTry as reason:
        return replace(blank, verdict=Verdict.UNTRIED, actual=str(reason))
    except DomainError as error:
        return replace(blank, actual=f"{error.code}: {error.message}")
    except DatabaseError as error:
        return replace(blank, actual=type(error).__name__)
    verdict = Verdict.PASSED if seen.agrees else Verdict.FAILED
    return replace(blank, verdict=verdict, expected=seen.expected, actual=seen.actual)


def _signature(merchant: Merchant, specimen: Specimen) -> Signature:
    """What the debugger says, told without any secret: it is given none."""
    public = replace(merchant, signing_key_pem=b"", shared_key=b"")
    told = debugging.explain(merchant.channel, public, specimen, now=clock.now())
    text = told.canonical.decode(told.encoding or "utf-8", "backslashreplace")
    return Signature(
        verdict=told.verdict.value,
        why=told.why,
        key_id=told.key_id,
        canonical=text[:_LONGEST_CANONICAL],
        digests=told.digests,
        skew_seconds=told.skew_seconds,
        hints=told.hints,
    )
