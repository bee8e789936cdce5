"""Cash at a kiosk: note by note, onto a card, counted, banked; quota never exceeded."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import connections

from accounts import clock
from accounts.errors import MakerIsChecker
from accounts.identifiers import new_id
from accounts.models import SecurityEvent
from gateway.kiosk import boxes, cash, quota
from gateway.kiosk.errors import BoxNotReady, CountNotUnderstood, RecordDiffers
from gateway.kiosk.models import Box, Intake, Record
from gateway.sandbox.kiosks.client import Reply
from gateway.topup.models import TopUp
from nfc_topup.models import Load
from reserve_funds import postings
from reserve_funds.custody.cases.models import Case
from reserve_funds.errors import Overdrawn
from reserve_funds.ledger import book
from tests.support.kiosks import Standing, run
from tests.support.province import Province


@pytest.fixture
def kiosk(province: Province) -> Standing:
    return Standing.new(province, quota_fen=30_000)


def banked(kiosk: Standing, label: str, fen: int) -> None:
    """The bank's line on a box's cash."""
    book.post([
        postings.of(
            "cash_banked", kiosk.province.pool, new_id(clock.now()),
            debit=postings.account("bank_reserve", "bank 1"),
            credit=postings.account("cash_in_transit", label), amount_fen=fen,
            event_at=clock.now(),
        )
    ])  # fmt: skip


def open_cases(kiosk: Standing, kind: str) -> list[Case]:
    return list(Case.objects.filter(kind=kind, pool=kiosk.province.pool, state="open"))


def test_notes_become_value_on_the_card_in_three_round_trips(kiosk: Standing) -> None:
    card = kiosk.province.card()
    before = kiosk.machine.sequence

    proved = kiosk.load_cash(card, 5_000, 2_000)

    assert (proved.status, proved.body["outcome"]) == (200, "loaded"), proved.body
    assert kiosk.machine.sequence - before == 4, "the slot, then open, challenge, proof"
    assert "70.00 元" in "".join(proved.body["receipt"]["lines"])
    assert card.state.asn not in str(proved.body)
    assert kiosk.cash_fen() == 7_000
    assert kiosk.quota_fen() == 23_000
    assert kiosk.agrees(card, 7_000)
    assert Record.objects.filter(kiosk=kiosk.kiosk).count() == 3


def test_a_note_is_booked_once_however_often_and_late_it_is_said(kiosk: Standing) -> None:
    card = kiosk.province.card()
    slot = kiosk.slot(card).body["intake_id"]
    notes = [kiosk.machine.note(slot, kiosk.box, fen) for fen in (1_000, 2_000, 5_000)]
    for said in (notes[2:], notes[:1], notes, notes[1:]):
        assert kiosk.machine.post("notes", {"notes": said}).status == 200
    assert kiosk.cash_fen() == 8_000

    lie = kiosk.machine.post("notes", {"notes": [notes[0] | {"value_fen": 10_000}]})
    assert (lie.status, lie.body["code"]) == (409, RecordDiffers.code)
    both = [kiosk.machine.note(slot, kiosk.box, 2_000), notes[1] | {"value_fen": 1_000}]
    assert kiosk.machine.post("notes", {"notes": both}).status == 409
    assert kiosk.cash_fen() == 8_000, "all of a request or nothing"

    # the customer walks away; days later the cash is an order that waits for the card
    Intake.objects.filter(pk=slot).update(opened_at=clock.now() - timedelta(days=2))
    cash.tidy(clock.now())
    topup = TopUp.objects.get(card__asn=card.state.asn)
    assert (topup.state, topup.amount_fen, topup.person) == ("paid", 8_000, None)
    elsewhere = Standing.new(kiosk.province, officers=(kiosk.first, kiosk.second))
    seen = elsewhere.machine.post("cards", {"card_no": card.state.asn[1:]})
    assert [one["amount_fen"] for one in seen.body["orders"]] == [8_000]
    wish = {"card_no": card.state.asn[1:], "order_id": seen.body["orders"][0]["id"]}
    opened = elsewhere.machine.post("loads", wish)
    assert elsewhere.prove(opened, elsewhere.challenge(opened, card), card).status == 200
    assert (elsewhere.quota_fen(), elsewhere.cash_fen()) == (0, 0), "nothing of theirs moved"
    assert kiosk.agrees(card, 8_000)


def test_the_card_s_cash_of_a_day_is_one_sum_over_all_kiosks(province: Province) -> None:
    one = Standing.new(province, quota_fen=100_000)
    two = Standing.new(province, quota_fen=100_000, officers=(one.first, one.second))
    card = province.card()
    slot = one.slot(card)
    most = slot.body["most_fen"]
    assert most == 20_000, "the profile's 200 yuan (R19)"
    refused = two.slot(card)
    assert (refused.status, refused.body["code"]) == (409, "kiosk_cash_not_taken")
    assert refused.body["facts"]["because"] == "R19"
    notes = [one.machine.note(slot.body["intake_id"], one.box, fen) for fen in (10_000, 5_000)]
    wish = {"card_no": card.state.asn[1:], "intake_id": slot.body["intake_id"], "notes": notes}
    opened = one.machine.post("cash-loads", wish)
    assert one.prove(opened, one.challenge(opened, card), card).body["outcome"] == "loaded"
    assert two.slot(card).body["most_fen"] == 5_000, "what is left of the day"

    # a machine that lets more fall than it was told: the money is booked, people are told
    again = two.slot(card).body["intake_id"]
    beyond = [two.machine.note(again, two.box, 10_000)]
    assert two.machine.post("notes", {"notes": beyond}).status == 200
    assert two.cash_fen() == 10_000
    assert SecurityEvent.objects.filter(
        code="kiosk_note_beyond_its_slot", subject=f"kiosk:{two.kiosk.id}"
    ).exists()
    assert open_cases(two, "kiosk_cash_kept")


def test_quota_at_its_edge_eight_at_once(kiosk: Standing) -> None:
    """Eight orders of 50 yuan race for a quota of 300: six are made, cash is all booked."""
    intakes = []
    for _ in range(8):
        card = kiosk.province.card()
        slot = kiosk.slot(card).body["intake_id"]
        kiosk.machine.post("notes", {"notes": [kiosk.machine.note(slot, kiosk.box, 5_000)]})
        intakes.append((card, slot))
    assert (kiosk.cash_fen(), kiosk.quota_fen()) == (40_000, 30_000)
    requests = [
        kiosk.machine.signed(
            "POST", "cash-loads", {"card_no": card.state.asn[1:], "intake_id": slot}
        )
        for card, slot in intakes
    ]
    ended = ThreadPoolExecutor(8)
    replies = list(ended.map(lambda one: _apart(kiosk, one), requests))
    ended.shutdown()
    # a number that was overtaken on its way is signed again
    answers: list[Reply] = []
    for (card, slot), reply in zip(intakes, replies, strict=True):
        wish = {"card_no": card.state.asn[1:], "intake_id": slot}
        overtaken = reply.body.get("code") == "kiosk_sequence_used"
        answers.append(kiosk.machine.post("cash-loads", wish) if overtaken else reply)

    made = [reply for reply in answers if reply.status == 201]
    short = [reply for reply in answers if reply.body.get("code") == "kiosk_quota_used_up"]
    assert (len(made), len(short)) == (6, 2), [reply.body for reply in answers]
    assert (kiosk.quota_fen(), kiosk.cash_fen()) == (0, 40_000)
    assert TopUp.objects.filter(pool=kiosk.province.pool).count() == 6
    assert len(open_cases(kiosk, "kiosk_cash_kept")) == 2
    kiosk.grant(10_000)
    Intake.objects.filter(kiosk=kiosk.kiosk).update(opened_at=clock.now() - timedelta(hours=1))
    cash.tidy(clock.now())
    assert kiosk.quota_fen() == 0
    assert not open_cases(kiosk, "kiosk_cash_kept"), "granted, both became orders"
    assert kiosk.province.faults() == []


def _apart(kiosk: Standing, request: Any) -> Reply:
    try:
        return kiosk.machine.send(request)
    finally:
        connections.close_all()


def test_quota_is_granted_by_two_people(kiosk: Standing) -> None:
    before, now = kiosk.quota_fen(), clock.now()
    asked = quota.ask(kiosk.kiosk, 5_000, maker=kiosk.first, because="a test", now=now)
    with pytest.raises(MakerIsChecker):
        quota.approve(asked.id, checker=kiosk.first, now=now)
    assert kiosk.quota_fen() == before
    quota.approve(asked.id, checker=kiosk.second, now=now)
    assert kiosk.quota_fen() == before + 5_000


def test_quota_comes_back_on_the_bank_s_line_alone(kiosk: Standing) -> None:
    card = kiosk.province.card()
    kiosk.load_cash(card, 10_000, 5_000)
    first_box = Box.objects.get(label=kiosk.box)
    kiosk.box = kiosk.machine.post("boxes").body["box"]
    now = clock.now()
    with pytest.raises(BoxNotReady):
        boxes.count_by_first(Box.objects.get(label=kiosk.box).id, {}, first=kiosk.first, now=now)
    asked = boxes.count_by_first(first_box.id, {10_000: 1, 5_000: 1}, first=kiosk.first, now=now)
    with pytest.raises(MakerIsChecker):
        boxes.count_by_second(asked.id, {10_000: 1, 5_000: 1}, second=kiosk.first, now=now)
    with pytest.raises(CountNotUnderstood):
        boxes.count_by_second(asked.id, {10_000: 1}, second=kiosk.second, now=now)
    boxes.count_by_second(asked.id, {10_000: 1, 5_000: 1}, second=kiosk.second, now=now)
    assert not quota.follow_bank(first_box.id, now=now)
    assert kiosk.quota_fen() == 15_000, "counted is not banked"

    banked(kiosk, first_box.label, 6_000)
    for _ in range(3):
        quota.follow_bank(first_box.id, now=now)
    assert kiosk.quota_fen() == 21_000, "once, and only for what the bank has seen"
    banked(kiosk, first_box.label, 9_000)
    assert quota.follow_bank(first_box.id, now=now)
    assert kiosk.quota_fen() == 30_000
    first_box.refresh_from_db()
    assert first_box.state == "banked"
    with pytest.raises(Overdrawn):
        book.post([quota.taken_for(kiosk.kiosk, new_id(now), 30_001, now)])
    assert kiosk.province.faults() == []


def test_short_is_own_money_s_and_over_lies_in_suspense(kiosk: Standing) -> None:
    kiosk.load_cash(kiosk.province.card(), 5_000)
    short, pool = Box.objects.get(label=kiosk.box), kiosk.province
    kiosk.box = kiosk.machine.post("boxes").body["box"]
    kiosk.load_cash(kiosk.province.card(), 5_000)
    over = Box.objects.get(label=kiosk.box)
    kiosk.machine.post("boxes")
    now = clock.now()
    kiosk.counted(short.label, {2_000: 2})
    kiosk.counted(over.label, {5_000: 1, 1_000: 1})
    with pytest.raises(BoxNotReady):
        kiosk.counted(over.label, {5_000: 1})

    assert pool.balance_fen("cash_in_transit", short.label) == 4_000
    assert pool.balance_fen("own_cover_due", "cash_short") == 1_000
    assert pool.balance_fen("due_to_reserve", "cash_short") == 1_000
    assert pool.balance_fen("cash_in_transit", over.label) == 6_000
    assert pool.balance_fen("suspense", f"box:{over.label}") == 1_000
    assert [case.amount_fen for case in open_cases(kiosk, "kiosk_cash_short")] == [1_000]
    assert [case.amount_fen for case in open_cases(kiosk, "kiosk_cash_over")] == [1_000]
    banked(kiosk, over.label, 6_000)
    quota.follow_bank(over.id, now=now)
    assert kiosk.quota_fen() == 25_000, "a surplus gives no quota"
    assert pool.faults() == []


def test_a_torn_load_keeps_the_quota_and_is_repaired_before_anything_new(
    province: Province,
) -> None:
    one = Standing.new(province, quota_fen=20_000)
    two = Standing.new(province, quota_fen=20_000, officers=(one.first, one.second))
    card = province.card()
    opened = one.open_cash(card, 5_000)
    credit = one.challenge(opened, card)
    card.line("!tear-after")
    answers = run(card, credit.body["script"])
    path, late = one.proof(opened, answers)  # the line is down: it stays in the journal
    card.line("!reset")

    seen = two.machine.post("cards", {"card_no": card.state.asn[1:]})
    assert seen.body["repair_first"] is True
    assert two.slot(card).body["code"] == "load_unresolved"
    assert one.quota_fen() == 15_000, "kept on doubt"
    asked = two.machine.post("evidence", {"card_no": card.state.asn[1:]})
    shown = two.machine.post(
        f"evidence/{asked.body['id']}", {"answers": run(card, asked.body["script"])}
    )
    assert shown.body["outcome"] == "loaded"
    days_later = one.machine.post(path, late)
    assert (days_later.status, days_later.body["outcome"]) == (200, "loaded")
    assert one.machine.post(path, late).status == 200
    stranger = two.machine.post(path, late)
    assert stranger.body["code"] == "kiosk_load_not_found"
    assert one.agrees(card, 5_000)
    assert two.slot(card).status == 201


def test_one_card_at_two_kiosks_at_once_is_loaded_once(province: Province) -> None:
    one = Standing.new(province, quota_fen=20_000)
    two = Standing.new(province, quota_fen=20_000, officers=(one.first, one.second))
    card = province.card()
    first = one.open_cash(card, 5_000)
    wish = {"card_no": card.state.asn[1:], "order_id": first.body["order_id"]}
    second = two.machine.post("loads", wish)
    assert second.status == 201
    answers = run(card, first.body["script"])
    told = {"answers": answers}
    pairs = [
        (one, one.machine.signed("POST", f"loads/{first.body['id']}/challenge", told)),
        (two, two.machine.signed("POST", f"loads/{second.body['id']}/challenge", told)),
    ]
    with ThreadPoolExecutor(2) as both:
        replies = list(both.map(lambda pair: _apart(*pair), pairs))
    sealed = [reply for reply in replies if reply.status == 200]
    assert sealed, [reply.body for reply in replies]
    assert len({str(reply.body) for reply in sealed}) == 1, "never two different MAC2s"
    assert one.prove(first, sealed[0], card).body["outcome"] == "loaded"
    assert Load.objects.filter(application__asn=card.state.asn, state="loaded").count() == 1
    assert one.agrees(card, 5_000)
    other = province.card()
    wrong = two.machine.post("loads", wish | {"card_no": other.state.asn[1:]})
    assert wrong.status in (404, 409)
    two.machine.post("cards", {"card_no": other.state.asn[1:]})
    wrong = two.machine.post("loads", wish | {"card_no": other.state.asn[1:]})
    assert wrong.body["code"] == "kiosk_order_of_other_card"


def test_killed_between_any_two_steps_it_ends_the_same(kiosk: Standing) -> None:
    """The machine dies after each answer it got or missed, and says it all again by its key."""
    card = kiosk.province.card()
    number = card.state.asn[1:]
    slots = [kiosk.machine.post("intakes", {"card_no": number}, key="slot") for _ in range(2)]
    assert slots[0].raw == slots[1].raw
    slot = slots[0].body["intake_id"]
    note = kiosk.machine.note(slot, kiosk.box, 5_000)
    wish = {"card_no": number, "intake_id": slot, "notes": [note]}
    loads = [kiosk.machine.post("cash-loads", wish, key="load") for _ in range(2)]
    loads.append(kiosk.machine.post("cash-loads", wish, key="another"))
    assert len({reply.body["id"] for reply in loads}) == 1
    told = {"answers": run(card, loads[0].body["script"])}
    path = f"loads/{loads[0].body['id']}/challenge"
    sealed = [kiosk.machine.post(path, told, key=key) for key in ("c", "c", "d")]
    assert len({str(reply.body["script"]) for reply in sealed}) == 1
    where, proof = kiosk.proof(loads[0], run(card, sealed[0].body["script"]))
    proofs = [kiosk.machine.post(where, proof, key=key) for key in ("p", "p", "q")]
    assert {reply.body["outcome"] for reply in proofs} == {"loaded"}
    assert (kiosk.cash_fen(), kiosk.quota_fen()) == (5_000, 25_000)
    assert kiosk.agrees(card, 5_000)
