"""Whether what a channel says of a payment is about ours, and whether all it has said agrees."""

from __future__ import annotations

from datetime import date
from typing import Any

from gateway.channels.port import PaymentFact, PaymentState
from gateway.payments.models import Evidence, Notice, Payment

CURRENCY = "CNY"
COMPARED = ("transaction_no", "amount_fen", "currency", "merchant_no", "app_no", "order_no")


def as_json(fact: Any) -> dict[str, Any]:
    """A fact in the form in which it is kept: field names to plain values."""
    return {
        name: _plain(getattr(fact, name))
        for name in fact.__dataclass_fields__
        if name != "payer_no"
    }


def disagreements(payment: Payment, fact: PaymentFact) -> list[str]:
    """Names what speaks against booking this fact as PAID; empty when everything agrees.

    The amount is compared with the notices, not with the wish: a payment of another amount is
    real money, booked and sent back. Money that went back before it was booked, not by us, must
    not be loaded as well.
    """
    found = [
        name
        for name, ours, theirs in (
            ("order_no", payment.order_no, fact.order_no),
            ("merchant_no", payment.merchant.merchant_no, fact.merchant_no),
            ("app_no", payment.merchant.app_no, fact.app_no),
            ("currency", CURRENCY, fact.currency),
            ("state", PaymentState.PAID, fact.state),
            ("given_back", False, fact.given_back),
        )
        if ours != theirs
    ]
    if not fact.transaction_no:
        found.append("transaction_no")
    if not fact.amount_fen or fact.amount_fen < 0:
        found.append("amount_fen")
    for said in paid_notices(payment):
        found += [f"notice.{name}" for name in differing(said, fact)]
        found += ["notice.given_back"] if said.get("given_back") else []
    for said in paid_answers(payment):
        found += [f"answer.{name}" for name in differing(said, fact)]
    return sorted(set(found))


def paid_notices(payment: Payment) -> list[dict[str, Any]]:
    """What the genuine notices say that tell of this payment as made."""
    facts = Notice.objects.filter(
        merchant_id=payment.merchant_id,
        order_no=payment.order_no,
        verdict="genuine",
        fact__state=PaymentState.PAID.value,
    ).values_list("fact", flat=True)
    return [fact for fact in facts if fact is not None]


def paid_answers(payment: Payment) -> list[dict[str, Any]]:
    """What answers to our questions and bills have said that tell of this payment as made."""
    facts = Evidence.objects.filter(
        payment=payment, refund=None, fact__state=PaymentState.PAID.value
    ).values_list("fact", flat=True)
    return list(facts)


def differing(said: dict[str, Any], fact: PaymentFact) -> list[str]:
    """The compared fields in which a stored statement differs from a fact."""
    return [name for name in COMPARED if said.get(name) != getattr(fact, name)]


def differing_from_booked(said: dict[str, Any], payment: Payment) -> list[str]:
    """The fields in which a late statement of a payment made differs from what was booked."""
    if said.get("state") != PaymentState.PAID.value:
        return []
    booked = {
        "transaction_no": payment.transaction_no,
        "amount_fen": payment.paid_fen,
        "currency": CURRENCY,
    }
    return [name for name, ours in booked.items() if said.get(name) != ours]


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
