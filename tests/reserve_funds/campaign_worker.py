"""One process of the campaign: posts at random, asks again what it cannot know, tells its model."""

from __future__ import annotations

import json
import os
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from typing import TypeVar

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "gateway.settings")
if __name__ == "__main__":
    import django

    django.setup()

from django.db import Error as DatabaseError
from django.db import connection

from accounts.identifiers import new_id
from reserve_funds import postings, tasks
from reserve_funds.errors import Overdrawn
from reserve_funds.ledger import book
from reserve_funds.ledger.faults import Fault, classify
from reserve_funds.ledger.values import Posting, Ref

POOL, RIDERS = 7, 6
T = TypeVar("T")


class Worker:
    """Riders of its own, what they must come to, and how many transfers it knows are booked."""

    def __init__(self, seed: int) -> None:
        self.chance = random.Random(seed)
        self.balances: Counter[str] = Counter()
        self.booked = 0
        self.waiting: list[Posting] = []
        self.riders = [
            postings.account("wallet", f"rider {seed}/{number}") for number in range(RIDERS)
        ]

    def step(self) -> int:
        """One random call; how many operations it was."""
        act = self.chance.choice((self.pay, self.ride, self.ride, self.rides, self.hold, self.end))
        return act()

    def pay(self) -> int:
        payment, now, fen = new_id(datetime.now(UTC)), datetime.now(UTC), self.chance.randint(1, 99)
        rider = self.chance.choice(self.riders)
        surely(lambda: book.post([
            postings.payment_confirmed(
                POOL, payment, channel="wechat", settlement_day=now.date(), amount_fen=fen,
                event_at=now,
            ),
            postings.allocated_to(POOL, payment, rider, amount_fen=fen, event_at=now),
        ]))  # fmt: skip
        return self._moved(rider, fen, transfers=2)

    def ride(self) -> int:
        wish = self._wish(50)
        fits = self.balances[wish.debit.owner] >= wish.amount_fen
        try:
            surely(lambda: book.post([wish]))
        except Overdrawn as refused:
            told = refused.facts["owner"]
            if fits or told != wish.debit.owner:
                raise
            return 1
        assert fits, wish
        return self._moved(wish.debit, -wish.amount_fen)

    def rides(self) -> int:
        batch = [self._wish(9) for _ in range(8)]
        for outcome in surely(lambda: book.post_each(batch)):
            if outcome.refused is None:
                self._moved(outcome.posting.debit, -outcome.posting.amount_fen)
        return len(batch)

    def hold(self) -> int:
        wish = self._wish(50)
        if self.balances[wish.debit.owner] < wish.amount_fen:
            return 1
        surely(lambda: book.hold(wish))
        self.waiting.append(wish)
        return self._moved(wish.debit, -wish.amount_fen)

    def end(self) -> int:
        if not self.waiting:
            return 1
        wish = self.waiting.pop(self.chance.randrange(len(self.waiting)))
        settles, now = self.chance.random() < 0.5, datetime.now(UTC)
        act = book.settle if settles else book.release
        surely(lambda: act(POOL, wish.id, event_at=now))
        return self._moved(wish.debit, 0 if settles else wish.amount_fen)

    def _wish(self, most: int) -> Posting:
        now = datetime.now(UTC)
        return postings.of(
            "ride_ingested", POOL, new_id(now), debit=self.chance.choice(self.riders),
            credit=postings.account("rides_in_clearing", "batch"),
            amount_fen=self.chance.randint(1, most), event_at=now,
        )  # fmt: skip

    def _moved(self, rider: Ref, fen: int, transfers: int = 1) -> int:
        self.balances[rider.owner] += fen
        self.booked += transfers
        return transfers


def surely(act: Callable[[], T]) -> T:
    """Does it until an answer comes; the identifiers stay the same, so again is not twice."""
    for _ in range(600):
        try:
            return act()
        except DatabaseError as error:
            if classify(error) == Fault.OURS:
                raise
            connection.close()
            time.sleep(0.1)
    raise AssertionError("the server never came back")


def main(seed: int, operations: int) -> None:
    worker, done, folds = Worker(seed), 0, 0
    while done < operations:
        done += worker.step()
        if seed == 0 and done // 500 > folds:
            folds += 1
            surely(lambda: tasks.fold_long_tails(50))
    sys.stdout.write(json.dumps({"balances": worker.balances, "booked": worker.booked}))


if __name__ == "__main__":
    main(int(sys.argv[1]), int(sys.argv[2]))
