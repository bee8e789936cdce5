"""After MAC2 has left: torn cards, lying clients, late proofs, and how each doubt ends."""

import pytest

from accounts.models import SecurityEvent
from gateway.sandbox.virtual_card import Quirks
from nfc_topup import loading, queries
from nfc_topup.card.errors import CardAnswerUnreadable, TranscriptMismatch
from nfc_topup.errors import (
    InquiryUnknown,
    LoadNotOpen,
    LoadUnresolved,
    NothingUnresolved,
    OtherCard,
)
from nfc_topup.models import Inquiry, Load, LoadSeal

pytestmark = pytest.mark.django_db


def alarms():
    return list(SecurityEvent.objects.order_by("id").values_list("code", flat=True))


def torn(talk, how):
    """A load whose CREDIT was torn; its id and the seal."""
    load_id, seal = talk.sealed()
    talk.chip.line(f"!tear-{how}")
    assert talk.prove(load_id, talk.pipe(seal.script)).outcome == "in_doubt"
    return load_id, seal


def test_a_tear_after_credit_ends_as_loaded_with_the_tac_kept(talk):
    load_id, _ = torn(talk, "after")
    with pytest.raises(LoadUnresolved):
        talk.open()
    verdict = talk.evidence()
    assert (verdict.outcome, verdict.load_id, verdict.new_balance_fen) == ("loaded", load_id, 2234)
    load = queries.get(load_id)
    assert (load.state, load.ended_by, load.tac) == ("loaded", "prove", verdict.tac)
    assert len(load.tac) == 8
    assert talk.balance == 2234
    assert talk.load()[1].outcome == "loaded"
    assert alarms() == []


def test_a_tear_before_credit_ends_as_not_loaded_and_is_loaded_anew_once(talk):
    load_id, seal = torn(talk, "before")
    assert talk.evidence().outcome == "not_loaded"
    assert queries.get(load_id).ended_by == "fresh_mac1"
    assert talk.pipe(seal.script) == ["9302"], "the old MAC2 is dead"
    assert talk.load()[1].outcome == "loaded"
    assert talk.balance == 2234


@pytest.mark.parametrize("offset", [0, 1])
def test_the_proof_is_found_whichever_counter_the_card_wants(new_talk, offset):
    talk = new_talk(quirks=Quirks(proof_counter_offset=offset))
    torn(talk, "after")
    assert talk.evidence().tac


def test_without_proofs_the_counter_under_a_fresh_mac1_decides(new_talk):
    talk = new_talk(quirks=Quirks(supports_proofs=False), profile_name="sandbox-no-proof")
    load_id, _ = torn(talk, "after")
    verdict = talk.evidence()
    assert (verdict.outcome, verdict.tac) == ("loaded", "")
    assert queries.get(load_id).ended_by == "counter"


def test_where_others_load_the_card_too_the_counter_leaves_it_unclear(new_talk):
    talk = new_talk(quirks=Quirks(supports_proofs=False), profile_name="sandbox-shared-key")
    load_id, _ = torn(talk, "after")
    assert talk.evidence().outcome == "unclear"
    assert queries.get(load_id).state == "in_doubt"
    with pytest.raises(LoadUnresolved):
        talk.open()


@pytest.mark.parametrize(
    "answer", ["TORN", "9302", "6985", "6982", "6F00", "9000", "12349000", "123456789000"]
)
def test_nothing_but_a_tac_ends_a_load_and_nothing_is_called_failed(talk, answer):
    load_id, _ = talk.sealed()
    for _ in range(2):
        assert talk.prove(load_id, [answer]).outcome == "in_doubt"
    assert queries.get(load_id).state == "in_doubt"
    with pytest.raises(LoadUnresolved):
        talk.open()


def test_a_damaged_tac_is_doubt_and_an_alarm(talk):
    load_id, seal = talk.sealed()
    talk.chip.line("!flip 0")
    assert talk.prove(load_id, talk.pipe(seal.script)).outcome == "in_doubt"
    assert alarms() == ["card_tac_wrong"]
    assert talk.evidence().outcome == "loaded"


@pytest.mark.parametrize("answers", [[], ["9000", "9000"], ["900"], ["zz"], [None]])
def test_answers_that_are_none_are_refused_and_move_nothing(talk, answers):
    load_id, _ = talk.sealed()
    with pytest.raises(CardAnswerUnreadable):
        talk.prove(load_id, answers)
    assert queries.get(load_id).state == "sealed"


def test_a_proof_is_taken_once_and_days_late(talk):
    load_id, seal = talk.sealed()
    answers = talk.pipe(seal.script)
    talk.wait(days=5)
    assert loading.mark_silent(talk.now) == [load_id]
    assert loading.mark_silent(talk.now) == []
    first = talk.prove(load_id, answers)
    assert first.outcome == "loaded"
    assert talk.prove(load_id, answers) == first
    assert talk.prove(load_id, ["TORN"]) == first
    assert len(queries.sightings(talk.card)) == 2


def test_a_client_that_lies_about_failure_gains_nothing(talk):
    load_id, seal = talk.sealed()
    talk.pipe(seal.script)
    assert talk.prove(load_id, ["9302"]).outcome == "in_doubt"
    asked = loading.open_evidence(talk.card, talk.actor, talk.now)
    answers = talk.pipe(asked.script)
    lie = [a if s.act != "prove" else "9406" for s, a in zip(asked.script, answers, strict=True)]
    verdict = loading.take_evidence(asked.inquiry_id, lie, talk.actor, talk.now)
    assert verdict.outcome == "loaded", "the counter under MAC1 cannot be lied about"


