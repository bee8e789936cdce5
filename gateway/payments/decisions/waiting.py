"""The list of what machines could not settle, from rows as they stand: no second bookkeeping."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts import duties, trail
from accounts.models import Duty
from gateway.payments.decisions.matters import CHOICES, Matter, SetAside
from gateway.payments.errors import MatterUnknown
from gateway.payments.models import (
    Bill,
    Decision,
    Disagreement,
    MerchantAccount,
    Notice,
    Payment,
    Refund,
)

OF_PAYMENTS = ("payment.query", "payment.look_again", "payment.ask_evidence")
OF_REFUNDS = ("refund.carry",)
OF_NOTICES = ("notice.apply",)
OF_ACCOUNTS = ("merchant.keys",)
OF_BILLS = ("bill.fetch", "bill.look_again", "bill.apply")
MOST = 500


def ref_of(matter: Matter, subject_id: UUID, work: str = "") -> str:
    """The name of a matter, fit for an address."""
    return f"{matter}-{work}-{subject_id}" if work else f"{matter}-{subject_id}"


def listed(pool: int | None, *, now: datetime) -> list[SetAside]:
    """Everything that waits for people, of one pool or of all, oldest first, MOST at the most."""
    found = [
        *_contested(pool),
        *_abnormal(pool),
        *_disagreements(pool),
        *_bills(pool),
        *_given_up(pool),
    ]
    found.sort(key=lambda item: (item.since, item.ref))
    open_ = Decision.objects.filter(state="proposed", ref__in=[item.ref for item in found])
    proposals = {decision.ref: decision.id for decision in open_}
    return [replace(item, proposal_id=proposals.get(item.ref)) for item in found[:MOST]]


def place_of(duty: Duty) -> tuple[int, str, str, int | None]:
    """Pool, channel, number and amount of what given-up work was about. Raises MatterUnknown."""
    found = list(_of_work({duty.kind: [duty]}, None, over=True))
    if not found:
        raise MatterUnknown(kind=duty.kind, subject_id=str(duty.subject_id))
    return found[0].pool, found[0].channel, found[0].order_no, found[0].amount_fen


def _contested(pool: int | None) -> Iterable[SetAside]:
    rows = Payment.objects.filter(state="contested")
    payments = list(rows.filter(pool=pool) if pool is not None else rows)
    moved = _last_moves("payment", "contested", [one.id for one in payments])
    for payment in payments:
        since, because = moved.get(payment.id, (payment.created_at, ""))
        yield SetAside(
            ref=ref_of(Matter.PAYMENT_CONTESTED, payment.id),
            matter=Matter.PAYMENT_CONTESTED,
            subject_id=payment.id,
            pool=payment.pool,
            channel=payment.channel,
            order_no=payment.order_no,
            amount_fen=payment.wish_fen,
            since=since,
            because=because,
            choices=CHOICES[Matter.PAYMENT_CONTESTED],
        )


def _abnormal(pool: int | None) -> Iterable[SetAside]:
    rows = Refund.objects.filter(state="abnormal").select_related("payment")
    refunds = list(rows.filter(payment__pool=pool) if pool is not None else rows)
    moved = _last_moves("refund", "abnormal", [one.id for one in refunds])
    for refund in refunds:
        since, because = moved.get(refund.id, (refund.created_at, ""))
        yield _of_refund(refund, Matter.REFUND_ABNORMAL, since, because)


def _disagreements(pool: int | None) -> Iterable[SetAside]:
    rows = Disagreement.objects.filter(state="open")
    for row in rows.filter(pool=pool) if pool is not None else rows:
        yield SetAside(
            ref=ref_of(Matter.DISAGREEMENT, row.id),
            matter=Matter.DISAGREEMENT,
            subject_id=row.id,
            pool=row.pool,
            channel=row.channel,
            order_no=row.order_no,
            amount_fen=row.said.get("amount_fen"),
            since=row.seen_at,
            because=f"{row.source}: {', '.join(row.against)}",
            choices=CHOICES[Matter.DISAGREEMENT],
        )


def _bills(pool: int | None) -> Iterable[SetAside]:
    rows = Bill.objects.filter(state__in=("quarantined", "changed")).select_related("merchant")
    bills = list(rows.filter(pool=pool) if pool is not None else rows)
    for state in ("quarantined", "changed"):
        moved = _last_moves("bill", state, [one.id for one in bills if one.state == state])
        for bill in bills:
            if bill.state == state:
                since, because = moved.get(bill.id, (bill.expected_at, ""))
                yield of_bill(bill, since, because)


def of_bill(bill: Bill, since: datetime, because: str) -> SetAside:
    """A bill that waits: its file is no bill as we know them, or it has changed."""
    changed = bill.state == "changed"
    matter = Matter.BILL_CHANGED if changed else Matter.BILL_QUARANTINED
    return SetAside(
        ref=ref_of(matter, bill.id),
        matter=matter,
        subject_id=bill.id,
        pool=bill.pool,
        channel=bill.channel,
        order_no=f"{bill.merchant.merchant_no} {bill.day.isoformat()}",
        amount_fen=None,
        since=since,
        because=because,
        choices=CHOICES[matter],
    )


def _given_up(pool: int | None) -> Iterable[SetAside]:
    left: dict[str, list[Duty]] = {}
    for duty in duties.given_up():
        left.setdefault(duty.kind, []).append(duty)
    yield from _of_work(left, pool, over=False)


def _of_work(left: Mapping[str, list[Duty]], pool: int | None, *, over: bool) -> Iterable[SetAside]:
    """Work of ours; what has settled itself meanwhile only when `over` is asked for too."""
    for kinds, read in (
        (OF_PAYMENTS, _payments_left),
        (OF_REFUNDS, _refunds_left),
        (OF_NOTICES, _notices_left),
        (OF_ACCOUNTS, _accounts_left),
        (OF_BILLS, _bills_left),
    ):
        for kind in kinds:
            yield from read(left.get(kind, []), pool, over)


def _payments_left(left: list[Duty], pool: int | None, over: bool) -> Iterable[SetAside]:
    found = Payment.objects.in_bulk([duty.subject_id for duty in left])
    for duty in left:
        payment = found.get(duty.subject_id)
        if payment is None or (payment.state in ("confirmed", "contested") and not over):
            continue
        if pool in (None, payment.pool):
            yield SetAside(
                **_work(duty),
                pool=payment.pool,
                channel=payment.channel,
                order_no=payment.order_no,
                amount_fen=payment.wish_fen,
            )


def _refunds_left(left: list[Duty], pool: int | None, over: bool) -> Iterable[SetAside]:
    rows = Refund.objects.select_related("payment")
    found = rows.in_bulk([duty.subject_id for duty in left])
    for duty in left:
        refund = found.get(duty.subject_id)
        if refund is None or (refund.state not in ("asked", "sent") and not over):
            continue
        if pool in (None, refund.payment.pool):
            since, because = duty.finished_at or duty.owed_at, duty.last_code or duty.last_because
            item = _of_refund(refund, Matter.WORK_GIVEN_UP, since, because)
            yield replace(item, **_work(duty))


def _notices_left(left: list[Duty], pool: int | None, over: bool) -> Iterable[SetAside]:
    rows = Notice.objects.select_related("merchant").defer("body")
    found = rows.in_bulk([duty.subject_id for duty in left])
    for duty in left:
        notice = found.get(duty.subject_id)
        if notice is None or (notice.state not in ("received", "parked") and not over):
            continue
        matter = Matter.NOTICE_PARKED if notice.state == "parked" else Matter.WORK_GIVEN_UP
        if pool in (None, notice.merchant.pool):
            yield SetAside(
                **_work(duty, matter),
                pool=notice.merchant.pool,
                channel=notice.merchant.channel,
                order_no=notice.order_no,
                amount_fen=(notice.fact or {}).get("amount_fen"),
            )


def _accounts_left(left: list[Duty], pool: int | None, over: bool) -> Iterable[SetAside]:
    found = MerchantAccount.objects.in_bulk([duty.subject_id for duty in left])
    for duty in left:
        account = found.get(duty.subject_id)
        if account is not None and pool in (None, account.pool):
            yield SetAside(
                **_work(duty),
                pool=account.pool,
                channel=account.channel,
                order_no=account.merchant_no,
                amount_fen=None,
            )


def _bills_left(left: list[Duty], pool: int | None, over: bool) -> Iterable[SetAside]:
    rows = Bill.objects.select_related("merchant")
    found = rows.in_bulk([duty.subject_id for duty in left])
    for duty in left:
        bill = found.get(duty.subject_id)
        if bill is not None and pool in (None, bill.pool):
            item = of_bill(bill, duty.owed_at, "")
            yield replace(item, **_work(duty))


def _work(duty: Duty, matter: Matter = Matter.WORK_GIVEN_UP) -> dict[str, Any]:
    work = duty.kind if matter is Matter.WORK_GIVEN_UP else ""
    return {
        "ref": ref_of(matter, duty.subject_id, work),
        "matter": matter,
        "subject_id": duty.subject_id,
        "work": work,
        "since": duty.finished_at or duty.owed_at,
        "because": duty.last_code or duty.last_because,
        "choices": CHOICES[matter],
    }


def _of_refund(refund: Refund, matter: Matter, since: datetime, because: str) -> SetAside:
    return SetAside(
        ref=ref_of(matter, refund.id),
        matter=matter,
        subject_id=refund.id,
        pool=refund.payment.pool,
        channel=refund.payment.channel,
        order_no=refund.payment.order_no,
        amount_fen=refund.amount_fen,
        since=since,
        because=because,
        choices=CHOICES[matter],
    )


def _last_moves(kind: str, state: str, ids: list[UUID]) -> Mapping[UUID, tuple[datetime, str]]:
    moves = trail.histories((kind, one) for one in ids)
    return {
        move.subject_id: (move.moved_at, move.because) for move in moves if move.to_state == state
    }
