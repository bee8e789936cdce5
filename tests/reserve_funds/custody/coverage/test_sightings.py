"""What a card proved against what the book says it held: trips on their way, never below zero."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from accounts.identifiers import derive, new_id
from accounts.models import SecurityEvent
from reserve_funds import postings
from reserve_funds.custody.cases import queries
from reserve_funds.custody.coverage import sightings
from reserve_funds.custody.coverage.models import ProvedBalance
from reserve_funds.custody.coverage.sightings import Proved, Unreceived
from reserve_funds.ledger import book
from tests.reserve_funds.by_two import legacy_opened
from tests.reserve_funds.conftest import NOW
from tests.reserve_funds.custody.coverage.stories import loaded, paid_in, ride
from tests.reserve_funds.stories import a_card

MINUTE = timedelta(minutes=1)


def seen(
    pool: int, card: str, balance: int, at: datetime, proof: str = "tac", counter: int = 1
) -> Proved:
    return Proved(pool=pool, card=card, counter=counter, balance_fen=balance, proof=proof,
                  source_id=new_id(NOW), seen_at=at)  # fmt: skip


def gap(pool: int, card: str) -> int:
    (found,) = sightings.gaps(pool, [card])
    return found.fen


def opened(pool: int) -> list[str]:
    return [case.kind for case in queries.open_of(pool)]


@pytest.fixture
def card(pool: int) -> str:
    """A card that was loaded with 500 fen and proved it."""
    number = a_card()
    loaded(pool, paid_in(pool, 500), number, 500)
    assert sightings.deliver([seen(pool, number, 500, NOW)], now=NOW) == 1
    return number


def test_a_card_that_holds_what_the_book_says_has_nothing_on_its_way(pool: int, card: str) -> None:
    assert gap(pool, card) == 0
    assert sightings.unreceived(pool) == Unreceived(
        cards=1, trips_fen=0, unexplained_fen=0, before_fen=0
    )


def test_trips_offline_are_on_their_way_until_they_arrive(pool: int, card: str) -> None:
    trip, sight = NOW + MINUTE, NOW + 2 * MINUTE
    sightings.deliver([seen(pool, card, 420, sight, proof="mac1", counter=2)], now=sight)
    assert gap(pool, card) == 80
    assert sightings.unreceived(pool).trips_fen == 80
    book.post([ride(pool, card, 80, at=trip)])
    assert gap(pool, card) == 0
    book.post([ride(pool, card, 30, at=sight + MINUTE)])
    assert gap(pool, card) == 0, "a trip after the sighting says nothing against it"
    assert opened(pool) == []


def test_a_load_in_doubt_may_be_in_the_card_or_not(pool: int, card: str) -> None:
    waiting, at = paid_in(pool, 200), NOW + MINUTE
    held = book.hold(
        postings.load_sealed(pool, new_id(NOW), waiting.owner, card, amount_fen=200, event_at=at)
    )
    later = at + MINUTE
    sightings.deliver([seen(pool, card, 700, later, proof="mac1", counter=2)], now=later)
    assert gap(pool, card) == 0, "the card has it although no proof came"
    book.settle(pool, held.id, event_at=later + MINUTE)
    assert gap(pool, card) == 0
    assert opened(pool) == []


def test_a_load_proven_never_written_explains_nothing(pool: int, card: str) -> None:
    waiting, at = paid_in(pool, 200), NOW + MINUTE
    held = book.hold(
        postings.load_sealed(pool, new_id(NOW), waiting.owner, card, amount_fen=200, event_at=at)
    )
    book.release(pool, held.id, event_at=at + MINUTE)
    sight = at + 2 * MINUTE
    sightings.deliver([seen(pool, card, 700, sight, proof="mac1", counter=2)], now=sight)
    assert gap(pool, card) == -200
    assert opened(pool) == ["card_holds_more_than_booked"]


def test_value_from_elsewhere_is_an_alarm_and_a_case_without_the_cards_number(
    pool: int, card: str
) -> None:
    sight = NOW + MINUTE
    told = [seen(pool, card, 510, sight, proof="mac1", counter=2)]
    assert sightings.deliver(told, now=sight) == 1
    assert sightings.deliver(told, now=sight + MINUTE) == 0, "the same again is nothing"
    (case,) = queries.open_of(pool)
    assert (case.kind, case.amount_fen) == ("card_holds_more_than_booked", 10)
    assert card not in case.subject
    assert card not in str(case.facts)
    alarms = SecurityEvent.objects.filter(code="card_holds_more_than_booked")
    assert alarms.filter(subject=f"case:{case.id}").count() == 1
    assert sightings.unreceived(pool).unexplained_fen == 10


def test_value_a_card_brought_with_it_is_told_apart_and_moves_no_later_gap(pool: int) -> None:
    number, sight = a_card(), NOW + MINUTE
    sightings.deliver([seen(pool, number, 2_000, NOW, proof="mac1")], now=NOW)
    assert opened(pool) == []
    assert sightings.unreceived(pool).before_fen == 2_000
    sightings.deliver([seen(pool, number, 1_900, sight, proof="mac1", counter=2)], now=sight)
    assert gap(pool, number) == 100
    legacy_opened(pool, 2_000, bank="b", issuer="issuer")
    book.post([
        postings.of("legacy_card_seen", pool, derive(new_id(NOW), "seen"),
                    debit=postings.account("legacy_float", "issuer"),
                    credit=postings.card_purse(number), amount_fen=2_000, event_at=NOW),
    ])  # fmt: skip
    assert sightings.unreceived(pool).before_fen == 0, "the opening balance explains it now"
    assert gap(pool, number) == 100


def test_what_was_delivered_stays(pool: int, card: str) -> None:
    for statement in ("UPDATE custody_coverage_provedbalance SET balance_fen = 1",
                      "DELETE FROM custody_coverage_provedbalance"):  # fmt: skip
        with (
            pytest.raises(DatabaseError, match="permission denied"),
            transaction.atomic(),
            connection.cursor() as cursor,
        ):
            cursor.execute(statement)
    assert ProvedBalance.objects.filter(card=card).count() == 1
