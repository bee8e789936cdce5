"""Two officers decide what no card will: on the evidence they saw, once, and never against it."""

from datetime import timedelta

import pytest
from django.db import DatabaseError, connection, transaction

from accounts import clock, roles
from accounts.errors import ApprovalDecided, ApprovalExpired, MakerIsChecker, NotAllowed
from accounts.models import Duty, SecurityEvent
from gateway.sandbox.virtual_card import Quirks
from nfc_topup import decisions, incidents, loading, queries
from nfc_topup.dossier import Kind, Says, Strength
from nfc_topup.errors import (
    DecisionContradicted,
    LoadUnresolved,
    NothingUnresolved,
    OrderAlreadyLoaded,
)
from nfc_topup.models import Decision, Explanation, Load
from nfc_topup.officer_errors import (
    DecisionUnknown,
    EvidenceChanged,
    NothingUndecided,
    ReasonMissing,
    VerdictUnknown,
)
from tests.nfc_topup.officers import officer

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(new_talk):
    """A talk at the machine's own moment: the database spends approvals by its own clock."""
    made = new_talk(balance=1234, counter=7)
    made.now = clock.now()
    return made


@pytest.fixture
def pool(talk):
    return talk.card.operator.pool


@pytest.fixture
def anna(pool):
    return officer(pool=pool)


@pytest.fixture
def boris(pool):
    return officer(pool=pool)


def doubtful(talk, how="before"):
    load_id, seal = talk.sealed()
    talk.chip.line(f"!tear-{how}")
    assert talk.prove(load_id, talk.pipe(seal.script)).outcome == "in_doubt"
    talk.wait(days=20)
    talk.now = clock.now()
    return load_id


def proposed(talk, load_id, maker, verdict="not_loaded", **more):
    seen = decisions.dossier(load_id).seen
    return decisions.propose(
        load_id,
        verdict=verdict,
        reason="卡片已损坏,持卡人交回",
        seen=seen,
        maker=maker,
        now=talk.now,
        **more,
    )


def decided(talk, load_id, anna, boris, verdict="not_loaded"):
    proposal = proposed(talk, load_id, anna, verdict)
    return decisions.carry_out(proposal.decision_id, checker=boris, now=talk.now)


def codes(load_id):
    rows = SecurityEvent.objects.filter(subject=f"load:{load_id}").order_by("id")
    return list(rows.values_list("code", flat=True))


@pytest.mark.parametrize("verdict", ["loaded", "not_loaded"])
def test_two_officers_end_a_doubt_and_it_says_so(talk, anna, boris, verdict):
    load_id = doubtful(talk)
    told = decided(talk, load_id, anna, boris, verdict)
    load = queries.get(load_id)
    assert (told.outcome, load.state, load.ended_by) == (verdict, verdict, "officers")
    assert "卡片已损坏" in told.why_zh
    assert load.new_balance_fen == (2234 if verdict == "loaded" else None)
    last = decisions.dossier(load_id).explanations[-1]
    assert (last.reason, last.actor) == ("two_officers", f"officer:{boris.pk}")
    assert talk.open().load_id != load_id


def test_the_list_shows_age_value_and_the_last_word(talk, pool, anna):
    load_id = doubtful(talk)
    [waiting] = [one for one in decisions.waiting(pool, talk.now) if one.load_id == load_id]
    assert (waiting.amount_fen, waiting.state, waiting.pool) == (1000, "in_doubt", pool)
    assert waiting.age == talk.now - waiting.sealed_at
    assert waiting.last_reason == "no_proof"
    assert talk.card.asn[1:] not in repr(waiting)
    assert waiting.proposal is None
    proposal = proposed(talk, load_id, anna)
    [waiting] = [one for one in decisions.waiting(None, talk.now) if one.load_id == load_id]
    assert waiting.proposal == proposal
    assert not [one for one in decisions.waiting(pool + 1, talk.now) if one.load_id == load_id]


def test_the_dossier_says_of_each_exhibit_what_it_proves(new_talk, anna):
    talk = new_talk(
        counter=7,
        quirks=Quirks(supports_proofs=False, log_needs_pin=False),
        profile_name="sandbox-shared-key",
    )
    talk.now = clock.now()
    load_id, seal = talk.sealed()
    talk.pipe(seal.script)
    talk.prove(load_id, ["9302"])
    assert talk.evidence().outcome == "unclear"
    told = decisions.dossier(load_id)
    by_kind = {one.kind: one for one in told.exhibits}
    assert set(by_kind) == set(Kind) - {Kind.INCIDENT}
    assert by_kind[Kind.PROOF_ATTEMPT].strength is Strength.NOTHING
    assert "9302" in by_kind[Kind.PROOF_ATTEMPT].zh
    ours = [one for one in told.exhibits if one.facts.get("is_this_load")]
    assert [(one.strength, one.says) for one in ours] == [(Strength.HINT, Says.LOADED)]
    sights = [one for one in told.exhibits if one.kind is Kind.SIGHTING]
    assert [one.strength for one in sights] == [Strength.PROOF, Strength.HINT]
    assert sights[1].facts["counter"] == 8
    assert all(one.zh and one.en for one in told.exhibits)
    assert all(one.actor for one in told.exhibits if one.kind is not Kind.STEP)
    assert list(told.exhibits) == sorted(told.exhibits, key=lambda one: one.at)
    assert talk.card.asn[1:] not in repr(told)
    assert talk.chip.state.dlk not in repr(told)
    assert seal.script[0].apdu_hex[24:32] not in repr(told), "MAC2 is shown to nobody"


