"""Two officers end a doubt that no card will, the money follows, and the card has the last word."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any
from unittest import mock
from uuid import UUID

import pytest
from django.db import connections

from accounts import cards, clock, duties
from accounts.actors import SYSTEM
from accounts.errors import MakerIsChecker
from accounts.models import Duty
from gateway.topup import conversation, decisions
from nfc_topup import incidents, loading, locks
from nfc_topup import queries as loads
from nfc_topup.officer_errors import EvidenceChanged, NothingUndecided
from tests.journeys.test_robbers import card_of, state_of
from tests.nfc_topup.officers import officer
from tests.support.province import Province
from tests.support.talk import Talk


@pytest.fixture
def talk(province: Province) -> Talk:
    return Talk(citizen=province.citizen(), card=province.card())


def doubtful(province: Province, talk: Talk, tear: str) -> tuple[dict[str, Any], UUID]:
    """A paid top-up whose load was torn, and the load."""
    topup = province.paid(talk.citizen, talk.card)
    assert talk.load(topup, tear=tear).body["outcome"] == "in_doubt"
    talk.card.line("!reset")
    return topup, loads.loads_of_order(UUID(topup["id"]))[0].id


def decide(province: Province, load_id: UUID, verdict: str) -> str:
    """Two new officers of the pool decide; the verdict's outcome."""
    proposal = decisions.propose(
        load_id,
        verdict=verdict,
        reason="卡片已丢失",
        seen=decisions.dossier(load_id).seen,
        maker=officer(pool=province.pool),
        now=clock.now(),
    )
    checker = officer(pool=province.pool)
    return decisions.approve(proposal.decision_id, checker=checker, now=clock.now()).outcome


def money(province: Province, talk: Talk, topup: dict[str, Any]) -> tuple[int, int, int]:
    """What the card, the order and the operator's own cover stand at."""
    return (
        province.balance_fen("card_purse", talk.card.state.asn),
        province.balance_fen("unloaded_orders", topup["id"]),
        province.balance_fen("own_cover_due", "unauthorised"),
    )


def test_what_officers_call_not_loaded_may_be_refunded_and_not_before(
    province: Province, talk: Talk
) -> None:
    topup, load_id = doubtful(province, talk, "before")
    refused = talk.citizen.post(f"topups/{topup['id']}/refund")
    assert refused.body["code"] == "refund_while_load_unresolved"
    assert decide(province, load_id, "not_loaded") == "not_loaded"
    assert (state_of(talk.citizen, topup), money(province, talk, topup)) == ("paid", (0, 5_000, 0))
    assert talk.citizen.post(f"topups/{topup['id']}/refund").status == 202
    province.carry_refunds(topup)
    assert state_of(talk.citizen, topup) == "refunded"
    assert province.faults() == []


def test_what_officers_call_loaded_is_settled(province: Province, talk: Talk) -> None:
    topup, load_id = doubtful(province, talk, "after")
    assert decide(province, load_id, "loaded") == "loaded"
    assert state_of(talk.citizen, topup) == "loaded"
    assert money(province, talk, topup) == (5_000, 0, 0)
    assert talk.citizen.post(f"topups/{topup['id']}/refund").body["code"] == "topup_is_over"
    assert province.faults() == []


def test_an_approval_that_fails_moves_nothing(province: Province, talk: Talk) -> None:
    topup, load_id = doubtful(province, talk, "before")
    anna, boris = officer(pool=province.pool), officer(pool=province.pool)
    seen = decisions.dossier(load_id).seen
    proposal = decisions.propose(
        load_id, verdict="loaded", reason="r", seen=seen, maker=anna, now=clock.now()
    )
    with pytest.raises(MakerIsChecker):
        decisions.approve(proposal.decision_id, checker=anna, now=clock.now())
    talk.citizen.post(f"loads/{load_id}/proof", {"answers": ["6985"]})
    with pytest.raises(EvidenceChanged):
        decisions.approve(proposal.decision_id, checker=boris, now=clock.now())
    assert state_of(talk.citizen, topup) == "in_doubt"
    assert talk.show().body["outcome"] == "not_loaded"
    with pytest.raises(NothingUndecided):
        decisions.approve(proposal.decision_id, checker=boris, now=clock.now())
    assert money(province, talk, topup) == (0, 5_000, 0)
    assert province.faults() == []


def test_a_credit_that_shows_later_is_this_orders_after_all(province: Province, talk: Talk) -> None:
    """The citizen loads the same order again: the card shows that it has the value already."""
    topup, load_id = doubtful(province, talk, "after")
    decide(province, load_id, "not_loaded")
    refused = talk.challenge(talk.open(topup))
    assert (refused.status, refused.body["code"]) == (409, "load_decision_contradicted")
    assert state_of(talk.citizen, topup) == "loaded"
    assert money(province, talk, topup) == (5_000, 0, 0)
    assert talk.balance_fen() == 5_000
    assert talk.open(topup).body["code"] == "topup_is_over"
    duties.work(clock.now(), kinds=[loading.FOLLOW])
    assert money(province, talk, topup) == (5_000, 0, 0)
    assert province.faults() == []


def test_own_money_bears_what_was_refunded_and_the_card_is_shut(
    province: Province, talk: Talk
) -> None:
    topup, load_id = doubtful(province, talk, "after")
    decide(province, load_id, "not_loaded")
    assert talk.citizen.post(f"topups/{topup['id']}/refund").status == 202
    province.carry_refunds(topup)
    other = province.paid(talk.citizen, talk.card, 700)
    refused = talk.challenge(talk.open(other))
    assert refused.body["code"] == "load_decision_contradicted"
    assert state_of(talk.citizen, topup) == "refunded"
    assert money(province, talk, topup) == (5_000, 0, 5_000)
    assert province.balance_fen("due_to_reserve", "unauthorised") == 5_000
    [told] = incidents.open_ones(province.pool)
    assert (told.kind, told.amount_fen) == ("credited_after_refusal", 5_000)
    [lock] = locks.in_force(province.pool, clock.now())
    assert (lock.because, lock.ends_at) == ("credited_after_refund", None)
    assert talk.open(other).body["code"] == "load_locked"
    assert talk.citizen.post(f"topups/{other['id']}/refund").status == 202
    assert province.faults() == []


