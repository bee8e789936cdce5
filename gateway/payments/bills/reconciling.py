"""A taken bill beside our own rows: it confirms, it contradicts, and it names what is missing.

Only what does not match is looked at one by one; the rest is compared in one statement. Doing it
again does nothing: what was confirmed matches by then, and a contradiction is named by its line.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import connection, transaction

from accounts import trail
from accounts.actors import Actor
from accounts.identifiers import derive
from gateway.channels.port import PaymentFact, PaymentState, RefundFact, RefundState
from gateway.payments import confirming, evidence, refunding
from gateway.payments.bills import costs
from gateway.payments.models import Bill, Disagreement

MOST_AT_ONCE = 2_000

_PAYMENTS = """
SELECT l.id, l.kind, l.at, l.order_no, l.transaction_no, l.app_no, l.amount_fen, l.raw_state,
       p.id AS payment_id, p.state, p.transaction_no AS booked_no, p.paid_fen, p.merchant_id
  FROM payments_bill_line l
  LEFT JOIN payments_payment p ON p.channel = %(channel)s AND p.order_no = l.order_no
 WHERE l.bill_id = %(bill)s AND l.kind <> 'refund'
   AND (l.kind <> 'payment' OR p.id IS NULL OR p.state <> 'confirmed'
        OR p.transaction_no IS DISTINCT FROM l.transaction_no OR p.paid_fen <> l.amount_fen
        OR p.merchant_id <> %(merchant)s)
   AND NOT EXISTS (SELECT FROM payments_disagreement d WHERE d.id = l.id)
   AND NOT EXISTS (SELECT FROM payments_evidence e
                    WHERE p.state = 'contested' AND e.payment_id = p.id AND e.source = 'bill')
 ORDER BY l.line_no LIMIT %(most)s
"""
_REFUNDS = """
SELECT l.id, l.at, l.order_no, l.transaction_no, l.refund_no, l.channel_refund_no,
       l.refund_state, l.amount_fen, r.id AS own_id, r.state, r.amount_fen AS asked_fen,
       p.order_no AS own_order_no, p.paid_fen
  FROM payments_bill_line l
  LEFT JOIN payments_refund r ON r.refund_no = l.refund_no
  LEFT JOIN payments_payment p ON p.id = r.payment_id AND p.merchant_id = %(merchant)s
 WHERE l.bill_id = %(bill)s AND l.kind = 'refund'
   AND (p.id IS NULL OR r.amount_fen <> l.amount_fen OR p.order_no <> l.order_no
        OR r.state <> 'done' AND coalesce(l.refund_state, '') = ANY(%(done)s))
   AND NOT EXISTS (SELECT FROM payments_disagreement d WHERE d.id = l.id)
 ORDER BY l.line_no LIMIT %(most)s
"""
_MISSING = """
SELECT p.id AS payment_id, p.order_no, p.transaction_no, p.paid_fen
  FROM payments_payment p
 WHERE p.merchant_id = %(merchant)s AND p.settlement_day = %(day)s AND p.state = 'confirmed'
   AND NOT EXISTS (SELECT FROM payments_bill_line l
                    WHERE l.bill_id = %(bill)s AND l.kind = 'payment' AND l.order_no = p.order_no)
   AND NOT EXISTS (SELECT FROM payments_disagreement d
                    WHERE d.payment_id = p.id AND d.against = '["missing_in_bill"]'::jsonb)
 ORDER BY p.id LIMIT %(most)s
"""
# Done by the channel's own word, and then in a bill of that day or of any other: some list a
# refund on the day it was asked for. What officers proved another way is in no bill.
_MISSING_REFUNDS = """
SELECT r.id AS refund_id, r.refund_no, p.id AS payment_id, p.order_no, p.transaction_no
  FROM payments_refund r
  JOIN payments_payment p ON p.id = r.payment_id
 WHERE p.merchant_id = %(merchant)s AND r.state = 'done'
   AND EXISTS (SELECT FROM payments_evidence e
                WHERE e.refund_id = r.id AND e.fact ->> 'state' = %(refunded)s
                  AND coalesce((e.fact ->> 'settlement_day')::date,
                               (r.done_at AT TIME ZONE 'Asia/Shanghai')::date) = %(day)s)
   AND NOT EXISTS (SELECT FROM payments_bill_line l JOIN payments_bill b ON b.id = l.bill_id
                    WHERE l.refund_no = r.refund_no AND l.kind = 'refund'
                      AND b.merchant_id = p.merchant_id)
   AND NOT EXISTS (SELECT FROM payments_disagreement d
                    WHERE d.payment_id = p.id AND d.said ->> 'refund_no' = r.refund_no
                      AND d.against = '["refund_missing_in_bill"]'::jsonb)
 ORDER BY r.id LIMIT %(most)s
