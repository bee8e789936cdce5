"""Quota rests on the bank's line in the book itself: the service's own SQL brings none back."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import clock
from accounts.identifiers import derive, new_id
from accounts.models import Duty
from gateway.kiosk import boxes, quota
from gateway.kiosk.models import Box
from reserve_funds import postings
from reserve_funds.errors import RestsOnNoFact
from reserve_funds.ledger import book, faults, queries
from reserve_funds.ledger.values import Booked
from tests.journeys.kiosk.test_cash import banked, open_cases
from tests.support.kiosks import Standing
from tests.support.province import Province

RESTORED = "kiosk_quota_restored"


@pytest.fixture
def kiosk(province: Province) -> Standing:
    return Standing.new(province, quota_fen=30_000)


def said(kiosk: Standing, name: str, posting_id: UUID, fen: int, **changed: Any) -> None:
    """One posting by the service's own statement."""
    refs = {
        RESTORED: (("kiosk_quota_granted", kiosk.province.pool), ("kiosk_quota", kiosk.kiosk.code)),
        "cash_over_explained": (("suspense", f"box:{kiosk.box}"), ("cash_in_transit", kiosk.box)),
    }[name]
    debit, credit = (postings.account(*one) for one in refs)
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "SELECT ledger.post_one(%s::int, %s::smallint, %s::uuid, %s, %s::smallint, %s, "
            "%s::smallint, %s, %s, now(), NULL, NULL)",
            [kiosk.province.pool, changed.get("act", 1), posting_id, name, debit.in_chart.number,
             debit.owner, credit.in_chart.number, credit.owner, fen],
        )  # fmt: skip


def refused(kiosk: Standing, name: str, posting_id: UUID, fen: int, **changed: Any) -> None:
    with pytest.raises(DatabaseError) as error:
        said(kiosk, name, posting_id, fen, **changed)
    assert faults.sqlstate(error.value) == "LG019"


def step(line: UUID, number: int) -> UUID:
    return derive(line, f"{RESTORED} {number}")


def line_of(kiosk: Standing) -> Booked:
    rows = queries.transfers_of(kiosk.province.pool, postings.account("cash_in_transit", kiosk.box))
    return next(row for row in rows if row.code == "cash_banked")


def test_quota_without_a_line_is_refused_and_a_line_restores_once(kiosk: Standing) -> None:
    kiosk.load_cash(kiosk.province.card(), 10_000)
    other = Standing.new(kiosk.province, quota_fen=10_000, officers=(kiosk.first, kiosk.second))
    other.load_cash(kiosk.province.card(), 5_000)
    banked(other, other.box, 5_000)
    note = next(
        row for row in queries.transfers_of(
            kiosk.province.pool, postings.account("cash_in_transit", kiosk.box)
        ) if row.code == "cash_accepted"
    )  # fmt: skip
    for nothing in (new_id(clock.now()), step(note.id, 1), step(line_of(other).id, 1)):
        refused(kiosk, RESTORED, nothing, 100)
        refused(kiosk, RESTORED, nothing, 100, act=2)
    with pytest.raises(RestsOnNoFact):
        book.post([
            postings.of(
                RESTORED, kiosk.province.pool, new_id(clock.now()),
                debit=postings.account("kiosk_quota_granted", kiosk.province.pool),
                credit=quota.account_of(kiosk.kiosk), amount_fen=1, event_at=clock.now(),
            )
        ])  # fmt: skip
    assert kiosk.quota_fen() == 20_000

    # a line of 60 yuan: its own kiosk, step by step, never more than it brought
    banked(kiosk, kiosk.box, 6_000)
    line = line_of(kiosk).id
    refused(kiosk, RESTORED, step(line, 2), 100)
    refused(kiosk, RESTORED, step(line, 1), 6_001)
    box = Box.objects.get(label=kiosk.box)
    assert not quota.follow_bank(box.id, now=clock.now())
    assert kiosk.quota_fen() == 26_000
    for again in (2, 3):
        refused(kiosk, RESTORED, step(line, again), 1)
    quota.follow_bank(box.id, now=clock.now())
    assert kiosk.quota_fen() == 26_000

    # nor does a statement explain a surplus that no late note explains
    kiosk.machine.post("boxes")
    kiosk.counted(box.label, {10_000: 1, 5_000: 1})
    for made_up in (new_id(clock.now()), derive(line, "cash_over_explained 1")):
        refused(kiosk, "cash_over_explained", made_up, 5_000)
    refused(kiosk, "cash_over_explained", derive(note.id, "cash_over_explained 1"), 5_000)
    assert kiosk.province.balance_fen("suspense", f"box:{box.label}") == 11_000