def test_nothing_on_the_card_gives_the_order_its_money_back(province: Province, talk: Talk) -> None:
    """No money had left the reserve, so the claim waits again: loaded or refunded as ever."""
    topup, load_id = doubtful(province, talk, "before")
    decide(province, load_id, "loaded")
    assert money(province, talk, topup) == (5_000, 0, 0)
    assert talk.show().body["outcome"] == "not_loaded_after_all"
    assert state_of(talk.citizen, topup) == "paid"
    assert money(province, talk, topup) == (0, 5_000, 0)
    [told] = incidents.open_ones(province.pool)
    assert told.kind == "not_credited_after_decision"
    owed = Duty.objects.get(kind="topup.return", subject_id=UUID(topup["id"]))
    assert owed.state == "owed"
    assert owed.due_at > clock.now() + timedelta(days=6)
    assert talk.load(topup).body["outcome"] == "loaded"
    assert money(province, talk, topup) == (5_000, 0, 0)
    assert talk.balance_fen() == 5_000
    assert province.faults() == []


def test_the_books_follow_even_when_we_die_before_they_do(province: Province, talk: Talk) -> None:
    topup, load_id = doubtful(province, talk, "after")
    decide(province, load_id, "not_loaded")
    opened = talk.open(topup)
    with mock.patch.object(conversation, "catch_up"):
        assert talk.challenge(opened).body["code"] == "load_decision_contradicted"
    assert state_of(talk.citizen, topup) == "paid"
    refused = talk.citizen.post(f"topups/{topup['id']}/refund")
    assert refused.body["code"] == "topup_is_over", "what is on the card is not given back"
    assert talk.challenge(opened).body["code"] == "order_already_loaded"
    duties.work(clock.now(), kinds=[loading.FOLLOW])
    assert state_of(talk.citizen, topup) == "loaded"
    assert money(province, talk, topup) == (5_000, 0, 0)
    assert province.faults() == []


def test_a_second_order_is_taken_and_told_to_tap_first(province: Province, talk: Talk) -> None:
    first, _ = doubtful(province, talk, "after")
    told = talk.citizen.get(f"topups/{first['id']}").body["hints"]
    assert [hint["code"] for hint in told] == ["tap_again"]
    second = province.paid(talk.citizen, talk.card, 700)
    assert [hint["code"] for hint in second["hints"]] == ["card_in_doubt"]
    story = talk.citizen.get(f"topups/{second['id']}/story").body
    assert story["hints"] == second["hints"]
    assert all(hint["zh"] and hint["en"] for hint in story["hints"])
    assert talk.open(second).body["code"] == "load_unresolved"
    talk.show()
    assert talk.citizen.get(f"topups/{second['id']}").body["hints"] == []
    assert talk.load(second).body["outcome"] == "loaded"


def test_any_phone_may_present_a_card_and_answers_only_what_it_asked(
    province: Province, talk: Talk
) -> None:
    topup, _ = doubtful(province, talk, "after")
    friend = Talk(citizen=province.citizen(), card=talk.card)
    assert friend.show().body["outcome"] == "loaded"
    assert state_of(talk.citizen, topup) == "loaded"
    assert friend.citizen.get(f"topups/{topup['id']}").status == 404
    assert province.faults() == []


def test_a_loss_reported_in_the_instant_of_sealing_is_before_it_or_after_it(
    province: Province, talk: Talk
) -> None:
    """Sealing holds the card's row: a report waits for it, and what comes second sees the first."""
    topup = province.paid(talk.citizen, talk.card)
    load = talk.open(topup)
    answers = talk.run(load.body["script"])
    seen: list[str] = []
    reported = threading.Event()

    def report() -> None:
        cards.report_lost(card_of(talk), actor=SYSTEM, now=clock.now())
        seen.append(loads.get(UUID(load.body["id"])).state)
        reported.set()
        connections.close_all()

    hold = conversation.book.hold

    def reporting_meanwhile(posting: Any) -> Any:
        threading.Thread(target=report).start()
        assert not reported.wait(0.3), "the report waits for the seal"
        return hold(posting)

    with mock.patch.object(conversation.book, "hold", reporting_meanwhile):
        assert talk.challenge(load, answers).status == 200
    assert reported.wait(5)
    assert seen == ["sealed"], "the loss was reported after the seal was written"
    again = talk.challenge(load, answers)
    assert again.body["code"] == "card_not_in_use", "nor is MAC2 told once more for a lost card"
    assert province.faults() == []


def test_a_loss_reported_between_the_vault_and_the_seal_stops_it(
    province: Province, talk: Talk
) -> None:
    topup = province.paid(talk.citizen, talk.card)
    load = talk.open(topup)
    answers = talk.run(load.body["script"])
    commit = loading.commit_seal

    def after_the_report(*told: Any) -> Any:
        cards.report_lost(card_of(talk), actor=SYSTEM, now=clock.now())
        return commit(*told)

    with mock.patch.object(conversation.loading, "commit_seal", after_the_report):
        refused = talk.challenge(load, answers)
    assert refused.body["code"] == "card_not_in_use"
    assert loads.seal_of(UUID(load.body["id"])) is None
    assert state_of(talk.citizen, topup) == "paid"
    assert province.faults() == []
