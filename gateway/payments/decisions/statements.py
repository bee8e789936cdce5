"""What the channel has said about one payment or refund, and the fingerprint of all of it."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from gateway.payments import evidence
from gateway.payments.decisions.matters import Statement
from gateway.payments.models import Evidence, Notice, Payment, Refund


def of_payment(payment: Payment) -> list[Statement]:
    """Every verified word about a payment, oldest first: notices, answers, bill lines."""
    notices = Notice.objects.filter(
        merchant_id=payment.merchant_id, order_no=payment.order_no, verdict="genuine"
    )
    said = [_of_notice(notice) for notice in notices if notice.fact is not None]
    answers = Evidence.objects.filter(payment=payment, refund=None)
    said += [_of_evidence(answer) for answer in answers]
    first = next((one for one, _ in said if one.state == "paid"), None)
    told = [_compared(one, fact, payment, first) for one, fact in said]
    return sorted(told, key=lambda one: (one.at, one.statement_id))


def of_refund(refund: Refund) -> list[Statement]:
    """Every verified answer about a refund that differed from the one before, oldest first."""
    answers = Evidence.objects.filter(refund=refund).order_by("id")
    return [_of_evidence(answer)[0] for answer in answers]


def fact_of(payment: Payment, statement_id: str) -> Mapping[str, Any] | None:
    """What exactly a statement about this payment said; None when it is not about it."""
    source, _, number = statement_id.partition(":")
    if source == "notice":
        rows = Notice.objects.filter(
            merchant_id=payment.merchant_id, order_no=payment.order_no, verdict="genuine"
        )
        found = {str(notice.id): notice.fact for notice in rows}
    else:
        answers = Evidence.objects.filter(payment=payment, refund=None)
        found = {str(answer.pk): answer.fact for answer in answers}
    return found.get(number)


def fingerprint(*parts: object) -> str:
    """SHA-256, in hex, of plain values: equal values give the same, anything else another."""
    text = json.dumps(parts, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def seen_payment(payment: Payment, statements: Sequence[Statement]) -> str:
    """The fingerprint of a payment as it stands and of all that was said about it."""
    return fingerprint(
        "payment",
        payment.id,
        payment.state,
        payment.paid_fen,
        payment.refunding_fen,
        [_line(one) for one in statements],
    )


def seen_refund(refund: Refund, statements: Sequence[Statement]) -> str:
    """The fingerprint of a refund as it stands and of all that was said about it."""
    lines = [_line(one) for one in statements]
    return fingerprint("refund", refund.id, refund.state, refund.amount_fen, lines)


def _line(one: Statement) -> list[object]:
    return [one.statement_id, one.state, one.transaction_no, one.amount_fen, one.currency]


def _of_notice(notice: Notice) -> tuple[Statement, Mapping[str, Any]]:
    fact = notice.fact or {}
    return _statement(f"notice:{notice.id}", "notice", fact, notice.received_at), fact


def _of_evidence(answer: Evidence) -> tuple[Statement, Mapping[str, Any]]:
    name = f"{answer.source}:{answer.pk}"
    return _statement(name, answer.source, answer.fact, answer.received_at), answer.fact


def _statement(name: str, source: str, fact: Mapping[str, Any], at: datetime) -> Statement:
    return Statement(
        statement_id=name,
        source=source,
        state=str(fact.get("state") or ""),
        transaction_no=str(fact.get("transaction_no") or ""),
        amount_fen=fact.get("amount_fen"),
        currency=str(fact.get("currency") or ""),
        at=at,
    )


def _compared(
    one: Statement, fact: Mapping[str, Any], payment: Payment, first: Statement | None
) -> Statement:
    """The statement with the fields in which it contradicts our row or the first PAID word."""
    if one.state != "paid":
        return one
    ours = {
        "order_no": payment.order_no,
        "merchant_no": payment.merchant.merchant_no,
        "app_no": payment.merchant.app_no,
        "currency": evidence.CURRENCY,
    }
    against = [name for name, value in ours.items() if fact.get(name) != value]
    if first is not None:
        against += [
            name
            for name in ("transaction_no", "amount_fen")
            if getattr(one, name) != getattr(first, name)
        ]
    return Statement(
        **{name: getattr(one, name) for name in Statement.__dataclass_fields__}
        | {"against": tuple(against)}
    )