def test_a_line_brings_back_the_rest_when_kept_cash_becomes_an_order(province: Province) -> None:
    """Cash that no quota was left for lies in the box: its line gives the quota in two steps."""
    kiosk = Standing.new(province, quota_fen=5_000)
    holders = [province.card() for _ in range(2)]
    first, second = (kiosk.slot(card).body["intake_id"] for card in holders)
    notes = [kiosk.machine.note(slot, kiosk.box, 5_000) for slot in (first, second)]
    kiosk.machine.post("notes", {"notes": notes})
    cards = [card.state.asn[1:] for card in holders]
    made = [
        kiosk.machine.post("cash-loads", {"card_no": no, "intake_id": slot})
        for no, slot in zip(cards, (first, second), strict=True)
    ]
    assert [one.status for one in made] == [201, 409]
    banked(kiosk, kiosk.box, 10_000)
    box = Box.objects.get(label=kiosk.box)
    quota.follow_bank(box.id, now=clock.now())
    assert kiosk.quota_fen() == 5_000, "the first order's"
    made[1] = kiosk.machine.post("cash-loads", {"card_no": cards[1], "intake_id": second})
    assert (made[1].status, kiosk.quota_fen()) == (201, 0)
    quota.follow_bank(box.id, now=clock.now())
    assert kiosk.quota_fen() == 5_000, "the second's, on the same line"
    refused(kiosk, RESTORED, step(line_of(kiosk).id, 3), 1)
    assert province.faults() == []


def test_what_a_bank_takes_back_takes_the_quota_again(kiosk: Standing) -> None:
    kiosk.load_cash(kiosk.province.card(), 5_000)
    box = Box.objects.get(label=kiosk.box)
    kiosk.box = kiosk.machine.post("boxes").body["box"]
    kiosk.counted(box.label, {5_000: 1})
    banked(kiosk, box.label, 5_000)
    assert quota.follow_bank(box.id, now=clock.now())
    kiosk.load_cash(kiosk.province.card(), 10_000, 10_000)
    kiosk.load_cash(kiosk.province.card(), 10_000)
    assert kiosk.quota_fen() == 0
    book.post([
        postings.of(
            "bank_took_back", kiosk.province.pool, new_id(clock.now()),
            debit=postings.account("cash_in_transit", box.label),
            credit=postings.account("bank_reserve", "bank 1"), amount_fen=5_000,
            event_at=clock.now(),
        )
    ])  # fmt: skip
    assert not quota.follow_bank(box.id, now=clock.now())
    [case] = open_cases(kiosk, "kiosk_quota_not_covered")
    assert (case.amount_fen, kiosk.quota_fen()) == (5_000, 0)
    box.refresh_from_db()
    assert (box.state, box.restored_fen) == ("counted", 5_000)
    later = clock.now() + timedelta(hours=2)
    assert Duty.objects.get(kind=boxes.BANK_DUTY, subject_id=box.id).state == "owed"

    # officers grant anew, or the bank brings it once more: the case ends either way
    kiosk.grant(6_000)
    quota.follow_bank(box.id, now=later)
    assert (kiosk.quota_fen(), open_cases(kiosk, "kiosk_quota_not_covered")) == (1_000, [])
    banked(kiosk, box.label, 5_000)
    assert quota.follow_bank(box.id, now=later)
    assert kiosk.quota_fen() == 6_000
    assert kiosk.province.faults() == []
