"""Small beginnings of stories: somebody has paid, somebody waits to load."""

from __future__ import annotations

import secrets
import time
from dataclasses import dataclass
from uuid import UUID

from accounts.identifiers import new_id
from reserve_funds import postings
from reserve_funds.ledger import book, pools
from reserve_funds.ledger.values import Posting, Ref
from tests.reserve_funds.conftest import DAY, NOW


@dataclass(frozen=True, slots=True, kw_only=True)
class Paid:
    """A payment that was confirmed and allocated to an order."""

    payment: UUID
    order: UUID
    confirmed: Posting
    allocated: Posting

    @property
    def waiting(self) -> Ref:
        return postings.unloaded_order(self.order)


def confirmed(pool: int, amount_fen: int, payment: UUID | None = None) -> Posting:
    return postings.payment_confirmed(
        pool,
        payment or new_id(NOW),
        channel="wechat",
        settlement_day=DAY,
        amount_fen=amount_fen,
        event_at=NOW,
    )


def paid(pool: int, amount_fen: int) -> Paid:
    payment, order = new_id(NOW), new_id(NOW)
    first = confirmed(pool, amount_fen, payment)
    second = postings.payment_allocated(pool, payment, order, amount_fen=amount_fen, event_at=NOW)
    book.post([first, second])
    return Paid(payment=payment, order=order, confirmed=first, allocated=second)


def sealed(pool: int, order: UUID, amount_fen: int) -> Posting:
    return postings.load_sealed(
        pool, new_id(NOW), order, a_card(), amount_fen=amount_fen, event_at=NOW
    )


def a_card() -> str:
    return f"0310{secrets.randbelow(10**16):016d}"


def folded(pool: int, ref: Ref) -> None:
    """Folds the account; waits while somebody's older transaction could still write behind."""
    for _ in range(100):
        if pools.fold(pool, ref):
            return
        time.sleep(0.1)
    raise AssertionError(f"{ref} could not be folded")