def test_an_initialize_answer_recorded_before_the_credit_answers_no_question(talk):
    opened = talk.open()
    recorded = talk.pipe(opened.script)[-1]
    seal = talk.seal(opened.load_id, talk.pipe(opened.script))
    talk.pipe(seal.script)
    asked = loading.open_evidence(talk.card, talk.actor, talk.now)
    answers = talk.pipe(asked.script[:2]) + ["6985"] * 7 + [recorded]
    verdict = loading.take_evidence(asked.inquiry_id, answers, talk.actor, talk.now)
    assert verdict.outcome == "unclear"
    assert alarms() == ["evidence_mac1_wrong"]
    assert queries.get(opened.load_id).state == "sealed"


def test_an_answer_to_one_question_answers_no_other(talk):
    torn(talk, "before")
    first = loading.open_evidence(talk.card, talk.actor, talk.now)
    answers = talk.pipe(first.script)
    second = loading.open_evidence(talk.card, talk.actor, talk.now)
    verdict = loading.take_evidence(second.inquiry_id, answers, talk.actor, talk.now)
    assert verdict.outcome == "unclear"


def test_a_question_is_answered_once_and_tells_its_answer_again(talk):
    load_id, _ = torn(talk, "before")
    asked = loading.open_evidence(talk.card, talk.actor, talk.now)
    answers = talk.pipe(asked.script)
    first = loading.take_evidence(asked.inquiry_id, answers, talk.actor, talk.now)
    again = loading.take_evidence(asked.inquiry_id, [*answers[:-1], "TORN"], talk.actor, talk.now)
    assert first == again
    assert first.outcome == "not_loaded"
    assert Inquiry.objects.get().answers == answers
    assert queries.load_of_inquiry(asked.inquiry_id).id == load_id


def test_a_card_that_leaves_during_the_questions_stays_in_doubt(talk):
    torn(talk, "before")
    asked = loading.open_evidence(talk.card, talk.actor, talk.now)
    answers = [*talk.pipe(asked.script[:4]), "TORN"]
    verdict = loading.take_evidence(asked.inquiry_id, answers, talk.actor, talk.now)
    assert verdict.outcome == "unclear"
    assert talk.evidence().outcome == "not_loaded"


def test_the_log_alone_decides_nothing(new_talk):
    talk = new_talk(quirks=Quirks(log_needs_pin=False))
    load_id, _ = torn(talk, "after")
    talk.chip.state.proof = None
    asked = loading.open_evidence(talk.card, talk.actor, talk.now)
    answers = [*talk.pipe(asked.script[:-1]), "6985"]
    verdict = loading.take_evidence(asked.inquiry_id, answers, talk.actor, talk.now)
    assert verdict.outcome == "unclear"
    assert Inquiry.objects.get().reason == "log_only"
    assert queries.get(load_id).state == "in_doubt"


def test_another_card_cannot_answer_for_this_one(talk, new_talk):
    torn(talk, "after")
    stranger = new_talk(counter=7)
    asked = loading.open_evidence(talk.card, talk.actor, talk.now)
    with pytest.raises(OtherCard):
        loading.take_evidence(asked.inquiry_id, stranger.pipe(asked.script), talk.actor, talk.now)
    assert Inquiry.objects.get().state == "asked"


@pytest.mark.parametrize(
    ("step", "code"), [(-1, "card_counter_rolled_back"), (2, "card_counter_jump")]
)
def test_a_counter_that_no_load_explains_is_for_people(talk, step, code):
    torn(talk, "before")
    talk.chip.state.counter += step
    assert talk.evidence().outcome == "unclear"
    assert alarms() == [code]


def test_a_tac_after_the_decision_that_nothing_was_loaded_is_an_incident(talk, monkeypatch):
    load_id, seal = talk.sealed()
    honest = talk.pipe(seal.script)
    talk.chip.state.counter -= 1  # a cloned card answers for the one that was credited
    talk.chip.state.proof = None
    assert talk.evidence().outcome == "not_loaded"
    verdict = talk.prove(load_id, honest)
    assert verdict.outcome == "loaded_after_refusal"
    load = queries.get(load_id)
    assert (load.state, load.tac, load.contradicted_at) == ("not_loaded", honest[0][:8], talk.now)
    assert alarms() == ["card_credited_after_refusal"]
    assert talk.prove(load_id, honest) == verdict
    assert alarms() == ["card_credited_after_refusal"]


def test_the_seal_of_a_load_that_has_ended_is_told_to_nobody(talk):
    opened = talk.open()
    answers = talk.pipe(opened.script)
    talk.seal(opened.load_id, answers)
    assert talk.evidence().outcome == "not_loaded"
    with pytest.raises(LoadNotOpen):
        talk.seal(opened.load_id, answers)
    assert LoadSeal.objects.count() == 1


def test_there_is_nothing_to_ask_a_card_without_doubt(talk):
    with pytest.raises(NothingUnresolved):
        loading.open_evidence(talk.card, talk.actor, talk.now)
    with pytest.raises(InquiryUnknown):
        loading.take_evidence(talk.card.id, [], talk.actor, talk.now)
    load_id, _ = torn(talk, "before")
    asked = loading.open_evidence(talk.card, talk.actor, talk.now)
    with pytest.raises(TranscriptMismatch):
        loading.take_evidence(asked.inquiry_id, ["9000"], talk.actor, talk.now)
    assert Load.objects.get(pk=load_id).state == "in_doubt"
