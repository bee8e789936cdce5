"""Whatever order a channel's words come in, and however often, the book ends the same.

Sequences are walked as a tree: each step happens inside a savepoint, so that a sequence shares its
beginning with all that begin alike. Every node is the end of a sequence and is held to the book.

What a run proves, for each channel: every sequence with repeats of up to six events ends in the
canonical book, provided that what `standing` tells decides all that follows. Then of two sequences
that arrive at equal states every continuation ends alike, and the one that has no more steps left
than the other had need not be walked again. `standing` tells every row that a step or a check
reads. The channel's own book stands outside, but no step changes it: what was paid, or given back,
was so before the walk. The clock decides nothing either, while the walk takes less than FRESH (the
pushes stay fresh, the order stays open) and no duty comes near the end of its schedule; both are
held to. The proviso itself is tested and not only argued: whenever a state is met again, each event
must lead to the state it led to before. A run walks every sequence of up to three events for that
with nothing remembered, the campaign up to five for each channel and up to six for one.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest
from django.db import transaction

from accounts import clock, duties, trail
from accounts.actors import WORKER
from accounts.duty_kinds import KINDS
from accounts.identifiers import new_id
from accounts.models import Duty
from gateway.channels.port import BillKind, BillLine, PaymentState
from gateway.channels.registry import channel_names
from gateway.payments import asking
from gateway.payments.bills import reconciling, storing
from gateway.payments.line import Answer
from gateway.payments.models import Bill, MerchantAccount, Notice, Payment, Refund
from gateway.sandbox.neighbourhood import neighbour
from gateway.topup.models import TopUp
from reserve_funds import postings
from reserve_funds.ledger import queries
from tests.support import campaign
from tests.support.province import Province, order_no, payment_id

FRESH = timedelta(minutes=4)
CAMPAIGN = campaign.is_on()
WALKED_IN_FULL = ("wechatpay", "unionpay")  # in each run; the campaign walks all six
Events = Mapping[str, Callable[[], Any]]


class _Undone(Exception):
    """The end of a step that is to leave no trace."""


@contextmanager
def undone() -> Iterator[None]:
    """What happens inside is rolled back; services that must be outermost still may run."""
    block = transaction.atomic()
    block._from_testcase = True
    try:
        with block:
            yield
            raise _Undone
    except _Undone:
        return


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """Up to so many events; with equal states remembered; only what begins with `first`."""

    longest: int
    remembers: bool = False
    first: str = ""

    def __str__(self) -> str:
        how = "remembering" if self.remembers else "in-full"
        return f"{self.longest}-{how}{self.first and f'-from-{self.first}'}"

    def sequences(self, events: int) -> int:
        """How many there are of that many events."""
        return sum(
            events ** max(0, length - len(self.first)) for length in range(1, self.longest + 1)
        )


def ways(names: str) -> list[Any]:
    """Each channel with each way it is walked by events of these names.

    The campaign's walks begin apart, so that none takes long enough to grow stale.
    """
    found = []
    for channel in channel_names():
        chosen = [Way(longest=6, remembers=True)]
        if not CAMPAIGN:
            chosen += [Way(longest=3)] if channel in WALKED_IN_FULL else []
        elif channel == "wechatpay":
            chosen = [Way(longest=6, first=one + two) for one in names for two in names]
        else:
            chosen = [Way(longest=5, first=one) for one in names]
        found += [pytest.param(channel, way, id=f"{channel}-{way}") for way in chosen]
    return found


class Walk:
    """Every sequence of events with repeats that the way tells of, each held to `check`."""

    def __init__(
        self, events: Events, way: Way, *, check: Callable[[str], None], state: Callable[[], Any]
    ) -> None:
        self._events, self._way, self._check, self._state = events, way, check, state
        self._been: dict[str, int] = {}
        self._next: dict[tuple[str, str], str] = {}
        self.steps = 0

    def go(self) -> int:
        """How many sequences there are; walks them all."""
        duties.load()
        began = time.monotonic()
        found = self._from("", repr(self._state()))
        took = timedelta(seconds=time.monotonic() - began)
        assert took < FRESH, "too slow: the pushes of the last sequences were no longer fresh"
        return found

    def _from(self, path: str, here: str) -> int:
        """How many sequences begin with this path, which led here, and go on."""
        left = self._way.longest - len(path)
        found = 0
        begins = self._way.first[len(path) : len(path) + 1]
        for name in begins or self._events if left else ():
            with undone():
                self._events[name]()
                self.steps += 1
                there = repr(self._state())
                before = self._next.setdefault((here, name), there)
                assert before == there, f"{path}: its state does not decide what {name} does"
                self._check(path + name)
                found += 1 + self._on(path + name, there, left - 1)
        return found

    def _on(self, path: str, here: str, left: int) -> int:
        if self._way.remembers and self._been.get(here, -1) >= left:
            return sum(len(self._events) ** length for length in range(1, left + 1))
        self._been[here] = left
        return self._from(path, here)


def standing(payment: Payment, refs: list[postings.Ref], province: Province) -> Any:
    """All that decides what happens next: rows, words, work owed, and the book.

    Identifiers are left out where each sequence makes its own: rows are told by what names them
    at the channel.
    """
    notices = Notice.objects.filter(merchant=payment.merchant_id, verdict="genuine")
    names = {payment.id: "payment"}
    refunds = payment.refunds.values_list("id", "refund_no")
    names |= {pk: f"refund {number}" for pk, number in refunds}
    names |= {pk: f"notice {nonce}" for pk, nonce in notices.values_list("id", "nonce")}
    owed = Duty.objects.filter(subject_id__in=names)
    for duty in owed:
        assert duty.attempts < len(KINDS[duty.kind].schedule), "nothing is near its schedule's end"
    facts = payment.evidence.values_list("refund__refund_no", "source", "fact")
    bills = Bill.objects.filter(merchant=payment.merchant_id)
    return (
        Payment.objects.filter(pk=payment.pk).values_list(
            "state",
            "transaction_no",
            "settlement_day",
            "paid_fen",
            "allocated_fen",
            "refunding_fen",
        )[0],
        sorted(notices.values_list("nonce", "order_no", "state")),
        sorted(payment.refunds.values_list("refund_no", "state", "amount_fen")),
        sorted({str(fact) for fact in facts}),
        sorted(str(row) for row in payment.disagreements.values_list("id", "state", "against")),
        sorted((duty.kind, names[duty.subject_id], duty.state, duty.owed_again) for duty in owed),
        sorted(bills.values_list("day", "state", "cost__net_fen")),
        TopUp.objects.get(pk=payment.patron_id).state,
        told(province, refs),
    )


def told(province: Province, refs: list[postings.Ref]) -> list[tuple[Any, ...]]:
    found = {row.id: row for ref in refs for row in queries.transfers_of(province.pool, ref)}
    return sorted(
        (str(row.id), row.code, row.debit.kind, row.credit.kind, row.credit.owner, row.amount_fen)
        for row in found.values()
    )


def stored_bill(province: Province, *lines: BillLine) -> Bill:
    """A taken bill that says this and nothing else."""
    account = MerchantAccount.objects.get(pool=province.pool)
    now = clock.now()
    bill = Bill.objects.create(
        id=new_id(now),
        merchant=account,
        channel=account.channel,
        pool=account.pool,
        day=lines[0].day,
        expected_at=now,
    )
    with transaction.atomic():
        storing.store(bill, lines)
    trail.advance(bill, to="stored", actor=WORKER, because="for this test", now=now)
    return bill


def payment_line(payment: Payment, fact: Any) -> BillLine:
    return BillLine(
        line_no=1,
        kind=BillKind.PAYMENT,
        day=fact.settlement_day or clock.business_day(fact.paid_at),
        at=fact.paid_at,
        merchant_no=fact.merchant_no,
        app_no=fact.app_no,
        transaction_no=fact.transaction_no,
        order_no=fact.order_no,
        amount_fen=fact.amount_fen,
        settled_fen=fact.amount_fen,
        coupon_fen=0,
        currency="CNY",
        raw_state="SUCCESS",
        fee_text="0.00000",
        fee_in_100000=0,
        rate_text="",
    )


@pytest.mark.parametrize(("channel", "way"), ways("nqwbox"))
def test_every_order_of_a_payments_words_ends_in_one_book(province: Province, way: Way) -> None:
    """n: a notice; q: we ask; w: workers do what is owed; b: the bill; o: an answer from before the
    payer paid comes late; x: such an answer when the order's time is over."""
    scene = neighbour(province.channel).scenes[0]
    topup = province.order(province.citizen(), province.card(), scene=scene)
    [push] = province.pay(topup)
    payment = province.payment(topup)
    asked = asking._ask(asking.Line(payment.merchant), payment)
    bill = stored_bill(province, payment_line(payment, asked.fact))
    before = Answer(
        fact=replace(
            asked.fact,
            state=PaymentState.PENDING,
            transaction_no=None,
            amount_fen=None,
            currency=None,
            paid_at=None,
            settlement_day=None,
        ),
        body=b"{}",
    )

    def old_answer(later: timedelta) -> None:
        with mock.patch.object(asking, "_ask", return_value=before):
            asking.query(payment.id, now=clock.now() + later)

    def work() -> None:
        mine = Notice.objects.filter(order_no=order_no(topup)).values_list("id", flat=True)
        for notice_id in mine:
            duties.work_one("notice.apply", notice_id, clock.now())
        duties.work_one("payment.query", payment.id, clock.now())

    events = {
        "n": lambda: province.deliver(push),
        "q": lambda: province.ask(topup),
        "w": work,
        "b": lambda: reconciling.apply(bill.id, now=clock.now()),
        "o": lambda: old_answer(timedelta()),
        "x": lambda: old_answer(timedelta(minutes=31)),
    }
    refs = [postings.received(payment.id), postings.unloaded_order(payment.patron_id)]
    with undone():
        asking.query(payment.id, now=clock.now())
        canonical = told(province, refs)
    assert [row[1] for row in canonical] == ["payment_allocated", "payment_confirmed"] or [
        row[1] for row in canonical
    ] == ["payment_confirmed", "payment_allocated"]

    def check(path: str) -> None:
        if Payment.objects.get(pk=payment.id).state == "confirmed":
            assert told(province, refs) == canonical, path
            return
        with undone():
            asking.query(payment.id, now=clock.now())
            assert told(province, refs) == canonical, f"{path} and then asked"

    walk = Walk(
        events,
        way,
        check=check,
        state=lambda: standing(payment, refs, province),
    )
    assert walk.go() == way.sequences(len(events))
    assert way.remembers or walk.steps == way.sequences(len(events))
    assert Payment.objects.get(pk=payment.id).state == "offered", "nothing of it stayed"
    assert province.faults() == []


