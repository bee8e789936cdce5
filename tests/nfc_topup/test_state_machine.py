"""Random lives of a card and the loading services: never two credits for one payment.

The card, its holder's client (honest, lying or confused), other terminals, another recharge host,
two officers (who may be wrong), whoever presents garbage, and the sweeps do what they like, in any
order, on the real database. After every step the purse and the rows must agree, and at the end an
honest tap closes every doubt and disproves every wrong decision; only where another host holds the
same keys may it stay *unclear*, and then for people, never for a refund.
"""

import itertools

import pytest
from django.db import transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from accounts import clock, roles
from accounts.actors import Actor
from accounts.errors import DomainError
from accounts.identifiers import new_id
from accounts.models import Operator, TransitCard
from gateway.sandbox.card_macs import ecb, mac
from gateway.sandbox.virtual_card import CardState, Quirks, VirtualCard, card_keys
from nfc_topup import decisions, loading, locks, queries
from nfc_topup.card.errors import CardAnswerUnreadable
from nfc_topup.card.purse import select
from nfc_topup.loading.proofs import standing
from nfc_topup.models import Load, LoadSeal
from tests.nfc_topup.conftest import MASTERS, NOW, Talk
from tests.nfc_topup.officers import officer
from tests.support.campaign import size

# One life is one transaction: the longer campaign takes it in parts, so that none grows too old.
SHARDS = size(1, 20)
LIVES = size(60, 5_000) // SHARDS
NONSENSE = ["TORN", "9000", "9302", "6985", "123456789000", "00", "zz", "00" * 18]
PROFILES = ["sandbox", "sandbox", "sandbox-no-proof", "sandbox-shared-key"]
TERMINALS = [
    Actor(kind="citizen", id="somebody"),
    Actor(kind="kiosk", id="kiosk-1"),
    Actor(kind="officer", id="counter-7"),
]
HONEST = Actor(kind="kiosk", id="kiosk-of-honest-people")
FOREIGN_TIME = "20261122110000"
_numbers = itertools.count(50_000_000)