def test_who_proposed_does_not_approve(talk, anna):
    load_id = doubtful(talk)
    proposal = proposed(talk, load_id, anna)
    with pytest.raises(MakerIsChecker):
        decisions.carry_out(proposal.decision_id, checker=anna, now=talk.now)
    assert queries.get(load_id).state == "in_doubt"


@pytest.mark.parametrize("role", [roles.CLERK, roles.AUDITOR, roles.SECURITY_OFFICER])
def test_another_role_or_another_pool_decides_nothing(talk, pool, anna, role):
    load_id = doubtful(talk)
    for stranger in (officer(role, pool), officer(pool=pool + 1)):
        with pytest.raises(NotAllowed):
            proposed(talk, load_id, stranger)
        proposal = proposed(talk, load_id, anna)
        with pytest.raises(NotAllowed):
            decisions.carry_out(proposal.decision_id, checker=stranger, now=talk.now)
    assert queries.get(load_id).state == "in_doubt"


def test_new_evidence_makes_a_proposal_stale(new_talk, anna, boris):
    quirks = Quirks(supports_proofs=False, log_needs_pin=False)
    talk = new_talk(counter=7, quirks=quirks, profile_name="sandbox-shared-key")
    talk.now = clock.now()
    load_id = doubtful(talk, "after")
    proposal = proposed(talk, load_id, anna)
    assert talk.evidence().outcome == "unclear"
    with pytest.raises(EvidenceChanged):
        decisions.carry_out(proposal.decision_id, checker=boris, now=talk.now)
    assert queries.get(load_id).state == "in_doubt"
    [told] = decisions.dossier(load_id).proposals
    assert told.state == "stale"
    decided(talk, load_id, anna, boris)


def test_what_is_no_evidence_holds_no_proposal_up(talk, anna, boris):
    """Anybody may present any card, and a stranger's nonsense must not hold the officers up."""
    load_id = doubtful(talk)
    proposal = proposed(talk, load_id, anna)
    for answers in ([], ["TORN"]):
        asked = loading.open_evidence(talk.card, talk.actor, talk.now)
        told = answers or [*talk.pipe(asked.script[:-1]), "00" * 16 + "9000"]
        verdict = loading.take_evidence(asked.inquiry_id, told, talk.actor, talk.now)
        assert verdict.outcome == "unclear"
    told = decisions.carry_out(proposal.decision_id, checker=boris, now=talk.now)
    assert told.outcome == "not_loaded"


def test_a_proof_attempt_is_new_evidence_too(talk, anna, boris):
    load_id = doubtful(talk)
    proposal = proposed(talk, load_id, anna)
    talk.prove(load_id, ["6985"])
    with pytest.raises(EvidenceChanged):
        decisions.carry_out(proposal.decision_id, checker=boris, now=talk.now)
    seen = decisions.dossier(load_id).seen
    talk.prove(load_id, ["6982"])
    with pytest.raises(EvidenceChanged):
        decisions.propose(
            load_id, verdict="loaded", reason="r", seen=seen, maker=anna, now=talk.now
        )


def test_a_proposal_is_carried_out_once_and_not_after_its_time(talk, anna, boris):
    load_id = doubtful(talk)
    soon = proposed(talk, load_id, anna, expires_at=talk.now + timedelta(seconds=5))
    with pytest.raises(ApprovalExpired):
        decisions.carry_out(soon.decision_id, checker=boris, now=talk.now + timedelta(seconds=6))
    proposal = proposed(talk, load_id, anna)
    decisions.carry_out(proposal.decision_id, checker=boris, now=talk.now)
    with pytest.raises(NothingUndecided):
        decisions.carry_out(proposal.decision_id, checker=boris, now=talk.now)
    with pytest.raises(NothingUndecided):
        proposed(talk, load_id, anna)
    assert Decision.objects.filter(carried_out_at__isnull=False).count() == 1


