"""Delivers proved balances from the card room to coverage, again from a little before the last."""

from __future__ import annotations

from datetime import datetime, timedelta

from nfc_topup import queries
from reserve_funds.custody.coverage import sightings
from reserve_funds.custody.coverage.sightings import Proved

# a sighting is told under the moment its request began: what began before may be stored after
OVERLAP = timedelta(minutes=10)
MOST_AT_ONCE = 2_000


def deliver(now: datetime) -> int:
    """Every proved balance that coverage does not have yet; how many there were."""
    newest = sightings.newest()
    since = None if newest is None else newest - OVERLAP
    delivered, after = 0, None
    while batch := queries.sightings_since(since, after=after, limit=MOST_AT_ONCE):
        after = (batch[-1].seen_at, batch[-1].pk)
        pools = queries.pools_of(one.application.asn for one in batch)
        delivered += sightings.deliver(
            [
                Proved(
                    pool=pools[one.application.asn],
                    card=one.application.asn,
                    counter=one.counter,
                    balance_fen=one.balance_fen,
                    proof=one.proof,
                    source_id=one.source_id,
                    seen_at=one.seen_at,
                )
                for one in batch
                if one.application.asn in pools
            ],
            now=now,
        )
    return delivered
