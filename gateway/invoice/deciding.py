"""What people decide of an invoice that its office does not end: one proposes, another agrees.

The office's word is believed as long as it gives one. Where it stays silent, or refuses a red one
for good, two finance officers say what the tax authority's own platform shows, and on what paper
that rests: the invoice was never made, it was made under a number, or its red one was made there.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from django.db import transaction

from accounts import approvals, duties, people, trail
from accounts.actors import Actor
from accounts.errors import MakerIsChecker, NotAllowed
from accounts.identifiers import derive
from accounts.models import Person
from accounts.roles import FINANCE_OFFICER
from gateway.invoice import asking, queries, reversing, sold
from gateway.invoice.errors import (
    InvoiceDecisionOver,
    InvoiceDecisionUnfit,
    InvoiceNoWrong,
)
from gateway.invoice.models import Invoice, InvoiceDecision, RedInvoice
from gateway.invoice.sold import Sold

PURPOSE = "invoice.decision"
NOT_MADE, MADE, REVERSED = "not_made", "made", "reversed"
TIME_TO_DECIDE: Final = timedelta(days=3)
_LONG_NUMBER = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What the platform shows: a number and when, where something was made; and the evidence."""

    because: str
    invoice_no: str = ""
    issued_at: datetime | None = None


def choices_of(invoice: Invoice) -> tuple[str, ...]:
    """What may be decided of it as it stands; nothing while its office ends it by itself."""
    if invoice.state == "sent" or (invoice.state == "reversing" and not invoice.invoice_no):
        return (NOT_MADE, MADE)
    red = getattr(invoice, "red", None)
    if invoice.state == "reversing" and (red is None or red.state != "asked"):
        return (REVERSED,)
    return ()


@transaction.atomic
def propose(
    invoice_id: UUID, *, choice: str, said: Said, maker: Person, now: datetime
) -> InvoiceDecision:
    """The first officer's word; nothing has changed.

    NotAllowed, InvoiceNotFound, InvoiceDecisionUnfit (not in doubt, not of these choices, no
    reason, asked already), InvoiceNoWrong.
    """
    invoice = queries.get(invoice_id, person=None, lock=True)
    _refuse_without(maker, invoice.pool, now)
    because = " ".join(said.because.split())[:200]
    is_open = InvoiceDecision.objects.filter(invoice=invoice, state="asked").exists()
    if choice not in choices_of(queries.get(invoice_id, person=None)) or not because or is_open:
        raise InvoiceDecisionUnfit(state=invoice.state)
    number, at = ("", None) if choice == NOT_MADE else _number(said, now)
    content = {
        "invoice_id": str(invoice.pk),
        "choice": choice,
        "amount_fen": invoice.amount_fen,
        "request_no": invoice.request_no,
        "invoice_no": number,
        "issued_at": at.isoformat() if at else "",
        "because": because,
        "was": invoice.state,
    }
    approval = approvals.ask(
        maker=maker,
        purpose=PURPOSE,
        pool=invoice.pool,
        content=content,
        fingerprint=_fingerprint(content),
        now=now,
        expires_at=now + TIME_TO_DECIDE,
        checker_role=FINANCE_OFFICER,
    )
    return InvoiceDecision.objects.create(
        id=approval.id,
        invoice=invoice,
        choice=choice,
        was=invoice.state,
        invoice_no=number,
        issued_at=at,
        because=because,
        maker=maker,
        asked_at=now,
    )


@transaction.atomic
def approve(decision_id: UUID, *, checker: Person, now: datetime) -> InvoiceDecision:
    """The second officer agrees: the invoice is where they say. What follows is owed as always.

    MakerIsChecker, NotAllowed, ApprovalExpired, InvoiceDecisionOver (decided, or the office has
    spoken since).
    """
    decision = _asked(decision_id)
    if decision.maker_id == checker.pk:
        raise MakerIsChecker(id=decision_id, checker=checker.pk)
    over = sold.lock_of(decision.invoice)
    invoice = queries.get(decision.invoice_id, person=None, lock=True)
    if invoice.state != decision.was or decision.choice not in choices_of(
        queries.get(invoice.pk, person=None)
    ):
        raise InvoiceDecisionOver(state=invoice.state)
    approvals.approve(decision_id, checker=checker, now=now)
    actor = _officer(checker)
    because = f"two officers: {decision.because}"[:200]
    trail.advance(decision, to="done", actor=actor, because=because, now=now, checker=checker)
    _DO[decision.choice](decision, invoice, over, actor, because, now)
    return decision