def test_a_refused_proposal_stays_refused(talk, anna, boris):
    load_id = doubtful(talk)
    proposal = proposed(talk, load_id, anna)
    assert decisions.refuse(proposal.decision_id, checker=boris, now=talk.now).state == "refused"
    with pytest.raises(ApprovalDecided):
        decisions.carry_out(proposal.decision_id, checker=boris, now=talk.now)
    assert queries.get(load_id).state == "in_doubt"


def test_what_is_no_proposal_is_told_so(talk, anna, boris):
    load_id = doubtful(talk)
    for wrong, error in (
        ({"verdict": "lost"}, VerdictUnknown),
        ({"reason": "  "}, ReasonMissing),
        ({"reason": "x" * 201}, ReasonMissing),
        ({"seen": "00"}, EvidenceChanged),
    ):
        told = {"verdict": "loaded", "reason": "r", "seen": decisions.dossier(load_id).seen}
        with pytest.raises(error):
            decisions.propose(load_id, **(told | wrong), maker=anna, now=talk.now)
    with pytest.raises(DecisionUnknown):
        decisions.carry_out(load_id, checker=boris, now=talk.now)
    assert not Decision.objects.exists()


def test_a_load_whose_card_may_still_answer_is_not_the_officers(talk, pool, anna):
    load_id, _ = talk.sealed()
    assert not [one for one in decisions.waiting(pool, talk.now) if one.load_id == load_id]
    assert not decisions.dossier(load_id).undecided
    with pytest.raises(NothingUndecided):
        proposed(talk, load_id, anna)


def test_the_card_is_faster_than_the_officers(talk, anna, boris):
    load_id = doubtful(talk, "after")
    proposal = proposed(talk, load_id, anna)
    assert talk.evidence().outcome == "loaded"
    with pytest.raises(NothingUndecided):
        decisions.carry_out(proposal.decision_id, checker=boris, now=talk.now)
    assert queries.get(load_id).ended_by == "prove"


def refused(sql, *parameters):
    with (
        pytest.raises(DatabaseError) as error,
        transaction.atomic(),
        connection.cursor() as cursor,
    ):
        cursor.execute(sql, parameters)
    cause = error.value.__cause__
    return cause.diag.constraint_name or type(cause).__name__


@pytest.mark.parametrize("by", ["credit", "prove", "counter", "fresh_mac1", "officers", "", "me"])
@pytest.mark.parametrize("state", ["loaded", "not_loaded"])
def test_the_database_ends_no_load_without_proof_or_two_officers(talk, anna, by, state):
    load_id = doubtful(talk)
    proposed(talk, load_id, anna, state)
    sql = "UPDATE nfc_topup_load SET state=%s, ended_by=%s, tac='0011AABB' WHERE id=%s"
    law = "nfc_topup_load_ends_by_proof_or_two_officers"
    assert refused(sql, state, by, load_id) == law
    assert queries.get(load_id).state == "in_doubt"


def test_nobody_writes_that_a_proposal_was_carried_out(talk, anna):
    load_id = doubtful(talk)
    proposal = proposed(talk, load_id, anna)
    sql = "UPDATE nfc_topup_decision SET carried_out_at = now() WHERE id = %s"
    assert refused(sql, proposal.decision_id) == "InsufficientPrivilege"
    with connection.cursor() as cursor:
        cursor.execute("SELECT public.nfc_topup_carry_out(%s)", [proposal.decision_id])
        assert cursor.fetchone()[0] == "not_approved"
    sql = """INSERT INTO nfc_topup_decision (id, load_id, pool, verdict, reason, fingerprint,
        approval_id, proposed_by, proposed_at, expires_at, carried_out_at)
        SELECT gen_random_uuid(), load_id, pool, verdict, reason, fingerprint,
        gen_random_uuid(), proposed_by, proposed_at, expires_at, now() FROM nfc_topup_decision"""
    assert refused(sql) == "nfc_topup_decision_begins_as_a_proposal"


def test_what_was_explained_proved_and_answered_is_never_changed(talk):
    load_id = doubtful(talk)
    talk.evidence()
    for table in ("nfc_topup_explanation", "nfc_topup_proofattempt"):
        assert refused(f"UPDATE {table} SET why_en = 'no'")
        assert refused(f"DELETE FROM {table}")
    sql = "UPDATE nfc_topup_inquiry SET outcome = 'loaded' WHERE load_id = %s"
    assert refused(sql, load_id) == "nfc_topup_answered_inquiry_is_never_changed"