@pytest.mark.parametrize(("channel", "way"), ways("ncwb"))
def test_every_order_of_a_refunds_words_ends_in_one_book(province: Province, way: Way) -> None:
    """n: the channel's pushes about the refund; c: we carry it on; w: workers do what is owed;
    b: the bill."""
    citizen = province.citizen()
    scene = neighbour(province.channel).scenes[0]
    topup = province.order(citizen, province.card(), scene=scene)
    province.pay(topup)
    province.ask(topup)
    assert citizen.post(f"topups/{topup['id']}/refund").status == 202
    [refund] = Refund.objects.filter(payment_id=payment_id(topup)).select_related("payment")
    duties.work_one("refund.carry", refund.id, clock.now())
    province.catcher.take()
    province.wallet.advance(2)
    payment = province.payment(topup)
    done_at = clock.now()
    line = BillLine(
        line_no=1,
        kind=BillKind.REFUND,
        day=clock.business_day(done_at),
        at=done_at,
        merchant_no=payment.merchant.merchant_no,
        app_no=payment.merchant.app_no,
        transaction_no=payment.transaction_no or "",
        order_no=payment.order_no,
        amount_fen=refund.amount_fen,
        settled_fen=refund.amount_fen,
        coupon_fen=0,
        currency="CNY",
        raw_state="REFUND",
        fee_text="0.00000",
        fee_in_100000=0,
        rate_text="",
        channel_refund_no=refund.refund_no,
        refund_no=refund.refund_no,
        refund_state="SUCCESS",
    )
    bill = stored_bill(province, line)
    pushes = province.catcher.take()

    def carry() -> None:
        duties.work_one("refund.carry", refund.id, clock.now())

    def work() -> None:
        mine = Notice.objects.filter(merchant=payment.merchant_id, verdict="genuine")
        for notice_id in mine.values_list("id", flat=True):
            duties.work_one("notice.apply", notice_id, clock.now())
        carry()

    events = {
        "n": lambda: [province.deliver(push) for push in pushes],
        "c": carry,
        "w": work,
        "b": lambda: reconciling.apply(bill.id, now=clock.now()),
    }
    refs = [postings.refund_in_flight(refund.id)]
    wanted = sorted(["refund_asked", "refund_done_by_channel"])

    def check(path: str) -> None:
        with undone():
            if Refund.objects.get(pk=refund.id).state != "done":
                duties.owe("refund.carry", refund.id, now=clock.now())
                carry()
            assert sorted(row[1] for row in told(province, refs)) == wanted, path
            assert province.balance_fen("refunds_in_flight", refund.id) == 0, path

    walk = Walk(
        events,
        way,
        check=check,
        state=lambda: standing(payment, refs, province),
    )
    assert walk.go() == way.sequences(len(events))
    assert way.remembers or walk.steps == way.sequences(len(events))
    assert province.faults() == []
