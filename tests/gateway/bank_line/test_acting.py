"""Two officers let the bank be asked: an enquiry with a date that ends when the bank has told."""

from __future__ import annotations

from datetime import timedelta

import pytest

from accounts import clock
from accounts.models import Duty
from accounts.roles import FINANCE_OFFICER
from gateway.bank_line import acting, contracts
from reserve_funds.custody.cases import queries as cases
from reserve_funds.custody.errors import ClearingNotBuilt
from reserve_funds.custody.matching import acts, deciding
from reserve_funds.custody.matching.proposing import Choice, choices, propose
from reserve_funds.custody.matching.queries import differences
from tests.reserve_funds.custody.matching.worlds import LATER, changed, life, line, payout, told
from tests.support.officers import seat


def officers(scene):
    return [seat((FINANCE_OFFICER, scene.pool)).person for _ in range(2)]


def asked(one, maker, choice):
    now = clock.now()
    seen = propose(one.id, now=now, choice=choice).seen
    return deciding.ask(one.id, choice, maker=maker, reason="请核实", seen=seen, now=now)


def enquiries(scene):
    return [case for case in cases.open_of(scene.pool) if case.kind == "bank_enquiry"]


def test_the_bank_is_asked_by_two_people_and_the_enquiry_ends_when_it_has_told(scene):
    lives = [life(scene.pool, str(number)) for number in range(2)]
    short = payout(scene.pool, lives, fen=9_000)
    told(scene.pool, [*[each for one in lives for each in one.lines()], short])
    [one] = [
        each for each in differences(scene.pool, now=LATER) if Choice.ASK_BANK in choices(each.id)
    ]
    maker, checker = officers(scene)
    decision = asked(one, maker, Choice.ASK_BANK)
    assert enquiries(scene) == [], "nothing happens by one word"
    deciding.accept(decision.id, checker=checker, now=clock.now())
    [case] = enquiries(scene)
    assert case.deadline is not None
    assert case.facts["batch"] == lives[0].bill.batch
    contract = contracts.for_paying(scene.account.pk)
    assert Duty.objects.filter(kind="bank_line.statements", subject_id=contract.pk,
                               state="owed").exists()  # fmt: skip
    acting.end_answered(clock.now())
    assert enquiries(scene) == [case]
    late = changed(short, amount_fen=9_940, known_at=clock.now() + timedelta(minutes=1))
    told(scene.pool, [late])
    assert acting.end_answered(clock.now()) >= 1
    assert enquiries(scene) == []


def test_nobody_pretends_to_ask_a_clearing_platform_that_is_not_there(scene, monkeypatch):
    monkeypatch.setattr(acts, "_ACTS", {Choice.ASK_BANK: acting.ask_bank})
    assert acts.nobody(Choice.ASK_CLEARING) is ClearingNotBuilt
    lost = life(scene.pool, "x")
    told(
        scene.pool, [line(scene.pool, lost.card.side, "lone", 5_000, key="lone", day=lost.card.day)]
    )
    found = differences(scene.pool, now=LATER + timedelta(days=60))
    [one] = [each for each in found if choices(each.id) == (Choice.ASK_CLEARING,)]
    maker, _ = officers(scene)
    with pytest.raises(ClearingNotBuilt):
        asked(one, maker, Choice.ASK_CLEARING)
