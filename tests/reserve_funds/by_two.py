"""What the book takes only under two people's word."""

from __future__ import annotations

from dataclasses import replace

from accounts.identifiers import new_id
from reserve_funds import postings
from reserve_funds.ledger import book
from reserve_funds.ledger.values import Posting, Transfer
from tests.reserve_funds.conftest import NOW
from tests.reserve_funds.test_approvals import approved


def by_two(wish: Posting) -> Transfer:
    """Booked under an approval of exactly this."""
    word = approved(wish.pool, book.fingerprint([wish]))
    (booked,) = book.post([replace(wish, approval_id=word)])
    return booked


def legacy_opened(pool: int, amount_fen: int, *, bank: str, issuer: str) -> Transfer:
    """Money at this bank, owed to the cards of a legacy issuer."""
    return by_two(
        postings.of(
            "legacy_opened", pool, new_id(NOW), debit=postings.account("bank_reserve", bank),
            credit=postings.account("legacy_float", issuer), amount_fen=amount_fen, event_at=NOW,
        )
    )  # fmt: skip
