"""红冲: an order whose money goes back keeps no valid invoice, from that very transaction on.

An invoice that its buyer has not booked is reversed as a whole, and nobody confirms it
(国家税务总局公告 2024 年第 11 号): part of an order gone back is a red invoice over all of it and
a new blue one over the rest. docs/adr/0061.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction
from django.db.models import Q

from accounts import duties, trail
from accounts.actors import WORKER
from accounts.errors import StaleState
from accounts.identifiers import derive
from gateway.bulk.models import BulkOrder
from gateway.card_service.models import Departure
from gateway.invoice import asking, cash_returns, issuing, queries, sellers, sold
from gateway.invoice.line import Line
from gateway.invoice.models import Invoice, RedInvoice
from gateway.invoice.port import DocumentFact, DocumentState, RedWish
from gateway.invoice.sold import CashOrder, SharedOrder, Sold
from gateway.payments.models import Payment, Refund
from gateway.topup.models import TopUp
from reserve_funds.custody.bank.models import Instruction

REVERSE, FETCH_RED = "invoice.reverse", "invoice.fetch_red"
_LONGEST_REASON = 200


def refund_begun(refund: Refund, now: datetime) -> None:
    """Hears in a refund's own transaction, which holds the payment's row, that money goes back.

    What was never sent is withdrawn here and now; everything else counts no more and is owed its
    reversal. An enterprise's refund is one part of a return, which `order_given_back` hears of.
    """
    rows = Invoice.objects.filter(payment_id=refund.payment_id)
    invoice = queries.live_of(rows)
    if invoice is None or invoice.state == "reversing":
        return
    over = sold.lock_of(invoice)
    _take_back(invoice, over, because="money of its order goes back", now=now)


def order_given_back(order: BulkOrder, now: datetime) -> None:
    """Hears in a return's own transaction, which holds the order's row, that money goes back.

    What came beyond the order and goes back alone was never invoiced: then nothing changes.
    """
    because = "money of its order goes back to the enterprise"
    _bring_in_line(SharedOrder(order), because=because, now=now)


def refund_withdrawn(refund: Refund, now: datetime) -> None:
    """Hears in the withdrawal's own transaction, which holds the payment's row, that it stays paid.

    An order whose money did not go back may have its invoice: a new blue one takes the place of
    what was reversed or withdrawn for it, to the same title. docs/adr/0072.
    """
    payment = Payment.objects.get(pk=refund.payment_id)
    over = _sold_for(Q(payment=payment) | Q(bulk_order_id=payment.patron_id))
    if over is not None:
        because = "its order's money did not go back after all"
        _bring_in_line(over, because=because, now=now)


def cash_not_on_card(topup: TopUp, now: datetime) -> None:
    """Hears in the card's own transaction, which holds the top-up's row, that it never took it.

    Of cash only what is on a card is invoiced; a wallet's payment stays paid, and its invoice.
    """
    over = sold.lock_cash(topup.pk, None)
    if over is not None:
        _bring_down(over, because="its cash is not on the card after all", now=now)


def card_redeemed(departure: Departure, now: datetime) -> None:
    """Hears in a redemption's own transaction that it begins to pay: also what came as cash."""
    for topup_id in cash_returns.note(departure, now=now):
        over = sold.lock_cash(topup_id, None)
        assert over is not None, "only cash orders are noted"
        _bring_down(over, because="its card's balance goes back to the holder", now=now)


@transaction.atomic
def hear_bank(instruction_id: UUID, now: datetime) -> None:
    """A bank gives an order's money back in a channel's place, or could not: as a refund would."""
    told = Instruction.objects.get(pk=instruction_id)
    if told.source_kind != "unloaded_orders":
        return
    try:
        owner = UUID(told.source_owner)
    except ValueError:
        return
    over = _sold_for(Q(topup_id=owner) | Q(bulk_order_id=owner))
    if over is not None:
        _bring_in_line(over, because="a bank gives money of its order back", now=now)


def _sold_for(which: Q) -> Sold | None:
    """What these invoices are over, locked; None where none was ever asked for."""
    asked = Invoice.objects.filter(which).first()
    return None if asked is None else sold.lock_of(asked)


def _bring_in_line(over: Sold, *, because: str, now: datetime) -> None:
    """The order's invoice is over what its payer still has paid; what it is over is locked."""
    live = queries.live_of(over.invoices)
    if live is None:
        last = queries.last_taken_back(over.invoices)
        if last is not None and sellers.is_offered(over.pool):
            ask_for_rest(last, over, now=now)
    elif live.state == "reversing" or live.amount_fen == over.invoiceable_fen():
        return  # its red invoice brings the new blue one
    else:
        _take_back(live, over, because=because, now=now)


def _bring_down(over: CashOrder, *, because: str, now: datetime) -> None:
    """Nothing stands over more cash than is on the card; what it is over is locked."""
    live = queries.live_of(over.invoices)
    if live is None or live.state == "reversing" or live.amount_fen <= over.invoiceable_fen():
        return
    _take_back(live, sold.lock_of(live), because=because, now=now)


def _take_back(invoice: Invoice, over: Sold, *, because: str, now: datetime) -> None:
    """What was never sent is withdrawn; everything else counts no more and is owed its red one."""
    if invoice.state == "asked":
        trail.advance(invoice, to="withdrawn", actor=WORKER, because=because, now=now)
        ask_for_rest(invoice, over, now=now)
        return
    trail.advance(invoice, to="reversing", actor=WORKER, because=because, now=now)
    duties.owe(REVERSE, invoice.pk, now=now)


