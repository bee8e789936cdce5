"""Brings an invoice to its end at the office: sent once, asked about until its number is known."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from accounts import duties, trail
from accounts.actors import WORKER, Actor
from accounts.errors import StaleState
from gateway.invoice import port, queries
from gateway.invoice.errors import OfficeAnswerDiffers
from gateway.invoice.line import Line
from gateway.invoice.models import Invoice
from gateway.invoice.port import DocumentFact, DocumentState, Wish

FETCH = "invoice.fetch"
_LONGEST_REASON = 200


def carry(invoice_id: UUID, *, now: datetime) -> bool:
    """One step at the office; True when nothing is left to do.

    Its silence is OfficeSilent and changes nothing: the next call asks by the same number.
    OfficeAnswerDiffers when what was made is not what we asked.
    """
    invoice = queries.get(invoice_id, person=None)
    if invoice.state == "asked":
        try:
            because = "about to be asked for"
            trail.advance(invoice, to="sent", actor=WORKER, because=because, now=now)
        except StaleState:  # withdrawn by a refund, or another hand sends it
            return False
        return _take(invoice_id, issue(invoice), now=now)
    if invoice.state != "sent":
        return True
    fact = query(invoice, invoice.request_no)
    if fact.state is DocumentState.NOT_RECEIVED:
        fact = issue(invoice)
    return _take(invoice_id, fact, now=now)


def issue(invoice: Invoice) -> DocumentFact:
    """Asks the office for it, by its number. As `Line.ask`."""
    wish = Wish(
        request_no=invoice.request_no,
        title=invoice.title,
        amount_fen=invoice.amount_fen,
        order_no=invoice.order_no,
    )
    return Line(invoice).ask(
        invoice.request_no,
        lambda office, seller, now, nonce: office.issue(seller, wish, now=now, nonce=nonce),
    )


def query(invoice: Invoice, number: str) -> DocumentFact:
    """Asks what became of this number. As `Line.ask`."""
    return Line(invoice).ask(
        number,
        lambda office, seller, now, nonce: office.query(seller, number, now=now, nonce=nonce),
    )


@transaction.atomic
def _take(invoice_id: UUID, fact: DocumentFact, *, now: datetime) -> bool:
    invoice = queries.get(invoice_id, person=None, lock=True)
    if invoice.state != "sent":
        return True  # a refund came in between: its duty asks again
    office = office_of(invoice)
    if fact.state is DocumentState.ISSUED:
        refuse_other(invoice, fact, amount_fen=invoice.amount_fen)
        trail.advance(
            invoice,
            to="issued",
            actor=office,
            because="the office proved that it is made",
            now=now,
            **made(fact),
        )
        duties.owe(FETCH, invoice.pk, now=now)
        return True
    if fact.state in (DocumentState.REFUSED, DocumentState.WITHDRAWN):
        reason = fact.reason[:_LONGEST_REASON]
        because = f"the office says {fact.raw_state}"
        trail.advance(invoice, to="refused", actor=office, because=because, now=now, reason=reason)
        return True
    return False


def made(fact: DocumentFact) -> dict[str, object]:
    """The columns that a made invoice has."""
    marks = {form: {"sha256": mark.sha256, "size": mark.size} for form, mark in fact.files.items()}
    return {"invoice_no": fact.invoice_no, "issued_at": fact.issued_at, "marks": marks}


def office_of(invoice: Invoice) -> Actor:
    """The office as the trail knows it."""
    return Actor(kind="channel", id=f"invoice-office-{invoice.pool}")


def refuse_other(invoice: Invoice, fact: DocumentFact, *, amount_fen: int) -> None:
    """OfficeAnswerDiffers unless the document is what we asked for."""
    seller = Line(invoice).row
    title = invoice.title
    ours = {
        "amount": amount_fen,
        "item_code": port.ITEM_CODE,
        "tax_rate": port.TAX_RATE,
        "tax": 0,
        "seller_no": seller.taxpayer_no,
        "title": (title.name, title.taxpayer_no),
    }
    theirs = {
        "amount": fact.amount_fen,
        "item_code": fact.item_code,
        "tax_rate": fact.tax_rate,
        "tax": fact.tax_fen,
        "seller_no": fact.seller_no,
        "title": (fact.title.name, fact.title.taxpayer_no) if fact.title else None,
    }
    against = sorted(name for name, value in ours.items() if theirs[name] != value)
    if against:
        raise OfficeAnswerDiffers(invoice_id=invoice.pk, against=against)
