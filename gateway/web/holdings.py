"""What the rooms of money and cards keep of one person: for their export, and when they leave."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime

from django.db.models import F

from accounts import cards
from accounts.errors import DomainError
from accounts.models import Person, TransitCard
from accounts.own_data import Row
from gateway.payments.decisions.matters import Matter
from gateway.payments.decisions.waiting import ref_of
from gateway.payments.models import Payment, Refund
from gateway.topup import queries
from gateway.web.errors import LoadUnderWay, MoneyUnderWay, NamedCardHoldsMoney
from nfc_topup import queries as loads
from reserve_funds.ledger import queries as ledger
from reserve_funds.ledger.values import Ref

OPEN_TOPUPS = ("placed", "paid", "loading", "in_doubt", "refunding")
OPEN_REFUNDS = ("asked", "sent", "abnormal")
_CHUNK = 500


class Holdings:
    """Top-ups with their payments, refunds and loads; payers' numbers of channels stay inside."""

    def sections(self, person: Person, *, whole: bool) -> Mapping[str, Iterator[Row]]:
        """Top-ups, payments, refunds and loads, oldest first."""
        mine = queries.of_person(person).order_by("id")
        ids = mine.values("id")
        payments = Payment.objects.filter(patron="topup", patron_id__in=ids).order_by("id")
        refunds = Refund.objects.filter(payment__in=payments.values("id")).order_by("id")
        return {
            "top_ups": iter(
                mine.values(
                    "id", "card_id", "amount_fen", "state", "placed_at", "paid_at", "loaded_at"
                ).iterator(chunk_size=_CHUNK)
            ),
            "payments": iter(
                payments.values(
                    "id", "channel", "order_no", "transaction_no", "state", "wish_fen", "paid_fen",
                    "paid_at", "created_at", top_up_id=F("patron_id"),
                ).iterator(chunk_size=_CHUNK)
            ),
            "refunds": iter(
                refunds.values(
                    "id", "payment_id", "amount_fen", "state", "created_at", "done_at"
                ).iterator(chunk_size=_CHUNK)
            ),
            "loads": _loads(person),
        }  # fmt: skip

    def subjects(self, person: Person) -> Iterator[str]:
        """Top-ups, payments, refunds and loads, and the matters officers open them by."""
        mine = list(queries.of_person(person).values_list("id", flat=True))
        yield from map(str, mine)
        yield from map(str, loads.ids_of_orders(mine))
        payments = Payment.objects.filter(patron="topup", patron_id__in=mine)
        for payment_id in payments.values_list("id", flat=True):
            yield str(payment_id)
            yield ref_of(Matter.PAYMENT_CONTESTED, payment_id)
            yield ref_of(Matter.WORK_GIVEN_UP, payment_id, "payment.query")
        refunds = Refund.objects.filter(payment__in=payments)
        for refund_id in refunds.values_list("id", flat=True):
            yield str(refund_id)
            yield ref_of(Matter.REFUND_ABNORMAL, refund_id)
            yield ref_of(Matter.WORK_GIVEN_UP, refund_id, "refund.carry")

    def objections(self, person: Person, now: datetime) -> list[DomainError]:
        """Money under way, a card half written, a named card with money in it."""
        found: list[DomainError] = []
        mine = queries.of_person(person)
        refunds = Refund.objects.filter(
            state__in=OPEN_REFUNDS,
            payment__patron="topup",
            payment__patron_id__in=mine.values("id"),
        )
        contested = Payment.objects.filter(
            state="contested", patron="topup", patron_id__in=mine.values("id")
        )
        if mine.filter(state__in=OPEN_TOPUPS).exists() or refunds.exists() or contested.exists():
            found.append(MoneyUnderWay())
        held = cards.of(person)
        if loads.is_any_unresolved(held):
            found.append(LoadUnderWay())
        if any(card.named and _holds_money(card) for card in held):
            found.append(NamedCardHoldsMoney())
        return found

    def forget(self, person: Person, now: datetime) -> None:
        """Nothing: top-ups and payments are books that the law makes us keep; they name an id."""


def _holds_money(card: TransitCard) -> bool:
    return ledger.balance_fen(card.operator.pool, Ref(kind="card_purse", owner=card.asn)) > 0


def _loads(person: Person) -> Iterator[Row]:
    for topup in queries.of_person(person).order_by("id").iterator(chunk_size=_CHUNK):
        for load in loads.loads_of_order(topup.id):
            yield {
                "id": load.id,
                "top_up_id": topup.id,
                "amount_fen": load.amount_fen,
                "state": load.state,
                "opened_at": load.opened_at,
                "ended_at": load.ended_at,
            }