def test_a_credit_that_shows_at_the_next_load_disproves_the_officers(talk, anna, boris):
    load_id = doubtful(talk, "after")
    order_id = queries.get(load_id).order_id
    decided(talk, load_id, anna, boris, "not_loaded")
    opened = talk.open(order_id=order_id)
    with pytest.raises(DecisionContradicted) as told:
        talk.seal(opened.load_id, talk.pipe(opened.script))
    assert told.value.facts == {"load_id": load_id}
    load = queries.get(load_id)
    assert (load.state, load.contradicted_at) == ("not_loaded", talk.now)
    assert loading.verdict_on(load_id).outcome == "loaded_after_refusal"
    assert codes(load_id) == ["card_credited_after_refusal"]
    [incident] = [one for one in incidents.open_ones() if one.load_id == load_id]
    assert (incident.kind, incident.known_counter, incident.seen_counter) == (
        "credited_after_refusal",
        7,
        8,
    )
    assert Duty.objects.filter(kind=loading.FOLLOW, subject_id=load_id).count() == 1
    answers = talk.pipe(opened.script)
    with pytest.raises(OrderAlreadyLoaded):
        talk.seal(opened.load_id, answers)
    with pytest.raises(OrderAlreadyLoaded):
        talk.open(order_id=order_id)
    assert talk.balance == 2234, "one order is credited once"
    assert talk.load(500)[1].outcome == "loaded", "another order may go on"
    assert codes(load_id) == ["card_credited_after_refusal"]


def test_nothing_written_shows_at_the_next_load_too(talk, anna, boris):
    load_id = doubtful(talk, "before")
    order_id = queries.get(load_id).order_id
    decided(talk, load_id, anna, boris, "loaded")
    with pytest.raises(OrderAlreadyLoaded):
        talk.open(order_id=order_id)
    opened = talk.open()
    with pytest.raises(DecisionContradicted):
        talk.seal(opened.load_id, talk.pipe(opened.script))
    assert loading.verdict_on(load_id).outcome == "not_loaded_after_all"
    assert codes(load_id) == ["card_not_credited_after_decision"]
    assert queries.credited_load_of(order_id) is None
    again = talk.open(order_id=order_id)
    seal = talk.seal(again.load_id, talk.pipe(again.script))
    assert talk.prove(again.load_id, talk.pipe(seal.script)).outcome == "loaded"
    assert talk.balance == 2234
    assert Load.objects.filter(order_id=order_id, state="loaded").count() == 2


@pytest.mark.parametrize(
    ("how", "verdict", "outcome"),
    [
        ("after", "not_loaded", "loaded_after_refusal"),
        ("before", "loaded", "not_loaded_after_all"),
        ("after", "loaded", "loaded"),
        ("before", "not_loaded", "not_loaded"),
    ],
)
def test_a_card_may_be_asked_about_what_officers_decided(talk, anna, boris, how, verdict, outcome):
    load_id = doubtful(talk, how)
    decided(talk, load_id, anna, boris, verdict)
    assert talk.evidence().outcome == outcome
    disproved = outcome not in ("loaded", "not_loaded")
    assert (queries.get(load_id).contradicted_at is not None) is disproved
    assert len(codes(load_id)) == disproved
    assert talk.load(500)[1].outcome == "loaded"
    with pytest.raises(NothingUnresolved):
        loading.open_evidence(talk.card, talk.actor, talk.now)


def test_a_decision_that_the_card_confirms_is_no_jump(talk, anna, boris):
    load_id = doubtful(talk, "after")
    decided(talk, load_id, anna, boris, "loaded")
    assert talk.load(500)[1].outcome == "loaded"
    assert not SecurityEvent.objects.filter(code="card_counter_jump").exists()
    assert not incidents.open_ones(talk.card.operator.pool)


def test_a_late_tac_against_the_officers_is_kept(talk, anna, boris):
    load_id, seal = talk.sealed()
    answers = talk.pipe(seal.script)
    talk.wait(minutes=2)
    loading.mark_silent(talk.now)
    decided(talk, load_id, anna, boris, "not_loaded")
    assert talk.prove(load_id, answers).outcome == "loaded_after_refusal"
    assert talk.prove(load_id, answers).outcome == "loaded_after_refusal"
    assert codes(load_id) == ["card_credited_after_refusal"]
    assert len([one for one in incidents.open_ones() if one.load_id == load_id]) == 1


def test_every_automatic_decision_is_explained_and_kept(talk):
    load_id = doubtful(talk)
    talk.evidence()
    told = decisions.dossier(load_id).explanations
    assert [(one.outcome, one.reason) for one in told] == [
        ("in_doubt", "no_proof"),
        ("not_loaded", "counter_same"),
    ]
    assert all(one.zh.endswith("。") and one.en.endswith(".") for one in told)
    silent, _ = talk.sealed()
    talk.wait(minutes=2)
    loading.mark_silent(talk.now)
    assert [one.reason for one in decisions.dossier(silent).explanations] == ["silence"]
    assert Explanation.objects.filter(load_id=silent).get().actor_kind == "worker"
    with pytest.raises(LoadUnresolved):
        talk.open()
