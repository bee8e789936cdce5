"""The book told as tables: act, words, outcome; the whole book is checked after every line."""

from __future__ import annotations

from uuid import UUID

import pytest
from django.db import transaction

from accounts.errors import DomainError
from accounts.identifiers import new_id
from reserve_funds import postings
from reserve_funds.ledger import book, queries
from reserve_funds.ledger.check import check_figures
from tests.reserve_funds.conftest import DAY, NOW

CARD = "03104970000000000001"

STORIES = {
    "a paid order is loaded": """
        pay      P 5000          new
        allocate P O 5000        new
        hold     L O 5000        new
        hold     M O 1           ledger_overdrawn
        settle   L               new
        settle   L               same
        release  L               hold_already_resolved
        left     order O 0       yes
        left     card 5000       yes
    """,
    "a tear before the credit: proven not loaded, loaded anew": """
        pay      P 5000          new
        allocate P O 5000        new
        hold     L O 5000        new
        left     order O 0       yes
        release  L               new
        release  L               same
        settle   L               hold_already_resolved
        left     order O 5000    yes
        hold     M O 5000        new
        settle   M               new
        left     card 5000       yes
    """,
    "a late payment goes back to the payer": """
        pay      P 3000          new
        pay      P 3000          same
        pay      P 3001          transfer_differs
        refund   R P 3000        new
        refund   S P 1           ledger_overdrawn
        refunded R 3000          new
        refunded R 3000          same
        left     payment P 0     yes
        left     channel 0       yes
    """,
    "nothing is resolved that was never held": """
        settle   L               nothing_to_resolve
        release  L               nothing_to_resolve
        allocate P O 1           ledger_overdrawn
        left     order O 0       yes
    """,
    "a refund cannot take what a load has set aside": """
        pay      P 1000          new
        allocate P O 1000        new
        hold     L O 1000        new
        unload   R O 1000        ledger_overdrawn
        release  L               new
        unload   R O 1000        new
        hold     M O 1           ledger_overdrawn
    """,
}


class Telling:
    """One pool, names for ids, and what each act of the tables means."""

    def __init__(self, pool: int) -> None:
        self.pool = pool
        self.ids: dict[str, UUID] = {}

    def id(self, name: str) -> UUID:
        return self.ids.setdefault(name, new_id(NOW))

    def pay(self, payment: str, fen: str) -> object:
        return book.post([
            postings.payment_confirmed(
                self.pool, self.id(payment), channel="wechat", settlement_day=DAY,
                amount_fen=int(fen), event_at=NOW,
            )
        ])[0]  # fmt: skip

    def allocate(self, payment: str, order: str, fen: str) -> object:
        return book.post([
            postings.payment_allocated(
                self.pool, self.id(payment), self.id(order), amount_fen=int(fen), event_at=NOW
            )
        ])[0]  # fmt: skip

    def hold(self, load: str, order: str, fen: str) -> object:
        return book.hold(self._load(load, order, fen))

    def _load(self, load: str, order: str, fen: str) -> postings.Posting:
        return postings.load_sealed(
            self.pool, self.id(load), self.id(order), CARD, amount_fen=int(fen), event_at=NOW
        )

    def _held(self, load: str) -> UUID:
        return self._load(load, "O", "1").id

    def settle(self, load: str) -> object:
        return book.settle(self.pool, self._held(load), event_at=NOW)

    def release(self, load: str) -> object:
        return book.release(self.pool, self._held(load), event_at=NOW)

    def refund(self, refund: str, payment: str, fen: str) -> object:
        return self._back(refund, postings.received(self.id(payment)), fen)

    def unload(self, refund: str, order: str, fen: str) -> object:
        return self._back(refund, postings.unloaded_order(self.id(order)), fen)

    def _back(self, refund: str, source: postings.Ref, fen: str) -> object:
        return book.post([
            postings.refund_asked(
                self.pool, self.id(refund), source=source, amount_fen=int(fen), event_at=NOW
            )
        ])[0]  # fmt: skip

    def refunded(self, refund: str, fen: str) -> object:
        return book.post([
            postings.refund_done_by_channel(
                self.pool, self.id(refund), channel="wechat", settlement_day=DAY,
                amount_fen=int(fen), event_at=NOW,
            )
        ])[0]  # fmt: skip

    def left(self, what: str, *rest: str) -> str:
        ref = {
            "order": lambda: postings.unloaded_order(self.id(rest[0])),
            "payment": lambda: postings.received(self.id(rest[0])),
            "card": lambda: postings.card_purse(CARD),
            "channel": lambda: postings.channel_receivable("wechat", DAY),
        }[what]()
        told = queries.available_fen(self.pool, ref)
        return "yes" if told == int(rest[-1]) else f"no, {told}"


@pytest.mark.parametrize("story", STORIES.values(), ids=list(STORIES))
def test_the_story_is_booked_as_told(pool: int, story: str) -> None:
    telling = Telling(pool)
    for line in story.strip().splitlines():
        act, *words, expected = line.split()
        try:
            with transaction.atomic():
                answer = getattr(telling, act)(*words)
            said = answer if isinstance(answer, str) else ("new" if answer.is_new else "same")
        except DomainError as refused:
            said = refused.code
        assert said == expected, line
        assert check_figures(pool).findings == [], line
