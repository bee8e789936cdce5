"""Reads deposits and the terms they are taken under."""

from __future__ import annotations

from pathlib import Path
from uuid import UUID

from django.conf import settings
from django.db.models import QuerySet

from accounts.models import Operator, Person, TransitCard
from gateway.deposits import terms
from gateway.deposits.errors import DepositNotFound
from gateway.deposits.lifecycle import LIVE, UNDER_WAY
from gateway.deposits.models import Deposit
from gateway.payments.models import Payment, Refund
from reserve_funds import postings
from reserve_funds.ledger.values import Ref


def terms_of(operator: Operator) -> terms.Terms:
    """What this operator takes, and when it goes back. DepositTermsFaulty."""
    path = settings.DEPOSIT_TERMS
    return terms.of_operator(operator.code, Path(path) if path else terms.PACKAGED)


def account(deposit: Deposit) -> Ref:
    """押金 of this card in the book."""
    return postings.account("deposits_held", deposit.asn)


def get(deposit_id: UUID, *, lock: bool = False) -> Deposit:
    """One deposit, with its card. DepositNotFound."""
    rows = Deposit.objects.select_related("card__operator", "person")
    if lock:
        rows = rows.select_for_update(of=("self",))
    found = rows.filter(pk=deposit_id).first()
    if found is None:
        raise DepositNotFound(id=deposit_id)
    return found


def of_card(card: TransitCard) -> Deposit | None:
    """The newest deposit of this card that was paid or may be."""
    rows = Deposit.objects.filter(card=card).exclude(state="expired").select_related("card")
    return rows.order_by("-id").first()


def may_be_placed(card: TransitCard, found: Deposit | None) -> bool:
    """Whether a deposit could be paid for this card; `found` is its newest one."""
    stands = found is not None and found.state in LIVE
    return card.state == "in_use" and not stands and terms_of(card.operator).amount_fen > 0


def live_of(card: TransitCard) -> Deposit | None:
    """The one that stands, is being paid, or goes back."""
    return Deposit.objects.filter(card=card, state__in=LIVE).first()


def of_person(person: Person) -> QuerySet[Deposit]:
    """Those this person paid or ordered in the app, newest first."""
    return Deposit.objects.filter(person=person).order_by("-id")


def waiting(pool: int | None = None) -> QuerySet[Deposit]:
    """What must go back, oldest first; of this pool, or of every one."""
    rows = Deposit.objects.filter(state__in=UNDER_WAY).select_related("card")
    return (rows if pool is None else rows.filter(pool=pool)).order_by("due_at", "id")


def of_approval(approval_id: UUID) -> UUID:
    """The deposit whose standing proposal rests on this approval. DepositNotFound."""
    rows = Deposit.objects.filter(approval_id=approval_id, state="proposed")
    found = rows.values_list("pk", flat=True).first()
    if found is None:
        raise DepositNotFound(approval_id=approval_id)
    return found


def payments_of(deposit: Deposit) -> list[Payment]:
    """The payments made or offered for it, oldest first."""
    rows = Payment.objects.filter(patron="deposit", patron_id=deposit.pk)
    return list(rows.order_by("id"))


def payment_of(deposit: Deposit, *, lock: bool = False) -> Payment | None:
    """The channel payment that paid it; None for cash."""
    rows = Payment.objects.filter(patron="deposit", patron_id=deposit.pk, allocated_fen__gt=0)
    return (rows.select_for_update() if lock else rows).first()


def may_go_back_as_paid(deposit: Deposit) -> bool:
    """Whether its channel can still be asked: nobody has found that it cannot."""
    payment = payment_of(deposit)
    if payment is None or payment.paid_fen - payment.refunding_fen < deposit.amount_fen:
        return False
    return not Refund.objects.filter(
        payment=payment, state="withdrawn", source_kind="deposits_held"
    ).exists()