class CardLife(RuleBasedStateMachine):
    """One card, one order paid over and over; the machine keeps its own book of what is right."""

    def __init__(self):
        super().__init__()
        self.life = transaction.atomic()
        self.life.__enter__()
        asn = f"031051700199{next(_numbers):08d}"
        dlk, dtk = card_keys(MASTERS, asn)
        state = CardState(asn=asn, dlk=dlk, dtk=dtk, balances={"1": 0, "2": 0}, counter=3)
        card = TransitCard.objects.create(
            id=new_id(NOW),
            asn=asn,
            operator=Operator.objects.order_by("pool").first(),
            added_at=NOW,
        )
        self.talk = Talk(card=card, chip=VirtualCard(state, quirks=Quirks()), now=clock.now())
        self.credited = {}
        self.orders = []
        self.foreign_fen = 0
        self.seals = []
        self.opened = self.seal = self.question = None
        self.challenges, self.credits, self.answers = [], [], []

    def teardown(self):
        self.talk.chip.line("!reset")
        self.talk.actor = HONEST
        self._ask_about_what_officers_decided()
        waiting = queries.unresolved_load_of(self.talk.card)
        if waiting:
            verdict = self.talk.evidence()
            if self.is_shared and verdict.outcome == "unclear":
                maybe = self.credited.get(waiting.id, 0)
                if not self._decided_by_officers():
                    assert self.talk.balance == self._booked() + maybe + self.foreign_fen
                self._end()
                return
            assert verdict.outcome in ("loaded", "not_loaded"), "an honest tap closes every doubt"
        self.agreed()
        if not (self.is_shared and self._decided_by_officers()):
            assert self.talk.balance == self._booked() + self.foreign_fen, "card and rows agree"
        self._end()

    def _ask_about_what_officers_decided(self):
        """An honest tap finds every decision that was wrong, except where others load the card."""
        if queries.unresolved_load_of(self.talk.card) is None:
            with self._may_be_refused():
                self.talk.evidence()
        for load in self._decided_by_officers():
            if not self.is_shared:
                right = ("loaded", "loaded_after_refusal")
                assert (standing(load) in right) == (load.id in self.credited), (
                    "the card has the last word"
                )

    def _decided_by_officers(self):
        of_card = Load.objects.filter(application__asn=self.talk.card.asn)
        return list(of_card.filter(ended_by="officers"))

    def _end(self):
        self.agreed()
        self._nothing_credited_is_given_back()
        transaction.set_rollback(True)
        self.life.__exit__(None, None, None)

    @property
    def is_shared(self):
        return self.talk.card.profile_name == "sandbox-shared-key"

    @initialize(
        profile=st.sampled_from(PROFILES),
        proofs=st.booleans(),
        once=st.booleans(),
        offset=st.integers(0, 1),
    )
    def be_some_card(self, profile, proofs, once, offset):
        self.talk.card.profile_name = profile
        TransitCard.objects.filter(pk=self.talk.card.pk).update(profile_name=profile)
        self.talk.chip.quirks = Quirks(
            supports_proofs=proofs,
            gives_proof_once=once,
            proof_counter_offset=offset,
            keeps_proof_after_initialize=not once,
        )

    @rule(amount=st.integers(1, 50), tear=st.sampled_from(["", "!tear-before", "!tear-after"]))
    def tap_once_from_open_to_credit(self, amount, tear):
        with self._may_be_refused():
            self.open_a_load(amount)
            self.tap_for_a_challenge()  # recorded by whoever holds the phone, never sent
            self.tap_for_a_challenge()
            self._sealed(self.talk.seal(*self.challenges[-1]))
            self.tap_to_credit(tear)

    @rule(lie=st.sampled_from([None, "proofs", "last", "recorded"]))
    def tap_once_for_evidence(self, lie):
        with self._may_be_refused():
            self.question = loading.open_evidence(self.talk.card, self.talk.actor, self.talk.now)
            script = self.question.script
            answers = self.talk.pipe(script)
            if lie == "proofs":
                acts = [step.act for step in script]
                answers = [
                    "9406" if a == "prove" else r for a, r in zip(acts, answers, strict=True)
                ]
            elif lie == "last" and len(self.answers) > 0:
                answers[-1] = self.answers[-1][1][-1]
            elif lie == "recorded" and len(self.challenges) > 1:
                acts = [step.act for step in script]
                answers = [
                    "9406" if a == "prove" else r for a, r in zip(acts, answers, strict=True)
                ]
                answers[-1] = self.challenges[-2][1][-1]
            self._judge(self.question.inquiry_id, answers)
            self.answers.append((self.question.inquiry_id, answers))

    @rule(amount=st.integers(1, 50))
    def open_a_load(self, amount):
        with self._may_be_refused():
            order = new_id(self.talk.now)
            self.opened = self.talk.open(amount, order_id=order)
            self.orders.append((order, amount))

    @precondition(lambda self: self.orders)
    @rule(data=st.data())
    def open_a_load_of_some_order_again(self, data):
        order, amount = data.draw(st.sampled_from(self.orders))
        with self._may_be_refused():
            self.opened = self.talk.open(amount, order_id=order)

    @rule(verdict=st.sampled_from(["loaded", "not_loaded"]), between=st.booleans())
    def two_officers_decide(self, verdict, between):
        """They may be wrong; and what the card shows between the two makes the proposal void."""
        waiting = queries.unresolved_load_of(self.talk.card)
        if waiting is None or waiting.state != "in_doubt":
            return
        proposal = decisions.propose(
            waiting.id,
            verdict=verdict,
            reason="nobody came back",
            seen=decisions.dossier(waiting.id).seen,
            maker=self.anna,
            now=self.talk.now,
        )
        if between:
            self.tap_once_for_evidence(None)
        with self._may_be_refused():
            decisions.carry_out(proposal.decision_id, checker=self.boris, now=self.talk.now)
            assert not (between and self.answers and self._was_answered_since(proposal)), (
                "nobody decides on evidence that has changed"
            )

    def _was_answered_since(self, proposal):
        """Whether a question about the very load was answered after it was proposed."""
        inquiry = queries.inquiry(self.answers[-1][0])
        about = inquiry.load_id == proposal.load_id and inquiry.state == "answered"
        counts = inquiry.reason not in ("no_fresh_answer", "mac1_wrong")
        return about and counts and inquiry.issued_at >= proposal.proposed_at

    @precondition(lambda self: self.opened)
    @rule(times=st.integers(1, 6))
    def present_garbage(self, times):
        """Somebody guesses MAC1s for this card; nobody else is shut out by it."""
        script = self.opened.script
        answers = self.talk.pipe(script)
        if len(answers) == len(script) and answers[-1].endswith("9000"):
            wrong = f"{int(answers[-1][24:32], 16) ^ 1:08X}"
            answers[-1] = answers[-1][:24] + wrong + answers[-1][32:]
        for _ in range(times):
            with self._may_be_refused():
                self._sealed(self.talk.seal(self.opened.load_id, answers))

    @rule()
    def two_officers_lift_a_lock(self):
        for lock in locks.in_force(None, self.talk.now)[:1]:
            asked = locks.propose_lift(
                lock.lock_id, reason="asked at the counter", maker=self.clara, now=self.talk.now
            )
            locks.approve_lift(asked.id, checker=self.dora, now=self.talk.now)

    @precondition(lambda self: self.opened)
    @rule()
    def tap_for_a_challenge(self):
        self.challenges.append((self.opened.load_id, self.talk.pipe(self.opened.script)))

    @precondition(lambda self: self.challenges)
    @rule(data=st.data())
    def send_some_challenge_for_some_load(self, data):
        of, answers = data.draw(st.sampled_from(self.challenges))
        load_id = data.draw(st.sampled_from([of, self.challenges[-1][0]]))
        with self._may_be_refused():
            self._sealed(self.talk.seal(load_id, answers))

    @precondition(lambda self: self.opened)
    @rule(at=st.integers(0, 3), told=st.booleans())
    def remove_the_card_while_it_is_asked(self, at, told):
        answers = [*self.talk.pipe(self.opened.script[:at]), "TORN"]
        self.talk.chip.line("!reset")
        if told:
            with self._may_be_refused():
                self._sealed(self.talk.seal(self.opened.load_id, answers))

    @precondition(lambda self: self.seal)
    @rule(tear=st.sampled_from(["", "", "!tear-before", "!tear-after", "!flip 2"]))
    def tap_to_credit(self, tear):
        self._credit(self.seal, tear)

    @precondition(lambda self: len(self.seals) > 1)
    @rule(data=st.data(), fresh=st.booleans())
    def replay_some_old_mac2(self, data, fresh):
        old = data.draw(st.sampled_from(self.seals))
        if fresh and self.opened:
            self.tap_for_a_challenge()
        self._credit(old, "")

    @rule(terminal=st.sampled_from(TERMINALS))
    def go_to_another_terminal(self, terminal):
        self.talk.chip.line("!reset")
        self.talk.actor = terminal

    @precondition(lambda self: self.is_shared)
    @rule(amount=st.integers(1, 50), tear=st.sampled_from(["", "!tear-before", "!tear-after"]))
    def tap_here_and_then_at_the_other_host(self, amount, tear):
        with self._may_be_refused():
            self.open_a_load(amount)
            self.tap_for_a_challenge()
            self._sealed(self.talk.seal(*self.challenges[-1]))
            self.tap_to_credit(tear)
        self.be_loaded_by_another_host(amount)
        self.tap_once_for_evidence(None)

    @precondition(lambda self: self.is_shared)
    @rule(amount=st.integers(1, 50))
    def be_loaded_by_another_host(self, amount):
        """The other host has the same keys and none of our rows."""
        chip, state = self.talk.chip, self.talk.chip.state
        chip.line("!reset")
        chip.line(select(chip.quirks.aid).hex)
        chip.line("0020000003123456")
        told = amount.to_bytes(4, "big")
        answer = bytes.fromhex(chip.line(f"805000020B01{told.hex()}00000000009910"))
        session = answer[8:12] + state.counter.to_bytes(2, "big") + b"\x80\x00"
        key = ecb(bytes.fromhex(state.dlk), session)
        sealed = told + b"\x02" + bytes.fromhex("000000000099" + FOREIGN_TIME)
        mac2 = mac(key, sealed).hex()
        assert chip.line(f"805200000B{FOREIGN_TIME}{mac2}04").endswith("9000")
        self.foreign_fen += amount

    @precondition(lambda self: self.credits)
    @rule(data=st.data())
    def send_some_proof_again_or_for_the_first_time(self, data):
        load_id, answers = data.draw(st.sampled_from(self.credits))
        with self._may_be_refused():
            verdict = self.talk.prove(load_id, answers)
            if verdict.outcome == "loaded_after_refusal":
                assert queries.get(load_id).ended_by == "officers", "no evidence is ever disproved"
            if verdict.outcome == "loaded" and queries.get(load_id).ended_by != "officers":
                assert load_id in self.credited

    @precondition(lambda self: self.credits and self.seals)
    @rule(data=st.data())
    def send_a_stale_tac_for_some_load(self, data):
        _, answers = data.draw(st.sampled_from(self.credits))
        load_id = data.draw(st.sampled_from(self.seals)).load_id
        with self._may_be_refused():
            verdict = self.talk.prove(load_id, answers)
            if verdict.outcome == "loaded" and queries.get(load_id).ended_by != "officers":
                assert load_id in self.credited

    @precondition(lambda self: self.seal)
    @rule(answer=st.sampled_from(NONSENSE))
    def lie_about_the_credit(self, answer):
        with self._may_be_refused():
            self.talk.prove(self.seal.load_id, [answer])

    @rule()
    def ask_for_evidence(self):
        with self._may_be_refused():
            self.question = loading.open_evidence(self.talk.card, self.talk.actor, self.talk.now)

    @precondition(lambda self: self.question)
    @rule(
        tear=st.sampled_from(["", "", "!tear-before", "!tear-after", "!flip 3"]),
        at=st.integers(0, 9),
    )
    def tap_for_evidence(self, tear, at):
        script = self.question.script
        answers = self.talk.pipe(script[:at])
        if tear and answers[-1:] != ["TORN"] and len(answers) < len(script):
            self.talk.chip.line(tear)  # else it would wait for somebody's next tap
        self.answers.append(
            (self.question.inquiry_id, answers + self.talk.pipe(script[len(answers) :]))
        )

    @precondition(lambda self: self.answers)
    @rule(data=st.data(), lie=st.sampled_from([None, None, *NONSENSE]))
    def send_some_evidence(self, data, lie):
        inquiry_id, _ = data.draw(st.sampled_from(self.answers))
        _, answers = data.draw(st.sampled_from(self.answers))
        if lie is not None:
            answers = list(answers)
            answers[data.draw(st.integers(0, len(answers) - 1))] = lie
        with self._may_be_refused():
            self._judge(inquiry_id, answers)

    @rule(seconds=st.sampled_from([1, 30, 61, 86400]))
    def time_passes_and_the_sweeps_run(self, seconds):
        self.talk.wait(seconds=seconds)
        loading.mark_silent(self.talk.now)
        loading.abandon_stale(self.talk.now)

    @rule()
    def the_card_loses_power(self):
        self.talk.chip.line("!reset")

    @invariant()
    def agreed(self):
        loads = list(Load.objects.filter(application__asn=self.talk.card.asn))
        for load in loads:
            if load.ended_by == "officers":
                if load.contradicted_at and not self.is_shared:
                    proved = standing(load) == "loaded_after_refusal"
                    assert proved == (load.id in self.credited), "a card disproves only what is so"
            elif load.state == "loaded":
                assert load.id in self.credited, "nothing is booked that is not on the card"
            elif load.state in ("not_loaded", "abandoned", "opened"):
                assert load.id not in self.credited, "what is on the card is never refused"
        self._one_payment_one_credit(loads)
        assert sum(load.state in ("opened", "sealed", "in_doubt") for load in loads) <= 1
        assert self.talk.balance == sum(self.credited.values()) + self.foreign_fen
        sealed = LoadSeal.objects.filter(application__asn=self.talk.card.asn)
        of_load = list(sealed.values_list("load_id", flat=True))
        assert len(of_load) == len(set(of_load)), "one load, one MAC2"

    def _one_payment_one_credit(self, loads):
        """No order is on the card twice."""
        if self.is_shared:
            loads = [load for load in loads if load.ended_by != "officers"]
        orders = [load.order_id for load in loads if load.id in self.credited]
        assert len(orders) == len(set(orders)), "one payment is credited once"

    def _nothing_credited_is_given_back(self):
        """What the roof asks before a refund: an unresolved load, or one that is on a card."""
        for load in Load.objects.filter(application__asn=self.talk.card.asn):
            wrongly_decided = load.ended_by == "officers" and self.is_shared
            if load.id in self.credited and not wrongly_decided:
                held = load.state in ("sealed", "in_doubt")
                assert held or queries.credited_load_of(load.order_id) == load.id

    def _sealed(self, seal):
        self.seal = seal
        self.seals.append(seal)

    def _credit(self, seal, tear):
        if tear:
            self.talk.chip.line(tear)
        before = self.talk.balance
        answers = self.talk.pipe(seal.script)
        if self.talk.balance != before:
            load = queries.get(seal.load_id)
            assert load.id not in self.credited, "one load is credited once"
            assert self.talk.balance == before + load.amount_fen
            self.credited[load.id] = load.amount_fen
        self.credits.append((seal.load_id, answers))

    def _judge(self, inquiry_id, answers):
        load_id = queries.load_of_inquiry(inquiry_id).id
        verdict = loading.take_evidence(inquiry_id, answers, self.talk.actor, self.talk.now)
        if queries.get(load_id).ended_by == "officers":
            return
        if verdict.outcome == "loaded":
            assert load_id in self.credited
        if verdict.outcome == "not_loaded":
            assert load_id not in self.credited

    def _booked(self):
        """What is on the card for all we have decided and been shown."""
        loads = Load.objects.filter(application__asn=self.talk.card.asn)
        right = ("loaded", "loaded_after_refusal")
        return sum(load.amount_fen for load in loads if standing(load) in right)

    def _may_be_refused(self):
        return _Refusable()


class _Refusable:
    """A domain error may happen; anything else may not."""

    def __enter__(self):
        return self

    def __exit__(self, kind, error, trace):
        return kind is not None and issubclass(kind, DomainError | CardAnswerUnreadable)


@pytest.mark.parametrize("shard", range(SHARDS))
def test_never_two_credits_for_one_payment_and_doubt_always_closes(db, new_talk, shard):
    """The service's own limit of five idle seconds in a transaction is for requests. Here one
    transaction holds many lives, and a busy machine may well pause longer between two steps."""
    new_talk()
    CardLife.anna, CardLife.boris = officer(), officer()
    CardLife.clara, CardLife.dora = (officer(roles.SECURITY_OFFICER) for _ in range(2))
    run_state_machine_as_test(
        CardLife,
        settings=settings(
            max_examples=LIVES,
            stateful_step_count=20,
            suppress_health_check=list(HealthCheck),
            print_blob=True,
        ),
    )