def carry(invoice_id: UUID, *, now: datetime) -> bool:
    """One step of a reversal at the office; True when nothing is left to do.

    What never got a number is asked not to be made; what has one gets its red invoice, under a
    number fixed before the first call. As `issuing.carry`.
    """
    invoice = queries.get(invoice_id, person=None)
    if invoice.state != "reversing":
        return True
    if not invoice.invoice_no and not _settle_blue(invoice, now=now):
        return False
    invoice = queries.get(invoice_id, person=None)
    if invoice.state != "reversing":
        return True
    red = _red_of(invoice, now=now)
    if red.state == "asked":
        try:
            because = "about to be asked for"
            trail.advance(red, to="sent", actor=WORKER, because=because, now=now)
        except StaleState:
            return False
        return _take(red.pk, _reverse(invoice, red), now=now)
    fact = issuing.query(invoice, red.request_no)
    if fact.state is DocumentState.NOT_RECEIVED:
        fact = _reverse(invoice, red)
    return _take(red.pk, fact, now=now)


def _settle_blue(invoice: Invoice, *, now: datetime) -> bool:
    """Asks the office never to make it; True once it is known whether it did."""
    fact = Line(invoice).ask(
        invoice.request_no,
        lambda office, seller, at, nonce: office.withdraw(
            seller, invoice.request_no, now=at, nonce=nonce
        ),
    )
    over = (DocumentState.WITHDRAWN, DocumentState.REFUSED)
    with transaction.atomic():
        over_what = sold.lock_of(invoice)
        locked = queries.get(invoice.pk, person=None, lock=True)
        if locked.state != "reversing" or locked.invoice_no:
            return True
        if fact.state is DocumentState.ISSUED:
            issuing.refuse_other(locked, fact, amount_fen=locked.amount_fen)
            Invoice.objects.filter(pk=locked.pk).update(**issuing.made(fact))
            duties.owe(issuing.FETCH, locked.pk, now=now)
            return True
        if fact.state not in over:
            return False
        because = f"the office says {fact.raw_state}"
        trail.advance(
            locked, to="withdrawn", actor=issuing.office_of(locked), because=because, now=now
        )
        ask_for_rest(locked, over_what, now=now)
        return True


def _red_of(invoice: Invoice, *, now: datetime) -> RedInvoice:
    """The invoice's red one; one that was refused is asked for again under its next number."""
    red_id = derive(invoice.pk, "red")
    RedInvoice.objects.bulk_create(
        [RedInvoice(id=red_id, invoice=invoice, request_no=red_id.hex, asked_at=now)],
        ignore_conflicts=True,
    )
    red = RedInvoice.objects.get(pk=red_id)
    if red.state == "refused":
        next_no = red.round_no + 1
        trail.advance(
            red,
            to="asked",
            actor=WORKER,
            because="asked for again under a new number",
            now=now,
            round_no=next_no,
            request_no=derive(red_id, f"round {next_no}").hex,
        )
    return red


def _reverse(invoice: Invoice, red: RedInvoice) -> DocumentFact:
    assert invoice.invoice_no is not None, "what has no number is not reversed"
    wish = RedWish(
        request_no=red.request_no,
        invoice_no=invoice.invoice_no,
        title=invoice.title,
        amount_fen=invoice.amount_fen,
    )
    return Line(invoice).ask(
        red.request_no,
        lambda office, seller, now, nonce: office.reverse(seller, wish, now=now, nonce=nonce),
    )


@transaction.atomic
def _take(red_id: UUID, fact: DocumentFact, *, now: datetime) -> bool:
    invoice = RedInvoice.objects.select_related("invoice").get(pk=red_id).invoice
    over = sold.lock_of(invoice)
    invoice = queries.get(invoice.pk, person=None, lock=True)
    red = RedInvoice.objects.select_for_update().get(pk=red_id)
    if red.state == "issued" or red.request_no != fact.request_no:
        return red.state == "issued"
    office, because = issuing.office_of(invoice), f"the office says {fact.raw_state}"
    if fact.state is DocumentState.ISSUED:
        issuing.refuse_other(invoice, fact, amount_fen=-invoice.amount_fen)
        trail.advance(
            red, to="issued", actor=office, because=because, now=now, **issuing.made(fact)
        )
        because = "its red invoice is made"
        trail.advance(invoice, to="reversed", actor=office, because=because, now=now)
        duties.owe(FETCH_RED, invoice.pk, now=now)
        ask_for_rest(invoice, over, now=now)
        return True
    if fact.state is DocumentState.WAITING_BUYER and red.state == "sent":
        trail.advance(red, to="waiting", actor=office, because=because, now=now)
    elif fact.state in (DocumentState.REFUSED, DocumentState.WITHDRAWN):
        reason = fact.reason[:_LONGEST_REASON]
        trail.advance(red, to="refused", actor=office, because=because, now=now, reason=reason)
        trail.alarm("invoice_red_refused", actor=office, now=now, subject=f"invoice:{invoice.pk}")
    return False


def ask_for_rest(invoice: Invoice, over: Sold, *, now: datetime) -> None:
    """A new invoice for what the payer still has paid, to the same title; none for nothing."""
    rest_fen = over.invoiceable_fen()
    if rest_fen > 0:
        asking.make(over, invoice.title, rest_fen, now=now, replaces=invoice)
