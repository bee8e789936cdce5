"""Notes told days after their slot was tidied: ordinary cash, a shortage, and never a doubt."""

from __future__ import annotations

from datetime import timedelta
from uuid import uuid4

import pytest

from accounts import clock, duties
from accounts.clock import business_day
from accounts.models import SecurityEvent
from gateway.kiosk import boxes, cash, quota
from gateway.kiosk.models import Box, Intake, Settlement
from gateway.topup.models import TopUp
from nfc_topup import loading
from reserve_funds.custody.cases.models import Case
from tests.journeys.kiosk.test_cash import banked, open_cases
from tests.support.kiosks import Standing
from tests.support.province import Province


@pytest.fixture
def kiosk(province: Province) -> Standing:
    return Standing.new(province, quota_fen=30_000)


def tidied(kiosk: Standing) -> None:
    """Past the time for which a slot may be silent."""
    rows = Intake.objects.filter(kiosk=kiosk.kiosk, state__in=("open", "kept"))
    rows.update(opened_at=clock.now() - timedelta(minutes=16))
    cash.tidy(clock.now())


def test_days_later_they_are_an_order_and_what_is_not_in_the_box_is_own_money_s(
    kiosk: Standing,
) -> None:
    card, ours, machine = kiosk.province.card(), kiosk.province, kiosk.machine
    slot = kiosk.slot(card).body["intake_id"]
    fallen = [machine.note(slot, kiosk.box, fen) for fen in (5_000, 2_000, 2_000, 1_000, 1_000)]
    assert machine.post("notes", {"notes": fallen[:2]}).status == 200
    tidied(kiosk)  # the line is down: three notes are not told
    first = TopUp.objects.get(card__asn=card.state.asn)
    box, day = Box.objects.get(label=kiosk.box), str(business_day(clock.now()))
    machine.settlement(1, 5, day)
    told = machine.settlement(1, 5, day, whole=True).body
    assert [one["kind"] for one in told["differences"]] == ["missing_here"] * 3
    machine.post("boxes")
    kiosk.counted(box.label, {5_000: 1, 2_000: 2, 1_000: 1})  # one note was never in the box
    banked(kiosk, box.label, 10_000)
    assert quota.follow_bank(box.id, now=clock.now())
    assert (ours.balance_fen("suspense", f"box:{box.label}"), kiosk.quota_fen()) == (3_000, 30_000)

    for _ in range(2):
        assert machine.post("notes", {"notes": fallen[1:]}).status == 200
    slots = Intake.objects.filter(kiosk=kiosk.kiosk).order_by("opened_at", "id")
    late = slots.get(follows=slot)
    assert (late.state, late.taken_fen, late.day) == ("kept", 4_000, slots.get(pk=slot).day)
    assert ours.balance_fen("received", str(late.id)) == 4_000
    assert ours.balance_fen("suspense", f"box:{box.label}") == 0, "they explain the surplus"
    assert ours.balance_fen("own_cover_due", "cash_short") == 1_000
    assert ours.balance_fen("cash_in_transit", box.label) == 0, "the bank has all there was"
    assert not open_cases(kiosk, "kiosk_cash_over")
    assert [one.amount_fen for one in open_cases(kiosk, "kiosk_cash_short")] == [1_000]
    assert Settlement.objects.get(pk=told["settlement_id"]).state == "agreed"
    assert not open_cases(kiosk, "kiosk_day_differs")

    tidied(kiosk)
    orders = TopUp.objects.filter(card__asn=card.state.asn).exclude(pk=first.pk)
    assert [(one.state, one.amount_fen) for one in orders] == [("paid", 4_000)]
    duties.work_one(boxes.BANK_DUTY, box.id, clock.now())
    assert kiosk.quota_fen() == 29_000, "only for what the bank has seen"
    for order in (first, orders[0]):
        wish = {"card_no": card.state.asn[1:], "order_id": str(order.id)}
        opened = machine.post("loads", wish)
        assert kiosk.prove(opened, kiosk.challenge(opened, card), card).status == 200
    assert kiosk.agrees(card, 11_000)
    assert not SecurityEvent.objects.filter(
        code="kiosk_note_beyond_its_slot", subject=f"kiosk:{kiosk.kiosk.id}"
    ), "late is no offence"
    open_ones = Case.objects.filter(pool=ours.pool, state="open").values_list("kind", flat=True)
    assert list(open_ones) == ["kiosk_cash_short"]


def test_an_ended_slot_one_over_a_load_s_cap_and_a_note_after_its_order(
    kiosk: Standing, monkeypatch: pytest.MonkeyPatch
) -> None:
    card, machine = kiosk.province.card(), kiosk.machine
    slot = kiosk.slot(card).body["intake_id"]
    fallen = [machine.note(slot, kiosk.box, fen) for fen in (5_000, 5_000, 2_000)]
    tidied(kiosk)
    assert Intake.objects.get(pk=slot).state == "ended"
    monkeypatch.setattr(loading, "load_cap_fen", lambda card: 7_000)
    assert machine.post("notes", {"notes": fallen}).status == 200
    tidied(kiosk)
    amounts = TopUp.objects.filter(card__asn=card.state.asn).values_list("amount_fen", flat=True)
    assert sorted(amounts) == [5_000, 7_000], "no order that no load could carry"
    assert not open_cases(kiosk, "kiosk_cash_kept")

    # a note that fell after its slot had become an order: booked, and people are told
    after = machine.note(slot, kiosk.box, 1_000)
    assert machine.post("notes", {"notes": [after]}).status == 200
    assert SecurityEvent.objects.filter(
        code="kiosk_note_beyond_its_slot", subject=f"kiosk:{kiosk.kiosk.id}"
    ).exists()
    assert [one.amount_fen for one in open_cases(kiosk, "kiosk_cash_kept")] == [1_000]
    tidied(kiosk)
    assert not open_cases(kiosk, "kiosk_cash_kept"), "it ends as any other"
    assert (kiosk.cash_fen(), kiosk.quota_fen()) == (13_000, 17_000)
    unknown = machine.note(str(uuid4()), kiosk.box, 1_000)
    refused = machine.post("notes", {"notes": [unknown]})
    assert refused.body["code"] == "kiosk_intake_not_found", "a slot nobody opened"
    assert kiosk.province.faults() == []