@transaction.atomic
def refuse(decision_id: UUID, *, checker: Person, now: datetime) -> InvoiceDecision:
    """The second officer does not agree: the invoice stays in doubt. As `approve`."""
    decision = _asked(decision_id)
    approvals.refuse(decision_id, checker=checker, now=now)
    because = "a second officer refused"
    trail.advance(decision, to="refused", actor=_officer(checker), because=because, now=now)
    return decision


def ask_again(invoice_id: UUID, *, officer: Person, now: datetime) -> None:
    """Its office is asked once more, now; also past its schedule. NotAllowed, InvoiceNotFound."""
    invoice = queries.get(invoice_id, person=None)
    _refuse_without(officer, invoice.pool, now)
    kind = {"asked": asking.ISSUE, "sent": asking.ISSUE, "reversing": reversing.REVERSE}.get(
        invoice.state
    )
    if kind is None:
        raise InvoiceDecisionUnfit(state=invoice.state)
    duties.owe(kind, invoice.pk, now=now)
    subject = f"invoice:{invoice.pk}"
    trail.record("invoice_asked_again", actor=_officer(officer), now=now, subject=subject)


def _not_made(
    decision: InvoiceDecision, invoice: Invoice, over: Sold, actor: Actor, because: str,
    now: datetime,
) -> None:  # fmt: skip
    if invoice.state == "sent":
        trail.advance(
            invoice, to="refused", actor=actor, because=because, now=now, reason=decision.because
        )
        return
    trail.advance(invoice, to="withdrawn", actor=actor, because=because, now=now)
    reversing.ask_for_rest(invoice, over, now=now)


def _made(
    decision: InvoiceDecision, invoice: Invoice, over: Sold, actor: Actor, because: str,
    now: datetime,
) -> None:  # fmt: skip
    told = {"invoice_no": decision.invoice_no, "issued_at": decision.issued_at}
    if invoice.state == "sent":
        trail.advance(invoice, to="issued", actor=actor, because=because, now=now, **told)
        return
    Invoice.objects.filter(pk=invoice.pk).update(**told)
    duties.owe(reversing.REVERSE, invoice.pk, now=now)


def _reversed(
    decision: InvoiceDecision, invoice: Invoice, over: Sold, actor: Actor, because: str,
    now: datetime,
) -> None:  # fmt: skip
    red_id = derive(invoice.pk, "red")
    RedInvoice.objects.bulk_create(
        [RedInvoice(id=red_id, invoice=invoice, request_no=red_id.hex, asked_at=now)],
        ignore_conflicts=True,
    )
    red = RedInvoice.objects.select_for_update().get(pk=red_id)
    for to in {"asked": ("sent",), "refused": ("asked", "sent")}.get(red.state, ()):
        trail.advance(red, to=to, actor=actor, because=because, now=now)
    told = {"invoice_no": decision.invoice_no, "issued_at": decision.issued_at}
    trail.advance(red, to="issued", actor=actor, because=because, now=now, **told)
    trail.advance(invoice, to="reversed", actor=actor, because=because, now=now)
    reversing.ask_for_rest(invoice, over, now=now)


_DO: Final = {NOT_MADE: _not_made, MADE: _made, REVERSED: _reversed}


def _number(said: Said, now: datetime) -> tuple[str, datetime]:
    """The 20 digits of a 数电发票, and a moment that has been. InvoiceNoWrong."""
    number = "".join(said.invoice_no.split())
    known = Invoice.objects.filter(invoice_no=number) | Invoice.objects.filter(
        red__invoice_no=number
    )
    is_number = len(number) == _LONG_NUMBER and number.isascii() and number.isdecimal()
    if not is_number or said.issued_at is None or said.issued_at > now or known.exists():
        raise InvoiceNoWrong(length=len(number))
    return number, said.issued_at


def _asked(decision_id: UUID) -> InvoiceDecision:
    rows = InvoiceDecision.objects.select_for_update(of=("self",)).select_related("invoice")
    found = rows.filter(pk=decision_id, state="asked").first()
    if found is None:
        raise InvoiceDecisionOver(id=decision_id)
    return found


def _refuse_without(officer: Person, pool: int, now: datetime) -> None:
    if not people.has_role(officer, FINANCE_OFFICER, pool, now):
        raise NotAllowed(person=str(officer.pk), role=FINANCE_OFFICER)


def _fingerprint(content: dict[str, Any]) -> bytes:
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).digest()


def _officer(person: Person) -> Actor:
    return Actor(kind="officer", id=str(person.pk))
