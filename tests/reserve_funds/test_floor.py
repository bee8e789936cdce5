"""The book itself keeps the floor: no placement below it, while short, or where none is allowed."""

from __future__ import annotations

from dataclasses import replace

import psycopg
import pytest
from django.db import transaction

from accounts.identifiers import new_id
from reserve_funds import postings
from reserve_funds.custody.rules import book as profiles
from reserve_funds.errors import PlacementRefused
from reserve_funds.ledger import book, queries
from reserve_funds.ledger.values import Posting
from tests.reserve_funds.conftest import NOW
from tests.reserve_funds.custody.coverage.stories import BANK, covered, paid_in, settled
from tests.reserve_funds.test_approvals import approved

TERM = postings.account("placement", "term deposit 1")
BANKED = postings.account("bank_reserve", BANK)


def made(pool: int, fen: int) -> Posting:
    return postings.of("placement_made", pool, new_id(NOW), debit=TERM, credit=BANKED,
                       amount_fen=fen, event_at=NOW)  # fmt: skip


def by_two(batch: list[Posting]) -> list[Posting]:
    """The same under one approval of exactly these."""
    approval = approved(batch[0].pool, book.fingerprint(batch))
    return [replace(each, approval_id=approval) for each in batch]


def test_a_placement_leaves_the_floor_and_is_answered_the_same_when_said_again(pool: int) -> None:
    paid_in(pool, 10_000)
    settled(pool, 10_000, 60)
    covered(pool, 60)
    too_much, fits = made(pool, 7_001), made(pool, 7_000)
    with pytest.raises(PlacementRefused) as refused, transaction.atomic():
        book.post(by_two([too_much]))
    assert (refused.value.facts["liquid_fen"], refused.value.facts["floor_fen"]) == (10_000, 3_000)
    assert queries.balance_fen(pool, TERM) == 0
    done = by_two([fits])
    assert book.post(done)[0].is_new
    assert not book.post(done)[0].is_new
    assert queries.balance_fen(pool, TERM) == 7_000
    with pytest.raises(PlacementRefused), transaction.atomic():
        book.post(by_two([made(pool, 1)]))


def test_two_placements_in_one_call_keep_the_floor_together(pool: int) -> None:
    paid_in(pool, 10_000)
    settled(pool, 10_000, 60)
    covered(pool, 60)
    both = [made(pool, 4_000), made(pool, 4_000)]
    with pytest.raises(PlacementRefused), transaction.atomic():
        book.post(by_two(both))
    assert queries.balance_fen(pool, TERM) == 0


def test_a_pool_that_is_short_places_nothing(pool: int) -> None:
    paid_in(pool, 10_000)
    settled(pool, 10_000, 60)
    with pytest.raises(PlacementRefused) as refused, transaction.atomic():
        book.post(by_two([made(pool, 100)]))
    assert refused.value.facts["shortfall_fen"] == 60


def test_the_floors_of_the_book_are_those_of_the_profiles(
    service_connection: psycopg.Connection,
) -> None:
    told = {
        name: rule.number("floor_per_mille")
        for name in profiles.NAMES
        if (rule := profiles.by_name(name).rule("R11")) is not None
    }
    rows = service_connection.execute("SELECT profile, floor_per_mille FROM ledger.placement_rule")
    assert dict(rows.fetchall()) == told
    assert "PBOC" not in told
