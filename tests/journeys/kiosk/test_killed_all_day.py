"""kill -9 at every other step on our side: keys, quota, late notes, boxes, evidence, money back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar
from uuid import UUID

import pytest

from accounts import clock
from accounts.clock import business_day
from gateway.kiosk import boxes, cash, claims, quota
from gateway.kiosk.models import Box, Claim, Count, Grant, Intake, Key, Payout, Record
from gateway.sandbox.kiosks.client import new_key
from gateway.sandbox.virtual_card import VirtualCard
from gateway.topup.models import TopUp
from tests.journeys.kiosk.test_cash import banked
from tests.journeys.kiosk.test_payouts import Cashier
from tests.journeys.test_plug_pulled import BEFORE_ANSWER, killed
from tests.support.campaign import size
from tests.support.kiosks import Standing, run
from tests.support.province import Province

Done = TypeVar("Done")
ROUNDS = 3
"""No step has more arrows: in each round every step is killed once, at another of its arrows."""


class Plug:
    """Pulls the plug at one arrow of each step; then the same is asked again."""

    def __init__(self, kiosk: Standing, nth: int) -> None:
        self.machine, self.nth = kiosk.machine, nth

    def __call__(self, act: Callable[[], Done], *arrows: str) -> Done:
        assert len(arrows) <= ROUNDS
        killed(act, arrows[self.nth % len(arrows)])
        self.machine.sequence += 1  # the number that died with its process
        return act()


@pytest.mark.parametrize("nth", range(size(1, ROUNDS)))
def test_a_kiosk_s_day_survives_the_plug_at_every_step(
    province: Province, nth: int, tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEPT_FILES_DIR", str(tmp_path))
    kiosk = Standing.new(province, quota_fen=20_000)
    plug, card, broken = Plug(kiosk, nth), province.card(), province.card()
    another_key(kiosk, plug)
    more_quota(kiosk, plug)
    box, order_id = cash_that_is_told_late(kiosk, plug, card)
    torn_and_shown(kiosk, plug, card, order_id)
    money_back(kiosk, plug, broken)

    assert kiosk.agrees(card, 6_000)
    ended = TopUp.objects.filter(pool=province.pool).values_list("state", "amount_fen")
    assert sorted(ended) == [("loaded", 1_000), ("loaded", 5_000), ("refunded", 5_000)]
    assert province.balance_fen("cash_in_transit", box.label) == 0
    assert kiosk.quota_fen() == 20_000, "the cash of the card that broke, 5,000 of 25,000"
    assert Box.objects.filter(kiosk=kiosk.kiosk).count() == 2
    assert province.faults() == []


def another_key(kiosk: Standing, plug: Plug) -> None:
    new = new_key()
    made = plug(lambda: kiosk.machine.rotate(new), "gateway.kiosk.keys._add", BEFORE_ANSWER)
    assert made.status == 201
    on = plug(
        kiosk.machine.sign_on, "gateway.kiosk.keys.take_over", "gateway.kiosk.keys.trail.advance",
        BEFORE_ANSWER,
    )  # fmt: skip
    assert on.status == 201
    states = Key.objects.filter(kiosk=kiosk.kiosk).values_list("state", flat=True)
    assert sorted(states) == ["active", "retired"]


def more_quota(kiosk: Standing, plug: Plug) -> None:
    asked = quota.ask(kiosk.kiosk, 5_000, maker=kiosk.first, because="x", now=clock.now())
    plug(
        lambda: quota.approve(asked.id, checker=kiosk.second, now=clock.now()),
        "gateway.kiosk.quota.book.post", "gateway.kiosk.quota.trail.record",
    )  # fmt: skip
    assert (kiosk.quota_fen(), Grant.objects.filter(kiosk=kiosk.kiosk).count()) == (25_000, 2)


def cash_that_is_told_late(kiosk: Standing, plug: Plug, card: VirtualCard) -> tuple[Box, UUID]:
    """One note in time, one after its box was counted and settled; both become orders."""
    machine, box = kiosk.machine, Box.objects.get(label=kiosk.box)
    slot = kiosk.slot(card).body["intake_id"]
    notes = [machine.note(slot, box.label, fen) for fen in (5_000, 1_000)]
    plug(
        lambda: machine.post("notes", {"notes": notes[:1]}),
        "gateway.kiosk.cash.book.post", "gateway.kiosk.cash.settling.heal", BEFORE_ANSWER,
    )  # fmt: skip
    tidied(kiosk, plug)
    day = str(business_day(clock.now()))
    told = plug(lambda: machine.settlement(1, 2, day, whole=True),
                "gateway.kiosk.settling._compare", "gateway.kiosk.settling._tell",
                BEFORE_ANSWER)  # fmt: skip
    assert [one["kind"] for one in told.body["differences"]] == ["missing_here"]
    swapped = plug(
        lambda: machine.post("boxes", key="swap"),
        "gateway.kiosk.boxes.trail.advance", "gateway.kiosk.boxes.duties.owe", BEFORE_ANSWER,
    )  # fmt: skip
    kiosk.box = swapped.body["box"]
    said = kiosk.counter().says(box.label, {5_000: 1, 1_000: 1})
    record = UUID(said.body["id"])
    plug(
        lambda: boxes.count_by_counter(box.id, record, by=kiosk.first, now=clock.now()),
        "gateway.kiosk.boxes.book.post", "gateway.kiosk.boxes.cases.open_case",
        "gateway.kiosk.boxes.duties.owe",
    )  # fmt: skip
    assert Count.objects.filter(box=box).count() == 1
    late = plug(
        lambda: machine.post("notes", {"notes": notes}),
        "gateway.kiosk.late.trail.advance", "gateway.kiosk.late.book.post",
        "gateway.kiosk.settling._agree",
    )  # fmt: skip
    assert (late.status, Record.objects.filter(kiosk=kiosk.kiosk).count()) == (200, 2)
    tidied(kiosk, plug)
    banked(kiosk, box.label, 6_000)
    plug(
        lambda: quota.follow_bank(box.id, now=clock.now()),
        "gateway.kiosk.quota._move_to", "gateway.kiosk.quota.book.post",
        "gateway.kiosk.quota.trail.advance",
    )  # fmt: skip
    assert kiosk.quota_fen() == 25_000
    orders = TopUp.objects.filter(card__asn=card.state.asn).order_by("-amount_fen")
    assert [one.amount_fen for one in orders] == [5_000, 1_000]
    return box, orders[0].id


def torn_and_shown(kiosk: Standing, plug: Plug, card: VirtualCard, order_id: UUID) -> None:
    """The first order is torn and shown again, the second is loaded."""
    machine, no = kiosk.machine, card.state.asn[1:]
    opened = machine.post("loads", {"card_no": no, "order_id": str(order_id)})
    credit = kiosk.challenge(opened, card)
    card.line("!tear-after")
    run(card, credit.body["script"])
    card.line("!reset")
    asked = plug(
        lambda: machine.post("evidence", {"card_no": no}, key="ask"),
        "gateway.kiosk.loads.conversation.open_evidence", BEFORE_ANSWER,
    )  # fmt: skip
    answers = {"answers": run(card, asked.body["script"])}
    shown = plug(
        lambda: machine.post(f"evidence/{asked.body['id']}", answers, key="show"),
        "gateway.kiosk.loads.conversation.take_evidence", BEFORE_ANSWER,
    )  # fmt: skip
    assert shown.body["outcome"] == "loaded"
    rest = TopUp.objects.get(card__asn=card.state.asn, state="paid")
    again = machine.post("loads", {"card_no": no, "order_id": str(rest.id)})
    assert kiosk.prove(again, kiosk.challenge(again, card), card).body["outcome"] == "loaded"


def money_back(kiosk: Standing, plug: Plug, card: VirtualCard) -> None:
    """Cash whose card broke goes back over the bank."""
    claim = Claim.objects.get(pk=kiosk.open_cash(card, 5_000).body["order_id"])
    asked = claims.ask(claim.id, way="bank", because="x", maker=kiosk.first, now=clock.now())
    payout: Payout = plug(
        lambda: claims.approve(asked.id, checker=kiosk.second, now=clock.now()),
        "gateway.kiosk.claims.transfers.set_aside", "gateway.kiosk.transfers.book.post",
        "gateway.kiosk.transfers.ask_again",
    )  # fmt: skip
    cashier = Cashier(kiosk, payout)
    sent = cashier.sends()
    cashier.bank.of(sent).book()
    plug(
        lambda: claims.look(claim.id, now=clock.now()),
        "gateway.kiosk.claims.trail.advance", "gateway.kiosk.claims._end",
        "gateway.kiosk.claims.transfers.done",
    )  # fmt: skip
    claim.refresh_from_db()
    assert (claim.state, TopUp.objects.get(pk=claim.id).state) == ("paid_out", "refunded")


def tidied(kiosk: Standing, plug: Plug) -> None:
    """Past the time for which a slot may be silent."""
    rows = Intake.objects.filter(kiosk=kiosk.kiosk, state__in=("open", "kept"))
    rows.update(opened_at=clock.now() - timedelta(minutes=16))
    plug(
        lambda: cash.tidy(clock.now()),
        "gateway.kiosk.cash._book", "gateway.kiosk.cash.claims.begin",
        "gateway.kiosk.cash.boxes.bank_again",
    )  # fmt: skip
