"""A kiosk's day: both sides agree, or each difference has its kind and heals when truth comes."""

from __future__ import annotations

from uuid import uuid4

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import clock
from accounts.clock import business_day
from gateway.kiosk.models import Difference, Record
from reserve_funds.custody.cases.models import Case
from reserve_funds.ledger import pools
from tests.support.kiosks import Standing
from tests.support.province import Province


@pytest.fixture
def kiosk(province: Province) -> Standing:
    return Standing.new(province, quota_fen=50_000)


def test_a_day_agrees_and_the_next_begins_where_it_ended(kiosk: Standing) -> None:
    kiosk.load_cash(kiosk.province.card(), 5_000, 1_000)
    today = business_day(clock.now())
    pools.cut(kiosk.province.pool, today.fromordinal(today.toordinal() + 1))
    card = kiosk.province.card()
    assert kiosk.load_cash(card, 2_000).body["outcome"] == "loaded", "a cut never stops a kiosk"
    day = str(today)
    settled = kiosk.machine.settlement(1, 5, day)
    assert settled.body["state"] == "agreed", settled.body
    assert settled.body["ours"]["notes_fen"] == 8_000
    assert settled.body["ours"]["loads_fen"] == 8_000
    again = kiosk.machine.settlement(1, 5, day)
    assert again.body["settlement_id"] == settled.body["settlement_id"]
    skipping = kiosk.machine.settlement(7, 7, day)
    assert (skipping.status, skipping.body["code"]) == (409, "kiosk_settlement_not_in_order")
    assert skipping.body["facts"]["next"] == 6
    assert kiosk.agrees(card, 2_000)
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM kiosk_record WHERE kiosk_id = %s", [kiosk.kiosk.pk])


def test_every_difference_has_its_kind_and_heals(kiosk: Standing) -> None:
    slot = kiosk.slot(kiosk.province.card()).body["intake_id"]
    notes = [kiosk.machine.note(slot, kiosk.box, fen) for fen in (1_000, 2_000, 5_000, 2_000)]
    kiosk.machine.number += 1  # a number the machine lost
    kiosk.machine.post("notes", {"notes": notes[:3]})
    machine, day = kiosk.machine, str(business_day(clock.now()))
    machine.journal[1]["amount_fen"] = 5_000  # its own journal is wrong in one line
    machine.journal[0]["kind"] = "load"

    first = machine.settlement(1, 5, day)
    assert (first.body["state"], first.body["send_records"]) == ("differs", True)
    whole = machine.settlement(1, 5, day, whole=True)
    found = [(one["number"], one["kind"]) for one in whole.body["differences"]]
    assert found == [
        (1, "kind_differs"), (2, "amount_differs"), (4, "missing_here"), (5, "gap"),
    ]  # fmt: skip
    assert Case.objects.filter(kind="kiosk_day_differs", pool=kiosk.province.pool, state="open")
    assert kiosk.cash_fen() == 8_000, "telling moves nothing"

    machine.journal[0]["kind"], machine.journal[1]["amount_fen"] = "note", 2_000
    machine.post("notes", {"notes": [notes[3]]})
    third = machine.settlement(1, 5, day, whole=True)
    assert [one["kind"] for one in third.body["differences"]] == ["gap"]
    assert (
        Difference.objects.filter(
            settlement_id=third.body["settlement_id"], healed_at__isnull=True
        ).count()
        == 1
    )
    machine.number = 4
    lost = machine.note(slot, kiosk.box, 1_000)
    machine.post("notes", {"notes": [lost]})
    assert machine.settlement(1, 5, day).body["state"] == "agreed"
    assert not Case.objects.filter(
        kind="kiosk_day_differs", pool=kiosk.province.pool, state="open"
    ).exists()
    assert Record.objects.filter(kiosk=kiosk.kiosk).count() == 5


def test_what_the_machine_does_not_have_and_what_names_another_subject(kiosk: Standing) -> None:
    machine, day = kiosk.machine, str(business_day(clock.now()))
    assert kiosk.load_cash(kiosk.province.card(), 5_000).body["outcome"] == "loaded"
    own = [dict(line) for line in machine.journal]
    machine.journal[0]["ref"] = str(uuid4())
    lost = machine.journal.pop()
    machine.settlement(1, 2, day)
    told = machine.settlement(1, 2, day, whole=True).body
    found = [(one["number"], one["kind"]) for one in told["differences"]]
    assert found == [(1, "subject_differs"), (2, "missing_there")]
    kept = Difference.objects.get(settlement_id=told["settlement_id"], number=2)
    assert (kept.theirs, kept.ours["ref"]) == (None, lost["ref"])
    skipped = machine.settlement(3, 2, day)
    assert skipped.body["code"] == "kiosk_settlement_not_in_order", "no empty day before its end"
    machine.journal = own
    assert machine.settlement(1, 2, day).body["state"] == "agreed"
    assert not Difference.objects.filter(
        settlement_id=told["settlement_id"], healed_at__isnull=True
    ).exists()


def test_a_digest_of_another_session_s_key_agrees_with_nothing(kiosk: Standing) -> None:
    kiosk.load_cash(kiosk.province.card(), 1_000)
    old = kiosk.machine.work_key
    kiosk.machine.sign_on()
    assert kiosk.machine.work_key != old
    kiosk.machine.work_key = old
    day = str(business_day(clock.now()))
    assert kiosk.machine.settlement(1, 2, day).body["state"] == "differs"
