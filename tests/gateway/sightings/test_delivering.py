"""What a card proved at a load arrives at coverage once, and says what is still on its way."""

from __future__ import annotations

from datetime import timedelta

import pytest

from gateway.sightings import delivering, tasks
from nfc_topup import queries
from reserve_funds.custody.coverage import sightings
from reserve_funds.custody.coverage.models import ProvedBalance
from tests.nfc_topup.conftest import *  # noqa: F403 (the virtual card and whoever talks to it)

pytestmark = pytest.mark.django_db


def test_every_proved_balance_arrives_once(talk) -> None:
    talk.load(5000)
    proved = queries.sightings(talk.card)
    assert delivering.deliver(talk.now) == len(proved) == 2
    assert delivering.deliver(talk.now) == 0
    talk.wait(minutes=30)
    talk.load(200)
    assert delivering.deliver(talk.now) == 2, "from a little before the last one on"
    kept = ProvedBalance.objects.filter(card=talk.card.asn).order_by("seen_at", "counter")
    told = {(one.proof, one.counter, one.balance_fen) for one in kept}
    assert told == {
        (one.proof, one.counter, one.balance_fen) for one in queries.sightings(talk.card)
    }
    assert {one.pool for one in kept} == {talk.card.operator.pool}


def test_a_card_that_was_loaded_outside_our_book_shows_what_it_brought(talk) -> None:
    """No order was booked here: all the card holds is value from before the book."""
    talk.load(5000)
    delivering.deliver(talk.now)
    (gap,) = sightings.gaps(talk.card.operator.pool, [talk.card.asn])
    assert (gap.booked_fen, gap.before_fen, gap.proved_fen) == (0, 1234, 6234)
    assert gap.fen == -5000, "a load that no order paid for is value nobody explains"


def test_pages_of_what_was_proved_go_on_where_the_last_one_ended(talk, monkeypatch) -> None:
    for _ in range(3):
        talk.load(100)
        talk.wait(minutes=1)
    monkeypatch.setattr(delivering, "MOST_AT_ONCE", 1)
    assert delivering.deliver(talk.now + timedelta(minutes=1)) == 6


def test_the_schedule_delivers(talk) -> None:
    talk.load(100)
    tasks.deliver()
    assert ProvedBalance.objects.filter(card=talk.card.asn).count() == 2