"""
# A bill of a million lines beside a day of as many payments; only until the transaction ends.
_PATIENCE = "SET LOCAL statement_timeout = '10min'"
_REFUND_IS_DONE = ["", "SUCCESS", "REFUND_SUCCESS"]

Row = Mapping[str, Any]


def apply(bill_id: UUID, *, now: datetime) -> bool:
    """Acts on a taken bill; False when there is more than MOST_AT_ONCE to look at, come again.

    A paid line of an order that was open, closed or never answered for confirms it: nobody waits
    for it any more, so it goes back. What differs is kept as a disagreement for people.
    """
    bill = Bill.objects.select_related("merchant").get(pk=bill_id)
    if bill.state not in ("stored", "changed", "nothing"):
        return True
    counted: Counter[str] = Counter()
    for row in _asked(_PAYMENTS, bill):
        counted[_payment(bill, row, now=now)] += 1
    for row in _asked(_REFUNDS, bill):
        counted[_refund(bill, row, now=now)] += 1
    for row in _asked(_MISSING, bill):
        counted[_missing(bill, row, now=now)] += 1
    for row in _asked(_MISSING_REFUNDS, bill):
        counted[_missing_refund(bill, row, now=now)] += 1
    _tell(bill, counted, now=now)
    if sum(counted.values()) >= MOST_AT_ONCE:
        return False
    costs.book(bill, now=now)
    return True


def _asked(sql: str, bill: Bill) -> Iterator[Row]:
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_PATIENCE)
        cursor.execute(
            sql,
            {
                "bill": bill.pk,
                "channel": bill.channel,
                "merchant": bill.merchant_id,
                "day": bill.day,
                "done": _REFUND_IS_DONE,
                "refunded": RefundState.DONE.value,
                "most": MOST_AT_ONCE,
            },
        )
        names = [column[0] for column in cursor.description]
        rows: Sequence[tuple[Any, ...]] = cursor.fetchall()
    for row in rows:
        yield dict(zip(names, row, strict=True))


def _payment(bill: Bill, row: Row, *, now: datetime) -> str:
    if row["kind"] != "payment":
        return _disagree(bill, row, [row["kind"]], now=now)
    if row["payment_id"] is None:
        return _disagree(bill, row, ["order_no"], now=now)
    if row["merchant_id"] != bill.merchant_id:
        return _disagree(bill, row, ["merchant_no"], now=now)
    if row["state"] == "confirmed":
        booked = {"transaction_no": row["booked_no"], "amount_fen": row["paid_fen"]}
        against = [name for name, ours in booked.items() if row[name] != ours]
        return _disagree(bill, row, against, now=now)
    fact = _payment_fact(bill, row)
    body = json.dumps(evidence.as_json(fact), ensure_ascii=False, sort_keys=True).encode()
    payment = confirming.confirm(row["payment_id"], fact, body=body, source="bill", now=now)
    return payment.state


def _refund(bill: Bill, row: Row, *, now: datetime) -> str:
    ours = {"order_no": row["own_order_no"], "amount_fen": row["asked_fen"]}
    against = [name for name, value in ours.items() if row[name] != value]
    if row["own_order_no"] is None:
        against = ["refund_no"]
    elif row["state"] == "withdrawn":
        against = ["withdrawn"]
    if against:
        return _disagree(bill, row, against, now=now)
    fact = RefundFact(
        refund_no=row["refund_no"],
        order_no=row["order_no"],
        channel_refund_no=row["channel_refund_no"] or "",
        state=RefundState.DONE,
        raw_state=row["refund_state"] or "",
        amount_fen=row["amount_fen"],
        total_fen=row["paid_fen"],
        done_at=row["at"],
        settlement_day=bill.day,
    )
    refunding.done_by_bill(row["own_id"], fact, now=now)
    return "refund_done"


def _missing(bill: Bill, row: Row, *, now: datetime) -> str:
    named = {**row, "id": derive(row["payment_id"], "missing_in_bill"), "amount_fen": 0}
    return _disagree(bill, named, ["missing_in_bill"], now=now)


def _missing_refund(bill: Bill, row: Row, *, now: datetime) -> str:
    named = {**row, "id": derive(row["refund_id"], "missing_in_bill"), "amount_fen": 0}
    return _disagree(bill, named, ["refund_missing_in_bill"], now=now)


@transaction.atomic
def _disagree(bill: Bill, row: Row, against: list[str], *, now: datetime) -> str:
    kept = ("order_no", "transaction_no", "refund_no", "amount_fen", "raw_state", "refund_state")
    said = {name: row[name] for name in kept if row.get(name) is not None}
    Disagreement.objects.bulk_create(
        [
            Disagreement(
                id=row["id"],
                pool=bill.pool,
                payment_id=row.get("payment_id"),
                channel=bill.channel,
                order_no=row["order_no"],
                source="bill",
                against=against,
                said={**said, "bill": str(bill.pk), "day": bill.day.isoformat()},
                seen_at=now,
            )
        ],
        ignore_conflicts=True,
    )
    return f"disagrees_{against[0]}" if against else "disagrees"


def _payment_fact(bill: Bill, row: Row) -> PaymentFact:
    return PaymentFact(
        order_no=row["order_no"],
        state=PaymentState.PAID,
        raw_state=row["raw_state"],
        merchant_no=bill.merchant.merchant_no,
        app_no=row["app_no"],
        transaction_no=row["transaction_no"],
        amount_fen=row["amount_fen"],
        payer_fen=row["amount_fen"],
        currency=evidence.CURRENCY,
        paid_at=row["at"],
        settlement_day=bill.day,
    )


def _tell(bill: Bill, counted: Mapping[str, int], *, now: datetime) -> None:
    """One alarm for a bill, however many lines differ."""
    differing = {name: count for name, count in counted.items() if name.startswith("disagrees")}
    if differing:
        trail.alarm(
            "bill_disagrees",
            actor=Actor(kind="channel", id=bill.channel),
            now=now,
            subject=str(bill.pk),
            day=bill.day,
            counts=differing,
        )
